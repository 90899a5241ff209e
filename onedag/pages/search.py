"""What can be searched for on the pages, and what a query finds.

``static/catalog.js`` finds the same in the browser; a test compares the two.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from onedag.catalog import Catalog
from onedag.lineage import NodeKind
from onedag.pages.written import first_line
from onedag.snapshots import FunctionSnapshot

__all__ = ["KINDS", "Entry", "entries", "find", "nearest", "search_script", "shown_tags"]

KINDS = (
    "service",
    "feature",
    "fitted value",
    "function",
    "entity",
    "source",
    "view",
    "column",
    "request field",
)
"""What an entry can be; of two that fit equally well the one of an earlier kind comes first."""

_EXACT, _BEGINS, _PART_BEGINS, _CONTAINS, _LABEL, _SAID = 100, 60, 40, 25, 20, 5
_PARTS = re.compile(r"[^0-9a-z]+")
_LONGEST = 400  # characters of a docstring that are searched
_OWN_TAGS = ("owner", "module")  # said otherwise already, as are those of onedag itself
_CLOSE = 0.6
_MOST = 12
"""Words of a query that are looked for: each takes its time, and nobody types so many."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that has a page, or a place on one.

    Attributes:
        kind: one of `KINDS`.
        name: as it is shown; a column's or a field's own.
        page: its place below the catalog.
        anchor: on that page; empty for its top.
        about: one line that tells it from others.
        owner: of the function's tags; empty for none.
        tags: in order.
        words: what else finds it, such as the rest of its docstring.
    """

    kind: str
    name: str
    page: str
    anchor: str = ""
    about: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    words: str = ""


def entries(catalog: Catalog) -> tuple[Entry, ...]:
    """All that can be found in a catalog, in order of kind."""
    found = [*_services(catalog), *_features(catalog), *_stored(catalog), *_sources(catalog)]
    return tuple(sorted(found, key=lambda entry: KINDS.index(entry.kind)))


def _services(catalog: Catalog) -> Iterator[Entry]:
    for service in catalog.snapshot.services.values():
        page = f"services/{service.name}"
        yield Entry("service", service.name, page, "", first_line(service.doc), words=service.doc)
        for field in service.fields:
            about = f"of {service.name}: {field.description or field.type}"
            yield Entry(
                "request field", field.name, page, f"field-{field.name}", about, "", field.tags
            )


def _features(catalog: Catalog) -> Iterator[Entry]:
    functions = catalog.snapshot.functions
    listed = {name for one in catalog.snapshot.services.values() for name in one.features}
    for name in sorted(catalog.index.features):
        function = functions.get(name)
        page = f"features/{name}"
        if function is None:
            yield Entry("feature", name, page, about="looked up as it is, or given by the request")
        else:
            kind = _kind(function, listed=name in listed)
            yield Entry(
                kind,
                name,
                page,
                "",
                first_line(function.doc),
                function.owner,
                shown_tags(function),
                _words(function),
            )


def _kind(function: FunctionSnapshot, *, listed: bool) -> str:
    if function.kind == "fitted":
        return "fitted value"
    return "feature" if listed or function.definition is not None else "function"


def shown_tags(function: FunctionSnapshot) -> tuple[str, ...]:
    """The tags of a function besides its owner, such as ``pii`` or ``unit=min``."""
    return tuple(
        tag if value.lower() == "true" else f"{tag}={value}"
        for tag, value in function.tags.items()
        if tag not in _OWN_TAGS and not tag.startswith("onedag.")
    )


def _words(function: FunctionSnapshot) -> str:
    definition = function.definition
    stored = () if definition is None else (definition.source, definition.entity or "")
    return " ".join([*function.doc.split(), function.module, *stored])[:_LONGEST]


def _stored(catalog: Catalog) -> Iterator[Entry]:
    for entity in catalog.snapshot.entities.values():
        keys = ", ".join(entity.join_keys)
        yield Entry("entity", entity.name, f"entities/{entity.name}", "", f"join keys: {keys}")
    for view in catalog.snapshot.views.values():
        about = f"{len(view.features)} stored features of {view.source}"
        yield Entry(
            "view", view.name, f"views/{view.name}", "", about, words=" ".join(view.features)
        )


def _sources(catalog: Catalog) -> Iterator[Entry]:
    for source in catalog.snapshot.sources.values():
        page = f"sources/{source.name}"
        yield Entry("source", source.name, page, "", source.data)
        nodes = catalog.index.of_source.get(source.name, ())
        used = {node.column or node.label for node in nodes if node.kind is NodeKind.COLUMN}
        for column in sorted({*source.columns, *source.tags, *used}):
            kind = source.columns.get(column, "")
            about = f"of {source.name}{', ' if kind else ''}{kind}"
            tags = source.tags.get(column, ())
            yield Entry("column", column, page, f"column-{column}", about, "", tags)


def find(all_: Iterable[Entry], query: str) -> list[Entry]:
    """The entries that all words of a query fit, the best first.

    A word fits a name, a part of one, an owner, a tag or a docstring. ``owner:ml``, ``tag:pii`` and
    ``kind:view`` fit only what has this owner, tag or kind.
    """
    terms = list(dict.fromkeys(query.lower().split()))[:_MOST]
    if not terms:
        return []
    scored = [(score, entry) for entry in all_ if (score := _score(entry, terms))]
    scored.sort(key=lambda one: (-one[0], KINDS.index(one[1].kind), len(one[1].name), one[1].name))
    return [entry for _, entry in scored]


def _score(entry: Entry, terms: Iterable[str]) -> int:
    """How well all the words fit; 0 where one doesn't."""
    total, name = 0, entry.name.lower()
    for term in terms:
        fits = _fits(entry, name, term)
        if not fits:
            return 0
        total += fits
    return total


def _fits(entry: Entry, name: str, term: str) -> int:
    label, colon, value = term.partition(":")
    if colon and label in ("owner", "tag", "kind"):
        return _LABEL if value in _labels(entry, label) else 0
    if name == term:
        return _EXACT
    if name.startswith(term):
        return _BEGINS
    if any(part.startswith(term) for part in _PARTS.split(name)):
        return _PART_BEGINS
    if term in name:
        return _CONTAINS
    if term == entry.owner.lower() or term in (tag.lower() for tag in entry.tags):
        return _LABEL
    said = f"{entry.about} {entry.owner} {' '.join(entry.tags)} {entry.words}"
    return _SAID if term in said.lower() else 0


def _labels(entry: Entry, label: str) -> tuple[str, ...]:
    """What a word such as ``owner:ml-platform`` can say; blanks in an owner are written ``-``."""
    if label == "tag":
        return tuple(tag.lower().replace(" ", "-") for tag in entry.tags)
    said = entry.owner if label == "owner" else entry.kind
    return (said.lower().replace(" ", "-"),) if said else ()


def nearest(all_: Iterable[Entry], name: str, most: int = 8) -> list[Entry]:
    """What somebody may have meant who wrote a name that isn't there."""
    by_name: dict[str, Entry] = {}
    for entry in all_:
        by_name.setdefault(entry.name, entry)
    close = difflib.get_close_matches(name, by_name, n=most, cutoff=_CLOSE)
    return [by_name[each] for each in close]


def search_script(all_: Iterable[Entry]) -> str:
    """The entries as a script, which pages can load from a server and from a disk alike."""
    rows = [
        [e.kind, e.name, e.page, e.anchor, e.about, e.owner, list(e.tags), e.words] for e in all_
    ]
    return f"globalThis.onedagEntries = {json.dumps(rows, separators=(',', ':'))};\n"
