"""`Source`: rows of history. `Query`: a source that a database answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from onedag.durations import Duration, parse_duration
from onedag.entity import Entity
from onedag.errors import InvalidDefinition
from onedag.names import check_name

__all__ = ["Query", "Source", "SourceData"]


@dataclass(frozen=True, slots=True)
class Query:
    """A SQL query whose result is a source's rows.

    Attributes:
        sql: one SELECT statement.
        database: a DuckDB file (``.duckdb``, ``.ddb``) or a SQLite file (``.sqlite``,
            ``.sqlite3``, ``.db``), relative to the project. Without it the query runs in an empty
            DuckDB, where files are tables: ``SELECT * FROM 'landings.parquet'``.
    """

    sql: str
    database: str | Path | None = None


SourceData: TypeAlias = str | Path | Query | pd.DataFrame | pa.Table


@dataclass(frozen=True, eq=False)
class Source:
    """Rows of history, each with the time at which it happened and was known.

    Attributes:
        name: unique in the project.
        data: a Parquet or CSV file or glob (relative to the project), a `Query`, a DataFrame or
            an Arrow table.
        timestamp: the column of the event time. Timestamps without a zone are UTC.
        known_at: the column of the time at which a row became known; a null there says "not
            yet". Without it a row is known at its event time, plus ``delay``.
        delay: how long after its event time a row becomes known.
        key: the entity whose state a row describes, if it describes one. It lets the planner look
            up a column that a request lacks as the newest value for that entity.
        columns: new names for columns, ``{"name in the data": "name in the project"}``; the other
            arguments may use either name.
        tags: what is said of columns, by their names in the project: ``{"tailnum": ["pii"]}`` says
            that a column holds personal data (`onedag.lineage.pii_flows`). Tags change no value.

    Raises:
        InvalidDefinition: arguments of the wrong kind, or that contradict each other; a tagged
            column that a table in memory doesn't have (of a file `onedag check` says it).
    """

    name: str
    data: SourceData = field(repr=False)
    timestamp: str
    known_at: str | None = None
    delay: timedelta | None = None
    key: Entity | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __init__(
        self,
        name: str,
        data: SourceData,
        timestamp: str,
        known_at: str | None = None,
        delay: Duration | None = None,
        key: Entity | None = None,
        columns: Mapping[str, str] | None = None,
        tags: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        check_name(name, "A source")
        if not isinstance(data, str | Path | Query | pd.DataFrame | pa.Table):
            raise InvalidDefinition(
                f"Source {name!r}: data must be a path, a Query, a DataFrame or an Arrow table, "
                f"not {type(data).__name__}."
            )
        if key is not None and not isinstance(key, Entity):
            raise InvalidDefinition(f"Source {name!r}: key= must be an Entity, not {key!r}.")
        if known_at is not None and delay is not None:
            raise InvalidDefinition(
                f"Source {name!r} has both known_at={known_at!r} and delay={delay!r}. A row "
                f"becomes known at one time: keep the one that says it."
            )
        renamed = dict(columns or {})
        if len(set(renamed.values())) != len(renamed):
            raise InvalidDefinition(f"Source {name!r} renames two columns to one name: {renamed}.")
        values = {
            "name": name,
            "data": data,
            "timestamp": renamed.get(timestamp, timestamp),
            "known_at": None if known_at is None else renamed.get(known_at, known_at),
            "delay": None if delay is None else parse_duration(delay, f"Delay of source {name!r}"),
            "key": key,
            "columns": MappingProxyType(renamed),
            "tags": MappingProxyType(_tags(name, tags or {}, renamed)),
        }
        for attribute, value in values.items():
            object.__setattr__(self, attribute, value)
        self._refuse_unknown_tagged()

    def _refuse_unknown_tagged(self) -> None:
        available = self.columns_without_reading()
        if available is not None and (unknown := self.tagged_but_unknown(available)):
            raise InvalidDefinition(unknown)

    def tagged_but_unknown(self, available: Iterable[str]) -> str | None:
        """What is wrong with the tags, where one is of a column that the source doesn't have.

        Args:
            available: the source's columns, by their names in the project.
        """
        names = sorted(available)
        unknown = sorted(self.tags.keys() - set(names))
        if not unknown:
            return None
        return (
            f"Source {self.name!r} has tags for {', '.join(map(repr, unknown))}, and no such "
            f"column. It has {', '.join(names)}."
        )

    def columns_without_reading(self) -> tuple[str, ...] | None:
        """The names of the columns where they are known without opening a file, else None."""
        if isinstance(self.data, pd.DataFrame):
            names = [str(name) for name in self.data.columns]
        elif isinstance(self.data, pa.Table):
            names = self.data.column_names
        else:
            return None
        return tuple(self.columns.get(name, name) for name in names)


def _tags(
    source: str, tags: Mapping[str, Iterable[str]], renamed: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for column, said in tags.items():
        each = frozenset([said] if isinstance(said, str) else said)
        if not isinstance(column, str) or not all(isinstance(tag, str) for tag in each):
            raise InvalidDefinition(
                f"Source {source!r}: tags= maps names of columns to texts, such as "
                f'{{"tailnum": ["pii"]}}, and here {column!r} to {said!r}.'
            )
        name = renamed.get(column, column)
        found[name] = found.get(name, frozenset()) | each
    return found
