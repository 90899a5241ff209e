"""A plan as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from onedag.durations import label
from onedag.graph import FunctionNode, Kind
from onedag.modifiers import Aggregate
from onedag.planner.cut import Cut, Origin
from onedag.planner.views import StoredFeature, View
from onedag.service import FeatureService, RequestField

__all__ = ["explain"]


def explain(
    service: FeatureService,
    fields: Mapping[str, RequestField],
    training: Cut,
    serving: Cut,
    calls: Mapping[str, str],
) -> str:
    """What a service's request carries, and what is read, fitted and computed, in order."""
    length, reads = len(service.features), len(serving.views)
    sections = [
        f"Service {service.name}: {length} feature{'s' * (length != 1)}",
        _section("The request carries", _request_rows(fields, training, serving)),
        _section(
            f"Read from the store, in one round trip, from {reads} view{'s' * (reads != 1)}",
            [row for view in serving.views for row in _view_rows(view)],
        ),
        _section(
            "Fitted over the training frame, pinned by the published run",
            [_step_row(step) for step in training.steps if step.kind is Kind.FITTED],
        ),
        _section(
            "Computed for the row in hand, in this order",
            [_call_row(step, calls) for step in serving.steps],
        ),
        _section(
            "The features, in the model's order",
            [(name, serving.origins[name].value) for name in service.features],
        ),
    ]
    return "\n\n".join(sections)


def _request_rows(
    fields: Mapping[str, RequestField], training: Cut, serving: Cut
) -> list[tuple[str, ...]]:
    keys = {key for view in serving.views for key in view.join_keys}
    rows: list[tuple[str, ...]] = []
    for field in fields.values():
        used = [
            "join key" if field.name in keys else "",
            "input" if serving.origins.get(field.name) is Origin.REQUEST else "",
        ]
        otherwise = "read in training" if field.name in training.given else "read by nothing"
        use = " and ".join(filter(None, used)) or otherwise
        if not field.required:
            use += f", {field.default!r} if left out"
        rows.append((field.name, str(field.type), use))
    return rows


def _view_rows(view: View) -> Iterable[tuple[str, ...]]:
    keys = ", ".join(view.join_keys) or "one row for everything"
    refresh = f", refreshed every {label(view.refresh)}" if view.refresh else ""
    for feature in view.features:
        yield feature.name, f"{view.name} ({keys})", _definition(feature) + refresh


def _definition(feature: StoredFeature) -> str:
    definition = feature.definition
    if isinstance(definition, Aggregate):
        window = label(definition.over) if definition.over else "all history"
        return f"aggregate of {definition.source.name} over {window}"
    age = f", at most {label(definition.max_age)} old" if definition.max_age else ""
    looked_up = "" if feature.node else ", a raw column"
    return f"latest of {definition.source.name}{age}{looked_up}"


def _step_row(step: FunctionNode) -> tuple[str, str, str]:
    return step.name, f"({', '.join(step.inputs)})", _first_line(step.doc)


def _call_row(step: FunctionNode, calls: Mapping[str, str]) -> tuple[str, ...]:
    name, inputs, doc = _step_row(step)
    return (name, inputs, calls[name], doc) if calls else (name, inputs, doc)


def _first_line(doc: str) -> str:
    return doc.strip().split("\n", 1)[0]


def _section(title: str, rows: Iterable[tuple[str, ...]]) -> str:
    lines = list(rows)
    if not lines:
        return f"{title}:\n  (nothing)"
    widths = [max(len(row[column]) for row in lines) for column in range(len(lines[0]))]
    aligned = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    )
    return f"{title}:\n" + "\n".join(f"  {line}" for line in aligned)
