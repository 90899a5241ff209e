"""`Registry`: snapshots that never change, and the history of which one was the current one.

    <registry>/snapshots/<id>.json          one snapshot, named by the SHA-256 of its bytes
    <registry>/current/00000001.json        the first move of the pointer, and so on

The pointer is the move of the highest number. A move is made by creating the next number, which
one of several writers does: nothing is locked, nothing is replaced, and each move stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drivers.registry.files import NoHardLinks, keep, keep_first
from onedag.errors import RegistryError, RegistryMoved
from onedag.snapshots import Snapshot

__all__ = ["SHORTEST", "Move", "Registry"]

SHORTEST = 6
"""How many digits of an id are enough, if they are those of one snapshot only."""

_ID = re.compile(r"[0-9a-f]{64}")
_MOVE = re.compile(r"(\d{8,})\.json")
_FORMAT = 1
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Move:
    """One move of the pointer.

    Attributes:
        number: from 1 on, without gaps.
        snapshot: the id of the snapshot that became the current one.
        at: when, aware UTC.
        by: who.
        reason: why, in words; may be empty.
        previous: the id of the snapshot before; None for the first move.
    """

    number: int
    snapshot: str
    at: datetime
    by: str
    reason: str
    previous: str | None


class Registry:
    """Snapshots by their ids, and a pointer to one of them. The folder is made when it is needed.

    Any number of processes may read and write at once, on one machine or on several that share
    the folder.

    Args:
        folder: such as `Project.registry`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._snapshots = folder / "snapshots"
        self._moves = folder / "current"

    def save(self, snapshot: Snapshot) -> str:
        """Keep a snapshot; its id. One that is there already stays as it is.

        Raises:
            RegistryError: the folder can't be written.
        """
        try:
            keep(self._snapshots / f"{snapshot.id}.json", snapshot.to_bytes())
        except OSError as error:
            raise self._unwritable(error) from error
        return snapshot.id

    def snapshot(self, id_or_prefix: str) -> Snapshot:
        """A snapshot by its id, or by `SHORTEST` or more of the first digits.

        Raises:
            RegistryError: none or several begin like that; the file can't be read, or isn't what
                was written.
        """
        found = self.find(id_or_prefix)
        path = self._snapshots / f"{found}.json"
        content = _read(path)
        if hashlib.sha256(content).hexdigest() != found:
            raise RegistryError(
                f"Snapshot {found[:12]} isn't what was written: the content of {path} doesn't fit "
                f"its name. Restore the file from a backup, or delete it and apply again."
            )
        try:
            return Snapshot.from_bytes(content)
        except RegistryError as error:
            raise RegistryError(f"{path}: {error}") from error

    def has(self, snapshot_id: str) -> bool:
        """Whether a snapshot is there, by its whole id; nothing else is looked at."""
        whole = _ID.fullmatch(snapshot_id) is not None
        return whole and (self._snapshots / f"{snapshot_id}.json").is_file()

    def find(self, id_or_prefix: str) -> str:
        """The whole id of a snapshot that is there.

        Raises:
            RegistryError: none or several begin like that.
        """
        wanted = id_or_prefix.lower()
        if self.has(wanted):
            return wanted
        ids = self.ids()
        if len(wanted) < SHORTEST:
            raise RegistryError(
                f"{id_or_prefix!r} is too short for the id of a snapshot: give {SHORTEST} digits "
                f"or more. {self._available(ids)}"
            )
        found = [each for each in ids if each.startswith(wanted)]
        if _ID.fullmatch(wanted) and not found:
            raise RegistryError(
                f"Snapshot {wanted[:12]} isn't in {self.folder}. If its file was deleted, restore "
                f"it from a backup, or check out its commit and apply again. {self._available(ids)}"
            )
        if not found:
            raise RegistryError(f"No snapshot begins with {id_or_prefix!r}. {self._available(ids)}")
        if len(found) > 1:
            raise RegistryError(
                f"{id_or_prefix!r} is the beginning of {len(found)} snapshots: "
                f"{', '.join(found[:_SHOWN])}{', …' if len(found) > _SHOWN else ''}. Give more "
                f"digits."
            )
        return found[0]

    def ids(self) -> tuple[str, ...]:
        """The ids of all snapshots, sorted.

        Raises:
            RegistryError: the folder can't be read.
        """
        found = (name.removesuffix(".json") for name in _names(self._snapshots))
        return tuple(sorted(each for each in found if _ID.fullmatch(each)))

    def newest(self) -> str | None:
        """The id of the snapshot that was written last, applied or not; None without any.

        Raises:
            RegistryError: the folder can't be read.
        """
        files = [self._snapshots / f"{each}.json" for each in self.ids()]
        written = [(file.stat().st_mtime_ns, file.stem) for file in files if file.is_file()]
        return max(written)[1] if written else None

    def current(self) -> Move | None:
        """The last move; None before the first.

        Raises:
            RegistryError: it can't be read.
        """
        numbers = self._numbers()
        return self._move(numbers[-1]) if numbers else None

    def moves(self) -> tuple[Move, ...]:
        """All moves, the first one first.

        Raises:
            RegistryError: one can't be read.
        """
        return tuple(self._move(number) for number in self._numbers())

    def move(
        self, snapshot_id: str, *, expected: Move | None, at: datetime, by: str, reason: str
    ) -> Move:
        """Make a snapshot the current one.

        Args:
            snapshot_id: of a snapshot that was saved.
            expected: the current move as it was when it was decided to make this one.
            at: aware UTC.
            by: who.
            reason: why, in words.

        Raises:
            RegistryMoved: ``expected`` isn't the last move: look at what is there and decide again.
            RegistryError: there is no such snapshot, or the folder can't be written.
        """
        before = 0 if expected is None else expected.number
        if max(self._numbers(), default=0) != before:
            raise self._moved(expected)
        previous = None if expected is None else expected.snapshot
        move = Move(before + 1, self.find(snapshot_id), at, by, reason, previous)
        try:
            first = keep_first(self._path(move.number), _to_bytes(move))
        except OSError as error:
            raise self._unwritable(error) from error
        if not first:
            raise self._moved(expected)
        return move

    def _numbers(self) -> list[int]:
        found = (_MOVE.fullmatch(name) for name in _names(self._moves))
        return sorted(int(match[1]) for match in found if match)

    def _path(self, number: int) -> Path:
        return self._moves / f"{number:08}.json"

    def _move(self, number: int) -> Move:
        path = self._path(number)
        try:
            return _from_bytes(number, _read(path))
        except (ValueError, KeyError, TypeError) as error:
            raise RegistryError(
                f"{path} isn't a move that onedag wrote: {error!r}. Restore the file from a "
                f"backup; or delete it, so that the move before it counts, and apply again."
            ) from error

    def _moved(self, expected: Move | None) -> RegistryMoved:
        what = "there was none" if expected is None else f"it was {expected.snapshot[:12]}"
        return RegistryMoved(
            f"The current snapshot in {self.folder} was moved by another writer meanwhile: {what}. "
            f"Look at it with `onedag snapshots` and try again."
        )

    def _available(self, ids: tuple[str, ...]) -> str:
        moved = [move.snapshot for move in reversed(self.moves())]
        there = set(ids)
        listed = [each[:12] for each in dict.fromkeys([*moved, *ids]) if each in there]
        if not listed:
            return f"There is none in {self.folder} yet: write one with `onedag apply`."
        more = ", …" if len(listed) > _SHOWN else ""
        return f"{self.folder} has {', '.join(listed[:_SHOWN])}{more}."

    def _unwritable(self, error: OSError) -> RegistryError:
        reason = str(error.strerror or error)
        if isinstance(error, NoHardLinks):
            reason += ", which moving the pointer needs"
        return RegistryError(
            f"The registry {self.folder} can't be written: {reason}. Give this user the right to "
            f"and make room there, or name another folder as `registry` in [tool.onedag], or in "
            f"the environment as ONEDAG_REGISTRY."
        )


def _names(folder: Path) -> list[str]:
    """What is in a folder that may not be there yet. `glob` would take an error for nothing."""
    try:
        return [name for name in os.listdir(folder) if name.endswith(".json")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RegistryError(f"{folder} can't be read: {error.strerror or error}.") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RegistryError(f"{path} can't be read: {error.strerror or error}.") from error


def _to_bytes(move: Move) -> bytes:
    content = {
        "format": _FORMAT,
        "snapshot": move.snapshot,
        "at": move.at.isoformat(),
        "by": move.by,
        "reason": move.reason,
        "previous": move.previous,
    }
    return json.dumps(content, indent=1).encode()


def _from_bytes(number: int, blob: bytes) -> Move:
    content = json.loads(blob)
    if content["format"] != _FORMAT:
        raise ValueError(f"format {content['format']}; this version of onedag reads {_FORMAT}")
    return Move(
        number,
        content["snapshot"],
        datetime.fromisoformat(content["at"]),
        content["by"],
        content["reason"],
        content["previous"],
    )
