"""`RawRows`: a source's rows before anything is made of them, whatever they are kept in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol, TypeAlias

import pyarrow as pa

__all__ = ["DICTIONARY", "Pick", "RawRows", "is_text"]

DICTIONARY = pa.dictionary(pa.int32(), pa.string())

# Given the names of all columns, those to read. Raises where one is missing.
Pick: TypeAlias = Callable[[Sequence[str]], Sequence[str]]


class RawRows(Protocol):
    """Rows under the names and with the types that the data has."""

    def names(self) -> list[str]:
        """The names of all columns, without reading rows where that is possible."""
        ...

    def schema(self) -> pa.Schema | None:
        """The types of all columns, without reading rows; None where only the values say them."""
        ...

    def count(self) -> int | None:
        """The number of rows where it is known without reading them."""
        ...

    def batches(self, pick: Pick, rows: int, dictionaries: Collection[str]) -> Iterator[pa.Table]:
        """All rows in their order, at most ``rows`` at a time, with at least the picked columns.

        The first table has no rows: its types are those of the whole data. In a later one a
        column may have another type of the same canonical type, or the null type.

        Args:
            pick: see `Pick`.
            rows: of one table.
            dictionaries: columns of text that may come as `DICTIONARY`; the first table says
                which do.
        """
        ...


def is_text(arrow: pa.DataType) -> bool:
    """Whether a column holds text, in whatever form; a UUID isn't text yet."""
    if pa.types.is_dictionary(arrow):
        return is_text(arrow.value_type)
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(test(arrow) for test in tests)
