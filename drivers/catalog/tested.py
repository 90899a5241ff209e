"""What training found of a model, kept as JSON beside the model's file: ``<run id>.json``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pydantic

from onedag.catalog import TestedModel

__all__ = ["read_tested", "tested_file", "tested_to_bytes"]


def tested_file(folder: Path, run_id: str) -> Path:
    """Where it is, in the folder of the models."""
    return folder / f"{run_id}.json"


def tested_to_bytes(found: TestedModel) -> bytes:
    """What to write there."""
    return _adapter().dump_json(found, indent=2) + b"\n"


def read_tested(folder: Path, run_id: str) -> TestedModel | None:
    """What is there; None where there is nothing that this version can read."""
    try:
        return _adapter().validate_json(tested_file(folder, run_id).read_bytes())
    except (OSError, ValueError):  # a run's id without a file, an older version, half a copy
        return None


@cache
def _adapter() -> pydantic.TypeAdapter[TestedModel]:
    return pydantic.TypeAdapter(TestedModel)
