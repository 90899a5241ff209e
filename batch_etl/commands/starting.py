"""The command that makes a new repository."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["init"]


def init(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="That is empty or isn't there.", show_default=False),
    ],
) -> None:
    """Make a feature repository: an example to run, test and replace by your own."""
    from batch_etl.starting import new_repository

    for path in new_repository(folder):
        typer.echo(f"  {path}")
    typer.echo(f"Go on with: cd {folder}, and what its README.md says.")
