"""Tags tell the rows of a replay apart, where one key has another value for each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from drivers.serving.lookup import ViewReader

__all__ = ["TAG", "TaggedReader", "tags_of"]

TAG = "__tag"
"""A column that no request has: the name of a field can't begin like that."""


class TaggedReader(ViewReader):
    """Reads a view whose keys end in the tags of rows."""

    def keys(self, columns: Mapping[str, Sequence[Any]], length: int) -> list[bytes | None]:
        """As `ViewReader.keys`, each with the tag of its row."""
        keys = super().keys(columns, length)
        return [key and key + tag for key, tag in zip(keys, columns[TAG], strict=True)]


def tags_of(numbers: Iterable[int]) -> list[bytes]:
    """The tags of rows by their numbers: a key with one can't be taken for any other."""
    return [b"@%d" % number for number in numbers]
