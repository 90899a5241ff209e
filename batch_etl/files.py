"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onedag.errors import OfflineError

__all__ = ["whole_file"]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Another path to write to, which takes the place of this one when the block ends.

    If the block raises, what was at the path before stays.

    Raises:
        OfflineError: the disk is full or can't be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(path)
    except OfflineError:
        raise
    except OSError as error:
        raise OfflineError.of(path.name, path.parent, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
