"""What several processes of one server need from the one that starts them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["shared_metrics"]

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_metrics(workers: int) -> Iterator[None]:
    """While the block runs, let workers that it starts show their metrics as one.

    They share a folder that is gone afterwards. A folder that somebody has named already stays.

    Args:
        workers: how many processes there are; one alone shares nothing.
    """
    if workers == 1 or os.environ.get(FOLDER):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="onedag-metrics-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]
