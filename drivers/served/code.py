"""What has changed of the code between what served, what stored, and what is loaded now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache

import numpy as np

from drivers.batch import BatchDriver
from drivers.registry import Registry
from drivers.served.schema import Head, LoadedCode
from drivers.served.sides import LoggedSide
from drivers.verify.values import Mask
from onedag.errors import OnedagError, RegistryError
from onedag.fingerprints import Fingerprints
from onedag.meanings import Meanings, NodeMeaning
from onedag.planner import StoredFeature, View
from onedag.project import Project
from onedag.snapshots import Snapshot

__all__ = ["CodeNow", "CodeThen"]


class CodeNow:
    """The code as it is loaded.

    Args:
        batch: of the project.
    """

    def __init__(self, batch: BatchDriver) -> None:
        self.project: Project = batch.project
        self._loaded = LoadedCode(self.project.graph)
        self.versions = self._loaded.versions
        self._views = batch.views()
        self._meanings = Meanings(self.project, batch.columns())
        self._fingerprints = Fingerprints()
        self.snapshot: Callable[[str], Snapshot | None] = cache(self._snapshot)
        self.view_meaning: Callable[[str], str] = cache(self._view_meaning)

    def functions(self, names: Collection[str]) -> Mapping[str, NodeMeaning]:
        """The meanings of these and of all that they need."""
        return self._loaded.upstream(names)

    def source_meaning(self, view: View) -> str:
        """Of the definition of a view's source."""
        return self._fingerprints.of(view.source).text

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
        self._functions = now.functions(names)

    @property
    def changed(self) -> list[str]:
        """The functions that mean something else by themselves than when the rows were served."""
        then = self._head.functions
        return [
            name
            for name, meaning in self._functions.items()
            if name not in then or then[name].own != meaning.own
        ]

    def first_changed(self, names: Sequence[str]) -> str | None:
        """The first of some nodes that a change of the code concerns; None for none.

        Where the packages are others, that may be any function: the last one stands for it.

        Args:
            names: of nodes, each after its inputs.
        """
        changed = set(self.changed)
        found = next((name for name in names if name in changed), None)
        if found is None and self._head.versions != self._now.versions:
            return names[-1]
        return found

    def view_changed(self, view: View, name: str, logged: LoggedSide) -> Mask:
        """Where a stored value was made by other code than that of now, shape ``(n_rows,)``.

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
            return self._changed_since(snapshot, view, feature)

        told = zip(
            logged.of_view(view.name, "meaning"),
            logged.of_view(view.name, "snapshot"),
            strict=True,
        )
        return np.array([changed(*each) for each in told], np.bool_)

    def _changed_since(self, snapshot: str, view: View, feature: StoredFeature) -> bool:
        """Whether it is this feature that changed, of a view something of which did."""
        taken = self._now.snapshot(snapshot)
        if feature.node is None:  # a raw column, which only its source's definition makes
            then = None if taken is None else taken.sources.get(view.source.name)
            return then is None or then.meaning != self._now.source_meaning(view)
        now = self._functions[feature.name].text
        if taken is not None:
            function = taken.functions.get(feature.name)
            return function is None or function.meaning != now
        # Without the snapshot of what stored it, what served it must tell: they go together.
        served = self._head.functions.get(feature.name)
        return served is None or served.text != now
