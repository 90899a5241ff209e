"""What a server computes or reads otherwise than the model was trained with.

A change of a function alone breaks no promise that a server could check: names, dtypes and order
stay as they were. So the code is compared, as a run and a materialization have kept it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from drivers.stored.records import RunRecord, ViewRecord
from onedag.graph import FunctionGraph
from onedag.planner import Plan

__all__ = ["outdated"]

_SHOWN = 5


def outdated(
    planned: Plan,
    graph: FunctionGraph,
    now: Mapping[str, str],
    run: RunRecord,
    views: Mapping[str, ViewRecord],
) -> tuple[str, ...]:
    """Sentences that say which functions are written otherwise now; none if all are as they were.

    Versions of packages aren't told here, those of Python are.

    Args:
        planned: the service.
        graph: the project's functions.
        now: what they are written as, by name (`onedag.meanings.written_code`).
        run: the published run.
        views: the views that the service reads, by name.
    """
    return tuple(_told(planned, graph, now, run, views))


def _told(
    planned: Plan,
    graph: FunctionGraph,
    now: Mapping[str, str],
    run: RunRecord,
    views: Mapping[str, ViewRecord],
) -> Iterator[str]:
    service = planned.service.name
    below = [name for name, text in run.code.items() if now.get(name) != text]
    if below:
        yield (
            f"Service {service!r}: run {run.run_id} was trained with other code of "
            f"{_listed(below)}. Train and publish again, or serve with the code of that run."
        )
    for view in planned.serving.views:
        needed = graph.upstream(feature.name for feature in view.features)
        code = views[view.name].code
        other = [name for name, text in code.items() if name in needed and now.get(name) != text]
        if other:
            yield (
                f"Service {service!r}: the values of view {view.name!r} were stored by other code "
                f"of {_listed(other)}. Run `onedag materialize`."
            )


def _listed(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
