"""The page of one feature, or of any other function."""

from __future__ import annotations

from dataclasses import dataclass

from onedag.catalog import Catalog, FeatureFacts, TrainedValues, feature_facts
from onedag.lineage import LOOKS, NodeKind
from onedag.pages.attention import overdue
from onedag.pages.frame import page
from onedag.pages.graph import graph_part
from onedag.pages.guide import Guide
from onedag.pages.histogram import Columns, Rows, picture_of
from onedag.pages.links import Links
from onedag.pages.search import shown_tags
from onedag.pages.statistics import Fact, facts_of
from onedag.pages.words import SAID_KINDS

__all__ = ["feature_page"]


@dataclass(frozen=True, slots=True)
class _Trained:
    """The values of one training run, as they are shown."""

    of: TrainedValues
    picture: Columns | Rows | None
    lines: tuple[Fact, ...]


def feature_page(catalog: Catalog, links: Links, name: str) -> str:
    """The page of a feature.

    Raises:
        UnknownName: there is no such one.
    """
    facts, guide = feature_facts(catalog, name), Guide(catalog, links)
    places = [place for place in facts.places if place.kind is not NodeKind.COLUMN]
    kinds = {place.kind for place in places}
    return page(
        "feature.html",
        catalog,
        links,
        facts=facts,
        said_kind=SAID_KINDS.get(facts.kind, facts.kind),
        undocumented=_undocumented(facts),
        kinds=[kind.value for kind in LOOKS if kind in kinds],
        places=list(dict.fromkeys(places)),
        inputs=[guide.feature(each) for each in facts.inputs],
        origins=[(origin, guide.origin(origin)) for origin in facts.origins],
        personal=[(origin, guide.origin(origin)) for origin in facts.personal],
        uses=[(use, [guide.shown(n, use.service) for n in use.way]) for use in facts.uses],
        trained=[_trained(name, run) for run in facts.runs.values()],
        untrained=_untrained(catalog, facts),
        fresh=[(f, overdue(catalog, f) is not None) for f in facts.freshness.values()],
        shown_tags=() if facts.function is None else shown_tags(facts.function),
        of_service=next((use.service for use in facts.uses), ""),
        graph=_graph(catalog, links, facts),
    )


def _graph(catalog: Catalog, links: Links, facts: FeatureFacts) -> object:
    focus = [place.node for place in facts.places]
    title = f"What {facts.name} comes from and goes into"
    return graph_part(catalog.lineage, focus, links, title) if focus else None


def _trained(name: str, run: TrainedValues) -> _Trained:
    if run.statistics is None:
        return _Trained(run, None, ())
    return _Trained(run, picture_of(name, run.statistics), facts_of(run.statistics))


def _undocumented(facts: FeatureFacts) -> str:
    if facts.function is None:
        return "No function makes it: it is taken as it is."
    return "Its function has no docstring."


def _untrained(catalog: Catalog, facts: FeatureFacts) -> str:
    if catalog.store_error is not None:
        return "Nobody knows: the store can't be read."
    if any(use.direct for use in facts.uses):
        return "No run of a service that takes it is published."
    return "It is no feature of a service that has a run, so its values weren't counted."
