"""What all pictures share: their ink, their axes, and how they become files.

They are drawn without a display, and without matplotlib's global state. Modules of pictures import
matplotlib's names from here, where it is said what to do if it isn't installed.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

from batch_etl.files import whole_file
from onedag.errors import ConfigurationError

try:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.ticker import MaxNLocator, PercentFormatter
except ModuleNotFoundError as error:
    raise ConfigurationError(
        f"A picture needs {error.name}, which isn't installed. Install it with "
        f"`pip install 'onedag[onnx]'`."
    ) from error

__all__ = [
    "GRID",
    "INK",
    "Axes",
    "Figure",
    "FigureCanvasAgg",
    "LinearSegmentedColormap",
    "MaxNLocator",
    "PercentFormatter",
    "PowerNorm",
    "SubFigure",
    "plain",
    "save",
]

GRID, INK = "#e5e7eb", "#374151"


def plain(axes: Axes, grid: Literal["both", "x", "y"] = "both") -> None:
    """Leave of a pair of axes what is needed to read it."""
    axes.grid(axis=grid, color=GRID, lw=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def save(figure: Figure, path: Path) -> Path:
    """Write a PNG that is there whole or not at all; its path.

    Raises:
        OfflineError: it can't be written.
    """
    written = io.BytesIO()
    figure.savefig(written, format="png")
    with whole_file(path) as unfinished:
        unfinished.write_bytes(written.getvalue())
    return path
