"""What `check` finds: problems, which fail it, and warnings, which don't."""

from __future__ import annotations

import json
from collections.abc import Sized
from dataclasses import asdict, dataclass
from enum import StrEnum

__all__ = ["CheckReport", "Problem", "Severity"]


FORMAT = 1
"""Of the JSON; raised when what is there means something else."""

_CAUSE = " Usual cause: "  # each begins a line of its own


class Severity(StrEnum):
    """Whether something must be put right."""

    ERROR = "error"
    """Training and serving would part, or something fails."""
    WARNING = "warning"
    """Nothing differs, and somebody should look at it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one function, service or source.

    Attributes:
        function: its node; the name of the service or the source where it is about one.
        kind: of one with functions on samples ``row-wise``, ``index``, ``dtype``, ``raises``,
            ``mutation``, ``random``, ``clock`` or ``constant``; of definitions ``types``, ``name``,
            ``docstring``, ``unused`` or ``pii``; of what can't be looked at ``project``, ``plan``,
            ``source`` or ``spine``.
        message: what is wrong, the smallest example, and the usual cause and cure.
        severity: an error or a warning.
        place: where it is written, as ``file:line``; empty where that isn't known.
    """

    function: str
    kind: str
    message: str
    severity: Severity = Severity.ERROR
    place: str = ""

    def __str__(self) -> str:
        return f"{self.function} [{self.kind}]: {self.message}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found.

    Attributes:
        checked: the row functions that were called on a sample.
        problems: errors, each of them enough to fail.
        unsampled: services without a spine to sample, whose own functions were only planned.
        warnings: what fails only where warnings count.
    """

    checked: tuple[str, ...]
    problems: tuple[Problem, ...]
    unsampled: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no problem was found; there may be warnings."""
        return not self.problems

    def passes(self, *, strict: bool = False) -> bool:
        """Whether nothing was found that counts.

        Args:
            strict: warnings count too.
        """
        return self.ok and not (strict and self.warnings)

    def __str__(self) -> str:
        found = f"{_counted(self.checked, 'row function')} checked, "
        found += _counted(self.problems, "problem")
        lines = [found + (f", {_counted(self.warnings, 'warning')}." if self.warnings else ".")]
        for problem in (*self.problems, *self.warnings):
            place = f"{problem.place}: " if problem.place else ""
            said = str(problem).replace(_CAUSE, f"\n      {_CAUSE.strip()} ")
            lines.append(f"  {problem.severity}: {place}{said}")
        lines += [
            f"  {service}: no spine to sample; only planned. Name one with --spine, or in "
            f"[tool.onedag.training.{service}]."
            for service in self.unsampled
        ]
        return "\n".join(lines)

    def to_json(self) -> str:
        """The report as a JSON object: ``format``, ``ok``, and its attributes."""
        return json.dumps({"format": FORMAT, "ok": self.ok, **asdict(self)}, indent=2)


def _counted(items: Sized, what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"
