"""Durations and moments: strings to ``timedelta``, moments to integer microseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from onedag.errors import InvalidDefinition

__all__ = ["Duration", "label", "micros", "parse_duration", "to_utc"]

Duration: TypeAlias = timedelta | str
"""A ``timedelta``, or a string such as ``"90min"``, ``"3h"``, ``"7d"``."""

_UNITS = {
    "us": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_PATTERN = re.compile(r"([0-9]+)\s*(" + "|".join(_UNITS) + r")")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = timedelta(microseconds=2**62)


def parse_duration(duration: Duration, what: str = "duration") -> timedelta:
    """A positive ``timedelta`` from itself or from a string: whole numbers of one unit.

    Units are ``us ms s min h d w``; months and years have no fixed length and are refused.

    Raises:
        InvalidDefinition: not of that form, not positive, or longer than a ``timedelta`` can be.
            The message names ``what``.

    >>> parse_duration("90min")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(duration, str):
        match = _PATTERN.fullmatch(duration.strip())
        if match is None:
            raise InvalidDefinition(
                f"{what} {duration!r} isn't a duration. Write a whole number and one of "
                f"{', '.join(_UNITS)}, such as '90min', '3h' or '7d', or pass a timedelta."
            )
        try:
            duration = int(match[1]) * _UNITS[match[2]]
        except OverflowError as error:
            raise InvalidDefinition(
                f"{what} {duration!r} is longer than {timedelta.max.days} days, the longest that "
                f"there can be."
            ) from error
    if not isinstance(duration, timedelta):
        raise InvalidDefinition(f"{what} must be a timedelta or a string, not {duration!r}.")
    # A pd.Timedelta is a timedelta too, with nanoseconds; what is below a microsecond is cut off.
    duration = timedelta(duration.days, duration.seconds, duration.microseconds)
    if duration > _LONGEST:
        raise InvalidDefinition(
            f"{what} is {duration.days} days, longer than the {_LONGEST.days} days that "
            f"timestamps of microseconds can be apart."
        )
    if duration <= timedelta(0):
        raise InvalidDefinition(f"{what} must be longer than zero, not {duration!r}.")
    return duration


def label(duration: Duration) -> str:
    """How a duration reads in a name: as it was written, or in the largest whole unit.

    >>> label("24h"), label(timedelta(hours=24))
    ('24h', '1d')
    """
    if isinstance(duration, str):
        return "".join(duration.split())
    for unit, size in reversed(_UNITS.items()):
        if unit != "w" and duration % size == timedelta(0):
            return f"{duration // size}{unit}"
    raise AssertionError("a timedelta is a whole number of microseconds")


def micros(moment: datetime | timedelta) -> int:
    """Microseconds: of a duration, or from 1970 UTC to a moment. Naive moments are UTC.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1))
    1000000
    """
    if isinstance(moment, timedelta):
        return moment // _MICROSECOND
    return (to_utc(moment) - _EPOCH) // _MICROSECOND


def to_utc(moment: datetime) -> datetime:
    """The moment as aware UTC; a naive one is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
