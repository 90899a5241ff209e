"""Writes what a small shop would have recorded, to `data/`: replace it with your own history."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CUSTOMERS, ORDERS, DAYS = 300, 6_000, 180


def main(folder: Path = Path("data")) -> None:
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(7)
    start = pd.Timestamp("2024-01-01", tz="UTC")
    careless = rng.beta(1.5, 4.0, CUSTOMERS)  # how often each customer sends back

    who = rng.integers(0, CUSTOMERS, ORDERS)
    at = start + pd.to_timedelta(np.sort(rng.random(ORDERS) * DAYS), unit="D").round("s")
    amount = np.round(rng.lognormal(3.5, 0.6, ORDERS), 2)
    returned = rng.random(ORDERS) < np.clip(careless[who] + (amount > 60) * 0.15, 0.0, 0.95)
    settled = at + pd.to_timedelta(rng.uniform(7.0, 21.0, ORDERS), unit="D").round("s")

    orders = pd.DataFrame({"customer_id": who, "amount": amount, "ordered_at": at})
    orders.to_parquet(folder / "orders.parquet")
    pd.DataFrame(
        {
            "customer_id": who,
            "came_back": returned.astype("float64"),
            "ordered_at": at,
            "settled_at": settled,
        }
    ).to_parquet(folder / "outcomes.parquet")
    signed_up = start - pd.to_timedelta(rng.integers(1, 900, CUSTOMERS), unit="D")
    pd.DataFrame(
        {
            "customer_id": np.arange(CUSTOMERS),
            "country": rng.choice(["AT", "CH", "DE"], CUSTOMERS),
            "signed_up_at": signed_up,
            "changed_at": signed_up,
        }
    ).to_parquet(folder / "customers.parquet")
    # A spine: the moments to learn from, what a request would carry then, and what came of it.
    spine = orders.rename(columns={"ordered_at": "event_timestamp"}).assign(returned=returned)
    spine.to_parquet(folder / "spine.parquet")
    print(f"{ORDERS:,} orders of {CUSTOMERS} customers are in {folder}/")


if __name__ == "__main__":
    main()
