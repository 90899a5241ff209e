"""Files that are there whole or not at all."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from onedag.errors import OfflineError

__all__ = ["STDOUT", "whole_file", "write_json"]

STDOUT = "-"
"""Stands for the standard output where a command takes a file."""


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
        raise OfflineError.of(path.name, path.parent.resolve(), error) from error
    finally:
        with suppress(NotADirectoryError):  # the folder is a file, so nothing was begun there
            unfinished.unlink(missing_ok=True)


def write_json(content: Mapping[str, Any], path: str) -> None:
    """Write a report as JSON, whole or not at all, or print it where the path is `STDOUT`.

    Raises:
        OfflineError: the file can't be written.
    """
    text = json.dumps(content, indent=2) + "\n"
    if path == STDOUT:
        sys.stdout.write(text)
        return
    with whole_file(Path(path)) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
