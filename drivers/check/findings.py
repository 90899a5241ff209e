"""What was found so far, and trying functions on samples: each function once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from drivers.check.answers import Columns, answer, columns_of
from drivers.check.model import CheckReport, Problem, Severity
from drivers.check.reductions import try_reduction
from drivers.check.samples import Sample
from drivers.check.trials import Finding, Trial, null_of, try_row_function
from drivers.fitted import normalised
from onedag.errors import FunctionError
from onedag.evaluate import call
from onedag.graph import FunctionGraph, FunctionNode, Kind

__all__ = ["Findings", "place"]

_FEWEST_ROWS = 20  # of which one value says that it is always the same


class Findings:
    """Collects problems.

    Args:
        graph: the functions.
        root: of the project, for the places of functions.
    """

    def __init__(self, graph: FunctionGraph, root: Path) -> None:
        self._graph, self._root = graph, root
        self._checked: dict[str, None] = {}
        self._tried: set[object] = set()
        self._problems: dict[tuple[str, str, str], Problem] = {}

    def add(self, name: str, finding: Finding) -> None:
        """Remember what is wrong with a function, a service or a source."""
        node = self._graph.get(name)
        where = "" if node is None else place(node, self._root)
        problem = Problem(name, finding.kind, finding.message, finding.severity, where)
        self._problems.setdefault((name, finding.kind, finding.message), problem)

    def has(self, name: str, kind: str) -> bool:
        """Whether a problem of a kind was found of a function already."""
        return any((name, kind) == (p.function, p.kind) for p in self._problems.values())

    def name_one_of(self, message: str) -> bool:
        """Whether a message names a function of which an error was found."""
        errors = (p for p in self._problems.values() if p.severity is Severity.ERROR)
        return any(repr(problem.function) in message for problem in errors)

    def report(self, unsampled: Iterable[str]) -> CheckReport:
        """All of it; errors and warnings each in the order in which they were found."""
        found = list(self._problems.values())
        errors = tuple(p for p in found if p.severity is Severity.ERROR)
        warnings = tuple(p for p in found if p.severity is Severity.WARNING)
        return CheckReport(tuple(self._checked), errors, tuple(unsampled), warnings)

    def try_steps(self, steps: Iterable[FunctionNode], sample: Sample) -> None:
        """Try functions in order; one whose inputs couldn't be computed is left out."""
        for step in steps:
            needed = [p.name for p in step.parameters if p.required]
            if step.name in sample.values or any(n not in sample.values for n in needed):
                continue
            given = {n: sample.values[n] for n in step.inputs if n in sample.values}
            if self.has(step.name, "types"):
                continue
            if step.kind is Kind.ROW or step.kind is Kind.LATEST:
                self._try_row_function(step, given, sample)
            else:
                self._try_reduction(step, given, sample)

    def _try_row_function(self, step: FunctionNode, given: Columns, sample: Sample) -> None:
        places = frozenset().union(*(sample.together.get(n, frozenset()) for n in given))
        nullable = {n: sample.nullable[n] for n in given if n in sample.nullable}
        trial = Trial(step, given, sample.length, nullable, drawn=len(places) > 1)
        if step.name in self._checked:
            together = answer(step, given, sample.length)
        else:
            together, finding = try_row_function(trial)
            if finding:
                self.add(step.name, finding)
        if together.result is None:
            return
        self._checked[step.name] = None
        sample.values[step.name] = together.result
        sample.together[step.name] = places
        certain = null_of(trial, together)
        if certain is not None:
            sample.nullable[step.name] = certain

    def _try_reduction(self, step: FunctionNode, given: Columns, sample: Sample) -> None:
        if step.kind is Kind.FITTED:
            try:
                sample.values[step.name] = normalised(step, call(step, given))
            except FunctionError as error:
                self.add(step.name, Finding("raises", str(error)))
                return
        if step.code in self._tried:
            return
        self._tried.add(step.code)
        if finding := try_reduction(step, given, sample.length):
            self.add(step.name, finding)

    def look_for_constants(self, names: Iterable[str], sample: Sample) -> None:
        """Warn of features that say the same of every row, though their inputs don't."""
        for name in names:
            node, values = self._graph.get(name), sample.values.get(name)
            if node is None or node.kind.stored or not isinstance(values, pd.Series):
                continue
            given = {n: sample.values[n] for n in node.inputs if n in sample.values}
            varied = any(_distinct(v) for v in columns_of(given).values())
            if sample.length >= _FEWEST_ROWS and varied and not _distinct(values):
                value = values.tolist()[0]
                said = (
                    f"it is {'null' if pd.isna(value) else repr(value)} in all {sample.length} "
                    f"rows of the sample, though what it comes from isn't the same. A model learns "
                    f"nothing from it."
                )
                self.add(name, Finding("constant", said, Severity.WARNING))


def _distinct(values: pd.Series | pd.DataFrame) -> bool:
    """Whether there is more than one value, null being one."""
    return len(values.drop_duplicates()) > 1


def place(node: FunctionNode, root: Path) -> str:
    """Where a function is written, relative to the project; empty for what isn't in a file."""
    code = getattr(node.code, "__code__", None)
    if code is None or not Path(code.co_filename).is_file():
        return ""
    path = Path(code.co_filename)
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return f"{shown}:{code.co_firstlineno}"
