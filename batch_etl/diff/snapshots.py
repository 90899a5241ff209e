"""The two snapshots that a diff compares."""

from __future__ import annotations

import re

from drivers.registry import Registry
from onedag.errors import RegistryError
from onedag.snapshots import Snapshot

__all__ = ["CURRENT", "snapshot_named"]

CURRENT = "current"
_BACK = re.compile(rf"{CURRENT}~(\d+)")


def snapshot_named(name: str, registry: Registry) -> Snapshot:
    """A snapshot of a registry.

    Args:
        name: ``current``; ``current~2`` for the one that was current two moves of the pointer ago;
            or the first digits of an id.
        registry: that has it.

    Raises:
        RegistryError: there is no such snapshot, or it can't be read.
    """
    back = _BACK.fullmatch(name)
    if name != CURRENT and back is None:
        return registry.snapshot(name)
    moves = registry.moves()
    if not moves:
        raise RegistryError(
            f"{registry.folder} has no current snapshot to compare with. Write one with `onedag "
            f"apply`, or name another folder as `registry` in [tool.onedag], or in the environment "
            f"as ONEDAG_REGISTRY."
        )
    steps = int(back[1]) if back else 0
    if steps >= len(moves):
        raise RegistryError(
            f"{name!r} is before the first snapshot: the pointer in {registry.folder} was moved "
            f"{len(moves)} times, so {CURRENT}~{len(moves) - 1} is the earliest."
        )
    return registry.snapshot(moves[-1 - steps].snapshot)
