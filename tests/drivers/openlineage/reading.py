"""Reading what was told."""

from __future__ import annotations

from typing import Any, TypeAlias

from drivers import BatchDriver
from onedag import FixedClock, Project
from tests.drivers.openlineage.published import events_in
from tests.drivers.openlineage.shop import NOW

__all__ = ["Event", "batch_of", "names", "origins", "places", "told"]

Event: TypeAlias = dict[str, Any]


def told(shop: Project) -> list[Event]:
    return events_in(shop.root / "events.jsonl")


def batch_of(shop: Project) -> BatchDriver:
    return BatchDriver(shop, clock=FixedClock(NOW))


def names(events: list[Event]) -> list[tuple[str, str]]:
    return [(event["eventType"], event["job"]["name"]) for event in events]


def places(datasets: list[Any]) -> list[tuple[str, str]]:
    return [(each["namespace"], each["name"]) for each in datasets]


def origins(output: Any, column: str) -> dict[tuple[str, str], set[str]]:
    """Subtypes by dataset and column."""
    return {
        (each["name"], each["field"]): {way["subtype"] for way in each["transformations"]}
        for each in output["facets"]["columnLineage"]["fields"][column]["inputFields"]
    }
