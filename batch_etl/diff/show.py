"""A difference for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batch_etl.diff.run import Difference
from batch_etl.diff.touched import Touch, Touched
from batch_etl.diff.verdict import verdict
from batch_etl.estimates import told, told_all
from onedag.snapshots import Snapshot
from onedag.snapshots.changes import Change, Changes, FunctionChange, edits_are_sure

__all__ = ["show"]

MOST = 40
"""Of functions that differ in one way, so many are listed; JSON has all."""

_MARK = "*"
_TITLES = {
    Change.MEANING: "changed",
    Change.ADDED: "added",
    Change.REMOVED: "removed",
    Change.DOC: "doc only",
}


def show(difference: Difference, console: Console, *, code: bool = False) -> None:
    """Print what changed, what it touches, and whether published models may see it.

    Args:
        difference: to tell.
        console: where.
        code: whether to show how the code of changed functions differs.
    """
    changes = difference.changes
    _say(console, _compared(difference))
    for line in _versions(changes):
        _say(console, line)
    if not changes:
        _say(console, "Nothing changed.")
    if changes.functions:
        _show_functions(difference, console)
    for title, lines in (
        ("Sources", _sources(changes)),
        ("Entities", _entities(changes)),
        ("Services", _services(changes)),
        ("Views", _views(difference)),
    ):
        _section(title, list(lines), console)
    if code:
        _section("Code", list(_code(changes)), console)
    _section("Not certain", list(_uncertain(changes)), console)
    for line in verdict(difference):
        _say(console, line)


def _compared(difference: Difference) -> str:
    changes = difference.changes
    new = "the working tree" if difference.working_tree else _named(changes.new)
    if difference.working_tree:
        new += _commit(changes.new)
    return f"{_named(changes.old)} -> {new}"


def _named(snapshot: Snapshot) -> str:
    return f"snapshot {snapshot.id[:12]}{_commit(snapshot)}"


def _commit(snapshot: Snapshot) -> str:
    if snapshot.commit is None:
        return ""
    edited = ", edited since" if snapshot.commit.dirty else ""
    return f" (commit {snapshot.commit.hash[:10]}{edited})"


def _versions(changes: Changes) -> Iterator[str]:
    if not changes.versions:
        return
    listed = ", ".join(map(str, changes.versions))
    if edits_are_sure(changes.old, changes.new):
        what = "For that alone any value may be another; the list has what was edited besides."
    else:
        what = (
            "For that alone all fingerprints differ, so this list can't be trusted to be edits: "
            "one of a helper or a constant doesn't show."
        )
    yield f"Versions differ: {listed}. {what}"
    alone = changes.of(Change.VERSIONS)
    if alone:
        yield f"{_count(len(alone), 'function')} changed with the versions and in nothing else."


def _show_functions(difference: Difference, console: Console) -> None:
    changes = difference.changes
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("function", no_wrap=True)
    for title in ("", "what", "services", "views"):
        table.add_column(title, overflow="fold")
    touched = Touched(changes, difference.published)
    for change, title in _TITLES.items():
        found = changes.of(change)
        ordered = [*(f for f in found if f.own), *(f for f in found if not f.own)]
        for one in ordered[:MOST]:
            cells = (one.name, title, _what(one), *_cells(touched.by(one.name)))
            table.add_row(*map(Text, cells))  # as text, dict[str, int] isn't markup
        if len(found) > MOST:
            table.add_row(f"… and {len(found) - MOST} more", title, "--json has them all")
    if table.row_count:
        _say(console, "")
        console.print(table)
        if difference.published.models:
            _say(console, f"{_MARK} has a published model")


def _cells(touch: Touch) -> tuple[str, str]:
    published = {model.service for model in touch.models}
    services = (f"{name}{_MARK}" if name in published else name for name in touch.services)
    return ", ".join(services) or "-", ", ".join(touch.views) or "-"


def _what(one: FunctionChange) -> str:
    parts = [*one.own]
    if one.causes:
        parts.append(f"through {_some(one.causes, 3)}")
    parts.extend(one.docs)
    if one.same_as:
        word = "to" if one.change is Change.REMOVED else "from"
        parts.append(f"perhaps renamed {word} {' or '.join(one.same_as)}")
    return "; ".join(parts)


def _sources(changes: Changes) -> Iterator[str]:
    for source in changes.sources:
        parts = [source.change] if source.change != "changed" else [*source.definition]
        for column in source.columns:
            types = f"{column.old or 'not there'} -> {column.new or 'not there'}"
            read = ", ".join(column.readers) or "nobody"
            parts.append(f"column {column.name} {types}, read by {read}")
        yield f"{source.name}: {'; '.join(parts)}"


def _entities(changes: Changes) -> Iterator[str]:
    for one in changes.entities:
        keys = f"{', '.join(one.old)} -> {', '.join(one.new)}"
        yield f"{one.name}: {keys if one.change == 'changed' else one.change}"


def _services(changes: Changes) -> Iterator[str]:
    for one in changes.services:
        parts = [one.change] if one.change != "changed" else []
        if one.added:
            parts.append(f"takes {_some(one.added)} now")
        if one.removed:
            parts.append(f"takes {_some(one.removed)} no more")
        if one.reordered:
            parts.append("features in another order")
        parts.extend(one.request)
        if one.meaning and not parts:
            parts.append("its features may have other values")
        yield f"{one.name}: {'; '.join(parts)}"


def _views(difference: Difference) -> Iterator[str]:
    for one in difference.changes.views:
        parts = [one.change] if one.change != "changed" else []
        if one.added:
            parts.append(f"with {_some(one.added)}")
        if one.removed:
            parts.append(f"without {_some(one.removed)}")
        if one.change == "removed":
            parts.append("its stored values are of no more use")
        elif difference.is_stored(one.name):
            parts.append("its values are stored already")
        else:
            parts.append(_materialize(one.name, difference))
        yield f"{one.name}: {', '.join(parts)}"
    if len(difference.estimates) > 1:
        yield f"all that is to be materialized: {told_all(difference.estimates.values())}"


def _materialize(view: str, difference: Difference) -> str:
    if view in difference.estimates:
        return f"materialize it: {told(difference.estimates[view])}"
    why = difference.unestimated.get(view)
    return f"materialize it; what that takes can't be told: {why}" if why else "materialize it"


def _uncertain(changes: Changes) -> Iterator[str]:
    if changes.uncertain:
        yield (
            f"{_some(changes.uncertain)}: can't be compared for certain, as what it reaches has no "
            f"fingerprint, such as an open file"
        )
    for name in changes.unplanned:
        yield (
            f"service {name}: one of the snapshots has no plan of it, such as for want of a "
            f"source; `onedag plan {name}` says why"
        )
    for name, source in changes.new.sources.items():
        before = changes.old.sources.get(name)
        if not source.columns and before is not None and before.columns:
            yield f"source {name}: it can't be opened, so its columns aren't compared"


def _code(changes: Changes) -> Iterator[str]:
    shown: set[tuple[str, str]] = set()
    for one in changes.functions:
        a, b = changes.old.functions.get(one.name), changes.new.functions.get(one.name)
        codes = (a.code if a else "", b.code if b else "")
        if codes[0] == codes[1] or codes in shown:
            continue
        shown.add(codes)
        places = [f"{f.module}.{f.name}" if f else "nothing" for f in (a, b)]
        lines = [each.splitlines() for each in codes]
        yield from difflib.unified_diff(lines[0], lines[1], places[0], places[1], lineterm="")


def _section(title: str, lines: Sequence[str], console: Console) -> None:
    if lines:
        _say(console, "")
        _say(console, title)
        for line in lines:
            _say(console, f"  {line}")


def _some(names: Iterable[str], most: int = 8) -> str:
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
