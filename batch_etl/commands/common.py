"""What commands share: arguments, the project, and where they print."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from onedag import Project

__all__ = [
    "MOMENTS",
    "By",
    "Message",
    "OptionalService",
    "Service",
    "Since",
    "Spine",
    "Until",
    "Views",
    "directory",
    "load_project",
    "new_console",
]

MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
WIDTH = 120  # of a table in a file or a pipe, where no terminal has one

Service = Annotated[str, typer.Argument(help="Name of a feature service.")]
OptionalService = Annotated[
    str | None, typer.Argument(help="Name of a feature service; all by default.")
]
Spine = Annotated[
    Path | None, typer.Option(help="Parquet or CSV file; by default that of the training table.")
]
Since = Annotated[
    datetime | None, typer.Option(formats=MOMENTS, help="Only rows from then on, UTC.")
]
Until = Annotated[
    datetime | None, typer.Option(formats=MOMENTS, help="Only rows before then, UTC.")
]
By = Annotated[str | None, typer.Option(help="Who does it; by default this user's name.")]
Message = Annotated[str, typer.Option("--message", "-m", help="Why, in words.")]
Views = Annotated[list[str] | None, typer.Option(help="Only this view; may be repeated.")]


def load_project() -> Project:
    """The project that `batch_etl.cli.configure` chose.

    Raises:
        OnedagError: it can't be loaded. Whatever its modules raise is the cause, and the message
            says where.
    """
    from onedag import OnedagError, Project

    try:
        return Project.load(directory())
    except OnedagError:
        raise
    except Exception as error:  # a module may raise anything while it is imported
        from onedag.errors import ConfigurationError
        from onedag.pages import failure_of

        said = failure_of(error, directory())
        raise ConfigurationError(f"The project's modules can't be imported: {said}") from error


def directory() -> Path:
    """Where the project is looked for, from there upwards."""
    return Path(os.environ["ONEDAG_PROJECT"])


def new_console() -> Console:
    """As wide as the terminal; where there is none, wide enough for tables."""
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else WIDTH)
