"""Ticks of an axis: few, at round numbers or at round times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from onedag.statistics import Number

__all__ = ["Tick", "ticks"]

MOST = 6
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis.

    Attributes:
        share: where: 0 at the axis' start, 1 at its end.
        label: what is there.
    """

    share: float
    label: str


def ticks(low: Number, high: Number, arrow: str) -> tuple[Tick, ...]:
    """Up to `MOST` round values within an axis; one in its middle where it has no length.

    Args:
        low: where the axis starts.
        high: where it ends.
        arrow: the Arrow type of the values, as text: timestamps are labelled with their dates.

    >>> [tick.label for tick in ticks(-49, 231, "double")]
    ['0', '50', '100', '150', '200']
    """
    if arrow.startswith("timestamp"):
        return _of_times(int(low), int(high))
    if arrow.startswith("duration"):
        low, high = low / _SECOND, high / _SECOND
    start, length = float(low), float(high) - float(low)
    if not length or not math.isfinite(length):
        return (Tick(0.5, shown(start)),)
    step = _step(length)
    first = math.ceil(start / step - 1e-9)
    last = math.floor(float(high) / step + 1e-9)
    places = (n * step for n in range(first, last + 1))
    return tuple(Tick((at - start) / length, shown(at)) for at in places)


def shown(value: float) -> str:
    """A round number, as short as it can be: thousands have their commas.

    >>> shown(0.1 + 0.2), shown(-2500.0), shown(3e12)
    ('0.3', '-2,500', '3e+12')
    """
    rounded = float(f"{value:.6g}") + 0.0
    if abs(rounded) >= 1e9 or 0 < abs(rounded) < 1e-4:
        return f"{rounded:.4g}"
    return f"{rounded:,.6f}".rstrip("0").rstrip(".")


def _step(length: float) -> float:
    """The least round step with which no more than `MOST` ticks are on the axis."""
    least = length / MOST
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * step for step in _STEPS if power * step >= least * (1 - 1e-9))


def _of_times(low: int, high: int) -> tuple[Tick, ...]:
    """The axis' ends: what lies between them has no round step that everybody expects."""
    if low == high:
        return (Tick(0.5, _time(low, _DAY)),)
    return Tick(0.0, _time(low, high - low)), Tick(1.0, _time(high, high - low))


def _time(micros: int, length: int) -> str:
    try:
        moment = _EPOCH + timedelta(microseconds=micros)
    except OverflowError:  # a year that datetime hasn't
        return f"{micros} µs"
    return f"{moment:%Y-%m-%d}" if length >= 5 * _DAY else f"{moment:%Y-%m-%d %H:%M:%S}"
