"""`write_catalog`: the pages of a project as files, for reading without a server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.catalog import CatalogReader
from onedag.errors import OfflineError
from onedag.pages import (
    FAILURE_ASSETS,
    INDEX,
    CatalogPages,
    Failure,
    Links,
    asset,
    asset_names,
    failure_of,
    failure_page,
)

__all__ = ["WrittenCatalog", "write_catalog"]

MARK = ".onedag-catalog"
"""In a folder that was written by this module, and so may be replaced by it."""
_SAID = "Pages that `onedag catalog --output` wrote; it replaces this folder as a whole.\n"


@dataclass(frozen=True, slots=True)
class WrittenCatalog:
    """What was written.

    Attributes:
        index: the first page.
        pages: how many there are.
        failure: why the project couldn't be loaded, so that this is the only page; None where it
            could.
    """

    index: Path
    pages: int
    failure: Failure | None


def write_catalog(
    open_reader: Callable[[], CatalogReader], root: Path, folder: Path
) -> WrittenCatalog:
    """Write every page as a file, with all that they load; links between them work from a disk.

    The folder is there whole or not at all. One that such pages were written to before is replaced.

    Args:
        open_reader: gives the reader of the catalog, or raises whatever the project's modules
            raise: then one page says why.
        root: the project's folder.
        folder: where to write; it must not hold anything else.

    Raises:
        OfflineError: it holds something else, or can't be written.
    """
    _check_is_ours(folder)
    failure: Failure | None = None
    try:
        pages = CatalogPages(open_reader().read())
        files: Iterator[tuple[str, bytes]] = _site(pages)
    except Exception as error:  # a module of the project may raise anything
        failure = failure_of(error, root)
        files = _instead(failure, root.name)
    with _whole_folder(folder) as unfinished:
        count = sum(_write(unfinished / name, content) for name, content in files)
    return WrittenCatalog(folder / Links.static().file, count, failure)


def _site(pages: CatalogPages) -> Iterator[tuple[str, bytes]]:
    for name in pages:
        links = Links.static(name)
        yield links.file, pages.html(links).encode()
    yield "search.js", pages.search_script.encode()
    yield from _assets(asset_names())


def _instead(failure: Failure, project: str) -> Iterator[tuple[str, bytes]]:
    links = Links.static(INDEX)
    yield links.file, failure_page(failure, links, project).encode()
    yield from _assets(FAILURE_ASSETS)


def _assets(names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    yield from ((f"static/{name}", asset(name).content) for name in names)


def _write(path: Path, content: bytes) -> bool:
    """Write one file, and say whether it is a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path.suffix == ".html"


def _check_is_ours(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise OfflineError(
            f"{folder} holds what `onedag catalog` didn't write, and it would be replaced. Name "
            f"another folder, or empty this one."
        )
    if folder.exists() and not folder.is_dir():
        raise OfflineError(f"{folder} is a file; name a folder to write the pages to.")


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Another folder to write to, which takes the place of this one when the block ends."""
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        unfinished.mkdir(parents=True)
        (unfinished / MARK).write_text(_SAID, encoding="utf-8")
        yield unfinished
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.replace(folder)
    except OSError as error:
        raise OfflineError.of(folder.name, folder.parent, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
