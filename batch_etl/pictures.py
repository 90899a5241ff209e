"""Pictures of lineages, by Graphviz or what stands in for it."""

from __future__ import annotations

import math
import shutil
import subprocess
import sysconfig
from pathlib import Path

from batch_etl.drawing import explained, fenced, size_of
from batch_etl.files import whole_file
from onedag.errors import ConfigurationError
from onedag.lineage import Lineage

__all__ = ["find_renderer", "write_png", "write_svg"]

_SPACING = (
    "-Gnewrank=true",
    "-Gnodesep=0.14",
    "-Granksep=0.7",
    "-Nheight=0.32",
    "-Nmargin=0.12,0.05",
)
_DRAW = ("-Kneato", "-n2")  # at the positions that it is given
_POINTS_PER_INCH = 72
_SHARP_DPI = 144
_MOST_PIXELS = 48e6
"""Programs that show pictures have limits."""


def find_renderer() -> str | None:
    """The ``dot`` of Graphviz on the PATH, else ``graphviz-pure`` (a Python package), else None."""
    beside_python = Path(sysconfig.get_path("scripts")) / "graphviz-pure"
    return (
        shutil.which("dot")
        or shutil.which("graphviz-pure")
        or (str(beside_python) if beside_python.exists() else None)
    )


def write_svg(lineage: Lineage, path: Path) -> Path:
    """Draw a lineage as an SVG file, with the boundary and a legend; its path.

    The file is written whole or not at all.

    Raises:
        ConfigurationError: no renderer is there, or it refuses.
        OfflineError: the file can't be written.
    """
    laid_out = _laid_out(lineage)
    return _written(_run([*_DRAW, "-Tsvg"], explained(laid_out, lineage)), path)


def write_png(lineage: Lineage, path: Path) -> Path:
    """Draw a lineage as a PNG file, with the boundary and a legend; its path.

    At 144 dots per inch, and at fewer where the picture were too large to be shown.

    Raises:
        ConfigurationError: no renderer is there, or it refuses.
        OfflineError: the file can't be written.
    """
    laid_out = _laid_out(lineage)
    width, height = size_of(laid_out)
    dpi = min(_SHARP_DPI, _POINTS_PER_INCH * math.sqrt(_MOST_PIXELS / max(width * height, 1)))
    drawn = _run([*_DRAW, "-Tpng", f"-Gdpi={dpi:.1f}"], explained(laid_out, lineage))
    return _written(drawn, path)


def _laid_out(lineage: Lineage) -> str:
    return _run([*_SPACING, "-Kdot", "-Tdot"], fenced(lineage)).decode()


def _run(options: list[str], dot: str) -> bytes:
    renderer = find_renderer()
    if renderer is None:
        raise ConfigurationError(
            "Nothing here can draw a graph. Run `pip install 'onedag[pictures]'`, or install "
            "Graphviz; --format dot, mermaid and html need neither."
        )
    drawn = subprocess.run(
        [renderer, *options], input=dot.encode(), capture_output=True, check=False
    )
    if drawn.returncode != 0:
        said = drawn.stderr.decode(errors="replace").strip()
        raise ConfigurationError(f"{renderer} couldn't draw the graph: {said}")
    return drawn.stdout


def _written(content: bytes, path: Path) -> Path:
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)
    return path
