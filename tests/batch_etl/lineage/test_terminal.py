"""Trees in a terminal and elsewhere."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from batch_etl.lineage.asking import Shown
from batch_etl.lineage.terminal import print_trees, trees
from onedag.lineage import Lineage, LineageNode, NodeKind

COLUMN = LineageNode(
    "a", "a[b]", NodeKind.COLUMN, source="s", column="a[b]", tags=("pii",), personal=True
)
SERVICE = LineageNode("service:x", "x", NodeKind.SERVICE, service="x", personal=True)
PART = Lineage({"a": COLUMN, "service:x": SERVICE}, (("a", "service:x"),))
UP = Shown(PART, ((("service:x",), False),))
BOTH = Shown(PART, ((("service:x",), False), (("a",), True)))


def printed(what: Shown, *, terminal: bool) -> str:
    said = StringIO()
    print_trees(what, Console(file=said, force_terminal=terminal, width=20))
    return said.getvalue()


def test_one_direction_has_no_heading_and_two_have() -> None:
    assert trees(UP) == "x  [service]  carries pii\n  a[b]  [column]  of s, pii"
    assert trees(BOTH).splitlines()[::3] == ["Upstream:", "Downstream:"]
    assert trees(Shown(PART, ())) == ""


def test_a_terminal_gets_colours_and_whole_lines() -> None:
    said = printed(BOTH, terminal=True)
    assert said.count("\x1b[1;31mpii\x1b[0m") == 4
    assert len(said.splitlines()) == 6


def test_a_pipe_gets_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(UP, terminal=False) == ""  # by way of the command's own output
    assert capsys.readouterr().out == f"{trees(UP)}\n"
    printed(Shown(Lineage({}, ()), ()), terminal=False)
    assert capsys.readouterr().out == ""
