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

__all__ = ["Layout", "Packed"]

NO_TIME = -(2**63)
_AS_OF = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class Packed:
    """One unpacked blob.

    Attributes:
        event: event time of the newest row, microseconds; None for a key never seen.
        as_of: the moment at which the values are true, microseconds.
        values: in the layout's order; None for null.
    """

    event: int | None
    as_of: int
    values: tuple[Any, ...]


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

    def unpack(self, blob: bytes) -> Packed:
        """The values in a blob.

        Raises:
            StoreError: the blob was packed with another layout.
        """
        if blob[:8] != self.hash:
            raise StoreError(
                f"View {self.view!r} in the store has another schema than it says. Materialize it "
                f"again with this version of the features."
            )
        _, event, _, as_of, nulls, *values = self._struct.unpack_from(blob)
        end = self._struct.size
        for index in self._texts:
            length = values[index]
            values[index] = blob[end : end + length].decode()
            end += length
        bits = int.from_bytes(nulls, "little")
        if bits:
            values = [None if bits >> i & 1 else value for i, value in enumerate(values)]
        return Packed(None if event == NO_TIME else event, as_of, tuple(values))

    @staticmethod
    def as_of(blob: bytes) -> int:
        """The moment at which a blob's values are true, microseconds; whatever its layout."""
        return int(_AS_OF.unpack_from(blob, 24)[0])

    def is_packed_so(self, blob: bytes) -> bool:
        """Whether a blob has this layout."""
        return blob[:8] == self.hash

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


def column_of(values: Sequence[Any], column: ColumnType) -> pa.Array:
    """Unpacked values of one slot as an Arrow column."""
    if pa.types.is_timestamp(column.arrow):
        return pa.array(values, pa.int64()).cast(column.arrow)
    if pa.types.is_boolean(column.arrow):
        return pa.array([None if v is None else bool(v) for v in values], pa.bool_())
    return pa.array(values, column.arrow)


def schema_to_text(schema: pa.Schema) -> str:
    """An Arrow schema as text, every detail of it."""
    return base64.b64encode(schema.serialize()).decode()


def schema_from_text(text: str) -> pa.Schema:
    """The schema that `schema_to_text` wrote."""
    return pa.ipc.read_schema(pa.BufferReader(base64.b64decode(text)))


def types_of(schema: pa.Schema) -> dict[str, ColumnType]:
    """The column types of a schema, by name."""
    return {field.name: ColumnType.of_field(field) for field in schema}
