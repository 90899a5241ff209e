"""A service's model: read from an ONNX file, checked against the published run, and called."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.model_contract import (
    FITTED,
    INPUT,
    OUTPUT,
    RUN_ID,
    SCHEMA,
    SERVICE,
    differences,
)
from drivers.stored.records import RunRecord
from onedag.errors import ModelMismatch, UnknownName

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["NoModel", "OnnxModel", "ServedModel"]


_LOGGER = logging.getLogger(__name__)


class NoModel(UnknownName):
    """A service that has no model, or a server that can't run one."""


class OnnxModel:
    """One model file, loaded. It runs on one thread, so that requests don't fight for cores.

    Args:
        path: of the file; `drivers.model_contract` says what must be in it.

    Attributes:
        run_id: the run that it was trained on.

    Raises:
        ModelMismatch: the file isn't a model that onedag's jobs wrote.
        NoModel: onnxruntime isn't installed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session = _session(path)
        self._metadata = self._read_metadata()
        self.run_id = self._metadata[RUN_ID]
        self._check_tensors()

    def differences(self, run: RunRecord) -> list[str]:
        """What the model takes and the run's features are not, a line for each; often empty."""
        return differences(self._metadata, run)

    def check_fits(self, run: RunRecord) -> None:
        """Refuse a run that has `differences`.

        Raises:
            ModelMismatch: the message names each feature and fitted value that differs.
        """
        if problems := self.differences(run):
            raise ModelMismatch(
                f"Model {self._path} of run {self.run_id} doesn't fit run {run.run_id} of service "
                f"{run.service!r}, which is served:\n"
                + "\n".join(f"  {problem}" for problem in problems)
                + f"\nTrain it on that run and publish both: `onedag train {run.service}`."
            )

    def predict(self, matrix: npt.NDArray[np.float32]) -> list[float]:
        """The probability of the positive class for each row, shape ``(n_rows,)``.

        Args:
            matrix: shape ``(n_rows, n_features)``, as `feature_matrix` makes it; null is NaN.
        """
        (probabilities,) = self._session.run([OUTPUT], {INPUT: matrix})
        answers: list[float] = probabilities[:, 1].tolist()
        return answers

    def _read_metadata(self) -> Mapping[str, str]:
        found: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        lacking = [key for key in (SERVICE, RUN_ID, SCHEMA, FITTED) if key not in found]
        if lacking:
            raise ModelMismatch(
                f"Model {self._path} doesn't say what it was trained on: its metadata lacks "
                f"{', '.join(lacking)}. Write it with `onedag train`."
            )
        try:
            _ = dict(json.loads(found[SCHEMA])), dict(json.loads(found[FITTED]))
        except (ValueError, TypeError) as error:
            raise ModelMismatch(
                f"Model {self._path} says what it was trained on in another form than this version "
                f"of onedag writes: {error}. Write it again with `onedag train`."
            ) from error
        return found

    def _check_tensors(self) -> None:
        width = len(json.loads(self._metadata[SCHEMA]))
        inputs = {tensor.name: tensor.shape for tensor in self._session.get_inputs()}
        outputs = {tensor.name: tensor.shape for tensor in self._session.get_outputs()}
        if list(inputs) != [INPUT] or not _has_columns(inputs[INPUT], width):
            raise ModelMismatch(
                f"Model {self._path} takes {_shown(inputs)}, and should take one tensor "
                f"{INPUT!r} with {width} columns, one for each of its features."
            )
        if not _has_columns(outputs.get(OUTPUT, []), 2):
            raise ModelMismatch(
                f"Model {self._path} gives {_shown(outputs)}, and should give a tensor {OUTPUT!r} "
                f"with a column for each of two classes (skl2onnx: zipmap=False)."
            )


class ServedModel:
    """The model of one service while it is served: read again when its file is replaced.

    A job publishes a run and writes a model, one after the other. In between, the file's model or
    the one before it fits the run, and that one is used.

    Args:
        service: its name.
        path: of the file, which need not be there yet.
    """

    def __init__(self, service: str, path: Path) -> None:
        self._service = service
        self._path = path
        self._lock = threading.Lock()
        self._version: _Version | None = None
        self._newest: OnnxModel | None = None
        self._used: tuple[str, OnnxModel] | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether a model has been read that fitted a run."""
        return self._used is not None

    def at_hand(self, run: RunRecord) -> OnnxModel | None:
        """The model that fits a run, if there is no file to read for it; else None."""
        if self._used is None or self._used[0] != run.run_id:
            return None
        if _version(self._path) not in (self._version, None):  # a file may go, its model stays
            return None
        return self._used[1]

    def fitting(self, run: RunRecord) -> OnnxModel:
        """The model that fits a run.

        Raises:
            NoModel: there is no file, or onnxruntime isn't installed.
            ModelMismatch: the file's model doesn't fit the run, nor does the one before it.
        """
        with self._lock:
            model = self.at_hand(run)
            if model is None:
                model = self._choose(run)
                self._used = run.run_id, model
            return model

    def _choose(self, run: RunRecord) -> OnnxModel:
        before = self._used[1] if self._used is not None else None
        try:
            newest = self._read_newest()
            newest.check_fits(run)
        except ModelMismatch:
            if before is None or before.differences(run):
                raise
            return before
        return newest

    def _read_newest(self) -> OnnxModel:
        version = _version(self._path)
        if version is not None and version != self._version:
            try:
                self._newest = OnnxModel(self._path)
            except ModelMismatch as error:
                if self._newest is None:
                    raise
                _LOGGER.error("The model that is served stays: %s", error)
            self._version = version  # one that can't be read isn't read again for each batch
        if self._newest is None:
            raise NoModel(
                f"Service {self._service!r} has no model: there is no {self._path}. Train one "
                f"with `onedag train {self._service}`; its features are served meanwhile."
            )
        return self._newest


_Version: TypeAlias = tuple[int, int, int]


def _version(path: Path) -> _Version | None:
    """What changes when a file is replaced; None where there is none."""
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _session(path: Path) -> InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise NoModel(
            "Models are run by onnxruntime, which isn't installed. Install it with "
            "`pip install 'onedag[onnx]'`; features are served without it."
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base but this
        raise ModelMismatch(
            f"{path} can't be read as an ONNX model: {error}. Write it again with `onedag train`."
        ) from error


def _has_columns(shape: list[int | str | None], columns: int) -> bool:
    """Whether a tensor's shape can be ``(n_rows, columns)``; a free size is no number."""
    return len(shape) == 2 and (not isinstance(shape[1], int) or shape[1] == columns)


def _shown(tensors: Mapping[str, list[int | str | None]]) -> str:
    return ", ".join(f"{name!r} of shape {shape}" for name, shape in tensors.items())
