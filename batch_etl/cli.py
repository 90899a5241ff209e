"""The command ``onedag``: thin over the API. Each command says what it found and where it lies.

What a command needs is imported when it runs, so that ``onedag --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from batch_etl.commands import (
    auditing,
    building,
    looking,
    proving,
    registering,
    showing,
    starting,
)
from batch_etl.commands.bare import bare_options

__all__ = ["app", "main"]

app = typer.Typer(
    help="Write a feature once: train on it, serve it, audit it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_COMMANDS = (
    starting.init,
    building.plan,
    proving.check,
    registering.diff,
    registering.apply,
    registering.snapshots,
    registering.rollback,
    building.train,
    building.materialize,
    building.backfill,
    looking.features,
    looking.serve,
    proving.verify,
    proving.drift,
    proving.served,
    auditing.lineage,
    auditing.audit,
    showing.catalog,
    looking.bench,
    looking.doctor,
)
"""In the order of ``onedag --help``."""

_CLASSES: dict[Callable[..., None], type[TyperCommand]] = {
    auditing.lineage: bare_options(*auditing.BARE)
}
"""Of commands that read their options in another way."""

for _command in _COMMANDS:
    app.command(cls=_CLASSES.get(_command))(_command)


def main() -> None:
    """Run the command; an error of ours is one message, without a traceback, and exit code 1."""
    # Hamilton would import every library that it has an extension for, such as those for plots:
    # more than a second. What is needed of its extensions is loaded with the graph.
    os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")
    try:
        app()
    except (LookupError, OSError, RuntimeError, ValueError) as error:  # below OnedagError
        from onedag import OnedagError

        if not isinstance(error, OnedagError):
            raise
        typer.secho(f"{type(error).__name__}: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)


@app.callback()
def configure(
    project: Annotated[
        Path, typer.Option(help="Folder of the feature repository, or one below it.")
    ] = Path(),
) -> None:
    """Choose the project for the command that follows."""
    os.environ["ONEDAG_PROJECT"] = str(project.resolve())
