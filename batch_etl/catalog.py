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
"""In a folder that was written by this module: names what may be replaced by it."""
_SAID = "What `onedag catalog --output` wrote, and replaces:\n"


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

    The folder is there whole or not at all. One that such pages were written to before is replaced,
    unless there is more in it by now.

    Args:
        open_reader: gives the reader of the catalog, or raises whatever the project's modules
            raise: then one page says why.
        root: the project's folder.
        folder: where to write; it must not hold anything else.

    Raises:
        OfflineError: it holds something else, or can't be written.
    """
    folder = folder.resolve()
    _check_is_ours(folder)
    failure: Failure | None = None
    try:
        pages = CatalogPages(open_reader().read())
        files: Iterator[tuple[str, bytes]] = _site(pages)
    except Exception as error:  # a module of the project may raise anything
        failure = failure_of(error, root)
        files = _instead(failure, root.name)
    with _whole_folder(folder) as unfinished:
        names = [_write(unfinished, name, content) for name, content in files]
        _write(unfinished, MARK, "\n".join([_SAID, *names]).encode())
    count = sum(name.endswith(".html") for name in names)
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


def _write(folder: Path, name: str, content: bytes) -> str:
    """Write one file, and give its name."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:  # on a disk that takes A.html for a.html
        raise OfflineError(
            f"There is {name!r} already, in other letters: this disk doesn't tell capitals from "
            f"small ones. Write the pages to another disk, or see them with `onedag catalog`."
        ) from None
    return name


def _check_is_ours(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OfflineError(f"{folder} is a file; name a folder to write the pages to.")
    mark = folder / MARK
    ours = {MARK, *mark.read_text(encoding="utf-8").splitlines()} if mark.is_file() else set()
    others = (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    other = next((path for path in others if path.relative_to(folder).as_posix() not in ours), None)
    if other is not None:
        raise OfflineError(
            f"{folder} holds {other.relative_to(folder)}, which `onedag catalog` didn't write, and "
            f"it would be replaced. Name another folder, or empty this one."
        )


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Another folder to write to, which takes the place of this one when the block ends."""
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    before = unfinished.with_name(f"{unfinished.name}.before")
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        if folder.exists():
            folder.replace(before)
        unfinished.replace(folder)
    except OfflineError:
        raise
    except OSError as error:
        raise OfflineError(
            f"The pages can't be written to {folder}: {error.strerror or error}. Make room there, "
            f"or name another folder. What was there before still is."
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(before, ignore_errors=True)
        elif before.exists():
            before.replace(folder)
