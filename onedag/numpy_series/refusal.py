"""`Refused`: the stand-in doesn't do this; pandas does."""

from __future__ import annotations

import threading
from typing import Any

__all__ = ["Refused", "refusals"]


class _Count(threading.local):
    """Of each thread its own: functions run in several at once."""

    made = 0


_COUNT = _Count()


class Refused(BaseException):
    """Raised instead of an answer that might not be that of pandas.

    Not an `Exception`: a function that catches errors of its own must not take this for one of
    them. Where a bare ``except:`` swallows it all the same, `refusals` tells.
    """

    def __init__(self, what: str, *on: Any) -> None:
        super().__init__(what, *on)
        _COUNT.made += 1

    def __str__(self) -> str:
        what, *on = self.args
        return f"{what} of {', '.join(map(_shown, on))}" if on else str(what)


def refusals() -> int:
    """How many there have been in this thread; grows whenever one is made."""
    return _COUNT.made


def _shown(value: Any) -> str:
    return str(getattr(value, "dtype", type(value).__name__))
