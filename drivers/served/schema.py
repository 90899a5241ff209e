"""What a file of the served log holds: a row for each row that was answered.

    DIR/<service>/<run id>/<time of the earliest row>-<process>-<number>.parquet

| column                  | value                                                              |
|-------------------------|--------------------------------------------------------------------|
| ``request_id``          | of the request, as its answer's ``x-request-id`` says              |
| ``row``                 | position in the request, from 0                                    |
| ``served_at``           | when it was answered, by the server's clock                        |
| ``event_timestamp``     | the row's own time, as of which features are meant to be           |
| ``store_error``         | why nothing was read of the store, where a service goes on without |
| ``prediction``          | of the model; null where none was asked for                        |
| ``input.<field>``       | what the request carried, defaults filled in                       |
| ``view.<view>.event``   | event time of the newest row behind the stored values; null if     |
|                         | nothing was known of the key                                       |
| ``view.<view>.known``   | when that row became known                                         |
| ``view.<view>.written`` | the materialization that last changed the values                   |
| ``view.<view>.as_of``   | the newest materialization: the values were true then              |
| ``view.<view>.meaning`` | fingerprint of the code that materialized the view                 |
| ``view.<view>.snapshot``| snapshot of the project that did; empty for none                   |
| ``stored.<feature>``    | a stored value as the functions saw it: null when too old          |
| ``feature.<name>``      | the feature, in the Arrow type of the run                          |
| ``status.<name>``       | its `onedag.Status`                                                |

All times are microseconds in UTC. What all rows of a file have in common is a `Head`, as JSON in
the metadata of the file's schema.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from drivers.serving.compiled import CompiledService
from onedag.dtypes import TIMESTAMP
from onedag.fingerprints import Fingerprints
from onedag.meanings import NodeMeaning, node_meanings, versions
from onedag.planner import View
from onedag.project import Project
from onedag.status import Status

__all__ = [
    "EVENT_TIME",
    "FEATURE",
    "INPUT",
    "NAMES",
    "PREDICTION",
    "REQUEST_ID",
    "ROW",
    "SERVED_AT",
    "STATUS",
    "STATUSES",
    "STORED",
    "STORE_ERROR",
    "VIEW",
    "Head",
    "LoadedCode",
    "is_other_format",
    "log_schema",
    "without",
]

FORMAT = 1
_KEY = b"onedag.served"
MOST_FITTED = 2**16
"""Characters of fitted values that a file repeats; of more, the store's record must tell."""

REQUEST_ID = "request_id"
ROW = "row"
SERVED_AT = "served_at"
EVENT_TIME = "event_timestamp"
STORE_ERROR = "store_error"
PREDICTION = "prediction"
INPUT, VIEW, STORED = "input.", "view.", "stored."
FEATURE, STATUS = "feature.", "status."

STATUSES = pa.array([str(status) for status in Status])
NAMES = pa.dictionary(pa.int8(), pa.string())
_MANY_NAMES = pa.dictionary(pa.int32(), pa.string())  # months of deployments are read together
_VIEW_FIELDS = {
    "event": TIMESTAMP,
    "known": TIMESTAMP,
    "written": TIMESTAMP,
    "as_of": TIMESTAMP,
    "meaning": _MANY_NAMES,
    "snapshot": _MANY_NAMES,
}


class LoadedCode:
    """What the functions of a project mean, as this process has loaded them.

    Args:
        project: whose functions. A path below its folder is what it is from there, so that code
            means the same wherever it is checked out.

    Attributes:
        versions: of the packages that compute.
    """

    def __init__(self, project: Project) -> None:
        self._graph = project.graph
        self._fingerprints = Fingerprints(project.root)
        self._meanings = node_meanings(project.graph, self._fingerprints)
        self.versions = tuple(versions())

    def source(self, view: View) -> str:
        """The meaning of the definition of a view's source."""
        return self._fingerprints.of(view.source).text

    def upstream(self, names: Iterable[str]) -> dict[str, NodeMeaning]:
        """The meanings of these and of all that they need, above the boundary too."""
        left = list(names)
        found: dict[str, NodeMeaning] = {}
        while left:
            name = left.pop()
            if name in self._graph and name not in found:
                found[name] = self._meanings[name]
                left.extend(self._graph[name].inputs)
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Head:
    """What all rows of a file have in common.

    Attributes:
        service: its name.
        run_id: the published run.
        snapshot: of the project that made the run; empty for none.
        fitted: the run's fitted values as JSON text, by function; None where they are too long, or
            one of them must not be logged.
        columns: the raw columns that are looked up, by source.
        functions: the meaning of each function that the service needs, in the server's code.
        versions: of the packages that compute, in the server.
        sources: the meaning of the definition of each view's source, by view, in the server's code.
    """

    service: str
    run_id: str
    snapshot: str
    fitted: Mapping[str, str] | None
    columns: Mapping[str, tuple[str, ...]]
    functions: Mapping[str, NodeMeaning]
    versions: tuple[str, ...]
    sources: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, compiled: CompiledService, code: LoadedCode, hidden: Collection[str] = ()) -> Head:
        """Of a service that answers, in a server that has loaded this code.

        Args:
            compiled: the service.
            code: of the server.
            hidden: names of what must not be logged.
        """
        run = compiled.run
        short = sum(map(len, run.fitted.values())) <= MOST_FITTED
        fitted = dict(run.fitted) if short and run.fitted.keys().isdisjoint(hidden) else None
        return cls(
            service=compiled.name,
            run_id=run.run_id,
            snapshot=run.snapshot,
            fitted=fitted,
            columns=run.columns,
            functions=code.upstream(compiled.plan.service.features),
            versions=code.versions,
            sources={view.name: code.source(view) for view in compiled.plan.serving.views},
        )

    def to_metadata(self) -> dict[bytes, bytes]:
        """For a schema."""
        return {_KEY: json.dumps({"format": FORMAT, **asdict(self)}).encode()}

    @classmethod
    def of_schema(cls, schema: pa.Schema) -> Head | None:
        """The head of a file; None where it is no log, or one of another format."""
        content = _content(schema)
        if content.pop("format", None) != FORMAT:
            return None
        content["columns"] = {name: tuple(found) for name, found in content["columns"].items()}
        content["versions"] = tuple(content["versions"])
        functions = content["functions"].items()
        content["functions"] = {name: NodeMeaning(**found) for name, found in functions}
        return cls(**content)


def is_other_format(schema: pa.Schema) -> bool:
    """Whether a file is a log, and of a format that this version of onedag doesn't read."""
    return bool(_content(schema).get("format", FORMAT) != FORMAT)


def _content(schema: pa.Schema) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((schema.metadata or {}).get(_KEY, b"{}"))
    return content


def log_schema(compiled: CompiledService) -> pa.Schema:
    """The columns of a service's log, those too that somebody may not want to be logged."""
    fields = [
        pa.field(REQUEST_ID, pa.string(), nullable=False),
        pa.field(ROW, pa.int32(), nullable=False),
        pa.field(SERVED_AT, TIMESTAMP, nullable=False),
        pa.field(EVENT_TIME, TIMESTAMP, nullable=False),
        pa.field(STORE_ERROR, pa.string()),
        pa.field(PREDICTION, pa.float64()),
    ]
    fields += [f.type.field(INPUT + name) for name, f in compiled.plan.fields.items()]
    for reader in compiled.readers:
        view = VIEW + reader.view.name
        fields += [pa.field(f"{view}.{name}", arrow) for name, arrow in _VIEW_FIELDS.items()]
        types = reader.record.layout.types
        fields += [types[f.name].or_null().field(STORED + f.name) for f in reader.view.features]
    for feature in compiled.run.schema:
        fields.append(feature.with_name(FEATURE + feature.name).remove_metadata())
        fields.append(pa.field(STATUS + feature.name, NAMES, nullable=False))
    return pa.schema(fields)


def without(schema: pa.Schema, names: Collection[str]) -> pa.Schema:
    """The schema without the fields, stored values and features of these names."""
    gone = {prefix + name for name in names for prefix in (INPUT, STORED, FEATURE, STATUS)}
    return pa.schema([field for field in schema if field.name not in gone], schema.metadata)
