"""Commands of the registry: what features mean, and what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batch_etl.commands.common import (
    By,
    Message,
    directory,
    load_project,
    new_console,
)

__all__ = ["apply", "diff", "rollback", "snapshots"]


def apply(
    by: By = None,
    message: Message = "",
    allow_missing: Annotated[
        bool,
        typer.Option("--allow-missing", help="Without the columns of sources that aren't there."),
    ] = False,
) -> None:
    """Keep a snapshot of all that the project defines, and make it the current one."""
    from batch_etl import registry

    registry.apply(load_project(), by, message, new_console(), allow_missing=allow_missing)


def diff(
    old: Annotated[
        str | None,
        typer.Argument(help="Snapshot: digits of its id, current (the default), current~1, …"),
    ] = None,
    new: Annotated[
        str | None, typer.Argument(help="Snapshot; by default the project as it is here.")
    ] = None,
    acknowledge: Annotated[
        list[str] | None,
        typer.Option(help="Function that may change, or a pattern such as 'late_*'; repeatable."),
    ] = None,
    estimate: Annotated[
        bool, typer.Option(help="Estimate what materializing will take, on a short sample.")
    ] = True,
    code: Annotated[bool, typer.Option("--code", help="Show how code differs.")] = False,
    output: Annotated[
        Path | None, typer.Option("--json", help="File for the difference as JSON; - prints it.")
    ] = None,
) -> None:
    """Show what changed since a snapshot, and what it touches. Exit 1 if a published model sees it.

    That is, where a function that a published model uses means something else, under the same name
    and not acknowledged.
    """
    from batch_etl.diff import command

    project = load_project() if new is None else command.project_without_modules(directory())
    ok = command.run(
        project,
        old,
        new,
        acknowledge or (),
        new_console(),
        estimate=estimate,
        code=code,
        output=output,
    )
    raise typer.Exit(0 if ok else 1)


def snapshots(
    most: Annotated[int, typer.Option("--most", min=1, help="How many, from the newest on.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List which snapshots were the current one, since when, by whom and of which commit."""
    from batch_etl import registry

    project = load_project()
    if as_json:
        typer.echo(registry.moves_to_json(project, most))
    else:
        registry.show_moves(project, most, new_console())


def rollback(
    snapshot: Annotated[
        str | None, typer.Argument(help="Id of a snapshot or its beginning; the one before.")
    ] = None,
    by: By = None,
    message: Message = "",
) -> None:
    """Make an earlier snapshot the current one again; all of them stay."""
    from batch_etl import registry

    registry.rollback(load_project(), snapshot, by, message, new_console())
