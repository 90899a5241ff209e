"""`ModelFiles`: what the model files of a project say of themselves."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from drivers.catalog.onnx import metadata_of
from drivers.catalog.scores import read_scores
from drivers.model_contract import FITTED, RUN_ID, SCHEMA, SERVICE, differences, model_file
from drivers.stored.records import RunRecord
from onedag.catalog import ServedModel

__all__ = ["ModelFiles"]

_SHOWN = 3
_Version: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Content:
    """What a file holds; it is read once, until another takes its place."""

    sha256: str
    metadata: Mapping[str, str]
    problem: str = ""


class ModelFiles:
    """The model files of a folder. They are read, and not loaded: nothing that runs them is needed.

    Args:
        folder: where ``<service>.onnx`` is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[_Version, _Content]] = {}

    def names(self, services: Mapping[str, object]) -> dict[str, str]:
        """The names of the files that are there, by service."""
        files = {service: model_file(self._folder, service) for service in services}
        return {service: file.name for service, file in files.items() if _status(file) is not None}

    def of(self, service: str, run: RunRecord | None) -> ServedModel | None:
        """The model of a service; None where there is no file.

        Args:
            service: its name.
            run: that is served; None where there is none, or nobody knows.
        """
        path = model_file(self._folder, service)
        status = _status(path)
        if status is None:
            return None
        content = self._content(path, (status.st_ino, status.st_mtime_ns, status.st_size))
        run_id = content.metadata.get(RUN_ID, "")
        problem = content.problem or (_misfit(content.metadata, run) if run else "")
        return ServedModel(
            service=service,
            run_id=run_id,
            file=path.name,
            size=status.st_size,
            sha256=content.sha256,
            written_at=datetime.fromtimestamp(status.st_mtime, UTC),
            fits=run is not None and not problem,
            problem=problem,
            tested=read_scores(self._folder, run_id) if run_id else None,
        )

    def _content(self, path: Path, version: _Version) -> _Content:
        known = self._read.get(path.name)
        if known is None or known[0] != version:
            known = self._read[path.name] = version, _content_of(path)
        return known[1]


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _content_of(path: Path) -> _Content:
    try:
        content = path.read_bytes()
    except OSError as error:
        return _Content("", {}, f"The file can't be read: {error.strerror or error}.")
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        metadata = metadata_of(content)
    except ValueError as error:
        return _Content(sha256, {}, f"The file isn't a whole ONNX model: {error}.")
    if lacking := [key for key in (SERVICE, RUN_ID, SCHEMA, FITTED) if key not in metadata]:
        said = f"The file doesn't say what it was trained on: it lacks {', '.join(lacking)}."
        return _Content(sha256, {}, said)
    return _Content(sha256, metadata)


def _misfit(metadata: Mapping[str, str], run: RunRecord) -> str:
    try:
        found = differences(metadata, run)
    except (ValueError, TypeError, KeyError) as error:
        return f"The file says what it was trained on in another form: {error}."
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    if not found:
        return ""
    return f"It doesn't fit run {run.run_id}, which is served: {'; '.join(found[:_SHOWN])}{more}."
