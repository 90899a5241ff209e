"""Fingerprints of functions and values: everything they reach, told in one fixed order."""

from __future__ import annotations

import hashlib
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onedag.fingerprints.installed import SCHEME, SEMANTICS
from onedag.fingerprints.objects import tell_object
from onedag.fingerprints.plain import tell_inline
from onedag.fingerprints.writing import Installed, Reference, Telling

__all__ = ["Fingerprint", "Fingerprints", "fingerprint"]

_PYTHON = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a function does and reaches, in short.

    Attributes:
        text: 64 hexadecimal digits, the same in every process.
        certain: whether all was reached. Where it is False, the same text may stand for two
            functions that differ.
        written: likewise 64 digits, which an upgrade of a package leaves as they are: of the same
            without versions. Another version of Python may compile the same code otherwise.
    """

    text: str
    certain: bool
    written: str = ""


class Fingerprints:
    """Takes fingerprints, each thing told once. What changes in its lifetime may go unseen.

    Args:
        root: the project's folder, so that paths below it are the same in another clone.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        # A reference keeps its value alive, so that no other gets the same id.
        self._told: dict[tuple[int, frozenset[str] | None], tuple[Reference, Telling]] = {}

    def of(self, *values: Any) -> Fingerprint:
        """The fingerprint of functions and values together.

        What is reached is numbered in the order in which it is reached, so functions may call each
        other, and the same functions give the same text wherever and in what order they are kept.
        """
        start = Telling(tell_inline, self._root)
        start.values(values)
        digest = hashlib.sha256(f"{_PYTHON} {SEMANTICS} {SCHEME}".encode())
        written, certain = hashlib.sha256(), True
        numbers: dict[tuple[int, frozenset[str] | None], int] = {}
        left = deque([start])
        while left:
            told = left.popleft()
            certain = certain and told.certain
            for piece in told.pieces:
                if isinstance(piece, str):
                    digest.update(_framed(piece))
                    written.update(_framed(piece.name if isinstance(piece, Installed) else piece))
                    continue
                if piece.key not in numbers:
                    numbers[piece.key] = len(numbers)
                    left.append(self._tell(piece))
                for each in (digest, written):
                    each.update(b"#%d;" % numbers[piece.key])
            for each in (digest, written):
                each.update(b".")
        return Fingerprint(digest.hexdigest(), certain, written.hexdigest())

    def _tell(self, reference: Reference) -> Telling:
        if reference.key not in self._told:
            out = Telling(tell_inline, self._root)
            tell_object(out, reference.value, reference.attributes)
            self._told[reference.key] = reference, out
        return self._told[reference.key][1]


def _framed(text: str) -> bytes:
    content = text.encode("utf-8", "surrogatepass")
    return b"%d:%b" % (len(content), content)


def fingerprint(function: Any) -> Fingerprint:
    """The fingerprint of one function.

    It is of the function as it is loaded, not of a file: of its code, without lines, docstrings
    and annotations; its defaults and closure; and by value of all globals that it names, modules
    that it imports, and what these reach in turn. What is installed counts by name and version.

    >>> fingerprint(lambda x: x + 1) == fingerprint(lambda x: x  + 1)
    True
    >>> fingerprint(lambda x: x + 1) == fingerprint(lambda x: x + 2)
    False
    """
    return Fingerprints().of(function)
