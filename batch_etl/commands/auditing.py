"""Commands that answer an auditor: what comes from what, and all of it as a document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batch_etl.commands.common import Service, load_project, new_console

__all__ = ["BARE", "audit", "lineage"]

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


def audit(
    service: Service,
    output: Annotated[
        Path | None, typer.Option(help="HTML file to write; SERVICE-audit.html by default.")
    ] = None,
    json_: Annotated[
        str | None, typer.Option("--json", help="File for the same as JSON; - prints it.")
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="Training run that the store keeps; the served one.")
    ] = None,
    personal: Annotated[
        bool, typer.Option("--personal", help="Tell training values that are personal data, too.")
    ] = False,
) -> None:
    """Write one HTML file that tells an auditor what a service's model is made of, and how.

    The code shown is that which the model was trained with, as far as the registry has it. What
    isn't known, such as while the store is down, is said in the report.
    """
    from functools import partial

    from rich.console import Console

    from batch_etl.auditing import write_audit
    from batch_etl.files import STDOUT
    from batch_etl.printing import say

    console = Console(stderr=True) if json_ == STDOUT else new_console()
    told = partial(say, console)
    write_audit(load_project(), service, output, json_, run, told, personal=personal)
