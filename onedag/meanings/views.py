"""What the values of a view depend on besides the rows: the code that makes them, as it is loaded.

A value that was stored by other code may differ although its rows don't, so a materialization is
incremental only while nothing that could matter has changed, and a backfill has a folder of its
own for each meaning. Which script runs, what else is loaded, comments and formatting don't matter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from onedag.fingerprints import Fingerprint, Fingerprints
from onedag.meanings.code import code_of, versions
from onedag.planner import View, plan_view
from onedag.project import Project

__all__ = ["Meanings"]


class Meanings:
    """The meanings of a project's views, at one time.

    Args:
        project: whose functions and sources.
        columns: of each source, by the source's name.
        fingerprints: what has been told already.
    """

    def __init__(
        self,
        project: Project,
        columns: Mapping[str, Collection[str]],
        fingerprints: Fingerprints | None = None,
    ) -> None:
        self._project = project
        self._columns = columns
        self._fingerprints = fingerprints or Fingerprints(project.root)

    def of(self, view: View) -> Fingerprint:
        """A text that differs wherever the values of a view might, given the same rows.

        It isn't certain where a function reaches what can't be told, such as an open file: then
        values that were stored under the same text may be those of other code.

        Args:
            view: with all its features.

        Raises:
            PlanError: the rows of the view's source can't be planned.
            SourceError: the source lacks a join key.
        """
        return self._fingerprints.of(versions(), *self._parts(view))

    def _parts(self, view: View) -> Iterator[Any]:
        """What counts of a view and of all views that its rows are looked up in."""
        left, seen = [view], set()
        while left:
            one = left.pop(0)
            # Another view may look features up in this one that it doesn't need itself.
            key = one.name, tuple(feature.name for feature in one.features)
            if key in seen:
                continue
            seen.add(key)
            planned = plan_view(one, self._project, self._columns)
            yield one.name, one.source, one.entity, one.refresh
            yield [(name, str(origin)) for name, origin in sorted(planned.origins.items())]
            for feature in one.features:
                yield feature.name, feature.definition
                yield from code_of(feature.node) if feature.node else ()
            for step in sorted(planned.steps, key=lambda step: step.name):
                yield step.name
                yield from code_of(step)
            left.extend(sorted(planned.views, key=lambda view: view.name))
