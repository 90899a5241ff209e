"""One logged request: what it carried and got, and the code, data times and run behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from drivers.registry import Registry
from drivers.served.reading import other_formats, read_request
from drivers.served.schema import (
    EVENT_TIME,
    FEATURE,
    INPUT,
    PREDICTION,
    ROW,
    SERVED_AT,
    STATUS,
    STORE_ERROR,
    STORED,
    VIEW,
    Head,
)
from onedag.errors import RegistryError, UnknownName
from onedag.meanings import NodeMeaning
from onedag.project import Project
from onedag.snapshots import Commit, FunctionSnapshot, Snapshot, snapshot_of

__all__ = ["ServedFunction", "ServedRequestPage", "ServedRow", "ServedView", "served_request"]

WORKING_TREE = "working tree"


@dataclass(frozen=True, slots=True)
class ServedView:
    """What was read of one view for one row.

    Attributes:
        name: the view's.
        event: time of the newest row behind the values; None if nothing was known of the key.
        known: when that row became known.
        written: the materialization that last changed the values.
        as_of: the newest materialization then.
        meaning: fingerprint of the code that materialized the view.
        snapshot: of the project that did; empty for none.
        values: by name, as the functions saw them.
    """

    name: str
    event: datetime | None
    known: datetime | None
    written: datetime | None
    as_of: datetime
    meaning: str
    snapshot: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServedRow:
    """One row of a request.

    Attributes:
        row: position in the request.
        event_timestamp: the row's own time.
        store_error: why nothing was read of the store.
        inputs: what the request carried.
        views: what was looked up.
        features: the vector, in the model's order.
        statuses: of the features.
        prediction: of the model; None where none was asked for.
    """

    row: int
    event_timestamp: datetime
    store_error: str | None
    inputs: Mapping[str, Any]
    views: tuple[ServedView, ...]
    features: Mapping[str, Any]
    statuses: Mapping[str, str]
    prediction: float | None


@dataclass(frozen=True, slots=True)
class ServedFunction:
    """A function on the way to the features, as it was when they were served.

    Attributes:
        name: of the node.
        meaning: its fingerprints then.
        found_in: the snapshot that has just this code, or ``working tree``; empty where neither
            has it any more.
        written: the function there; None where it wasn't found.
    """

    name: str
    meaning: NodeMeaning
    found_in: str
    written: FunctionSnapshot | None


@dataclass(frozen=True, slots=True)
class ServedRequestPage:
    """One request of one service.

    Attributes:
        request_id: its id.
        service: that answered.
        served_at: when.
        run_id: the run that was published then.
        snapshot: of the project that made the run; empty for none.
        commit: of that snapshot's code; None where that isn't known.
        fitted: the run's fitted values as JSON text; None where they were too long for the log.
        versions: of the packages that computed.
        rows: in the request's order.
        functions: each after its inputs.
    """

    request_id: str
    service: str
    served_at: datetime
    run_id: str
    snapshot: str
    commit: Commit | None
    fitted: Mapping[str, str] | None
    versions: tuple[str, ...]
    rows: tuple[ServedRow, ...]
    functions: tuple[ServedFunction, ...]


def served_request(project: Project, folder: Path, request_id: str) -> list[ServedRequestPage]:
    """What a log has of a request; one page for each time that it was answered.

    Several services may have answered requests of one id, and a client may have sent one twice.

    Args:
        project: whose registry knows the code of then; what it doesn't know is looked for in the
            functions as they are loaded.
        folder: of the log.
        request_id: as the answer's ``x-request-id`` said.

    Raises:
        ConfigurationError: there is no log in the folder.
        UnknownName: the log doesn't have the request.
    """
    found: dict[tuple[str, str, datetime], tuple[Head, list[pa.Table]]] = {}
    for file in read_request(folder, request_id):
        for served_at in pc.unique(file.table[SERVED_AT]):
            table = file.table.filter(pc.equal(file.table[SERVED_AT], served_at))
            key = file.head.service, file.head.run_id, served_at.as_py()
            found.setdefault(key, (file.head, []))[1].append(table)
    if not found:
        unread = sum(other_formats(folder).values())
        raise UnknownName(
            f"The log in {folder} has no request {request_id!r}. It has a sample of the requests, "
            f"those whose answers carried an x-request-id, and the oldest files go first."
            + (f" {unread} rows are in files of a format that isn't read here." if unread else "")
        )
    code = _Code(project)
    return [
        _page(request_id, head, pa.concat_tables(tables), served_at, code)
        for (_, _, served_at), (head, tables) in found.items()
    ]


def _page(
    request_id: str, head: Head, table: pa.Table, served_at: datetime, code: _Code
) -> ServedRequestPage:
    rows = tuple(_row(content, table.column_names) for content in table.to_pylist())
    ids = [head.snapshot, *(view.snapshot for row in rows for view in row.views)]
    snapshots = code.snapshots(ids)
    made_by = snapshots.get(head.snapshot)
    return ServedRequestPage(
        request_id,
        head.service,
        served_at,
        head.run_id,
        head.snapshot,
        None if made_by is None else made_by.commit,
        head.fitted,
        head.versions,
        tuple(sorted(rows, key=lambda row: row.row)),
        tuple(_in_order(code.functions(head.functions, snapshots))),
    )


def _row(content: Mapping[str, Any], names: Iterable[str]) -> ServedRow:
    def named(prefix: str) -> dict[str, Any]:
        return {n.removeprefix(prefix): content[n] for n in names if n.startswith(prefix)}

    return ServedRow(
        content[ROW],
        content[EVENT_TIME],
        content[STORE_ERROR],
        named(INPUT),
        tuple(_views(content, list(names))),
        named(FEATURE),
        named(STATUS),
        content[PREDICTION],
    )


def _views(content: Mapping[str, Any], names: list[str]) -> Iterator[ServedView]:
    """The views in the order of the columns; each one's values come after its times."""
    current: str | None = None
    values: dict[str, dict[str, Any]] = {}
    for name in names:
        if name.startswith(VIEW):
            current = name.removeprefix(VIEW).rpartition(".")[0]
            values.setdefault(current, {})
        elif name.startswith(STORED) and current is not None:
            values[current][name.removeprefix(STORED)] = content[name]
    for view, of_view in values.items():
        whats = ("event", "known", "written", "as_of", "meaning", "snapshot")
        told = {what: content[f"{VIEW}{view}.{what}"] for what in whats}
        yield ServedView(name=view, values=of_view, **told)


class _Code:
    """Where the code of then is found."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._tree: Snapshot | None = None

    def snapshots(self, ids: Iterable[str]) -> dict[str, Snapshot]:
        """Those of the registry, by id; what it lacks is left out."""
        found = {}
        for id_ in dict.fromkeys(filter(None, ids)):
            if self._project.registry is not None:
                try:
                    found[id_] = Registry(self._project.registry).snapshot(id_)
                except RegistryError:
                    continue
        return found

    def functions(
        self, meanings: Mapping[str, NodeMeaning], snapshots: Mapping[str, Snapshot]
    ) -> Iterator[ServedFunction]:
        """Each function with its code, from where it has just this fingerprint."""
        for name, meaning in meanings.items():
            found_in, written = self._find(name, meaning, snapshots)
            yield ServedFunction(name, meaning, found_in, written)

    def _find(
        self, name: str, meaning: NodeMeaning, snapshots: Mapping[str, Snapshot]
    ) -> tuple[str, FunctionSnapshot | None]:
        for id_, snapshot in snapshots.items():
            written = snapshot.functions.get(name)
            if written is not None and written.own == meaning.own:
                return id_, written
        written = self._loaded().functions.get(name)
        if written is not None and written.own == meaning.own:
            return WORKING_TREE, written
        return "", None

    def _loaded(self) -> Snapshot:
        if self._tree is None:
            self._tree = snapshot_of(self._project, {})
        return self._tree


def _in_order(functions: Iterable[ServedFunction]) -> Iterator[ServedFunction]:
    """Each after its inputs, as far as these are known."""
    by_name = {function.name: function for function in functions}
    inputs = {
        name: [each for each in (f.written.inputs if f.written else ()) if each in by_name]
        for name, f in by_name.items()
    }
    return (by_name[name] for name in TopologicalSorter(inputs).static_order())
