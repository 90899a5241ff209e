"""``onedag lineage``: from what was asked to what is printed or written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from batch_etl.files import STDOUT, write_json
from batch_etl.lineage.answers import Answer
from batch_etl.lineage.asking import Asked, Shown, answered, looked_at, shown
from batch_etl.lineage.forms import PICTURES, draw, form_of, write_text
from onedag import Project
from onedag.errors import ConfigurationError
from onedag.lineage import (
    LOOKS,
    PII,
    By,
    Lineage,
    TreeLine,
    collapsed,
    collapsed_to_fit,
    roots_of,
    tree_lines,
)

__all__ = ["run"]

AUTO, NONE = "auto", "none"


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
        _show(shown(whole, asked), form or "tree", asked, console)
    elif form == "json":
        write_json(answer.content, str(asked.output or STDOUT))
    elif asked.form is None and form in (None, "tree"):
        _tell(answer, asked)
    else:
        part = answer.part
        _show(Shown(part, ((roots_of(part), False),)), form or "tree", asked, console)


def _refuse_unknown(collapse: str | None) -> None:
    known = (*By, AUTO, NONE)
    if collapse is not None and collapse not in known:
        raise ConfigurationError(
            f"Nothing is collapsed by {collapse!r}. Possible are {', '.join(known)}."
        )


def _tell(answer: Answer, asked: Asked) -> None:
    text = "\n".join(answer.lines)
    if asked.output is None or str(asked.output) == STDOUT:
        typer.echo(text)
    else:
        typer.echo(f"Wrote {write_text(text, asked.output)}")


def _show(what: Shown, form: str, asked: Asked, console: Console) -> None:
    for note in what.notes:
        typer.echo(note, err=True)
    drawn = _few(what.part, form, asked.collapse)
    if drawn is not what.part:
        what = Shown(drawn, ((roots_of(drawn), False),))
    printed = asked.output is None or str(asked.output) == STDOUT
    if form == "tree":
        _show_trees(what, None if printed else asked.output, console)
        return
    written = draw(what.part, form, asked.output, title=_title(asked))
    typer.echo(f"Wrote {written}" if isinstance(written, Path) else written.rstrip("\n"))


def _few(part: Lineage, form: str, collapse: str | None) -> Lineage:
    by = collapse or (AUTO if form in PICTURES else NONE)
    if by == NONE:
        return part
    drawn = collapsed_to_fit(part) if by == AUTO else collapsed(part, By(by))
    if collapse is None and len(drawn.nodes) < len(part.nodes):
        said = f"{len(part.nodes)} nodes are drawn as {len(drawn.nodes)}"
        typer.echo(f"{said}; --collapse {NONE} draws each of them.", err=True)
    return drawn


def _show_trees(what: Shown, output: Path | None, console: Console) -> None:
    lines = list(_lines(what))
    if output is not None:
        typer.echo(f"Wrote {write_text(_joined(lines), output)}")
    elif console.is_terminal:
        for line in lines:
            console.print(_coloured(line), soft_wrap=True)
    else:
        typer.echo(_joined(lines))


def _lines(what: Shown) -> Iterator[TreeLine | str]:
    for roots, downstream in what.trees:
        if len(what.trees) > 1:
            yield "Downstream:" if downstream else "Upstream:"
        yield from tree_lines(what.part, roots, downstream=downstream)


def _joined(lines: Iterable[TreeLine | str]) -> str:
    return "\n".join(map(str, lines))


def _coloured(line: TreeLine | str) -> Text:
    plain = str(line)
    if isinstance(line, str):
        return Text(plain)
    text = Text(plain, style="dim")
    start = 2 * line.depth
    text.stylize(f"not dim {LOOKS[line.node.kind].terminal}", start, start + len(line.node.label))
    if line.personal:
        text.stylize("not dim bold red", plain.rfind(PII), plain.rfind(PII) + len(PII))
    return text


def _title(asked: Asked) -> str:
    named = [*asked.names, *asked.upstream, *asked.downstream, *(asked.path or ())]
    named += [*asked.impact, *asked.uses, *asked.service]
    listed = ", ".join(dict.fromkeys(name for name in named if name))
    return f"Lineage of {listed}" if listed else "Lineage"
