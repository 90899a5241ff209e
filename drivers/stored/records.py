"""What the store holds: its keys, and the records beside the packed values.

| key                      | value                                                          |
|--------------------------|----------------------------------------------------------------|
| ``current/<service>``    | the run id that is served                                      |
| ``runs/<service>``       | the run ids whose records are kept, as JSON, newest last       |
| ``run/<run id>``         | `RunRecord`: fitted values, dtypes and order of one run        |
| ``statistics/<run id>``  | `onedag.statistics.FrameStatistics` of the run's frame         |
| ``drift/<run id>``       | drift from the run's frame (`drivers.stored.measured`)         |
| ``skew/<run id>``        | skew of what it served, likewise                               |
| ``view/<view>``          | `ViewRecord`: the layout of the view's blobs, freshness        |
| ``stamp/<view>``         | 16 bytes that differ when the view's record does               |
| ``value/<view>/<key>``   | one packed blob (`drivers.stored.packing`)                            |
| ``digest/<view>/<part>/<number>`` | what was seen of some keys (`drivers.stored.digests`)        |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from drivers.stored.packing import Layout, schema_from_text, schema_to_text
from onedag.errors import StoreError

__all__ = [
    "RunRecord",
    "ViewRecord",
    "current_key",
    "digest_key",
    "drift_key",
    "run_key",
    "runs_key",
    "skew_key",
    "stamp_key",
    "statistics_key",
    "value_prefix",
    "view_key",
]

FORMAT = 4


def current_key(service: str) -> bytes:
    """Where the id of the service's current run is."""
    return f"current/{service}".encode()


def runs_key(service: str) -> bytes:
    """Where the ids of a service's kept runs are."""
    return f"runs/{service}".encode()


def run_key(run_id: str) -> bytes:
    """Where a run's record is."""
    return f"run/{run_id}".encode()


def statistics_key(run_id: str) -> bytes:
    """Where the statistics of a run's training frame are; they go when its record goes."""
    return f"statistics/{run_id}".encode()


def drift_key(run_id: str) -> bytes:
    """Where the drift is that was measured last against a run; it goes when its record goes."""
    return f"drift/{run_id}".encode()


def skew_key(run_id: str) -> bytes:
    """Where the skew is that was measured last of what a run served; it goes likewise."""
    return f"skew/{run_id}".encode()


def view_key(view: str) -> bytes:
    """Where a view's record is."""
    return f"view/{view}".encode()


def stamp_key(view: str) -> bytes:
    """Where a view's stamp is: every request reads it, to see that the view is still the same."""
    return f"stamp/{view}".encode()


def digest_key(view: str, part: int, number: int) -> bytes:
    """Where the digests of some keys of a view are."""
    return f"digest/{view}/{part}/{number}".encode()


def value_prefix(view: str) -> bytes:
    """What comes before an entity's key in the key of its blob."""
    return f"value/{view}/".encode()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One published training run.

    Attributes:
        run_id: unique.
        service: its name.
        created_at: when the frame was built, aware UTC.
        rows: of the training frame.
        schema: of the features: names, order, Arrow types, nullability.
        inputs: of everything that the features are computed from and that is given or looked up.
        fitted: fitted values as JSON text, by function.
        columns: the raw columns that are looked up, by source.
        verified: the functions that may be called on NumPy, with their fingerprints.
        refused: the others, with the reason.
        snapshot: id of the snapshot of the project that made it; empty where none was taken.
        code: what the functions that it may need are written as (`onedag.meanings`), by name.
    """

    run_id: str
    service: str
    created_at: datetime
    rows: int
    schema: pa.Schema
    inputs: pa.Schema
    fitted: Mapping[str, str]
    columns: Mapping[str, tuple[str, ...]]
    verified: Mapping[str, str]
    refused: Mapping[str, str]
    snapshot: str = ""
    code: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The record as JSON."""
        content = {
            "format": FORMAT,
            "run_id": self.run_id,
            "service": self.service,
            "created_at": self.created_at.isoformat(),
            "rows": self.rows,
            "schema": schema_to_text(self.schema),
            "inputs": schema_to_text(self.inputs),
            "fitted": dict(self.fitted),
            "columns": {source: list(names) for source, names in self.columns.items()},
            "verified": dict(self.verified),
            "refused": dict(self.refused),
            "snapshot": self.snapshot,
            "code": dict(self.code),
        }
        return json.dumps(content).encode()

    @classmethod
    def from_bytes(cls, blob: bytes) -> RunRecord:
        """The record that `to_bytes` wrote.

        Raises:
            StoreError: another version of the format.
        """
        content = _content(blob, "A published run")
        return cls(
            content["run_id"],
            content["service"],
            datetime.fromisoformat(content["created_at"]),
            content["rows"],
            schema_from_text(content["schema"]),
            schema_from_text(content["inputs"]),
            content["fitted"],
            {source: tuple(names) for source, names in content["columns"].items()},
            content["verified"],
            content["refused"],
            content["snapshot"],
            content.get("code", {}),
        )


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """One materialized view.

    Attributes:
        layout: of its blobs.
        as_of: the moment of its newest materialization, microseconds: every value is true then.
        keys: how many have a value.
        nothing: the blob of a key that was never seen.
        whole_as_of: the moment of the last materialization that wrote every key. A blob of an
            earlier one is of a key that had no history any more.
        meaning: of the features that were materialized (`onedag.meanings`).
        digests: how many blobs of digests each part has; empty where nothing is known.
        snapshot: id of the snapshot of the project that made it; empty where none was taken.
        code: what the functions that it may need are written as (`onedag.meanings`), by name.
    """

    layout: Layout
    as_of: int
    keys: int
    nothing: bytes
    whole_as_of: int
    meaning: str = ""
    digests: tuple[int, ...] = ()
    snapshot: str = ""
    code: Mapping[str, str] = field(default_factory=dict)

    @property
    def stamp(self) -> bytes:
        """What tells this record from any other."""
        return hashlib.sha256(self.to_bytes()).digest()[:16]

    def entries(self) -> tuple[list[bytes], list[bytes]]:
        """The keys and blobs that put the record into a store."""
        view = self.layout.view
        return [view_key(view), stamp_key(view)], [self.to_bytes(), self.stamp]

    def to_bytes(self) -> bytes:
        """The record as JSON."""
        content = {
            "format": FORMAT,
            "layout": self.layout.to_json(),
            "as_of": self.as_of,
            "keys": self.keys,
            "nothing": self.nothing.hex(),
            "whole_as_of": self.whole_as_of,
            "meaning": self.meaning,
            "digests": self.digests,
            "snapshot": self.snapshot,
            "code": dict(self.code),
        }
        return json.dumps(content).encode()

    @classmethod
    def from_bytes(cls, blob: bytes) -> ViewRecord:
        """The record that `to_bytes` wrote.

        Raises:
            StoreError: another version of the format.
        """
        content = _content(blob, "A view's record")
        return cls(
            Layout.from_json(content["layout"]),
            content["as_of"],
            content["keys"],
            bytes.fromhex(content["nothing"]),
            content["whole_as_of"],
            content["meaning"],
            tuple(content["digests"]),
            content["snapshot"],
            content.get("code", {}),
        )

    @classmethod
    def if_readable(cls, blob: bytes) -> ViewRecord | None:
        """The record, or None where another version of the format wrote it."""
        return cls.from_bytes(blob) if json.loads(blob).get("format") == FORMAT else None


def _content(blob: bytes, what: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(blob)
    if content.get("format") != FORMAT:
        raise StoreError(
            f"{what} in the store has format {content.get('format')!r}; this version of onedag "
            f"reads format {FORMAT}. Publish and materialize again, or use the version that wrote "
            f"it."
        )
    return content
