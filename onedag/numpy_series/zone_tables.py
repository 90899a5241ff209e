"""The transitions of a time zone as arrays, from its file in the format of RFC 9636 (TZif)."""

from __future__ import annotations

import re
import struct
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from onedag.numpy_series.fields import DAY, NAT, SECOND

__all__ = ["Transitions", "transitions"]

_HEADER = struct.Struct(">4sc15x6l")
_YEAR_1, _YEAR_2100, _YEAR_9999 = (
    days * DAY for days in (-719_162, 47_482, 2_932_531)
)  # their first of January
_RULE = re.compile(rb",M(\d+)\.\d\.\d[^,]*,M(\d+)\.\d\.\d[^,]*$")


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """When a zone's offset changes, in microseconds.

    ``offsets[i]`` holds from ``starts[i - 1]``, inclusive, to ``starts[i]``, exclusive. What holds
    from the last start on isn't known here.
    """

    starts: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]


_NONE = Transitions(np.array([NAT], np.int64), np.array([0], np.int64))


def transitions(zone: zoneinfo.ZoneInfo, offset_at: Callable[[int], int]) -> Transitions:
    """The transitions up to the year 2100, or 9999 if there are none any more.

    Args:
        zone: it is asked for nothing but its key.
        offset_at: its offset at a moment, both in microseconds. Where the file says otherwise, as
            it may after an update of the machine's files, there is no table.
    """
    data = _file(zone.key)
    listed = [(start, offset) for start, offset in _listed(data) if start >= _YEAR_1 + DAY]
    known = data[:4] == b"TZif" and data[4:5] >= b"2"
    if known and all(
        offset_at(start) == offset and offset_at(start - 1) == before
        for (start, offset), before in zip(listed[1:], [o for _, o in listed], strict=False)
    ):
        return _table(listed, data.rstrip(b"\n").rpartition(b"\n")[2], offset_at)
    return _NONE


def _table(
    listed: list[tuple[int, int]], rule: bytes, offset_at: Callable[[int], int]
) -> Transitions:
    starts = [start for start, _ in listed]
    offsets = [offset_at(starts[0] - 1 if starts else 0), *(offset for _, offset in listed)]
    if b"," not in rule:
        starts.append(_YEAR_9999)
    elif _changes_in_months_apart(rule):
        for start, offset in _probed(starts[-1] if starts else _YEAR_1 + DAY, offset_at):
            starts.append(start)
            offsets.append(offset)
    if not starts:
        return _NONE
    return Transitions(np.array(starts, np.int64), np.array(offsets[: len(starts)], np.int64))


def _changes_in_months_apart(rule: bytes) -> bool:
    months = _RULE.search(rule)
    return months is not None and 2 <= abs(int(months[1]) - int(months[2])) <= 10


def _probed(moment: int, offset_at: Callable[[int], int]) -> Iterator[tuple[int, int]]:
    """What a rule gives up to 2100: asked weekly, for its changes are more than a week apart."""
    current = offset_at(moment)
    while moment < _YEAR_2100:
        after = moment + 7 * DAY
        if offset_at(after) != current:
            before = moment
            while after - before > SECOND:
                middle = before + (after - before) // SECOND // 2 * SECOND
                before, after = (
                    (middle, after) if offset_at(middle) == current else (before, middle)
                )
            current = offset_at(after)
            yield after, current
        moment = after


def _listed(data: bytes) -> list[tuple[int, int]]:
    """The file's own transitions with the offset from each on; in its second, 64-bit block."""
    if data[:4] != b"TZif" or data[4:5] < b"2":
        return []
    _, _, is_ut, is_std, leaps, times, types, chars = _HEADER.unpack_from(data)
    at = _HEADER.size + 5 * times + 6 * types + chars + 8 * leaps + is_std + is_ut
    *_, times, types, chars = _HEADER.unpack_from(data, at)
    at += _HEADER.size
    starts = np.frombuffer(data, ">i8", times, at)
    kinds = np.frombuffer(data, np.uint8, times, at + 8 * times)
    offsets = [
        struct.unpack_from(">l", data, at + 9 * times + 6 * each)[0] for each in range(types)
    ]
    return [
        (start * SECOND, offsets[kind] * SECOND)
        for start, kind in zip(starts.tolist(), kinds.tolist(), strict=True)
    ]


def _file(key: str | None) -> bytes:
    if key is None:
        return b""
    for path in (Path(directory) / key for directory in zoneinfo.TZPATH):
        if path.is_file():
            return path.read_bytes()
    try:
        return resources.files("tzdata").joinpath("zoneinfo", key).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return b""
