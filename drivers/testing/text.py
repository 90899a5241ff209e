"""Rows written as text: a line of names, then a line for each row."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import pyarrow as pa

__all__ = ["inferred", "text_table"]

_FORMS = (
    (re.compile(r"-?(0|[1-9][0-9]*)"), pa.int64()),
    (re.compile(r"-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"), pa.float64()),
    (re.compile(r"true|false", re.IGNORECASE), pa.bool_()),
)


def text_table(text: str, wrong: Callable[[str], Exception]) -> pa.Table:
    """The columns of comma-separated text, all as text.

    Blanks around a cell and lines without a cell don't count; an empty cell is null. A cell with a
    comma in it is written in double quotes.

    Args:
        text: of one line at least.
        wrong: makes the error of a message.

    Raises:
        Exception: of ``wrong``: one line only, one name twice, or a row of more or fewer cells.

    >>> text_table('''
    ...     carrier, arr_delay
    ...     UA,      20.0
    ...     AA,
    ... ''', ValueError).to_pylist()
    [{'carrier': 'UA', 'arr_delay': '20.0'}, {'carrier': 'AA', 'arr_delay': None}]
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or "\n" not in text:
        raise wrong(
            f"text has a line of names and a line for each row, which {text!r} hasn't. A file is "
            f"read with pd.read_parquet() or pd.read_csv()."
        )
    names, *rows = [
        [cell.strip() for cell in cells] for cells in csv.reader(lines, skipinitialspace=True)
    ]
    if len(set(names)) != len(names) or "" in names:
        raise wrong(f"the names in the first line must be different: {lines[0]!r}.")
    for row, cells in enumerate(rows):
        if len(cells) != len(names):
            raise wrong(f"row {row} has {len(cells)} cells for {len(names)} names: {cells}.")
    columns = [[cells[place] or None for cells in rows] for place in range(len(names))]
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})


def inferred(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of text in the narrowest type that all of its cells are written in.

    An integer, a float, a bool, else text: ``007`` isn't a number, it would lose its zeros.
    """
    written = [text for text in texts.to_pylist() if text is not None]
    if not written:
        return texts.cast(pa.null())
    for form, arrow in _FORMS:
        if all(form.fullmatch(text) for text in written):
            return texts.cast(arrow)
    return texts
