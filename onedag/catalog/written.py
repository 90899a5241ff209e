"""Facts as values that JSON has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from onedag.statistics import FeatureStatistics, FrameStatistics

__all__ = ["to_json"]


def to_json(value: Any) -> Any:
    """A dataclass of the catalog, with all that it holds, as values that JSON has.

    Attributes become keys; a moment is ISO text, a duration a number of seconds, and statistics
    are as the store keeps them.

    Raises:
        TypeError: it holds something else.

    >>> from onedag.catalog import Freshness
    >>> to_json(Freshness("carriers", None, "nobody asked", None))
    {'view': 'carriers', 'stored': None, 'unknown': 'nobody asked', 'age': None}
    """
    if value is None or isinstance(value, bool | int | float) or type(value) is str:
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, FeatureStatistics):
        return value.to_json()
    if isinstance(value, FrameStatistics):
        return {"rows": value.rows, "features": to_json(value.features)}
    if isinstance(value, Mapping):
        return {str(name): to_json(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{value!r} has no form in JSON.")
