"""What has changed of the code between what served, what stored, and what is loaded now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property

import numpy as np

from drivers.batch import BatchDriver
from drivers.registry import Registry
from drivers.served.schema import Head, LoadedCode
from drivers.served.sides import LoggedSide
from drivers.verify.values import Mask
from onedag.errors import OnedagError, RegistryError
from onedag.meanings import Meanings, NodeMeaning
from onedag.planner import StoredFeature, View
from onedag.project import Project
from onedag.snapshots import FunctionSnapshot, Snapshot, snapshot_of

__all__ = ["CodeNow", "CodeThen"]

_SCHEME = "fingerprints "


class CodeNow:
    """The code as it is loaded.

    Args:
        batch: of the project.
    """

    def __init__(self, batch: BatchDriver) -> None:
        self.project: Project = batch.project
        self._loaded = LoadedCode(self.project)
        self.versions = self._loaded.versions
        self._views = batch.views()
        self._meanings = Meanings(self.project, batch.columns())
        self.snapshot: Callable[[str], Snapshot | None] = cache(self._snapshot)
        self.view_meaning: Callable[[str], str] = cache(self._view_meaning)

    def upstream(self, names: Iterable[str]) -> Mapping[str, NodeMeaning]:
        """The meanings of these and of all that they need."""
        return self._loaded.upstream(names)

    def source_meaning(self, view: View) -> str:
        """Of the definition of a view's source."""
        return self._loaded.source(view)

    def is_changed(
        self, name: str, own: str | None, versions: Sequence[str], written: FunctionSnapshot | None
    ) -> bool:
        """Whether a function is another one by itself than at some time, whatever it is given.

        Args:
            name: of the function.
            own: its fingerprint then; None where there was no such function.
            versions: that were in force then.
            written: the function then, if that is known. Fingerprints of another scheme can't be
                compared, and then its code is; if that isn't known, it counts as the same.
        """
        if own is None:
            return True
        if _scheme_of(versions) == _scheme_of(self.versions):
            return own != self.upstream([name])[name].own
        return written is not None and written.code != self._written[name].code

    @cached_property
    def _written(self) -> Mapping[str, FunctionSnapshot]:
        return snapshot_of(self.project, {}).functions

    def _view_meaning(self, name: str) -> str:
        """Of a view as it would be materialized now; empty where it can't be planned."""
        try:
            return self._meanings.of(self._views[name]).text
        except OnedagError:
            return ""

    def _snapshot(self, id_: str) -> Snapshot | None:
        """A snapshot of the registry; None where it isn't there."""
        if not id_ or self.project.registry is None:
            return None
        try:
            return Registry(self.project.registry).snapshot(id_)
        except RegistryError:
            return None


def _scheme_of(versions: Iterable[str]) -> str:
    return next((each for each in versions if each.startswith(_SCHEME)), "")


class CodeThen:
    """The code that served some rows, beside that of now.

    Args:
        head: of the rows.
        now: the code as it is loaded.
        names: of the service's features.
    """

    def __init__(self, head: Head, now: CodeNow, names: Collection[str]) -> None:
        self._head = head
        self._now = now
        self._made_by = now.snapshot(head.snapshot)
        self._changed = {name for name in now.upstream(names) if self._is_changed(name)}

    def first_changed(self, names: Sequence[str]) -> str | None:
        """The first of some nodes that a change of the code concerns; None for none.

        Where the packages are others, that may be any function: the last one stands for it.

        Args:
            names: of nodes, each after its inputs.
        """
        found = next((name for name in names if name in self._changed), None)
        if found is None and self._head.versions != self._now.versions:
            return names[-1]
        return found

    def view_changed(self, view: View, name: str, logged: LoggedSide) -> Mask:
        """Where a stored value was made by other functions than now, shape ``(n_rows,)``.

        Other packages alone don't count: they hardly ever change a value, and late data do.

        Args:
            view: that it is in.
            name: of it.
            logged: the rows.
        """
        feature = next(each for each in view.features if each.name == name)

        @cache
        def changed(meaning: str, snapshot: str) -> bool:
            if meaning == self._now.view_meaning(view.name):
                return False
            return self._changed_since(self._now.snapshot(snapshot), view, feature)

        told = zip(
            logged.of_view(view.name, "meaning"),
            logged.of_view(view.name, "snapshot"),
            strict=True,
        )
        return np.array([changed(*each) for each in told], np.bool_)

    def _is_changed(self, name: str) -> bool:
        """Whether a function is another one than the server had."""
        then = self._head.functions.get(name)
        own = None if then is None else then.own
        written = None if self._made_by is None else self._made_by.functions.get(name)
        return self._now.is_changed(name, own, self._head.versions, written)

    def _changed_since(self, taken: Snapshot | None, view: View, feature: StoredFeature) -> bool:
        """Whether it is this feature that changed, of a view something of which did."""
        if feature.node is None:  # a raw column, which only its source's definition makes
            return self._is_other_source(taken, view)
        names = self._now.upstream([feature.name])
        if taken is None:
            # Without the snapshot of what stored it, what served it must tell: they go together.
            return not self._changed.isdisjoint(names)
        return any(self._is_other(name, taken) for name in names)

    def _is_other(self, name: str, taken: Snapshot) -> bool:
        written = taken.functions.get(name)
        own = None if written is None else written.own
        return self._now.is_changed(name, own, taken.versions, written)

    def _is_other_source(self, taken: Snapshot | None, view: View) -> bool:
        versions = self._head.versions if taken is None else taken.versions
        if _scheme_of(versions) != _scheme_of(self._now.versions):
            return False
        meaning = self._now.source_meaning(view)
        if taken is None:
            return self._head.sources.get(view.name, meaning) != meaning
        then = taken.sources.get(view.source.name)
        return then is None or then.meaning != meaning
