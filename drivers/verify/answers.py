"""Answers to replayed requests as columns, with what is wrong with them beside their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from drivers.serving.vectors import FeatureVectors
from drivers.stored.packing import types_of
from drivers.verify.report import Depth
from drivers.verify.values import RAISED, NodeValues, Side
from onedag.dtypes import ColumnType, to_series
from onedag.errors import OnedagError, SchemaMismatch
from onedag.status import Codes

__all__ = ["Answer", "Answers", "Replayed", "Rows"]

Rows: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A request and its answer.

    Attributes:
        depth: how its rows were replayed.
        rows: which rows of the part they are, shape ``(n_rows,)``.
        answer: the vectors, or the error that came instead.
        nodes: answers the request once more, with the values of all nodes.
    """

    depth: Depth
    rows: Rows
    answer: FeatureVectors | OnedagError
    nodes: Callable[[], Side]


@dataclass(frozen=True, slots=True)
class Answer:
    """The cells of one request.

    Attributes:
        table: the features; of an error nulls.
        codes: their statuses.
        wrong: for features that aren't what was promised, what is in the place of the dtype.
        error: what came instead, if anything did.
    """

    table: pa.Table
    codes: Mapping[str, Codes]
    wrong: Mapping[str, str]
    error: OnedagError | None = None

    def side(self) -> Side:
        """The cells by feature."""
        length, schema = self.table.num_rows, self.table.schema
        if self.error is not None:
            return dict.fromkeys(schema.names, NodeValues.raised(self.error, length))
        return {
            field.name: NodeValues.of(
                self.table[field.name],
                self.wrong.get(field.name) or ColumnType.of_field(field),
                self.codes[field.name],
            )
            for field in schema
        }


class Answers:
    """Makes columns of what came back.

    Args:
        schema: of the features, as the training frame has them.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        types = types_of(schema).items()
        empty = {name: to_series(pa.array([], column.arrow), column) for name, column in types}
        self._dtypes: dict[str, Any] = {name: series.dtype for name, series in empty.items()}

    def of(self, answer: FeatureVectors | OnedagError, length: int) -> Answer:
        """The cells of a request of so many rows."""
        if isinstance(answer, OnedagError):
            return self._without(answer, length)
        if len(answer) != length:
            error = SchemaMismatch(f"{len(answer)} rows came back for {length}.")
            return self._without(error, length)
        frame = answer.to_pandas()  # which isn't made from the table: it shows the dtypes
        if list(frame.columns) != self._schema.names:
            error = SchemaMismatch(f"The columns are {', '.join(frame.columns)}.")
            return self._without(error, length)
        dtypes = zip(self._schema.names, frame.dtypes, strict=True)
        wrong = {name: str(dtype) for name, dtype in dtypes if dtype != self._dtypes[name]}
        return Answer(answer.table, answer.codes, wrong)

    def _without(self, error: OnedagError, length: int) -> Answer:
        schema, codes = self._schema, np.zeros(length, np.int8)
        table = pa.table([pa.nulls(length, field.type) for field in schema], schema=schema)
        wrong = dict.fromkeys(schema.names, RAISED)
        return Answer(table, dict.fromkeys(schema.names, codes), wrong, error)

    def joined(self, answers: Sequence[Answer]) -> Side:
        """The cells of several requests, one after the other, whatever is wrong with them."""
        table = pa.concat_tables([answer.table for answer in answers])
        return {
            field.name: NodeValues.of(
                table[field.name],
                ColumnType.of_field(field),
                np.concatenate([answer.codes[field.name] for answer in answers]),
            )
            for field in self._schema
        }
