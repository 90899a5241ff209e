"""Pictures of graphs, by Graphviz or what stands in for it."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

from onedag.errors import ConfigurationError

__all__ = ["find_renderer", "write_svg"]


def find_renderer() -> str | None:
    """The ``dot`` of Graphviz on the PATH, else ``graphviz-pure`` (a Python package), else None."""
    beside_python = Path(sysconfig.get_path("scripts")) / "graphviz-pure"
    return (
        shutil.which("dot")
        or shutil.which("graphviz-pure")
        or (str(beside_python) if beside_python.exists() else None)
    )


def write_svg(dot: str, path: Path) -> Path:
    """Draw a graph in Graphviz' language as an SVG file; its path.

    Raises:
        ConfigurationError: no renderer is there, or it refuses.
    """
    renderer = find_renderer()
    if renderer is None:
        raise ConfigurationError(
            "Nothing here can draw a graph. Install Graphviz, or `pip install graphviz-pure`; "
            "--format dot and --format mermaid need neither."
        )
    drawn = subprocess.run(
        [renderer, "-Tsvg"], input=dot, capture_output=True, text=True, check=False
    )
    if drawn.returncode != 0:
        raise ConfigurationError(f"{renderer} couldn't draw the graph: {drawn.stderr.strip()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(drawn.stdout, encoding="utf-8")
    return path
