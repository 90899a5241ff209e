"""What training found of a model, kept as JSON beside the model's file: ``<run id>.json``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pydantic

from onedag.catalog import TestedModel

__all__ = ["read_scores", "scores_file", "scores_to_bytes"]

FORMAT = 1


def scores_file(folder: Path, run_id: str) -> Path:
    """Where it is, in the folder of the models."""
    return folder / f"{run_id}.json"


def scores_to_bytes(found: TestedModel) -> bytes:
    """What to write there."""
    content = {"format": FORMAT} | _adapter().dump_python(found, mode="json")
    return json.dumps(content, indent=2).encode() + b"\n"


def read_scores(folder: Path, run_id: str) -> TestedModel | None:
    """What is there; None where there is nothing that this version can read."""
    try:
        content = json.loads(scores_file(folder, run_id).read_bytes())
        known = isinstance(content, dict) and content.get("format") == FORMAT
        return _adapter().validate_python(content) if known else None
    except (OSError, ValueError):  # a model that was put there without it, or half a copy
        return None


@cache
def _adapter() -> pydantic.TypeAdapter[TestedModel]:
    return pydantic.TypeAdapter(TestedModel)
