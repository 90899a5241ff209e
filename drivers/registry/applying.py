"""Making a snapshot the current one, while others may do the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from drivers.registry.registry import Move, Registry
from onedag.errors import RegistryError, RegistryMoved
from onedag.snapshots import Snapshot

__all__ = ["Moved", "apply", "rollback"]

PAUSE = timedelta(milliseconds=2)


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the pointer.

    Attributes:
        move: the last one, which names the current snapshot.
        made: whether it was made now; False where that snapshot was the current one already.
    """

    move: Move
    made: bool


def apply(registry: Registry, snapshot: Snapshot, *, at: datetime, by: str, reason: str) -> Moved:
    """Keep a snapshot and make it the current one, after whatever others applied meanwhile.

    Args:
        registry: where.
        snapshot: of the project.
        at: aware UTC.
        by: who.
        reason: why, in words.

    Raises:
        RegistryError: the registry can't be read or written.
    """
    wanted = registry.save(snapshot)
    return _moved(registry, lambda _last: wanted, at, by, reason)


def rollback(
    registry: Registry, wanted: str | None, *, at: datetime, by: str, reason: str
) -> Moved:
    """Make an earlier snapshot the current one again. Nothing is deleted.

    Args:
        registry: where.
        wanted: its id, or the beginning of it; by default the one before the last move, so that
            a second rollback undoes the first.
        at: aware UTC.
        by: who.
        reason: why, in words.

    Raises:
        RegistryError: there is no such snapshot, it isn't readable, or nothing is before the
            last move.
    """

    def chosen(last: Move | None) -> str:
        found = wanted or (last.previous if last else None)
        if found is None:
            how_many = "one snapshot was" if last else "no snapshot was ever"
            raise RegistryError(
                f"There is nothing to go back to: {how_many} applied in {registry.folder}."
            )
        return registry.snapshot(found).id  # not to one that can't be read

    return _moved(registry, chosen, at, by, reason)


def _moved(
    registry: Registry, chosen: Callable[[Move | None], str], at: datetime, by: str, reason: str
) -> Moved:
    while True:
        last = registry.current()
        wanted = chosen(last)
        if last is not None and last.snapshot == wanted:
            return Moved(last, made=False)
        try:
            move = registry.move(wanted, expected=last, at=at, by=by, reason=reason)
        except RegistryMoved:
            # Another writer got on. On a network file system its move may be seen a little later.
            time.sleep(PAUSE.total_seconds())
        else:
            return Moved(move, made=True)
