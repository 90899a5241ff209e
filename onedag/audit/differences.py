"""How the code as it is now differs from that which a model was trained with, in words."""

from __future__ import annotations

from collections.abc import Iterator

from onedag.audit.model import CodeChange
from onedag.audit.words import listed
from onedag.snapshots import Snapshot
from onedag.snapshots.changes import Change, FunctionChange, compare
from onedag.snapshots.definitions import ServiceChange
from onedag.snapshots.promises import breaches, gone

__all__ = ["Differences"]


class Differences:
    """What differs between two snapshots.

    Args:
        trained: what is described; None where only the loaded code is known.
        loaded: the code as it is now.
    """

    def __init__(self, trained: Snapshot | None, loaded: Snapshot) -> None:
        self._trained, self._loaded = trained, loaded
        same = trained is None or trained.id == loaded.id
        found = None if same or trained is None else compare(trained, loaded)
        self._functions = {} if found is None else {one.name: one for one in found.functions}
        self._changes: dict[str, tuple[CodeChange, ...] | None] = {}
        self._services = {} if found is None else {one.name: one for one in found.services}

    def of(self, function: str) -> str:
        """A sentence on a function; empty where nothing of it differs."""
        change = self._functions.get(function)
        return "" if change is None else " ".join(_sentences(change))

    def of_feature(self, feature: str, service: str) -> str:
        """A sentence on a feature: on its function, or on what it is made of."""
        said, changes = self.of(feature), self.for_service(service) or ()
        names = [change.name for change in changes if feature in change.features]
        change = self._functions.get(feature)
        if not names or (change is not None and change.change is not Change.DOC):
            return said
        return " ".join(
            [*([said] if said else []), f"What it is made of changed: {listed(names)}."]
        )

    def of_service(self, name: str) -> tuple[str, ...]:
        """What of a service itself is another: its features, its request, what it may use."""
        change = self._services.get(name)
        return () if change is None else tuple(_of_service(change))

    def for_service(self, name: str) -> tuple[CodeChange, ...] | None:
        """What a service relies on that means something else now, or isn't there any more.

        None where the code that the model was trained with isn't known.
        """
        if name not in self._changes:
            self._changes[name] = self._compared(name)
        return self._changes[name]

    def _compared(self, name: str) -> tuple[CodeChange, ...] | None:
        trained, loaded = self._trained, self._loaded
        if trained is None or name not in trained.services:
            return None
        if trained.id == loaded.id:
            return ()
        broken = breaches(trained, loaded, name)
        told = {one.name for one in broken}
        lost = (one for one in gone(trained, loaded, name) if one.name not in told)
        return tuple(CodeChange(one.name, one.reasons, one.features) for one in (*broken, *lost))


def _sentences(change: FunctionChange) -> Iterator[str]:
    if change.change is Change.REMOVED:
        yield "The code as it is now doesn't have it any more."
    elif change.change is Change.VERSIONS:
        yield "Its code is the same now, and the packages that compute have other versions."
    elif change.change is Change.DOC:
        yield f"Its own code computes the same now; other is its {listed(change.docs)}."
    elif change.own:
        yield f"The code as it is now computes it in another way: {listed(change.own)}."
    elif change.causes:
        yield f"Its own code is the same now, but {listed(change.causes)} changed before it."


def _of_service(change: ServiceChange) -> Iterator[str]:
    if change.added:
        yield f"it takes {listed(change.added)} besides"
    if change.removed:
        yield f"it takes {listed(change.removed)} no more"
    if change.reordered:
        yield "its features are in another order"
    yield from change.request
