"""`Snapshot`: all that a project defines, at one moment, as plain values.

A snapshot is kept as JSON under a name that follows from its content, so what has been written
under a name never changes, and the same project gives the same name wherever it is taken. Every
one stays readable: attributes are only ever added here, with defaults for those that lack them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

import pydantic

from onedag.errors import RegistryError

__all__ = [
    "FORMAT",
    "Commit",
    "Definition",
    "EntitySnapshot",
    "FieldSnapshot",
    "FunctionSnapshot",
    "ServiceSnapshot",
    "Snapshot",
    "SourceSnapshot",
    "ViewSnapshot",
]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Commit:
    """Where the code came from.

    Attributes:
        hash: of the git commit.
        dirty: whether files of the project differed from it.
    """

    hash: str
    dirty: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """What a stored feature is the newest value, or the reduction, of.

    Attributes:
        source: its name.
        entity: its name; None for everything.
        view: the view that it is stored in.
        over: the window's length as text, such as ``7d``; None for all history.
        max_age: as text; None for any age.
        refresh: as text; None for always.
    """

    source: str
    entity: str | None
    view: str
    over: str | None = None
    max_age: str | None = None
    refresh: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionSnapshot:
    """One function of the DAG; each window of an aggregate is one.

    Attributes:
        name: unique.
        kind: ``row``, ``fitted``, ``latest`` or ``aggregate``.
        module: where it is written.
        doc: its docstring.
        owner: of its tags; empty for none.
        tags: Hamilton's, all of them.
        returns: its return annotation.
        per_row: whether it is called once for each row.
        inputs: the names of its parameters.
        definition: of a stored feature.
        own: fingerprint of its own code (`onedag.meanings.NodeMeaning`).
        meaning: fingerprint of its code and all that it is made of.
        certain: whether the fingerprints are sure to differ when the values do.
        code: as it is written; empty where the file isn't there, or was edited after it was loaded.
        written: as ``own``, without the versions of what it reaches; empty where it isn't known.
    """

    name: str
    kind: str
    module: str
    doc: str
    owner: str
    tags: Mapping[str, str]
    returns: str
    per_row: bool
    inputs: tuple[str, ...]
    definition: Definition | None
    own: str
    meaning: str
    certain: bool
    code: str
    written: str = ""


@dataclass(frozen=True, slots=True)
class SourceSnapshot:
    """One source.

    Attributes:
        name: unique.
        data: the path or the query; the class's name for rows in memory.
        timestamp: the column of the event time.
        known_at: the column that says when a row became known.
        delay: as text, such as ``90min``.
        key: the name of the entity whose state a row describes.
        renamed: new names of columns by those in the data.
        columns: Arrow types by name; empty where the source couldn't be opened.
        tags: of columns, such as ``pii``.
        meaning: fingerprint of its definition; its rows and types aren't part of it.
    """

    name: str
    data: str
    timestamp: str
    known_at: str | None
    delay: str | None
    key: str | None
    renamed: Mapping[str, str]
    columns: Mapping[str, str]
    tags: Mapping[str, tuple[str, ...]]
    meaning: str


@dataclass(frozen=True, slots=True)
class EntitySnapshot:
    """One entity, with its join keys in their order."""

    name: str
    join_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ViewSnapshot:
    """Stored features that are kept together.

    Attributes:
        name: unique.
        source: its name.
        entity: its name; None for everything.
        refresh: as text; None for always.
        features: in order of name.
        meaning: as a materialization keeps it (`onedag.meanings.Meanings`); empty where the
            view can't be planned.
    """

    name: str
    source: str
    entity: str | None
    refresh: str | None
    features: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class FieldSnapshot:
    """One field of a request.

    Attributes:
        name: of the field.
        type: its Arrow type.
        required: whether a request must carry it.
        nullable: whether it may be null.
        description: what the request model says of it.
        tags: such as ``pii``.
        default: what stands in for it, as text; None where it is required or isn't known.
        made: fingerprint of what the model's validators make of it; empty where it isn't known.
    """

    name: str
    type: str
    required: bool
    nullable: bool
    description: str
    tags: tuple[str, ...] = ()
    default: str | None = None
    made: str = ""


@dataclass(frozen=True, slots=True)
class ServiceSnapshot:
    """One feature service.

    Attributes:
        name: unique.
        features: in the model's order.
        doc: of the request model.
        fields: of the request.
        on_store_error: ``refuse`` or ``missing``.
        may_use: the columns and fields with personal data that it may use.
        origins: of every node that it needs: ``request``, ``store``, ``fitted`` or ``computed``;
            empty where the service can't be planned.
        views: the names of the views that it reads.
        meaning: fingerprint of its features with their origins, and of its request's fields.
    """

    name: str
    features: tuple[str, ...]
    doc: str
    fields: tuple[FieldSnapshot, ...]
    on_store_error: str
    may_use: tuple[str, ...]
    origins: Mapping[str, str]
    views: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Snapshot:
    """A project at one moment. Two are equal where their ids are.

    Attributes:
        functions: by name.
        sources: by name.
        entities: by name.
        views: by name.
        services: by name.
        versions: of the packages that compute, and of Python.
        commit: of the code; None outside of a git repository.
    """

    functions: Mapping[str, FunctionSnapshot]
    sources: Mapping[str, SourceSnapshot]
    entities: Mapping[str, EntitySnapshot]
    views: Mapping[str, ViewSnapshot]
    services: Mapping[str, ServiceSnapshot]
    versions: tuple[str, ...]
    commit: Commit | None = None
    format: int = field(default=FORMAT)

    @cached_property
    def id(self) -> str:
        """64 hexadecimal digits that follow from the content: SHA-256 of `to_bytes`."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def code_behind(self, names: Iterable[str], given: Collection[str] = ()) -> dict[str, str]:
        """What some functions, and all that they could need, are written as, by name.

        Args:
            names: of functions; others are passed over.
            given: names whose values are there, so that what they are made of isn't needed.
        """
        found: dict[str, str] = {}
        left = [name for name in names if name not in given]
        while left:
            name = left.pop()
            if name in self.functions and name not in found:
                found[name] = self.functions[name].written
                left.extend(i for i in self.functions[name].inputs if i not in given)
        return dict(sorted(found.items()))

    def to_bytes(self) -> bytes:
        """The snapshot as JSON; the same for the same content."""
        content = _adapter().dump_python(self, mode="json")
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, blob: bytes) -> Snapshot:
        """The snapshot that `to_bytes` wrote.

        Raises:
            RegistryError: another version of the format, or no snapshot at all.
        """
        try:
            content = json.loads(blob)
            found = content.get("format") if isinstance(content, dict) else None
            if found == FORMAT:
                snapshot = _adapter().validate_python(content)
                # Written by another version of onedag, it may lack what this one would write.
                vars(snapshot)["id"] = hashlib.sha256(blob).hexdigest()
                return snapshot
        except ValueError as error:  # pydantic's too
            raise RegistryError(f"A snapshot can't be read: {error}") from error
        raise RegistryError(
            f"A snapshot has format {found!r}; this version of onedag reads format {FORMAT}. Use "
            f"the version that wrote it."
        )


@cache
def _adapter() -> pydantic.TypeAdapter[Snapshot]:
    return pydantic.TypeAdapter(Snapshot)
