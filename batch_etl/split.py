"""The rows to train on and those to test on: a spine with a label, cut at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from drivers.spine import read_spine
from onedag.durations import to_utc
from onedag.errors import ConfigurationError, SpineError
from onedag.planner import Plan
from onedag.service import EVENT_TIMESTAMP
from onedag.settings import TrainingSettings

__all__ = ["Split", "binary", "split_spine"]


@dataclass(frozen=True, slots=True)
class Split:
    """A spine in two: `EVENT_TIMESTAMP`, the fields that the plan reads, and the label.

    Attributes:
        before: rows before the moment, in the spine's order.
        after: rows at the moment or later.
    """

    before: pa.Table
    after: pa.Table


def split_spine(plan: Plan, settings: TrainingSettings, root: Path) -> Split:
    """Read a spine and cut it at ``settings.test_from``.

    Args:
        plan: of the service that is trained.
        settings: which spine, which label, which moment.
        root: what the spine's path is relative to.

    Raises:
        ConfigurationError: the spine can't be read; the label isn't there, has other values than
            two classes and null, or is read by a feature; a period has no labelled rows, or those
            of one class only.
    """
    where = f"[tool.onedag.training.{plan.service.name}]"
    _refuse_leak(plan, settings.label, where)
    names = [name for name in plan.training.given if name != EVENT_TIMESTAMP]
    try:
        spine = read_spine(
            settings.spine, (plan.fields[name] for name in names), [settings.label], root
        )
    except SpineError as error:
        raise ConfigurationError(
            f"{where} says spine = {str(settings.spine)!r} and label = {settings.label!r}, which "
            f"can't be used. {error}"
        ) from error
    label = binary(spine.kept[settings.label], f"{where} says label = {settings.label!r}, which")
    rows = spine.given.append_column(settings.label, label)
    moment = pa.scalar(to_utc(settings.test_from), rows[EVENT_TIMESTAMP].type)
    is_before = pc.less(rows[EVENT_TIMESTAMP], moment)
    split = Split(rows.filter(is_before), rows.filter(pc.invert(is_before)))
    for part, side in ((split.before, "before"), (split.after, "from")):
        _refuse_one_class(part, rows, settings, f"{side} test_from", where)
    return split


def binary(column: pa.ChunkedArray, what: str) -> pa.ChunkedArray:
    """A label as bools: those it is, or the numbers 0 and 1. Null and NaN are null.

    Raises:
        ConfigurationError: it is something else; the message begins with ``what``.
    """
    if pa.types.is_boolean(column.type) or pa.types.is_null(column.type):
        return column.cast(pa.bool_())
    absent = pc.is_null(column, nan_is_null=True)
    values = pc.unique(column.filter(pc.invert(absent))).to_pylist()
    is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if not (is_number and set(values) <= {0, 1}):
        shown = ", ".join(map(repr, values[:5])) + (", …" if len(values) > 5 else "")
        raise ConfigurationError(
            f"{what} is {column.type} with the values {shown}. The model predicts which of two "
            f"classes a row is in: give a column of bools, or of 0 and 1."
        )
    return pc.if_else(absent, pa.scalar(None, pa.bool_()), pc.equal(column, 1))


def _refuse_leak(plan: Plan, label: str, where: str) -> None:
    if label == EVENT_TIMESTAMP or label in (*plan.training.given, *plan.service.features):
        readers = [step.name for step in plan.training.steps if label in step.inputs]
        by = f" by {', '.join(map(repr, readers))}" if readers else ""
        raise ConfigurationError(
            f"{where} says label = {label!r}, and service {plan.service.name!r} reads it{by}. A "
            f"model that is told the answer learns nothing: take it out of the features."
        )


def _refuse_one_class(
    part: pa.Table, rows: pa.Table, settings: TrainingSettings, side: str, where: str
) -> None:
    known = part[settings.label].drop_null()
    classes = pc.unique(known).to_pylist()
    if len(classes) == 2:
        return
    span = pc.min_max(rows[EVENT_TIMESTAMP]).as_py()
    reaches = f"from {span['min']} to {span['max']}" if rows.num_rows else "nowhere: it is empty"
    said = f"all of them say {classes[0]}" if classes else "none at all"
    raise ConfigurationError(
        f"{where}: {len(known):,} of the {part.num_rows:,} rows {side} = "
        f"{to_utc(settings.test_from)} have a label {settings.label!r}, {said}. Training and "
        f"testing need rows of both classes each. The spine reaches {reaches}: choose a test_from "
        f"within, or another label."
    )
