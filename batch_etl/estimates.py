"""Estimates for people, and beside them what the materialization took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from batch_etl.printing import say
from onedag.errors import RegistryError
from onedag.meanings import Meanings

if TYPE_CHECKING:
    from drivers import BatchDriver
    from drivers.estimates import Cost, Estimate
    from drivers.stored.reports import MaterializationReport, ViewReport

__all__ = ["compare", "told", "told_all"]


def told(estimate: Estimate) -> str:
    """An estimate in words."""
    whole = estimate.sampled == estimate.cost.rows
    tried = "all rows" if whole else f"{estimate.sampled:,} rows"
    return f"about {_cost(estimate.cost)} (tried on {tried})"


def told_all(estimates: Iterable[Estimate]) -> str:
    """The sum of estimates; views share sources, so their rows have none that says anything."""
    costs = [estimate.cost for estimate in estimates]
    keys, size = sum(cost.keys for cost in costs), sum(cost.bytes for cost in costs)
    return f"{keys:,} keys, {size:,} bytes, {sum(cost.seconds for cost in costs):.2g} s"


def _cost(cost: Cost) -> str:
    return f"{cost.rows:,} rows, {cost.keys:,} keys, {cost.bytes:,} bytes, {cost.seconds:.2g} s"


def compare(batch: BatchDriver, report: MaterializationReport, console: Console) -> None:
    """Say and keep what views took whose materialization was estimated.

    Only one that wrote every key is comparable: an estimate is of that. Where what it took can't be
    kept that is said too: the values are stored all the same.
    """
    from drivers.estimates import Cost, Estimates

    registry = batch.project.registry
    written = [view for view in report.views if view.newer is None and view.unchanged == 0]
    if registry is None or not (registry / "estimates").is_dir():
        return
    views, meanings = batch.views(), Meanings(batch.project, batch.columns())
    kept = Estimates(registry)
    for view in written:
        estimate = kept.of(view.view, meanings.of(views[view.view]).text)
        if estimate is not None:
            actual = Cost(view.rows, view.keys, view.bytes, view.seconds)
            say(console, _compared(estimate, view))
            try:
                kept.keep(replace(estimate, actual=actual))
            except RegistryError as error:
                say(console, str(error))


def _compared(estimate: Estimate, view: ViewReport) -> str:
    was = estimate.cost
    pairs = [
        f"rows {was.rows:,} -> {view.rows:,}",
        f"keys {was.keys:,} -> {view.keys:,}",
        f"bytes {was.bytes:,} -> {view.bytes:,}",
        f"seconds {was.seconds:.2g} -> {view.seconds:.2g}",
    ]
    return f"{view.view}, estimated -> actual: {', '.join(pairs)}"
