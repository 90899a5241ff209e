"""The events of a project, as it is configured."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from drivers.openlineage.settings import Destination, destination_of
from drivers.openlineage.silence import JobEvents, ServingEvents
from drivers.stores import Store
from onedag.clock import Clock
from onedag.errors import ConfigurationError
from onedag.project import Project

if TYPE_CHECKING:
    from drivers.openlineage.runs import Telling

__all__ = ["job_events", "serving_events", "wanted_destination"]

NAMESPACE = "OPENLINEAGE_NAMESPACE"


def job_events(
    project: Project, store: Store, clock: Clock, columns: Callable[[], dict[str, tuple[str, ...]]]
) -> JobEvents:
    """What a batch driver tells of its jobs.

    Args:
        project: says where events go, if anywhere.
        store: that views are written to.
        clock: the time of events.
        columns: of the sources, by name.

    Raises:
        ConfigurationError: events are wanted, and the destination can't be used, or the client
            isn't installed.
    """
    destination = wanted_destination(project)
    if destination is None:
        return JobEvents()
    from drivers.openlineage.jobs import ToldJobs

    return ToldJobs(project, _namespace(project), store, columns, _telling(destination, clock))


def serving_events(project: Project, clock: Clock) -> ServingEvents:
    """What a server tells of the services that it answers for.

    Args:
        project: says where events go, if anywhere.
        clock: the time of events.

    Raises:
        ConfigurationError: as `job_events`.
    """
    destination = wanted_destination(project)
    if destination is None:
        return ServingEvents()
    from drivers.openlineage.serving import ToldServing

    return ToldServing(project, _namespace(project), _telling(destination, clock))


def wanted_destination(project: Project) -> Destination | None:
    """Where the project's events go; None where nobody asks for them.

    Raises:
        ConfigurationError: as `job_events`.
    """
    destination = destination_of(project.openlineage, project.root)
    if destination is not None and not _installed():
        raise ConfigurationError(
            f"The project gives OpenLineage events to {destination}, and openlineage-python, which "
            f"makes them, isn't installed. Install it with `pip install 'onedag[openlineage]'`, or "
            f"turn events off with ONEDAG_OPENLINEAGE=off."
        )
    return destination


def _installed() -> bool:
    try:
        return find_spec("openlineage.client") is not None
    except ModuleNotFoundError:  # not even its parent
        return False


def _telling(destination: Destination, clock: Clock) -> Telling:
    from drivers.openlineage.runs import Telling
    from drivers.openlineage.sending import Sender

    return Telling(Sender(destination), clock)


def _namespace(project: Project) -> str:
    """What stands for the project: the name of its folder, unless the environment has another."""
    return os.environ.get(NAMESPACE) or project.root.name or "default"
