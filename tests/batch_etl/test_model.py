"""A model goes into a file and says the same there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

import batch_etl.model
from batch_etl.model import Matrix, export_onnx, fit, largest_difference, probabilities
from drivers.model_contract import model_metadata
from drivers.stored.records import RunRecord
from onedag.errors import ModelMismatch

RUN = RunRecord(
    run_id="late-1",
    service="late",
    created_at=datetime(2024, 1, 1, tzinfo=UTC),
    rows=600,
    schema=pa.schema({"delay": pa.float64(), "is_long": pa.bool_(), "seats": pa.int64()}),
    inputs=pa.schema([]),
    fitted={"delay_mean": "0.1"},
    columns={},
    verified={},
    refused={},
)


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """Fractions, bools and integers; every tenth value is missing, and many are equal."""
    random = np.random.default_rng(0)
    columns = [
        random.normal(size=600).round(2),
        random.random(600) < 0.5,
        random.integers(9, size=600),
    ]
    made = np.stack(columns, axis=1).astype(np.float32)
    made[random.random(made.shape) < 0.1] = np.nan
    return made


@pytest.fixture(scope="module")
def model(matrix: Matrix) -> HistGradientBoostingClassifier:
    noise = np.random.default_rng(1).normal(size=len(matrix))
    return fit(matrix, np.nan_to_num(matrix[:, 0]) + noise > 0)


def test_the_file_says_what_the_model_says(
    model: HistGradientBoostingClassifier, matrix: Matrix, tmp_path: Path
) -> None:
    path = export_onnx(model, RUN, tmp_path / "models" / "late.onnx", matrix)
    session = onnxruntime.InferenceSession(path)
    (served,) = session.run(["probabilities"], {"features": matrix})
    np.testing.assert_allclose(served[:, 1], probabilities(model, matrix), rtol=0, atol=1e-6)
    np.testing.assert_allclose(served.sum(axis=1), 1.0, rtol=1e-6)
    assert session.get_modelmeta().custom_metadata_map == model_metadata(RUN)
    assert [(i.name, i.type, i.shape) for i in session.get_inputs()] == [
        ("features", "tensor(float)", [None, 3])
    ]


def test_every_float_beside_a_threshold_takes_the_same_branch(tmp_path: Path) -> None:
    # Neighbouring floats: the threshold between two of them isn't a float32.
    steps = np.arange(400, dtype=np.int32) + np.float32(1.0).view(np.int32)
    matrix = steps.view(np.float32).reshape(-1, 1)
    model = fit(matrix, (np.arange(400) // 50 % 2).astype(np.bool_))
    run = RunRecord(
        "r", "s", RUN.created_at, 400, pa.schema({"x": pa.float32()}), RUN.inputs, {}, {}, {}, {}
    )
    path = export_onnx(model, run, tmp_path / "s.onnx", matrix)
    assert largest_difference(path, model, matrix) < 1e-6


def test_values_a_float32_apart_stay_apart_in_the_file(tmp_path: Path) -> None:
    # Halfway between two neighbours there is no float32, so a threshold there is rounded to one:
    # to the even one, which here is the higher.
    even = np.repeat(np.arange(1.0, 61.0, dtype=np.float32), 100)
    low = np.nextafter(even, np.float32(np.inf))
    high = np.nextafter(low, np.float32(np.inf))
    column = np.concatenate([low, high])
    matrix = np.column_stack([column, column, column])
    model = fit(matrix, np.arange(len(column)) >= len(low))
    path = export_onnx(model, RUN, tmp_path / "late.onnx", matrix)
    assert largest_difference(path, model, matrix) < 1e-5
    assert np.ptp(probabilities(model, matrix)) > 0.1


def test_infinities_are_the_largest_numbers(matrix: Matrix, tmp_path: Path) -> None:
    column = np.tile(np.array([-np.inf, -1.0, 0.0, 3.4e38, np.inf, np.nan], np.float32), 100)
    matrix = np.column_stack([column, column[::-1], np.where(column > 0, np.inf, -np.inf)])
    model = fit(matrix.astype(np.float32), column == np.inf)
    path = export_onnx(model, RUN, tmp_path / "late.onnx", matrix.astype(np.float32))
    by_value = dict(zip(column[:6].tolist(), probabilities(model, matrix), strict=False))
    assert by_value[np.inf] > 0.9
    assert max(p for value, p in by_value.items() if not value >= 3e38) < 0.1
    assert path.exists()


def test_a_column_without_values_is_not_used(matrix: Matrix, tmp_path: Path) -> None:
    empty = matrix.copy()
    empty[:, 1] = np.nan
    model = fit(empty, np.nan_to_num(matrix[:, 0]) > 0)
    export_onnx(model, RUN, tmp_path / "late.onnx", matrix)
    assert (probabilities(model, empty) == probabilities(model, matrix)).all()


def test_the_same_rows_give_the_same_model(matrix: Matrix) -> None:
    labels = np.nan_to_num(matrix[:, 2]) > 4
    one, other = fit(matrix, labels), fit(matrix, labels)
    assert (probabilities(one, matrix) == probabilities(other, matrix)).all()


def test_a_model_that_differs_is_not_written(
    model: HistGradientBoostingClassifier,
    matrix: Matrix,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "late.onnx"
    path.write_bytes(b"the one before")
    monkeypatch.setattr(batch_etl.model, "LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(ModelMismatch, match="run late-1 gives probabilities that are up to"):
        export_onnx(model, RUN, path, matrix)
    assert path.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_difference_that_is_nan_is_refused(
    model: HistGradientBoostingClassifier,
    matrix: Matrix,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_etl.model, "largest_difference", lambda *_: float("nan"))
    with pytest.raises(ModelMismatch, match="up to nan"):
        export_onnx(model, RUN, tmp_path / "late.onnx", matrix)


def test_a_model_of_other_features_is_refused(matrix: Matrix, tmp_path: Path) -> None:
    model = fit(matrix[:, :2], np.nan_to_num(matrix[:, 0]) > 0)
    with pytest.raises(ModelMismatch, match="takes 2 features and run late-1 has 3"):
        export_onnx(model, RUN, tmp_path / "late.onnx", matrix)
