"""Trees of a lineage as they are printed: in colours where a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from rich.console import Console
from rich.text import Text

from batch_etl.lineage.asking import Shown
from onedag.lineage import LOOKS, PII, TreeLine, tree_lines

__all__ = ["print_trees", "trees"]


def print_trees(what: Shown, console: Console) -> None:
    """Print the trees; a long line is as long as it is, so that it can be copied whole."""
    if console.is_terminal:
        for line in _lines(what):
            console.print(_coloured(line), soft_wrap=True)
    elif text := trees(what):
        typer.echo(text)


def trees(what: Shown) -> str:
    """The trees as plain text, with a heading where they go both ways."""
    return "\n".join(map(str, _lines(what)))


def _lines(what: Shown) -> Iterator[TreeLine | str]:
    for roots, downstream in what.trees:
        if len(what.trees) > 1:
            yield "Downstream:" if downstream else "Upstream:"
        yield from tree_lines(what.part, roots, downstream=downstream)


def _coloured(line: TreeLine | str) -> Text:
    plain = str(line)
    if isinstance(line, str):
        return Text(plain, style="bold")
    text = Text(plain, style="dim")
    start = 2 * line.depth
    colour = LOOKS[line.node.kind].terminal
    text.stylize(f"not dim {colour}", start, start + len(line.node.label))
    if line.node.personal:
        text.stylize("not dim bold red", plain.rfind(PII), plain.rfind(PII) + len(PII))
    return text
