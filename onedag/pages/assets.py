"""The files that pages load: style sheets and scripts, shipped with the package."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from onedag.errors import UnknownName

__all__ = ["Asset", "asset", "asset_names"]

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
}
DIGITS = 16


@dataclass(frozen=True, slots=True)
class Asset:
    """One file.

    Attributes:
        name: below ``static/``, such as ``vendor/cytoscape.min.js``.
        content: its bytes.
        media_type: as HTTP says it.
        digest: hexadecimal digits that follow from its content.
    """

    name: str
    content: bytes
    media_type: str
    digest: str

    @property
    def text(self) -> str:
        """The content, for a document that has everything in itself."""
        return self.content.decode()


@cache
def asset(name: str) -> Asset:
    """A file of ``static/``, read once.

    Raises:
        UnknownName: no such file.
    """
    if name not in asset_names():
        raise UnknownName.among("asset", name, asset_names())
    content = _folder().joinpath(*name.split("/")).read_bytes()
    suffix = name.rpartition(".")[2]
    media_type = _TYPES.get(suffix, "text/plain; charset=utf-8")
    return Asset(name, content, media_type, hashlib.sha256(content).hexdigest()[:DIGITS])


@cache
def asset_names() -> tuple[str, ...]:
    """The names of all files, in order."""
    return tuple(sorted(_names(_folder(), "")))


def _folder() -> Traversable:
    return files("onedag.pages") / "static"


def _names(folder: Traversable, prefix: str) -> Iterator[str]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _names(each, f"{prefix}{each.name}/")
        else:
            yield prefix + each.name
