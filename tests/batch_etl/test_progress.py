"""Stages on a terminal and in a log."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from batch_etl.progress import Stages


def run(console: Console | None) -> Stages:
    with Stages(console) as stages:
        with stages.stage("read [the] spine"):
            pass
        with stages.stage("materialize", total=3) as advance:
            for _ in range(3):
                advance()
    return stages


def test_a_log_has_a_plain_line_for_each_stage() -> None:
    log = io.StringIO()
    run(Console(file=log, width=40))
    lines = [re.sub(r"[\d.]+ s$", "N s", line) for line in log.getvalue().splitlines()]
    assert lines == ["read [the] spine: N s", "materialize (3): N s"]


def test_a_terminal_shows_each_stage_done() -> None:
    screen = io.StringIO()
    run(Console(file=screen, force_terminal=True, width=60, color_system=None))
    assert "✓ read [the] spine" in screen.getvalue()
    assert "✓ materialize" in screen.getvalue()
    assert "3 of 3" in screen.getvalue()


def test_without_a_console_it_only_measures() -> None:
    stages = run(None)
    assert list(stages.seconds) == ["read [the] spine", "materialize"]
    assert all(seconds >= 0 for seconds in stages.seconds.values())


@pytest.mark.parametrize("terminal", [True, False])
def test_a_stage_that_fails_is_not_done(terminal: bool) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=60)
    with pytest.raises(ValueError, match="no"), Stages(console) as stages, stages.stage("score"):
        raise ValueError("no")
    assert "✓" not in screen.getvalue()
    assert stages.seconds == {}
