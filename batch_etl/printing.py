"""Lines of text for people, as they are: no markup is seen in them, and no line is broken."""

from __future__ import annotations

from rich.console import Console

__all__ = ["say"]


def say(console: Console, *lines: str) -> None:
    """Print lines. A terminal breaks long ones itself, so that they can be copied whole."""
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
