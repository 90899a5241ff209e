"""``onedag lineage``: from what was asked to what is printed or written."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console

from batch_etl.files import STDOUT
from batch_etl.lineage.asking import Asked, Shown, answered, looked_at, shown
from batch_etl.lineage.forms import PICTURES, draw, form_of, write_text
from batch_etl.lineage.terminal import print_trees, trees
from batch_etl.lineage.whole import about
from onedag import Project
from onedag.errors import ConfigurationError
from onedag.lineage import By, Lineage, collapsed, collapsed_to_fit, roots_of

__all__ = ["run"]

AUTO, NONE = "auto", "none"
NOTHING = "The project has no service and no stored feature, so nothing is computed."


def run(project: Project, asked: Asked, console: Console) -> None:
    """Answer, draw, print or write.

    Raises:
        ConfigurationError: options that don't go together, an unknown form or way to collapse, or
            a form that needs a file.
        UnknownName: the project has nothing of a name.
        PlanError: a service can't be planned.
        OfflineError: the file can't be written.
    """
    form = form_of(asked.form, asked.output)
    _refuse_unknown(asked.collapse)
    whole = looked_at(project, asked)
    answer = answered(whole, asked)
    if answer is None:
        if not whole.lineage.nodes:
            typer.echo(NOTHING, err=True)
        _show(shown(whole, asked), form or "tree", asked, project, console)
    elif form == "json":
        _say(json.dumps(answer.content, indent=2), asked)
    elif asked.form is None and form in (None, "tree"):
        _say("\n".join(answer.lines), asked)
    else:
        part = Shown(answer.part, ((roots_of(answer.part), False),))
        _show(part, form or "tree", asked, project, console)


def _refuse_unknown(collapse: str | None) -> None:
    known = (*By, AUTO, NONE)
    if collapse is not None and collapse not in known:
        raise ConfigurationError(
            f"Nothing is collapsed by {collapse!r}. Possible are {', '.join(known)}."
        )


def _show(what: Shown, form: str, asked: Asked, project: Project, console: Console) -> None:
    for note in what.notes:
        typer.echo(note, err=True)
    drawn = _few(what.part, form, asked.collapse)
    if drawn is not what.part:
        what = Shown(drawn, ((roots_of(drawn), False),))
    if form == "tree" and _printed(asked):
        print_trees(what, console)
    elif form == "tree":
        _say(trees(what), asked)
    else:
        made_of = about(project) if form == "html" else {}
        title = _title(asked)
        written = draw(what.part, form, asked.output, title=title, made_of=made_of)
        typer.echo(f"Wrote {written}" if isinstance(written, Path) else written.rstrip("\n"))


def _say(text: str, asked: Asked) -> None:
    if asked.output is None or _printed(asked):
        typer.echo(text)
    else:
        typer.echo(f"Wrote {write_text(text, asked.output)}")


def _printed(asked: Asked) -> bool:
    return asked.output is None or str(asked.output) == STDOUT


def _few(part: Lineage, form: str, collapse: str | None) -> Lineage:
    by = collapse or (AUTO if form in PICTURES else NONE)
    if by == NONE:
        return part
    drawn = collapsed_to_fit(part) if by == AUTO else collapsed(part, By(by))
    if collapse is None and len(drawn.nodes) < len(part.nodes):
        said = f"{len(part.nodes)} nodes are drawn as {len(drawn.nodes)}"
        typer.echo(f"{said}; --collapse {NONE} draws each of them.", err=True)
    return drawn


def _title(asked: Asked) -> str:
    named = [*asked.names, *asked.upstream, *asked.downstream, *(asked.path or ())]
    named += [*asked.impact, *asked.uses, *asked.service]
    listed = ", ".join(dict.fromkeys(name for name in named if name))
    return f"Lineage of {listed}" if listed else "Lineage"
