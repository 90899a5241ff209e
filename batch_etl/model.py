"""The model: what is fitted, and the file in which it goes to whoever serves it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TypeAlias

import joblib
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from batch_etl.files import whole_file
from drivers.model_contract import INPUT, OUTPUT, model_metadata
from drivers.stored.records import RunRecord
from onedag.errors import ModelMismatch

__all__ = [
    "LARGEST_DIFFERENCE",
    "Labels",
    "Matrix",
    "Probabilities",
    "export_onnx",
    "fit",
    "largest_difference",
    "probabilities",
]

LARGEST_DIFFERENCE = 1e-5
"""How far apart the probabilities of scikit-learn and of the ONNX file may be.

scikit-learn adds up the trees in float64, onnxruntime in float32: with a hundred trees that
makes about 1e-6. A row that takes another branch somewhere makes more than 1e-5.
"""

Matrix: TypeAlias = npt.NDArray[np.float32]
Labels: TypeAlias = npt.NDArray[np.bool_]
Probabilities: TypeAlias = npt.NDArray[np.float64]


def fit(matrix: Matrix, labels: Labels, seed: int = 0) -> HistGradientBoostingClassifier:
    """Fit gradient-boosted trees. A missing value can go either way at each split.

    Many small steps, leaves of 50 rows or more, and at each split a draw of the square root of the
    number of features, as random forests do: windows of one feature say nearly the same. There is
    no early stopping, because that validates on rows drawn at random, and neighbours in time of
    what is validated on would be trained on.

    Args:
        matrix: float32, as serving will give it, shape ``(n_rows, n_features)``.
        labels: shape ``(n_rows,)``, both classes among them.
        seed: of the draws; the same rows and seed give the same model.
    """
    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=100,
        min_samples_leaf=50,
        max_features=matrix.shape[1] ** -0.5,
        early_stopping=False,
        random_state=seed,
    )
    with _half_of_the_cpus():
        model.fit(_that_can_be_binned(matrix), labels.astype(np.int64))
    for trees in model._predictors:
        for tree in trees:
            tree.nodes["num_threshold"] = _as_float32(tree.nodes["num_threshold"])
    return model


def probabilities(model: HistGradientBoostingClassifier, matrix: Matrix) -> Probabilities:
    """The probability of the positive class, shape ``(n_rows,)``."""
    with _half_of_the_cpus():
        found: Probabilities = model.predict_proba(matrix)[:, 1]
    return found


def export_onnx(
    model: HistGradientBoostingClassifier, run: RunRecord, path: Path, sample: Matrix
) -> Path:
    """Write a model as `drivers.model_contract` says, and check that it says the same as before.

    The file appears at its path whole and checked, or not at all.

    Args:
        model: fitted on the run's features, in their order.
        run: the training run.
        path: of the file; what is there is replaced.
        sample: float32 rows to compare scikit-learn and onnxruntime on; a row in which everything
            is missing is added.

    Returns:
        The path.

    Raises:
        ModelMismatch: the model takes another number of features than the run has, or the file
            gives probabilities that differ by more than `LARGEST_DIFFERENCE`.
    """
    if model.n_features_in_ != len(run.schema):
        raise ModelMismatch(
            f"The model takes {model.n_features_in_} features and run {run.run_id} has "
            f"{len(run.schema)}. Fit it on the run's frame, on all features and no others."
        )
    rows = np.vstack([sample, np.full((1, model.n_features_in_), np.nan, np.float32)])
    with whole_file(path) as unfinished:
        unfinished.write_bytes(_to_onnx(model, run))
        difference = largest_difference(unfinished, model, rows)
        if not difference <= LARGEST_DIFFERENCE:
            raise ModelMismatch(
                f"As ONNX the model of run {run.run_id} gives probabilities that are up to "
                f"{difference:.2g} from scikit-learn's, on {len(rows):,} rows; "
                f"{LARGEST_DIFFERENCE:g} is the bound. It isn't written to {path}. Check the "
                f"versions of skl2onnx, onnxruntime and protobuf (below 7)."
            )
    return path


def largest_difference(path: Path, model: HistGradientBoostingClassifier, sample: Matrix) -> float:
    """How far a file's probabilities are from a model's: the largest difference of all rows.

    NaN if the file gives one.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (served,) = session.run([OUTPUT], {INPUT: sample})
    return float(np.abs(served[:, 1] - probabilities(model, sample)).max(initial=0.0))


def _that_can_be_binned(matrix: Matrix) -> Matrix:
    """Values that scikit-learn can put thresholds between, with the same order.

    An infinity is the largest number, and a threshold below that tells both apart from the rest. A
    column without a single value would raise; as a constant it is never split on, so it doesn't
    matter what it holds later.
    """
    largest = np.finfo(np.float32).max
    made = np.clip(matrix, -largest, largest)
    made[:, np.isnan(made).all(axis=0)] = 0.0
    return made


def _as_float32(thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The greatest float32 that isn't above each threshold.

    ``x <= threshold`` stays as it is for every float32. ONNX holds thresholds in float32, and one
    that is rounded up to the next value of a feature would send that value to the other side.
    """
    rounded = thresholds.astype(np.float32)
    below = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded > thresholds, below, rounded).astype(np.float64)


def _half_of_the_cpus() -> threadpool_limits:
    """Leave the others to the rest of the machine.

    OpenMP's threads meet after each of thousands of small steps, and spin until the last one is
    there. One that has to share its CPU makes all of them wait: on two busy CPUs two threads were
    five times as slow as one.
    """
    return threadpool_limits(limits=max(1, joblib.cpu_count() // 2), user_api="openmp")


def _to_onnx(model: HistGradientBoostingClassifier, run: RunRecord) -> bytes:
    with warnings.catch_warnings():
        # skl2onnx writes bools where protobuf wants integers: a warning for each tree.
        warnings.filterwarnings("ignore", r"Field onnx\.AttributeProto", DeprecationWarning)
        converted = to_onnx(
            model,
            initial_types=[(INPUT, FloatTensorType([None, len(run.schema)]))],
            options={"zipmap": False},
        )
    onnx.helper.set_model_props(converted, model_metadata(run))
    written: bytes = converted.SerializeToString()
    return written
