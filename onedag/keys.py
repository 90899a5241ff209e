"""Join keys as bytes: the same for a column of a million rows and for one request.

A key is the text of its join keys in the entity's order, with ``|`` between them, and ``\\`` before
a ``|`` or ``\\`` that is part of a text. Two different keys never give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from onedag.errors import SchemaMismatch

__all__ = ["KEY_TYPES", "encode_key", "encode_keys", "encode_rows"]

KEY_TYPES = (pa.int64(), pa.string(), pa.bool_(), pa.null())
"""The Arrow types that a join key can have."""


def encode_key(values: Sequence[object]) -> bytes | None:
    """The key of one row; None if one of its join keys is null.

    >>> encode_key(["JFK", "LAX"]), encode_key([7]), encode_key(["a|b"]), encode_key([None])
    (b'JFK|LAX', b'7', b'a\\\\|b', None)
    """
    parts = []
    for value in values:
        if value is None:
            return None
        if isinstance(value, bool):
            parts.append("true" if value else "false")
        elif type(value) is int:
            parts.append(str(value))
        else:
            parts.append(str(value).replace("\\", "\\\\").replace("|", "\\|"))
    return "|".join(parts).encode()


def encode_rows(columns: Sequence[Sequence[object]]) -> list[bytes | None]:
    """The keys of the rows of a request, as `encode_key` gives them; shape ``(n_rows,)``.

    Args:
        columns: the join keys, at least one, as Python values.

    >>> encode_rows([["JFK", None], ["LAX", "SFO"]])
    [b'JFK|LAX', None]
    """
    rows = list(zip(*columns, strict=True))
    if len(rows) > 1 and all(type(value) is str for row in rows for value in row):
        text = "".join(map("".join, rows))
        if "|" not in text and "\\" not in text:  # as good as always
            return ["|".join(row).encode() for row in rows]
    return [encode_key(row) for row in rows]


def encode_keys(columns: Sequence[pa.ChunkedArray], length: int) -> pa.ChunkedArray:
    """The keys of many rows as text, null where a join key is null; shape ``(length,)``.

    No columns (a feature of everything) gives the empty key for each row.

    Raises:
        SchemaMismatch: a join key that is neither text, integer nor bool.
    """
    if not columns:
        return pa.chunked_array([pa.array([""] * length, pa.string())])
    texts = [_escaped(column) for column in columns]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "|")


def _escaped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.type not in KEY_TYPES:
        raise SchemaMismatch(
            f"A join key of type {column.type} identifies nothing; use text, integers or bools."
        )
    text = column.cast(pa.string())
    if column.type != pa.string():
        return text
    return pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), "|", "\\|")
