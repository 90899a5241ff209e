"""Contestants that take turns, so that what disturbs the machine disturbs all of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Contestant", "Measured", "Race", "Timing", "race"]


@dataclass(frozen=True)
class Measured:
    """The answer of a contestant that measures itself, such as one in another process.

    Attributes:
        seconds: it took.
        answer: what it found.
    """

    seconds: float
    answer: Any = None


@dataclass(frozen=True)
class Contestant:
    """One way to do the work.

    Attributes:
        name: as the table shows it.
        run: does the work once, and gives the answer or a `Measured`.
        rounds: at most so many; for a slow peer.
        reset: undoes what a run left behind, before each run and off the clock.
    """

    name: str
    run: Callable[[], Any]
    rounds: int | None = None
    reset: Callable[[], object] = field(default=lambda: None)


@dataclass(frozen=True)
class Timing:
    """The seconds of each run, in order."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median, in seconds."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Race:
    """What contestants needed.

    Attributes:
        timings: by name, in the order of the contestants.
        answers: the last answer of each.
    """

    timings: Mapping[str, Timing]
    answers: Mapping[str, Any]

    def ratio(self, name: str, peer: str) -> float | None:
        """How many times the peer's median; None if one of them didn't run."""
        if name not in self.timings or peer not in self.timings:
            return None
        return self.timings[name].median / self.timings[peer].median


def race(contestants: Sequence[Contestant], rounds: int) -> Race:
    """Let each contestant run once a round; each round begins with another one."""
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    answers: dict[str, Any] = {}
    for number in range(rounds):
        first = number % len(contestants)
        for contestant in [*contestants[first:], *contestants[:first]]:
            if contestant.rounds is None or number < contestant.rounds:
                measured = _measured(contestant)
                seconds[contestant.name].append(measured.seconds)
                answers[contestant.name] = measured.answer
    return Race({name: Timing(tuple(taken)) for name, taken in seconds.items()}, answers)


def _measured(contestant: Contestant) -> Measured:
    contestant.reset()
    gc.collect()
    start = time.perf_counter()
    answer = contestant.run()
    seconds = time.perf_counter() - start
    return answer if isinstance(answer, Measured) else Measured(seconds, answer)
