"""How far what was served is from what history says, for features that are numbers or bools."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from drivers.verify.values import NodeValues

__all__ = ["Floats", "Spread", "numbers_of"]

Floats: TypeAlias = npt.NDArray[np.float64]


def numbers_of(values: NodeValues) -> Floats | None:
    """The values as numbers, NaN for null, shape ``(n_rows,)``; None for what isn't one."""
    arrow = values.column.type
    if pa.types.is_boolean(arrow):
        return numbers_of(NodeValues(values.column.cast(pa.int8()), "int8", values.codes))
    if not (pa.types.is_integer(arrow) or pa.types.is_floating(arrow)):
        return None
    numbers: Floats = values.column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers


class Spread:
    """The standard deviation of numbers that come in parts (Chan, Golub and LeVeque 1979)."""

    def __init__(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, numbers: Floats) -> None:
        """More numbers; those that aren't finite are left out."""
        some = numbers[np.isfinite(numbers)]
        if not len(some):
            return
        with np.errstate(over="ignore", invalid="ignore"):  # beyond float64 is said by NaN
            mean = float(some.mean())
            squares = float(((some - mean) ** 2).sum())
        count, far = self._count + len(some), mean - self._mean
        self._squares += squares + far * far * self._count * len(some) / count
        self._mean += far * len(some) / count
        self._count = count

    @property
    def deviation(self) -> float:
        """Of the population; NaN of none, and where float64 can't hold its square."""
        if not self._count or not math.isfinite(self._squares):
            return math.nan
        return math.sqrt(self._squares / self._count)
