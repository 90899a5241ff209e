"""Packed values: one blob for each key of a view, fixed layout from the view's schema.

    | schema hash | event time | known time | as of  | null bits     | one slot a value | text  |
    | 8 bytes     | 8          | 8          | 8      | 1 a value, up | 8 bytes each     | UTF-8 |

Times are microseconds since 1970 UTC; a header without times has the least integer there. Numbers
are little-endian. A float's NaN is a value; null is its bit. The slot of a text holds its length;
texts follow each other at the end.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onedag.dtypes import ColumnType
from onedag.errors import SchemaMismatch, StoreError
from onedag.numpy_series import NumpySeries, from_numbers, from_values

__all__ = ["NO_TIME", "Layout", "Unpacked", "times_of"]

NO_TIME = -(2**63)
_LAST = 2**63 - 1
_HEADER = 32
_TIMES = struct.Struct("<qqq")
_BEFORE_VALUES = 5  # hash, event, known, as of and the null bits


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Blobs of one layout, column by column.

    Attributes:
        event: event times of the newest rows, microseconds, shape ``(n_keys,)``; `NO_TIME` for a
            key that was never seen.
        as_of: the moments at which the values are true, microseconds, likewise.
        oldest: the least of them.
        slots: the values' eight bytes as integers, shape ``(n_values, n_keys)``.
        nulls: where a value is null, of at least that shape; None where none is.
        texts: the texts by their values' positions; empty for null.
    """

    event: npt.NDArray[np.int64]
    as_of: npt.NDArray[np.int64]
    oldest: int
    slots: npt.NDArray[np.int64]
    nulls: npt.NDArray[np.bool_] | None
    texts: Mapping[int, list[str]]

    def floats(self) -> npt.NDArray[np.float64]:
        """All slots read as float64, NaN where null; shape ``(n_values, n_keys)``."""
        floats = self.slots.view(np.float64)
        if self.nulls is None:
            return floats
        return np.where(self.nulls[: len(floats)], np.nan, floats)

    def column(
        self, index: int, nulls: npt.NDArray[np.bool_] | None, column: ColumnType
    ) -> NumpySeries:
        """One value of each key, with nulls of which its own are some."""
        arrow, slots = column.arrow, self.slots[index]
        if nulls is not None and not nulls.any():
            nulls = None
        if index in self.texts:
            return from_values(_without(self.texts[index], nulls), column)
        if pa.types.is_floating(arrow):
            values = slots.view(np.float64).astype(arrow.to_pandas_dtype(), copy=False)
        elif pa.types.is_timestamp(arrow):
            values = slots.view("M8[us]")
        elif pa.types.is_boolean(arrow):
            values = slots != 0
        else:
            values = slots.astype(arrow.to_pandas_dtype(), copy=False)
        return from_numbers(values, nulls, column)


class Layout:
    """How the values of one view lie in a blob.

    Args:
        view: the view's name.
        types: the values' names and types, in order.
    """

    def __init__(self, view: str, types: Mapping[str, ColumnType]) -> None:
        self.view = view
        self.types = dict(types)
        for name, column in self.types.items():
            if _slot(column.arrow) is None:
                raise SchemaMismatch(
                    f"Stored feature {name!r} has type {column}, which a store can't hold. Return "
                    f"a bool, a number, a str or a timestamp."
                )
        self._null_bytes = (len(self.types) + 7) // 8
        text = json.dumps([view, *([name, str(c.arrow), c.nullable] for name, c in types.items())])
        self.hash = hashlib.sha256(text.encode()).digest()[:8]
        codes = "".join(_slot(column.arrow) or "" for column in self.types.values())
        self._struct = struct.Struct(f"<8sqqq{self._null_bytes}s{codes}")
        self._texts = [i for i, c in enumerate(self.types.values()) if c.arrow == pa.string()]

    def pack(
        self,
        columns: Mapping[str, pa.ChunkedArray],
        event: pa.ChunkedArray,
        known: pa.ChunkedArray,
        as_of: pa.ChunkedArray,
    ) -> list[bytes]:
        """The blobs of many keys.

        Args:
            columns: by name, shape ``(n_keys,)``, of the layout's types.
            event: event times, int64 microseconds, null where there is no row.
            known: known times, likewise.
            as_of: the moments at which the values are true, likewise, without nulls.
        """
        count = len(event)
        slots = np.zeros(count, self._numpy_dtype())
        slots["hash"] = np.frombuffer(self.hash, "V8")
        slots["event"] = pc.fill_null(event, NO_TIME).to_numpy()
        slots["known"] = pc.fill_null(known, NO_TIME).to_numpy()
        slots["as_of"] = as_of.to_numpy()
        nulls = np.zeros((count, len(self.types)), np.bool_)
        texts: list[list[bytes]] = []
        for index, (name, column) in enumerate(self.types.items()):
            array = columns[name]
            nulls[:, index] = pc.is_null(array).to_numpy()
            if column.arrow == pa.string():
                encoded = [b"" if text is None else text.encode() for text in array.to_pylist()]
                texts.append(encoded)
                slots[f"v{index}"] = [len(text) for text in encoded]
            else:
                slots[f"v{index}"] = _numbers(array)
        slots["nulls"] = np.packbits(nulls, axis=1, bitorder="little")
        packed, size = slots.tobytes(), slots.dtype.itemsize
        blobs = [packed[start : start + size] for start in range(0, count * size, size)]
        if texts:
            tails = map(b"".join, zip(*texts, strict=True))
            blobs = [head + tail for head, tail in zip(blobs, tails, strict=True)]
        return blobs

    def unpack_all(self, blobs: Sequence[bytes]) -> Unpacked:
        """Many blobs, column by column.

        Raises:
            StoreError: one was packed with another layout.
        """
        if any(blob[:8] != self.hash for blob in blobs):
            raise StoreError(
                f"View {self.view!r} in the store has another schema than it says. Materialize it "
                f"again with this version of the features."
            )
        size, texts = self._struct.size, {}
        if self._texts:
            texts = self._unpack_texts(blobs)
            blobs = [blob[:size] for blob in blobs]
        if len(blobs) == 1:
            return self._unpack_one(blobs[0], texts)
        rows = np.frombuffer(b"".join(blobs), np.uint8).reshape(len(blobs), size)
        slots = rows[:, _HEADER + self._null_bytes :].copy().view("<i8")
        bits = rows[:, _HEADER : _HEADER + self._null_bytes]
        nulls = (
            np.unpackbits(bits, axis=1, bitorder="little").view(np.bool_).T if bits.any() else None
        )
        header = rows[:, 8:_HEADER].copy().view("<i8")
        event, as_of = header[:, 0], header[:, 2]
        slots = np.ascontiguousarray(slots.T)
        return Unpacked(event, as_of, int(as_of.min(initial=_LAST)), slots, nulls, texts)

    def _unpack_one(self, blob: bytes, texts: Mapping[int, list[str]]) -> Unpacked:
        # What most requests are: half of the calls of NumPy above are left out.
        start = _HEADER + self._null_bytes
        event, _, as_of = _TIMES.unpack_from(blob, 8)
        bits, nulls = blob[_HEADER:start], None
        if any(bits):
            nulls = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little").view(np.bool_)
            nulls = nulls[:, np.newaxis]
        slots = np.frombuffer(blob, "<i8", len(self.types), start).copy()[:, np.newaxis]
        return Unpacked(np.array([event]), np.array([as_of]), as_of, slots, nulls, texts)

    def _unpack_texts(self, blobs: Sequence[bytes]) -> dict[int, list[str]]:
        texts: dict[int, list[str]] = {index: [] for index in self._texts}
        for blob in blobs:
            end = self._struct.size
            values = self._struct.unpack_from(blob)[_BEFORE_VALUES:]
            for index in self._texts:
                texts[index].append(blob[end : end + values[index]].decode())
                end += values[index]
        return texts

    def to_json(self) -> str:
        """The layout as text, to be kept beside what it packs."""
        schema = pa.schema([column.field(name) for name, column in self.types.items()])
        return json.dumps({"view": self.view, "schema": schema_to_text(schema)})

    @classmethod
    def from_json(cls, text: str) -> Layout:
        """The layout that `to_json` wrote."""
        content = json.loads(text)
        return cls(content["view"], types_of(schema_from_text(content["schema"])))

    def _numpy_dtype(self) -> np.dtype[Any]:
        codes = {"q": "<i8", "Q": "<u8", "d": "<f8"}
        values = [
            (f"v{index}", codes[_slot(column.arrow) or ""])
            for index, column in enumerate(self.types.values())
        ]
        times = [("hash", "V8"), ("event", "<i8"), ("known", "<i8"), ("as_of", "<i8")]
        return np.dtype([*times, ("nulls", "u1", (self._null_bytes,)), *values])


def times_of(blob: bytes) -> tuple[int, int, int]:
    """A blob's event time, known time, and the moment as of which it was written; microseconds."""
    event, known, as_of = _TIMES.unpack_from(blob, 8)
    return event, known, as_of


def _slot(arrow: pa.DataType) -> str | None:
    """The struct code of a value's slot."""
    if pa.types.is_floating(arrow):
        return "d"
    if arrow == pa.uint64() or arrow == pa.string():
        return "Q"
    whole = pa.types.is_integer(arrow) or pa.types.is_boolean(arrow)
    return "q" if whole or pa.types.is_timestamp(arrow) else None


def _numbers(array: pa.ChunkedArray) -> npt.NDArray[Any]:
    if pa.types.is_timestamp(array.type) or pa.types.is_boolean(array.type):
        array = array.cast(pa.int64())
    return np.asarray(pc.fill_null(array, 0).to_numpy())


def _without(texts: Sequence[str], nulls: npt.NDArray[np.bool_] | None) -> Sequence[str | None]:
    if nulls is None:
        return texts
    return [None if null else text for text, null in zip(texts, nulls.tolist(), strict=True)]


def schema_to_text(schema: pa.Schema) -> str:
    """An Arrow schema as text, every detail of it."""
    return base64.b64encode(schema.serialize()).decode()


def schema_from_text(text: str) -> pa.Schema:
    """The schema that `schema_to_text` wrote."""
    return pa.ipc.read_schema(pa.BufferReader(base64.b64decode(text)))


def types_of(schema: pa.Schema) -> dict[str, ColumnType]:
    """The column types of a schema, by name."""
    return {field.name: ColumnType.of_field(field) for field in schema}
