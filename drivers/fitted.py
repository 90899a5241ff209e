"""Fitted values: what a training run keeps, as JSON that gives back the very same value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pydantic
from pydantic_core import PydanticSerializationError

from onedag.errors import FunctionError
from onedag.graph import FunctionNode

__all__ = ["from_json", "normalised", "to_json"]


def normalised(node: FunctionNode, value: Any) -> Any:
    """A fitted value as serving will see it: of the annotated type, through JSON and back.

    Training uses this value too, so that both sides compute with one and the same.

    Raises:
        FunctionError: the value isn't of the annotated type, or JSON can't hold it exactly.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA and node.returns is float:  # what a nullable column says where floats say NaN
        value = math.nan
    adapter = _adapter(node)
    try:
        kept = from_json(node, to_json(node, adapter.validate_python(value)))
    except (pydantic.ValidationError, PydanticSerializationError) as error:
        raise FunctionError(
            f"Fitted value {node.name!r} is {value!r} ({type(value).__name__}), which can't be "
            f"kept as {node.returns!r}: {error}. Return a number, a string, or lists and dicts "
            f"of them, and say so in the annotation."
        ) from error
    if not _same(value, kept):
        raise FunctionError(
            f"Fitted value {node.name!r} is {value!r}, and kept as {node.returns!r} it becomes "
            f"{kept!r}. Annotate what it is, keys and all, such as dict[int, float]."
        )
    return kept


def _same(value: Any, kept: Any) -> bool:
    """Whether a value came back as it was; an integer may have become the float it is equal to."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict) and isinstance(kept, dict):
        # JSON keeps the order of a dict.
        return _same([*value, *value.values()], [*kept, *kept.values()])
    if isinstance(value, list | tuple) and isinstance(kept, list | tuple):
        return len(value) == len(kept) and all(map(_same, value, kept))
    whole_as_float = type(value) is int and type(kept) is float
    alike = isinstance(kept, type(value)) or isinstance(value, type(kept)) or whole_as_float
    return alike and bool(value == kept or (value != value and kept != kept))


def to_json(node: FunctionNode, value: Any) -> str:
    """The value as JSON text; floats keep every bit, NaN and infinity included."""
    return _adapter(node).dump_json(value).decode()


def from_json(node: FunctionNode, text: str) -> Any:
    """The value that `to_json` wrote."""
    return _adapter(node).validate_json(text)


def _adapter(node: FunctionNode) -> pydantic.TypeAdapter[Any]:
    config = pydantic.ConfigDict(ser_json_inf_nan="constants")
    try:
        return pydantic.TypeAdapter(node.returns, config=config)
    except pydantic.PydanticSchemaGenerationError as error:
        raise FunctionError(
            f"Fitted value {node.name!r} is annotated {node.returns!r}, which can't be kept as "
            f"JSON. Annotate a number, a string, or lists and dicts of them."
        ) from error
    except pydantic.PydanticUserError:  # a dataclass or a model brings its own configuration
        return pydantic.TypeAdapter(node.returns)
