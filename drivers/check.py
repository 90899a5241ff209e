"""`check`: row-wise is checked, not trusted.

Each row function is called on a sample at once, row by row, and shuffled. Row i of its answer may
only depend on row i of its inputs, so all three must agree, in value and in dtype.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from drivers.batch import BatchDriver
from drivers.engines import EVENT, KNOWN
from drivers.history.computed import Computed
from drivers.history.rows import timestamped
from drivers.spine import SpineData, read_spine
from onedag.dtypes import to_series
from onedag.errors import FunctionError, OnedagError
from onedag.evaluate import call, evaluate
from onedag.graph import FunctionNode, Kind
from onedag.planner import Cut, declared_views, plan_view
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = ["CheckReport", "Problem", "check"]

SAMPLE_ROWS = 64

_CAUSES = {
    "get_dummies": "get_dummies makes columns of the values it sees; write `x == value` for each",
    ".mean(": "a mean looks across rows; make it a function of its own, annotated `-> float`",
    ".std(": "a deviation looks across rows; make it a function of its own, annotated `-> float`",
    ".sum(": "a sum looks across rows; use @aggregate, or a function annotated `-> float`",
    ".max(": "a maximum looks across rows; use @aggregate, or a function annotated `-> float`",
    ".min(": "a minimum looks across rows; use @aggregate, or a function annotated `-> float`",
    ".rank(": "a rank depends on the other rows; use thresholds fitted on the training frame",
    ".shift(": "shift takes another row's value; use @latest for the value before",
    ".diff(": "diff takes another row's value; use @latest for the value before",
    ".cum": "a running total depends on the rows before; use @aggregate",
    ".rolling(": "a rolling window depends on the rows before; use @aggregate with over=",
    ".ffill(": "ffill takes another row's value; use @latest, or fillna() with a value",
    ".bfill(": "bfill takes another row's value; use fillna() with a value",
    ".sort_values(": "sort_values changes the order of rows",
    ".groupby(": "groupby looks across rows; use @aggregate",
    ".factorize(": "factorize numbers the values it sees; use a fixed mapping",
    "pd.cut(": "cut chooses bins by the values it sees, unless it is given the edges",
    "qcut(": "qcut chooses bins by the values it sees; fit the edges on the training frame",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one function.

    Attributes:
        function: its node; the service where it can't be planned.
        kind: ``row-wise``, ``dtype``, ``raises`` or ``plan``.
        message: what differs, the smallest example, and the usual cause and cure.
    """

    function: str
    kind: str
    message: str

    def __str__(self) -> str:
        return f"{self.function} [{self.kind}]: {self.message}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found.

    Attributes:
        checked: the row functions that were called on a sample.
        problems: in the order of the functions.
        unsampled: services without a spine to sample, whose own functions were only planned.
    """

    checked: tuple[str, ...]
    problems: tuple[Problem, ...]
    unsampled: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no problem was found."""
        return not self.problems

    def __str__(self) -> str:
        lines = [f"{len(self.checked)} row functions checked, {len(self.problems)} problems."]
        lines += [f"  {problem}" for problem in self.problems]
        lines += [
            f"  {service}: no spine to sample; only planned. Name one with --spine, or in "
            f"[tool.onedag.training.{service}]."
            for service in self.unsampled
        ]
        return "\n".join(lines)


def check(
    project: Project,
    spine: SpineData | None = None,
    service: str | FeatureService | None = None,
    *,
    rows: int = SAMPLE_ROWS,
) -> CheckReport:
    """Plan services and test their row functions on samples.

    Functions above the boundary are tested on rows of their sources, those below on rows of the
    spine. Sources are read, nothing is written.

    Args:
        project: what to check.
        spine: for the functions of services; by default that of the service's training settings.
        service: one of them; all by default.
        rows: how many rows to sample, evenly spaced.
    """
    services = [project.service(service)] if service else list(project.services.values())
    found = _Findings()
    with BatchDriver(project) as batch:
        for view in declared_views(project.graph).values():
            try:
                _check_view(batch, found, view, rows)
            except OnedagError as error:
                found.problems.append(Problem(view.name, "plan", str(error)))
        for each in services:
            data = spine if spine is not None else _configured_spine(project, each)
            try:
                _check_service(batch, found, each, data, rows)
            except OnedagError as error:
                found.problems.append(Problem(each.name, "plan", str(error)))
    return CheckReport(tuple(found.checked), tuple(found.problems), tuple(found.unsampled))


def _configured_spine(project: Project, service: FeatureService) -> SpineData | None:
    settings = project.training.get(service.name)
    return settings.spine if settings else None


class _Findings:
    """What was found so far; each function is checked once in each place."""

    def __init__(self) -> None:
        self.checked: dict[str, None] = {}
        self.problems: list[Problem] = []
        self.unsampled: list[str] = []

    def test(self, steps: Iterable[FunctionNode], sample: Computed, length: int) -> None:
        """Test row functions in order; one without usable inputs is left out."""
        values: dict[str, Any] = dict(sample.fitted)
        for name, column in sample.columns.items():
            values[name] = to_series(column, sample.types[name])
        for step in steps:
            needed = [p.name for p in step.parameters if p.required]
            if step.name in values or any(name not in values for name in needed):
                continue
            try:
                if step.kind is Kind.FITTED:
                    values[step.name] = call(step, values)
                    continue
                evaluate([step], values, length)
            except FunctionError as error:
                self._add(step, "raises", f"{error}{_cause(step)}")
                continue
            self._compare(step, values, length)

    def _compare(self, step: FunctionNode, values: Mapping[str, Any], length: int) -> None:
        if step.name in self.checked:
            return
        self.checked[step.name] = None
        inputs = {name: values[name] for name in step.inputs if name in values}
        together = values[step.name]
        shuffled = np.random.default_rng(0).permutation(length)
        for how, order in (
            ("alone", [np.array([row]) for row in range(length)]),
            ("in another order", [shuffled]),
        ):
            for rows in order:
                difference = _difference(step, inputs, together, rows, how)
                if difference:
                    self._add(step, *difference)
                    return

    def _add(self, step: FunctionNode, kind: str, message: str) -> None:
        self.problems.append(Problem(step.name, kind, message))


def _check_view(batch: BatchDriver, found: _Findings, view: Any, rows: int) -> None:
    history = batch.historical_rows()
    columns = batch.columns()
    cut = plan_view(view, batch.project, columns)
    given = [name for name in cut.given if name != EVENT_TIMESTAMP]
    table = batch.source_rows(view.source, [*view.join_keys, *given])
    sample = table.take(pa.array(_spread(table.num_rows, rows)))
    newest = [f.node for f in view.features if f.node and f.node.kind is Kind.LATEST]
    rows_in_hand = [t.drop_columns([EVENT, KNOWN]) for t in timestamped([sample])]
    [computed] = history.compute(replace(cut, steps=()), rows_in_hand, {}, ())
    found.test([*cut.steps, *newest], computed, sample.num_rows)


def _check_service(
    batch: BatchDriver, found: _Findings, service: FeatureService, data: Any, rows: int
) -> None:
    planned = batch.plan(service)
    if data is None:
        found.unsampled.append(service.name)
        return
    cut: Cut = planned.training
    names = [name for name in cut.given if name != EVENT_TIMESTAMP]
    fields = [planned.fields[name] for name in names]
    spine = read_spine(data, fields, root=batch.project.root)
    sample = spine.given.take(pa.array(_spread(spine.given.num_rows, rows)))
    rows_in_hand = batch.historical_rows()
    [computed] = rows_in_hand.compute(replace(cut, steps=()), [sample], spine.types, ())
    found.test(cut.steps, computed, sample.num_rows)


def _spread(length: int, wanted: int) -> Any:
    return np.unique(np.linspace(0, max(length - 1, 0), min(length, wanted)).astype(np.int64))


def _difference(
    step: FunctionNode, inputs: Mapping[str, Any], together: Any, rows: Any, how: str
) -> tuple[str, str] | None:
    """How the answer for some rows differs from that for all of them: kind and message."""
    some = {
        name: value.take(rows).reset_index(drop=True) if _is_column(value) else value
        for name, value in inputs.items()
    }
    values = dict(some)
    try:
        evaluate([step], values, len(rows))
    except FunctionError as error:
        return "row-wise", f"it works on {len(together)} rows and not {how}: {error}{_cause(step)}"
    here, there = values[step.name], together.take(rows).reset_index(drop=True)
    if isinstance(there, pd.DataFrame):
        if list(here.columns) != list(there.columns):
            return "row-wise", (
                f"its columns depend on the rows: {list(there.columns)} for {len(together)} rows, "
                f"{list(here.columns)} for a row {how}.{_cause(step)}"
            )
        pairs = [(here[name], there[name]) for name in here.columns]
    else:
        pairs = [(here, there)]
    for ours, theirs in pairs:
        wrong = np.flatnonzero(~_equal(ours, theirs))
        if len(wrong):
            at = int(wrong[0])
            example = ", ".join(f"{n}={v.iloc[at]!r}" for n, v in some.items() if _is_column(v))
            return "row-wise", (
                f"for {example} it answers {theirs.iloc[at]!r} among {len(together)} rows and "
                f"{ours.iloc[at]!r} {how}.{_cause(step)}"
            )
        if ours.dtype != theirs.dtype:
            return "dtype", (
                f"it returns {theirs.dtype} for {len(together)} rows and {ours.dtype} {how}. Say "
                f"the dtype, for example with astype(), so that it doesn't depend on the values."
                f"{_cause(step)}"
            )
    return None


def _is_column(value: Any) -> bool:
    return isinstance(value, pd.Series | pd.DataFrame)


def _equal(left: pd.Series, right: pd.Series) -> Any:
    nulls = (left.isna() & right.isna()).to_numpy(np.bool_)
    same = [
        bool(a == b) if not (pd.isna(a) or pd.isna(b)) else False
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]
    return nulls | np.array(same, np.bool_)


def _cause(step: FunctionNode) -> str:
    try:
        code = inspect.getsource(step.code)
    except OSError:
        return ""
    causes = [cause for sign, cause in _CAUSES.items() if sign in code]
    return f" The usual cause: {'; '.join(causes)}." if causes else ""
