"""`Features`: what batch and online agree on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from drivers.frames import TrainingFrame
from onedag.errors import UnknownName
from onedag.status import Status

__all__ = ["Features"]


class Features(Mapping[str, list[Any]]):
    """The features of each row of a spine, the same in batch and online.

    ``features["is_late"]`` is the list of a feature's values, one for each row of the spine, in its
    order: Python values, times as aware UTC, None where a value is null or NaN.

    Attributes:
        statuses: by feature, of each row why the value is there or isn't; they equal their names,
            such as ``"MISSING"``.
        dtypes: by feature, the pandas dtype's name.
        fitted: the fitted values that both sides computed with, by function.
    """

    def __init__(self, frame: TrainingFrame) -> None:
        self._frame = frame.to_pandas()
        self._values: dict[str, list[Any]] = {
            name: frame.table[name].to_pylist() for name in frame.features
        }
        self.statuses: Mapping[str, list[Status]] = MappingProxyType(
            {name: frame.statuses(name) for name in frame.features}
        )
        self.dtypes: Mapping[str, str] = MappingProxyType(
            {name: str(self._frame[name].dtype) for name in frame.features}
        )
        self.fitted: Mapping[str, Any] = MappingProxyType(dict(frame.fitted))

    def __getitem__(self, feature: str) -> list[Any]:
        if feature not in self._values:
            raise UnknownName.among("feature", feature, self._values)
        return self._values[feature]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def to_pandas(self) -> pd.DataFrame:
        """The features as a model gets them, under a RangeIndex."""
        return self._frame.copy()

    def __repr__(self) -> str:
        return f"Features of {len(self._frame)} rows:\n{self._frame.to_string()}"
