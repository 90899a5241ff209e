"""`Refused`: the stand-in doesn't do this; pandas does."""

from __future__ import annotations

from typing import Any

__all__ = ["Refused", "refusals"]

_COUNT = [0]


class Refused(BaseException):
    """Raised instead of an answer that might not be that of pandas.

    Not an `Exception`: a function that catches errors of its own must not take this for one of
    them. Where a bare ``except:`` swallows it all the same, `refusals` tells.
    """

    def __init__(self, what: str, *on: Any) -> None:
        super().__init__(what, *on)
        _COUNT[0] += 1

    def __str__(self) -> str:
        what, *on = self.args
        return f"{what} of {', '.join(map(_shown, on))}" if on else str(what)


def refusals() -> int:
    """How many there have been in this process; grows whenever one is made."""
    return _COUNT[0]


def _shown(value: Any) -> str:
    return str(getattr(value, "dtype", type(value).__name__))
