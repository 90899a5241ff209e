"""Commands that answer an auditor: what comes from what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batch_etl.commands.common import load_project, new_console

__all__ = ["BARE", "lineage"]

BARE = ("--upstream", "--downstream", "--impact", "--uses", "--service")
"""The options of `lineage` whose value may be left out."""

_Names = list[str] | None


def lineage(
    names: Annotated[
        _Names,
        typer.Argument(
            metavar="NAME",
            help="Feature, column (source.column), source, view, entity or service; all of it by "
            "default.",
        ),
    ] = None,
    upstream: Annotated[
        _Names, typer.Option(metavar="[NAME]", help="What it comes from; repeatable.")
    ] = None,
    downstream: Annotated[
        _Names, typer.Option(metavar="[NAME]", help="What it goes into; repeatable.")
    ] = None,
    path: Annotated[
        tuple[str, str] | None,
        typer.Option("--path", "--paths", metavar="A B", help="How A comes to be a part of B."),
    ] = None,
    impact: Annotated[
        _Names, typer.Option(metavar="[NAME]", help="What a change of it touches.")
    ] = None,
    uses: Annotated[
        _Names, typer.Option(metavar="[NAME]", help="Which services and models use it, how.")
    ] = None,
    service: Annotated[_Names, typer.Option(metavar="[NAME]", help="What a service reads.")] = None,
    pii: Annotated[bool, typer.Option("--pii", help="Where personal data flows.")] = False,
    dead: Annotated[bool, typer.Option("--dead", help="Functions that no service needs.")] = False,
    collapse: Annotated[
        str | None,
        typer.Option(
            help="Merge nodes by module, view, entity, source or service; auto: as many as it "
            "takes, for pictures the default; none."
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help="tree, mermaid, dot, svg, png, json or html; else as the file's name."
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; else printed.")] = None,
) -> None:
    """Show what comes from what: back to the columns of sources, on to services and models.

    A NAME alone is what a feature or a service comes from, and what a column goes into. Where a
    NAME stands in front, --upstream, --downstream, --impact, --uses and --service need none.
    """
    from batch_etl.lineage.asking import Asked
    from batch_etl.lineage.command import run

    asked = Asked(
        tuple(names or ()),
        tuple(upstream or ()),
        tuple(downstream or ()),
        path,
        tuple(impact or ()),
        tuple(uses or ()),
        tuple(service or ()),
        pii,
        dead,
        collapse,
        form,
        output,
    )
    run(load_project(), asked, new_console())
