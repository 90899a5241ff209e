"""What two snapshots differ in besides functions: sources, entities, services and views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from onedag.snapshots.model import FieldSnapshot, ServiceSnapshot, Snapshot, SourceSnapshot
from onedag.snapshots.reasons import field_reasons, source_reasons
from onedag.snapshots.uses import readers

__all__ = [
    "ColumnChange",
    "EntityChange",
    "ServiceChange",
    "SourceChange",
    "ViewChange",
    "entity_changes",
    "service_changes",
    "source_changes",
    "unplanned",
    "view_changes",
]

_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column of a source that came, went, or has another type.

    Attributes:
        name: of the column.
        old: its Arrow type; None where it came.
        new: likewise; None where it went.
        readers: the functions that take it, ``entity …`` where it is a join key, and ``service …``
            where it is looked up.
    """

    name: str
    old: str | None
    new: str | None
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceChange:
    """One source that differs.

    Attributes:
        name: of the source.
        change: ``added``, ``removed`` or ``changed``.
        definition: what of its definition is another, and tags of columns.
        columns: that differ; empty where one of the snapshots doesn't know them.
    """

    name: str
    change: str
    definition: tuple[str, ...] = ()
    columns: tuple[ColumnChange, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityChange:
    """One entity that differs: its join keys; empty where there was or is none."""

    name: str
    change: str
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """One service that differs.

    Attributes:
        name: of the service.
        change: ``added``, ``removed`` or ``changed``.
        added: features that it takes now.
        removed: features that it took.
        reordered: whether the features that it keeps are in another order.
        request: what of its request and its settings is another.
        meaning: whether its features may have other values.
    """

    name: str
    change: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reordered: bool = False
    request: tuple[str, ...] = ()
    meaning: bool = False


@dataclass(frozen=True, slots=True)
class ViewChange:
    """One stored view that differs.

    Attributes:
        name: of the view.
        change: ``added``, ``removed`` (its stored values are of no more use) or ``changed``.
        added: features that it has now.
        removed: features that it had.
    """

    name: str
    change: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def to_materialize(self) -> bool:
        """Whether its values must be stored anew before they can be served."""
        return self.change != "removed"


def source_changes(old: Snapshot, new: Snapshot) -> tuple[SourceChange, ...]:
    """The sources that differ."""
    found = []
    for name, change in _names(old.sources, new.sources):
        definition: tuple[str, ...] = ()
        columns: tuple[ColumnChange, ...] = ()
        if change == "changed":
            a, b = old.sources[name], new.sources[name]
            definition = (*source_reasons(a, b), *_tags(a, b))
            columns = tuple(_columns(a, b, old, new))
            if not definition and not columns:
                continue
        found.append(SourceChange(name, change, definition, columns))
    return tuple(found)


def _tags(a: SourceSnapshot, b: SourceSnapshot) -> Iterator[str]:
    for column in sorted({*a.tags, *b.tags}):
        before, after = a.tags.get(column, ()), b.tags.get(column, ())
        if before != after:
            was, now = (", ".join(each) or "none" for each in (before, after))
            yield f"tags of column {column}: {was} -> {now}"


def _columns(
    a: SourceSnapshot, b: SourceSnapshot, old: Snapshot, new: Snapshot
) -> Iterator[ColumnChange]:
    if not a.columns or not b.columns:  # one couldn't be opened
        return
    for name in sorted({*a.columns, *b.columns}):
        before, after = a.columns.get(name), b.columns.get(name)
        if before != after:
            read = {*readers(old, a.name, name), *readers(new, b.name, name)}
            yield ColumnChange(name, before, after, tuple(sorted(read)))


def entity_changes(old: Snapshot, new: Snapshot) -> tuple[EntityChange, ...]:
    """The entities that differ."""
    found = []
    for name, change in _names(old.entities, new.entities):
        a, b = old.entities.get(name), new.entities.get(name)
        keys = (a.join_keys if a else (), b.join_keys if b else ())
        found.append(EntityChange(name, change, *keys))
    return tuple(found)


def service_changes(old: Snapshot, new: Snapshot) -> tuple[ServiceChange, ...]:
    """The services that differ."""
    found = []
    for name, change in _names(old.services, new.services):
        if change != "changed":
            found.append(ServiceChange(name, change))
            continue
        a, b = old.services[name], new.services[name]
        added = tuple(f for f in b.features if f not in a.features)
        removed = tuple(f for f in a.features if f not in b.features)
        kept = [[f for f in one.features if f not in (*added, *removed)] for one in (a, b)]
        reordered = kept[0] != kept[1]
        meaning = a.meaning != b.meaning and name not in unplanned(old, new)
        change_of = ServiceChange(
            name, change, added, removed, reordered, tuple(_request(a, b)), meaning
        )
        if change_of != ServiceChange(name, change):
            found.append(change_of)
    return tuple(found)


def _request(a: ServiceSnapshot, b: ServiceSnapshot) -> Iterator[str]:
    before, after = ({field.name: field for field in one.fields} for one in (a, b))
    for name in dict.fromkeys([*before, *after]):
        told = _field(before.get(name), after.get(name))
        if told:
            yield f"field {name}: {told}"
    if a.on_store_error != b.on_store_error:
        yield f"on_store_error {a.on_store_error} -> {b.on_store_error}"
    if a.may_use != b.may_use:
        yield f"may use {', '.join(a.may_use) or 'none'} -> {', '.join(b.may_use) or 'none'}"
    if a.doc != b.doc:
        yield "docstring"


def _field(a: FieldSnapshot | None, b: FieldSnapshot | None) -> str:
    if a is None or b is None:
        return "added" if a is None else "removed"
    parts = [
        *field_reasons(a, b),
        ("required" if b.required else "optional") if a.required != b.required else "",
        ("nullable" if b.nullable else "not nullable") if a.nullable != b.nullable else "",
        "description" if a.description != b.description else "",
        "tags" if a.tags != b.tags else "",
    ]
    return ", ".join(filter(None, parts))


def view_changes(old: Snapshot, new: Snapshot) -> tuple[ViewChange, ...]:
    """The views that differ in meaning.

    A view that only a service without a plan would read is in no snapshot, and may be as it was.
    """
    found = []
    unknown = {
        view
        for one in (old, new)
        for name in unplanned(old, new)
        if name in one.services
        for view in one.services[name].views
    }
    for name, change in _names(old.views, new.views):
        if change != "changed":
            if name not in unknown:
                found.append(ViewChange(name, change))
            continue
        a, b = old.views[name], new.views[name]
        if a.meaning != b.meaning:
            added = tuple(f for f in b.features if f not in a.features)
            removed = tuple(f for f in a.features if f not in b.features)
            found.append(ViewChange(name, change, added, removed))
    return tuple(found)


def unplanned(old: Snapshot, new: Snapshot) -> tuple[str, ...]:
    """The services that one of the snapshots has without a plan."""
    found = {s.name for one in (old, new) for s in one.services.values() if not s.origins}
    return tuple(sorted(found))


def _names(old: Mapping[str, _Kept], new: Mapping[str, _Kept]) -> Iterator[tuple[str, str]]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield name, "added" if name not in old else "removed" if name not in new else "changed"
