"""What a batch of requests is at: told to whoever measures, by those who do the work."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

__all__ = ["UNOBSERVED", "Stage", "Stages"]


class Stage(StrEnum):
    """A part of answering that is worth a number of its own."""

    LOAD = "load"
    """A service is planned and its run read, because another one was published."""
    STORE = "store"
    """The store is read, or waited for."""
    FUNCTIONS = "functions"
    """What was read is unpacked, and the functions are called."""
    MODEL = "model"
    """The model's input is made, and the model called."""


class Stages(Protocol):
    """Is told by one batch what it is at. Nothing of a request reaches it."""

    def begins(self, stage: Stage) -> None:
        """A stage begins, and the one before it ends."""

    def ends(self) -> None:
        """The stage before it ends, and none of them begins."""

    def store_failed(self) -> None:
        """The store couldn't be read, or not in time."""


class _Unobserved:
    def begins(self, stage: Stage) -> None:
        pass

    def ends(self) -> None:
        pass

    def store_failed(self) -> None:
        pass


UNOBSERVED: Stages = _Unobserved()
"""For a batch that nobody measures."""
