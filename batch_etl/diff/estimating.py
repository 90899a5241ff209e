"""A difference with estimates of what must be materialized."""

from __future__ import annotations

from dataclasses import replace

from batch_etl.diff.run import Difference
from drivers import BatchDriver
from drivers.estimates import Estimates, estimate_views
from onedag.errors import RegistryError
from onedag.project import Project

__all__ = ["with_estimates"]


def with_estimates(difference: Difference, project: Project) -> Difference:
    """The same, with estimates. They are kept in the registry, to be compared with what it took.

    Args:
        difference: whose new snapshot is that of the project.
        project: as it is loaded.
    """
    wanted = difference.to_materialize
    with BatchDriver(project) as batch:
        views = [view for name, view in batch.views().items() if name in wanted]
    meanings = {view.name: difference.changes.new.views[view.name].meaning for view in views}
    records = difference.published.records
    known_keys = {view.name: records[view.name].keys for view in views if view.name in records}
    found, untold = estimate_views(project, views, meanings, known_keys)
    if project.registry is not None:
        kept = Estimates(project.registry)
        for name, estimate in found.items():
            try:
                kept.keep(estimate)
            except RegistryError as error:  # in CI it may be there to be read only
                untold = {**untold, name: str(error)}
    return replace(difference, estimates=found, unestimated=untold)
