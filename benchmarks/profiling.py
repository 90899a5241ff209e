"""What bounds a figure that missed its target: a profile, as text beside the figures."""

from __future__ import annotations

import cProfile
import io
import pstats
from collections.abc import Callable
from pathlib import Path

__all__ = ["profiled", "written"]

LINES = 25


def profiled(run: Callable[[], object], path: Path) -> str:
    """Run something under the profiler and write its dearest functions; a note that says where."""
    profiler = cProfile.Profile()
    profiler.runcall(run)
    return written(profiler, path)


def written(profile: cProfile.Profile | str, path: Path) -> str:
    """Write the dearest functions of a profile, or of the file of one; a note that says where."""
    text = io.StringIO()
    stats = pstats.Stats(profile, stream=text)
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(LINES)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue())
    return f"What it spends its time on, as a target was missed: {path}"
