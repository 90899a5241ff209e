"""What a model file says of itself, and the numbers that a model is given.

The job that trains a model writes it as ``<folder>/<service>.onnx``; whoever serves it reads it
there. Its metadata names the run that it was trained on:

| key               | value                                                                   |
|-------------------|-------------------------------------------------------------------------|
| ``onedag.service``| the name of the service                                                 |
| ``onedag.run_id`` | the training run                                                        |
| ``onedag.schema`` | JSON list of ``[feature, Arrow type]``, in the model's order            |
| ``onedag.fitted`` | JSON object: function to the JSON text of its value (`RunRecord.fitted`)|

The model has one input, `INPUT`, float32 of shape ``(n_rows, n_features)``, and an output
`OUTPUT`, float of shape ``(n_rows, 2)``; column 1 is the probability of the positive class.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from drivers.stored.records import RunRecord
from onedag.errors import SchemaMismatch
from onedag.project import Project

__all__ = [
    "FITTED",
    "INPUT",
    "OUTPUT",
    "RUN_ID",
    "SCHEMA",
    "SERVICE",
    "SNAPSHOT",
    "differences",
    "feature_matrix",
    "float32_of",
    "model_file",
    "model_metadata",
    "models_folder",
]

SERVICE = "onedag.service"
RUN_ID = "onedag.run_id"
SCHEMA = "onedag.schema"
FITTED = "onedag.fitted"
SNAPSHOT = "onedag.snapshot"
INPUT = "features"
OUTPUT = "probabilities"


def models_folder(project: Project) -> Path:
    """Where a project's models are, unless somebody says otherwise."""
    return project.offline / "models"


def model_file(folder: Path, service: str) -> Path:
    """The model of a service. Write another file and rename it: a server may read at any time."""
    return folder / f"{service}.onnx"


def model_metadata(run: RunRecord) -> dict[str, str]:
    """The metadata of a model that was trained on a run."""
    return {
        SERVICE: run.service,
        RUN_ID: run.run_id,
        SCHEMA: json.dumps([[field.name, str(field.type)] for field in run.schema]),
        FITTED: json.dumps(dict(run.fitted)),
        SNAPSHOT: run.snapshot,
    }


def differences(metadata: Mapping[str, str], run: RunRecord) -> list[str]:
    """What a model takes and a run's features are not, a line for each; often empty.

    The ids may differ: what counts is that both have the same features, in the same order, with
    the same Arrow types, computed with the same fitted values.

    Args:
        metadata: of the model, as `model_metadata` gave it.
        run: that it would serve.
    """
    ours, theirs = metadata, model_metadata(run)
    return [
        *_different_service(ours, theirs),
        *_different_features(ours, theirs),
        *_different_fitted(ours, theirs),
    ]


def feature_matrix(table: pa.Table) -> npt.NDArray[np.float32]:
    """Features as a model takes them, shape ``(n_rows, n_features)``. A null is NaN.

    Numbers are rounded to the nearest float32, and bools are 0 and 1: the same for training and
    serving, because both call this.

    Raises:
        SchemaMismatch: a feature that isn't a number or a bool.

    >>> feature_matrix(pa.table({"late": [True, None], "delay": [3, -4]})).tolist()
    [[1.0, 3.0], [nan, -4.0]]
    """
    matrix = np.empty((table.num_rows, table.num_columns), np.float32)
    for position, field in enumerate(table.schema):
        matrix[:, position] = float32_of(field, table[field.name])
    return matrix


def float32_of(field: pa.Field, column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.float32]:
    """One feature as a model takes it, shape ``(n_rows,)``; see `feature_matrix`."""
    if not _is_number(field.type):
        raise SchemaMismatch(
            f"Feature {field.name!r} is {field.type}, and a model takes numbers and bools. "
            f"Let a function encode it, and take that function's result as the feature."
        )
    numbers = column.cast(pa.float32(), safe=False).fill_null(np.nan)
    return np.asarray(numbers.to_numpy(zero_copy_only=False))


def _is_number(arrow: pa.DataType) -> bool:
    kinds = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_decimal,
        pa.types.is_null,
    )
    return any(is_kind(arrow) for is_kind in kinds)


def _different_service(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    if ours[SERVICE] != theirs[SERVICE]:
        yield f"the model is for service {ours[SERVICE]!r}"


def _different_features(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    model, run = dict(json.loads(ours[SCHEMA])), dict(json.loads(theirs[SCHEMA]))
    for name in [name for name in model if name not in run]:
        yield f"the model takes feature {name!r}, which the run doesn't have"
    for name in [name for name in run if name not in model]:
        yield f"the run has feature {name!r}, which the model doesn't take"
    for name in [name for name in model if name in run and model[name] != run[name]]:
        yield f"feature {name!r}: the model takes it as {model[name]}, the run has {run[name]}"
    if model.keys() == run.keys():
        pairs = enumerate(zip(model, run, strict=True), start=1)
        for position, (one, other) in [pair for pair in pairs if pair[1][0] != pair[1][1]][:1]:
            yield f"position {position}: the model takes feature {one!r}, the run has {other!r}"


def _different_fitted(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    model, run = json.loads(ours[FITTED]), json.loads(theirs[FITTED])
    for name in sorted({*model, *run}):
        if model.get(name) != run.get(name):
            yield (
                f"fitted value {name!r}: the model was trained with {model.get(name, 'none')}, "
                f"the run has {run.get(name, 'none')}"
            )
