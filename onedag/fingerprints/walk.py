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
from onedag.fingerprints.writing import Reference, Telling

__all__ = ["Fingerprint", "Fingerprints", "fingerprint"]

_PYTHON = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a function does and reaches, in short.

    Attributes:
        text: 64 hexadecimal digits, the same in every process.
        certain: whether all was reached. Where it is False, the same text may stand for two
            functions that differ.
    """

    text: str
    certain: bool


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
        start.text(_PYTHON, SEMANTICS, SCHEME)
        start.values(values)
        digest, certain = hashlib.sha256(), True
        numbers: dict[tuple[int, frozenset[str] | None], int] = {}
        left = deque([start])
        while left:
            told = left.popleft()
            certain = certain and told.certain
            for piece in told.pieces:
                if isinstance(piece, str):
                    content = piece.encode("utf-8", "surrogatepass")
                    digest.update(b"%d:%b" % (len(content), content))
                    continue
                if piece.key not in numbers:
                    numbers[piece.key] = len(numbers)
                    left.append(self._tell(piece))
                digest.update(b"#%d;" % numbers[piece.key])
            digest.update(b".")
        return Fingerprint(digest.hexdigest(), certain)

    def _tell(self, reference: Reference) -> Telling:
        if reference.key not in self._told:
            out = Telling(tell_inline, self._root)
            tell_object(out, reference.value, reference.attributes)
            self._told[reference.key] = reference, out
        return self._told[reference.key][1]


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
