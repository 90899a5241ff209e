"""The picture of drift is drawn of any features that a frame can have."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.image import imread

from batch_etl.drift import Drift
from batch_etl.drift_plots import draw_drift
from drivers.stored.records import RunRecord
from onedag.statistics import collect, compare, count


def features(rows: int, shift: float) -> pa.Table:
    """One of each kind, and those at the edges of what can be drawn."""
    rng = np.random.default_rng(int(shift * 10))
    normal = rng.normal(shift, size=rows)
    seconds = (normal * 1e6).astype(np.int64)
    return pa.table(
        {
            "normal": normal,
            "infinite": np.where(normal > 1, np.inf, normal),
            "only_infinite": np.full(rows, np.inf),
            "huge": np.where(normal > 0, 1.7e308, -1.7e308),
            "integer": (normal * 3).astype(np.int64),
            "huge_integer": np.full(rows, 2**63 - 1),
            "few_values": rng.poisson(1 + shift, rows),
            "constant": np.full(rows, 3.0 + shift),
            "boolean": normal > 0,
            "text": [f"category {value:.0f} of a long name" for value in normal],
            "at": pa.array(seconds, pa.timestamp("us", "UTC")),
            "far": pa.array(seconds + 2**62, pa.timestamp("us", "UTC")),
            "lasts": pa.array(seconds, pa.duration("us")),
            "came": pa.nulls(rows, pa.float64()) if shift == 0 else pa.array(normal),
            "went": pa.nulls(rows, pa.float64()) if shift else pa.array(normal),
            "never": pa.nulls(rows, pa.float64()),
            "null": pa.nulls(rows),
            "formula": [f"$\\frac{{$ {value:.0f}" for value in normal],
        }
    )


def found(names: list[str], rows: int = 400) -> Drift:
    first, second = (features(rows, shift).select(names) for shift in (0.0, 1.0))
    then = collect(lambda: [(first, {})], rows, first.schema)
    run = RunRecord(
        "shop-1", "shop", datetime(2024, 1, 1, tzinfo=UTC), rows, first.schema, pa.schema([]),
        {}, {}, {}, {},
    )  # fmt: skip
    return Drift(run, "later.parquet", compare(then, count([(second, {})], then)))


@pytest.mark.parametrize("name", features(1, 0.0).column_names)
def test_each_kind_of_feature_can_be_drawn(name: str, tmp_path: Path) -> None:
    path = draw_drift(found([name]), tmp_path / "reports" / "drift.png")
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert imread(path).std() > 0.01  # not one colour
    assert list(path.parent.iterdir()) == [path]


def test_all_of_them_and_one_row(tmp_path: Path) -> None:
    names = features(1, 0.0).column_names
    for rows in (1, 400):
        assert imread(draw_drift(found(names, rows), tmp_path / "x.png")).shape[1] == 1820


def test_of_very_many_features_the_first_are_drawn(tmp_path: Path) -> None:
    drift = found(["normal", "text"])
    many = pa.table({f"feature_{i}": features(50, 0.0)["normal"] for i in range(200)})
    then = collect(lambda: [(many, {})], 50, many.schema)
    report = compare(then, count([(many, {})], then))
    path = draw_drift(Drift(drift.run, drift.rows, report), tmp_path / "x.png")
    assert imread(path).shape[0] < 2000
