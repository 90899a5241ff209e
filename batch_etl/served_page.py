"""One logged request for people, and as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from drivers.served.request import (
    WORKING_TREE,
    ServedFunction,
    ServedRequestPage,
    ServedRow,
)

__all__ = ["page_to_json", "show_page"]

DIGITS = 12


def page_to_json(page: ServedRequestPage) -> str:
    """All of it; times in ISO 8601."""
    return json.dumps(dataclasses.asdict(page), indent=2, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def show_page(page: ServedRequestPage, console: Console, *, code: bool) -> None:
    """Inputs, stored values with their times, the vector, and the functions.

    Args:
        page: the request.
        console: where it is shown.
        code: whether to show the functions' code.
    """
    for line in _head(page):
        console.print(Text(line), soft_wrap=True)
    for row in page.rows:
        console.print(Text(f"\nrow {row.row}, as of {_time(row.event_timestamp)}", style="bold"))
        if row.store_error:
            console.print(Text(f"the store wasn't read: {row.store_error}"))
        console.print(_values(page, row))
        if row.prediction is not None:
            console.print(Text(f"prediction {row.prediction!r}"))
    console.print(Text("\nfunctions, as they served:", style="bold"))
    for same in _by_code(page):
        console.print(Text(f"\n{_said(same)}"), soft_wrap=True)
        written = same[0].written
        if code and written is not None and written.code:
            console.print(Syntax(written.code.rstrip(), "python", background_color="default"))


def _head(page: ServedRequestPage) -> Iterator[str]:
    yield f"request {page.request_id} to {page.service}, answered {_time(page.served_at)}"
    commit = "unknown"
    if page.commit is not None:
        commit = page.commit.hash + (
            ", with files that differ from it" if page.commit.dirty else ""
        )
    yield f"run {page.run_id} (model and fitted values)"
    yield f"snapshot {page.snapshot or 'none'}, commit {commit}"
    yield f"computed by {', '.join(page.versions)}"
    for name, text in (page.fitted or {}).items():
        yield f"fitted {name} = {text}"


def _values(page: ServedRequestPage, row: ServedRow) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "name", "value", "status, or when"):
        table.add_column(column)
    for name, value in row.inputs.items():
        table.add_row("input", name, _shown(value), "")
    for view in row.views:
        when = f"rows up to {_time(view.event)}" if view.event else "nothing known of the key"
        table.add_row("view", view.name, "", f"as of {_time(view.as_of)}; {when}")
        for name, value in view.values.items():
            table.add_row("stored", name, _shown(value), "")
    for name, value in row.features.items():
        table.add_row("feature", name, _shown(value), row.statuses.get(name, ""))
    return table


def _by_code(page: ServedRequestPage) -> list[list[ServedFunction]]:
    """The functions, those together that are written once, such as windows of one aggregate."""
    found: dict[object, list[ServedFunction]] = {}
    for function in page.functions:
        key: object = function.name
        if function.written is not None and function.written.code:
            key = function.found_in, function.written.module, function.written.code
        found.setdefault(key, []).append(function)
    return list(found.values())


def _said(same: Sequence[ServedFunction]) -> str:
    first = same[0]
    names = ", ".join(f"{each.name} {each.meaning.own[:DIGITS]}" for each in same)
    if first.written is None:
        return f"{names}: neither the registry nor the working tree has this code any more"
    doc = first.written.doc.partition("\n")[0]
    place = first.written.module
    if first.found_in == WORKING_TREE:
        place += ", from the working tree: the registry has no such snapshot"
    else:
        place += f" of snapshot {first.found_in[:DIGITS]}"
    return f"{names} ({place}): {doc}"


def _shown(value: Any) -> Text:
    return Text(_time(value) if isinstance(value, datetime) else repr(value))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC".replace(".000000", "")
