"""Skews of Feast 0.67 in history: rows that are dropped, merged, or never seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pandas as pd
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.stores import Store
from drivers.testing import both_ways
from onedag import FixedClock, Project

MakeProject = Callable[..., Project]

FEATURES = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

customer = Entity("customer", "customer_id")
payments = Source("payments", "data/payments.parquet", timestamp="paid_at", known_at="known_at")

@latest(payments, by=customer, max_age="1d")
def last_amount(amount: pd.Series) -> pd.Series:
    return amount

@aggregate(payments, by=customer, over="7d")
def paid(amount: pd.Series) -> float:
    return amount.sum()

class Basket(pydantic.BaseModel):
    customer_id: str

basket = FeatureService("basket", ["last_amount", "paid_7d"], Basket)
"""

DAY = pd.Timedelta(days=1)


def payments(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    """Rows of customer, time, amount, and when it was known."""
    frame = pd.DataFrame(rows, columns=["customer_id", "paid_at", "amount", "known_at"])
    for name in ("paid_at", "known_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


HISTORY = payments(
    ("A", "2024-01-02T10", 1.0, "2024-01-02T10"),
    ("A", "2024-01-05T10", 2.0, "2024-01-05T10"),
    ("B", "2024-01-02T10", 3.0, "2024-01-02T10"),
)

# A       ────────── 02 10 ─────────────────────────── 05 10 ────────────
#   asked  01 12        02 12   02 13   03 11             05 10
#          before       fresh   fresh   stale             fresh
# B       ────────── 02 10 ──────────────────────────────────────────────
#   asked  01 00     02 10                                        09 00
#          before    fresh                                        stale
# C       nothing; asked 02 12
SPINE = pd.DataFrame(
    [
        ("A", "2024-01-02T12"),
        ("A", "2024-01-02T13"),
        ("A", "2024-01-01T12"),
        ("A", "2024-01-03T11"),
        ("A", "2024-01-05T10"),
        ("B", "2024-01-02T10"),
        ("B", "2024-01-01T00"),
        ("B", "2024-01-09T00"),
        ("C", "2024-01-02T12"),
    ],
    columns=["customer_id", "event_timestamp"],
).assign(event_timestamp=lambda spine: pd.to_datetime(spine["event_timestamp"], utc=True))


def joined_then_filtered(spine: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """A point-in-time join as Feast's default file store does it."""
    joined = spine.merge(history, on="customer_id", how="left")
    age = joined["event_timestamp"] - joined["paid_at"]
    kept = joined[joined["paid_at"].isna() | ((age >= pd.Timedelta(0)) & (age <= DAY))]
    newest = kept.sort_values(["event_timestamp", "paid_at"])
    return newest.drop_duplicates(["customer_id", "event_timestamp"], keep="last")


def test_rows_whose_candidates_are_all_stale_or_future_are_dropped(
    make_project: MakeProject,
) -> None:
    """The join filters rows by age after it joined them: 9 rows go in, 5 come out.

    Here a frame has exactly the rows of its spine; a row without a value says why.
    """
    assert len(joined_then_filtered(SPINE, HISTORY)) == 5

    spine = SPINE.set_index(pd.Index([9, 7, 7, 1, 0, 3, 5, 2, 8]))
    frame = BatchDriver(make_project(FEATURES, payments=HISTORY)).training_frame(spine, "basket")
    assert frame.to_pandas().index.tolist() == spine.index.tolist()
    none = None
    assert frame.table["last_amount"].to_pylist() == [1, 1, none, none, 2, 3, none, none, none]
    p, s, m = "PRESENT", "STALE", "MISSING"
    assert frame.statuses("last_amount") == [p, p, m, s, p, p, m, s, m]


def test_repeated_rows_are_collapsed(make_project: MakeProject) -> None:
    """Of rows of one key and time only one is kept, so labels and weights go with the wrong row.

    Here repeated rows stay, in their order, with the labels that they came with; and each is
    answered online as it is in batch.
    """
    twice = SPINE.iloc[[0, 0, 4, 0]].assign(label=[1, 0, 1, 1])
    assert len(joined_then_filtered(twice, HISTORY)) == 2

    project = make_project(FEATURES, payments=HISTORY)
    frame = BatchDriver(project).training_frame(twice, "basket", keep=["label"])
    assert frame.to_pandas()["label"].tolist() == [1, 0, 1, 1]
    features = both_ways(
        project, service="basket", sources={"payments": HISTORY}, spine=twice.drop(columns="label")
    )
    assert features["last_amount"] == frame.table["last_amount"].to_pylist() == [1, 1, 2, 1]


def answered(project: Project, store: Store, now: datetime) -> dict[str, float]:
    online = OnlineDriver(project, FixedClock(now), store=store)
    values: dict[str, float] = online.features("basket", {"customer_id": "A"}).to_dicts()[0]
    return values


@pytest.mark.parametrize("known_at", ["2024-01-03T00", "2024-01-02T09"])
def test_late_rows_are_never_picked_up(
    make_project: MakeProject, store: Store, known_at: str
) -> None:
    """The incremental job reads rows after the last one's time, and a late row lies before it.

    Here a materialization leaves what a whole one would leave: a row that arrived late counts from
    the next one on, whether or not the source says that it was known late.
    """
    first, second = datetime(2024, 1, 2, 12), datetime(2024, 1, 3, 9)
    late = payments(("A", "2024-01-02T09", 40.0, known_at))
    assert late[late["paid_at"] > pd.Timestamp(first, tz="UTC")].empty

    project = make_project(FEATURES, payments=HISTORY)
    batch = BatchDriver(project, store=store)
    batch.publish(batch.training_frame(SPINE, "basket"))
    batch.materialize(as_of=first)
    assert answered(project, store, first) == {"last_amount": 1.0, "paid_7d": 1.0}

    make_project(FEATURES, payments=pd.concat([HISTORY, late]))
    again = BatchDriver(project, store=store)
    report = again.materialize(as_of=second)
    assert answered(project, store, second) == {"last_amount": 1.0, "paid_7d": 41.0}
    assert report.keys == 1, "only the customer whose rows changed is written"
    row = pd.DataFrame({"customer_id": ["A"], "event_timestamp": [second]})
    frame = again.training_frame(row, "basket").table.to_pylist()[0]
    assert frame == answered(project, store, second)
