"""How a value is told: texts, and references to what is told once, in an entry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any

from onedag.fingerprints.paths import from_root

__all__ = ["Installed", "Reference", "Tell", "Telling"]

_DEEP = 100


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Something that is told in an entry of its own, so that it may lead back to itself.

    Attributes:
        value: what is meant. It is the same only as itself.
        attributes: of a module, those that count; None for all.
    """

    value: Any
    attributes: frozenset[str] | None = None

    @property
    def key(self) -> tuple[int, frozenset[str] | None]:
        """The same for the same thing."""
        return id(self.value), self.attributes


class Installed(str):
    """The name of something installed, a space, and its package's version."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Without the version."""
        return self.partition(" ")[0]


@dataclass(slots=True)
class Telling:
    """What is told of one thing.

    Attributes:
        inline: tells a value here if it can, and says whether.
        root: the project's folder; paths below it are told as they are from there.
        pieces: texts and references.
        certain: whether all of it was told.
    """

    inline: Callable[[Telling, Any], bool]
    root: Path | None = None
    pieces: list[str | Reference] = field(default_factory=list)
    certain: bool = True
    depth: int = 0

    def text(self, *texts: object) -> None:
        """Add texts."""
        self.pieces.extend(map(str, texts))

    def installed(self, name: str) -> None:
        """Add what `installed_name` gives."""
        self.pieces.append(Installed(name))

    def path(self, path: str | PurePath) -> None:
        """Add a path, the same wherever the project is checked out."""
        self.text(from_root(path, self.root))

    def value(self, value: Any) -> None:
        """Add a value: plain ones here, others as references."""
        self.depth += 1
        if self.depth > _DEEP:
            self.unknown(value)
        elif not self.inline(self, value):
            self.pieces.append(Reference(value))
        self.depth -= 1

    def values(self, values: Iterable[Any]) -> None:
        """Add values in their order, and how many they are."""
        listed = list(values)
        self.text("values", len(listed))
        for value in listed:
            self.value(value)

    def module(self, module: ModuleType, attributes: frozenset[str] | None) -> None:
        """Add a module of which some attributes count; None for all."""
        self.pieces.append(Reference(module, attributes))

    def unordered(self, values: Iterable[Any]) -> None:
        """Add values whose order says nothing and differs between processes."""
        told = []
        for value in values:
            one = Telling(self.inline, self.root, depth=self.depth)
            one.value(value)
            told.append(([_sorted_by(piece) for piece in one.pieces], one))
        told.sort(key=lambda pair: pair[0])
        self.text("unordered", len(told))
        for place, (order, one) in enumerate(told):
            self.pieces.extend(one.pieces)
            # Two that look alike are in no order that another process would have too.
            self.certain &= one.certain and (place == 0 or told[place - 1][0] != order)

    def unknown(self, value: Any) -> None:
        """Add something that can't be told: its type alone."""
        kind = type(value)
        self.text("unknown", kind.__module__, kind.__qualname__)
        self.certain = False


Tell = Callable[[Telling, Any], None]
"""Tells a value of one type."""


def _sorted_by(piece: str | Reference) -> str:
    if isinstance(piece, str):
        return piece
    kind = type(piece.value)
    return f"{kind.__qualname__} {getattr(piece.value, '__qualname__', '')}"
