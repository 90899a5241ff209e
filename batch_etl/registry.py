"""`apply`, `snapshots` and `rollback`: the registry of a project at the command line."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batch_etl.printing import say
from drivers.registry import Move, Moved, Registry, take_snapshot
from drivers.registry import apply as move_to
from drivers.registry import rollback as move_back
from onedag.errors import ConfigurationError, RegistryError, SourceError
from onedag.project import Project
from onedag.snapshots import Commit, Snapshot

__all__ = ["apply", "moves_to_json", "rollback", "show_moves"]

_SHORT = 12


def apply(
    project: Project, by: str | None, message: str, console: Console, *, allow_missing: bool = False
) -> Moved:
    """Take the project's snapshot, make it the current one, and say in short what that changes.

    Args:
        project: with a registry.
        by: who applies; the user's name by default.
        message: why.
        console: where it is said.
        allow_missing: whether a source that can't be opened may be in it without its columns.

    Raises:
        ConfigurationError: the project has no registry.
        SourceError: a source can't be opened, and ``allow_missing`` isn't set.
        RegistryError: the registry can't be read or written.
    """
    registry = _registry_of(project)
    try:
        snapshot = take_snapshot(project, strict=not allow_missing)
    except SourceError as error:
        raise SourceError(
            f"{error} A snapshot has the columns of all sources; where data isn't there, such as "
            f"in CI, apply with --allow-missing."
        ) from error
    moved = move_to(registry, snapshot, at=datetime.now(UTC), by=by or _user(), reason=message)
    if moved.made:
        say(console, f"Applied snapshot {_described(snapshot)}")
        _show_changes(registry, moved.move, snapshot, console)
    else:
        say(console, f"Snapshot {_described(snapshot)} is the current one since {_when(moved)}")
        if message:
            say(console, "Nothing moved, so the message isn't kept")
    return moved


def rollback(
    project: Project, wanted: str | None, by: str | None, message: str, console: Console
) -> Moved:
    """Make an earlier snapshot the current one again, and say in short what that changes.

    Args:
        project: with a registry.
        wanted: the id of the snapshot or its beginning; by default the one before.
        by: who does it; the user's name by default.
        message: why.
        console: where it is said.

    Raises:
        ConfigurationError: the project has no registry.
        RegistryError: there is no such snapshot.
    """
    registry = _registry_of(project)
    moved = move_back(
        registry, wanted, at=datetime.now(UTC), by=by or _user(), reason=message or "rollback"
    )
    snapshot = registry.snapshot(moved.move.snapshot)
    if moved.made:
        say(console, f"Back to snapshot {_described(snapshot)}")
        _show_changes(registry, moved.move, snapshot, console)
        say(console, "Code, runs and stored values are as they were: check out that commit to run")
    else:
        say(console, f"Snapshot {_described(snapshot)} is the current one since {_when(moved)}")
    return moved


def show_moves(project: Project, most: int, console: Console) -> None:
    """The last moves of the pointer, the newest first.

    Args:
        project: with a registry.
        most: how many.
        console: where they are shown.

    Raises:
        ConfigurationError: the project has no registry.
        RegistryError: a move can't be read.
    """
    registry = _registry_of(project)
    moves = registry.moves()
    if not moves:
        say(console, f"No snapshot was applied in {registry.folder} yet: run `onedag apply`")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    for title in ("applied (UTC)", "snapshot", "by", "commit", "message"):
        table.add_column(title, overflow="fold")
    for move in moves[: -most - 1 : -1]:
        cells = (_time(move.at), move.snapshot[:_SHORT], move.by, _commit(registry, move))
        table.add_row(*map(Text, (*cells, move.reason)))  # what people write isn't markup
    console.print(table)
    if len(moves) > most:
        say(console, f"and {len(moves) - most:,} before")


def moves_to_json(project: Project, most: int) -> str:
    """The last moves of the pointer as a JSON list, the newest first.

    Raises:
        ConfigurationError, RegistryError: as `show_moves`.
    """
    registry = _registry_of(project)
    moves = [
        asdict(move) | {"at": move.at.isoformat(), "commit": _commit(registry, move)}
        for move in registry.moves()[: -most - 1 : -1]
    ]
    return json.dumps(moves, indent=2)


def _registry_of(project: Project) -> Registry:
    if project.registry is None:
        raise ConfigurationError(
            "The project has no registry. Name a folder: Project(…, registry='.onedag/registry')."
        )
    return Registry(project.registry)


def _show_changes(registry: Registry, move: Move, snapshot: Snapshot, console: Console) -> None:
    if move.previous is None:
        say(console, f"It is the first in {registry.folder}")
        return
    try:
        before = registry.snapshot(move.previous)
    except RegistryError as error:
        say(console, f"What changed isn't known: {error}")
        return
    lines = [*_changes(before, snapshot)]
    say(console, f"Since snapshot {_described(before)}:{'' if lines else ' nothing but that'}")
    for line in lines:
        say(console, f"  {line}")


def _changes(before: Snapshot, after: Snapshot) -> Iterator[str]:
    kinds = ("functions", "sources", "entities", "views", "services")
    for kind in kinds:
        counts = _counts(getattr(before, kind), getattr(after, kind))
        told = [f"{count:,} {what}" for what, count in counts.items() if count]
        if told:
            yield f"{kind}: {', '.join(told)}"
    if new := [version for version in after.versions if version not in before.versions]:
        yield f"packages: now {', '.join(new)}"


def _counts(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, int]:
    both = [(before[name], after[name]) for name in before if name in after]
    meant = sum(_meaning(old) != _meaning(new) for old, new in both)
    return {
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
        "changed in meaning": meant,
        "changed otherwise": sum(old != new for old, new in both) - meant,
    }


def _meaning(definition: Any) -> Any:
    return getattr(definition, "meaning", definition)


def _described(snapshot: Snapshot) -> str:
    return f"{snapshot.id[:_SHORT]} ({_commit_text(snapshot.commit)})"


def _commit(registry: Registry, move: Move) -> str:
    try:
        return _commit_text(registry.snapshot(move.snapshot).commit)
    except RegistryError:
        return "unreadable"


def _commit_text(commit: Commit | None) -> str:
    if commit is None:
        return "no commit"
    return f"{commit.hash[:10]}{' with changes' if commit.dirty else ''}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as containers have
        return "unknown"


def _when(moved: Moved) -> str:
    return f"{_time(moved.move.at)} UTC, by {moved.move.by}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
