"""The command that shows a project to people."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batch_etl.commands.common import directory

if TYPE_CHECKING:
    from drivers.catalog import CatalogReader

__all__ = ["catalog"]


def catalog(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the pages as files instead, to open from a disk."),
    ] = None,
    open_sources: Annotated[
        bool, typer.Option("--open-sources", help="Open sources for the columns they have.")
    ] = False,
    personal: Annotated[
        bool, typer.Option("--personal", help="Show training values that are personal data, too.")
    ] = False,
) -> None:
    """Show services, features, sources and what is stored as pages, without serving anything.

    A project that can't be loaded shows why; with --output the exit code is then 1.
    """
    if output is None:
        import uvicorn

        if open_sources:
            os.environ["ONEDAG_OPEN_SOURCES"] = "true"
        if personal:
            os.environ["ONEDAG_CATALOG_PERSONAL"] = "true"
        typer.echo(f"Pages at http://{host}:{port}/catalog/")
        uvicorn.run(
            "online_api.app:catalog_from_environment",
            factory=True,
            host=host,
            port=port,
            log_level="warning",
        )
        return
    from batch_etl.catalog import write_catalog

    def reader() -> CatalogReader:
        from drivers.catalog import CatalogReader
        from onedag import Project

        project = Project.load(directory())
        return CatalogReader(project, open_sources=open_sources, personal=personal)

    written = write_catalog(reader, directory(), output)
    if written.failure is None:
        typer.echo(f"Wrote {written.pages:,} pages; open {written.index}")
        return
    typer.secho(str(written.failure), fg=typer.colors.RED, err=True)
    typer.echo(f"Wrote why, to {written.index}")
    raise typer.Exit(1)
