"""Wall times of a zone, and back.

pandas asks `zoneinfo` about each row, at 0.5 µs. So does this for a few rows, and for times that
the zone's table doesn't reach; the others are looked up in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.numpy_series.fields import FEW, NAT, SECOND
from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.zone_tables import Transitions, transitions

__all__ = ["to_utc", "to_wall"]

_EPOCH = datetime(1970, 1, 1)
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


def to_wall(micros: npt.NDArray[np.int64], zone: tzinfo) -> npt.NDArray[np.int64]:
    """Wall times of moments, both in microseconds since 1970; NaT stays.

    Raises:
        Refused: a zone that isn't of the standard library; a year that it doesn't know.
    """
    if zone is UTC:
        return micros
    if type(zone) is timezone:
        offset = zone.utcoffset(None) // _MICROSECOND
        return micros if offset == 0 else np.where(micros == NAT, NAT, micros + offset)
    if type(zone) is not ZoneInfo:
        raise Refused(f"a time in the zone {zone!r}")
    if len(micros) > FEW:
        return _by_table(micros, zone)
    offset_at = _offset_at(zone)
    return np.array([v if v == NAT else v + offset_at(v) for v in micros.tolist()], np.int64)


def _by_table(micros: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    table = _table(zone)
    at = np.searchsorted(table.starts, micros, side="right")
    beyond = (at == len(table.offsets)) | (micros == NAT)
    wall = micros + table.offsets[np.where(beyond, 0, at)]
    if beyond.any():
        offset_at = _offset_at(zone)
        rest = micros[beyond].tolist()
        wall[beyond] = [v if v == NAT else v + offset_at(v) for v in rest]
    return wall


@lru_cache(maxsize=64)
def _offset_at(zone: tzinfo) -> Callable[[int], int]:
    start = _EPOCH.replace(tzinfo=zone)

    def offset_at(moment: int) -> int:
        try:
            local = zone.fromutc(start + timedelta(seconds=moment // SECOND))
        except OverflowError as error:
            raise Refused("a time beyond the year 9999, or before the year 1") from error
        offset = local.utcoffset()
        assert offset is not None
        return offset // _SECOND * SECOND

    return offset_at


def to_utc(walls: npt.NDArray[np.int64], zone: tzinfo) -> npt.NDArray[np.int64]:
    """Moments of wall times, both in microseconds since 1970; NaT stays.

    Raises:
        Refused: as `to_wall`; or a wall time that a zone has twice, or never.
    """
    if type(zone) is timezone:
        offset = zone.utcoffset(None) // _MICROSECOND
        return walls if offset == 0 else np.where(walls == NAT, NAT, walls - offset)
    if type(zone) is not ZoneInfo:
        raise Refused(f"a time in the zone {zone!r}")
    if len(walls) > FEW:
        return _many_to_utc(walls, zone)
    return np.array([v if v == NAT else _moment(v, zone) for v in walls.tolist()], np.int64)


def _many_to_utc(walls: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    try:
        moments = pd.DatetimeIndex(walls.view("M8[us]")).tz_localize(zone)
    except (ValueError, OverflowError) as error:
        raise Refused(f"a time that {zone.key} has twice or never") from error
    array: npt.NDArray[np.int64] = moments.asi8
    return array


def _moment(wall: int, zone: ZoneInfo) -> int:
    try:
        local = _EPOCH.replace(tzinfo=zone) + timedelta(microseconds=wall)
    except OverflowError as error:
        raise Refused("a time beyond the year 9999, or before the year 1") from error
    offset = local.utcoffset()
    if offset is None or offset != local.replace(fold=1).utcoffset():
        raise Refused(f"the time {local.replace(tzinfo=None)}, twice or never in {zone.key}")
    return wall - offset // _MICROSECOND


@lru_cache(maxsize=64)
def _table(zone: ZoneInfo) -> Transitions:
    return transitions(zone, _offset_at(zone))
