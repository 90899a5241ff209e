"""A plan as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from onedag.durations import label
from onedag.modifiers import Aggregate
from onedag.planner.cut import Origin
from onedag.planner.views import StoredFeature, View

if TYPE_CHECKING:
    from onedag.planner.plan import Plan

__all__ = ["explain"]


def explain(plan: Plan) -> str:
    """Four sections: the request, the store, the fitted values, the functions in order."""
    service = plan.service
    length, reads = len(service.features), len(plan.serving.views)
    sections = [
        f"Service {service.name}: {length} feature{'s' * (length != 1)}",
        _section("The request carries", _request_rows(plan)),
        _section(
            f"Read from the store, in one round trip, from {reads} view{'s' * (reads != 1)}",
            [row for view in plan.serving.views for row in _view_rows(view)],
        ),
        _section(
            "Fitted over the training frame, pinned by the published run",
            [(step.name, _takes(step.inputs), _first_line(step.doc)) for step in plan.fitted],
        ),
        _section(
            "Computed for the row in hand, in this order",
            [
                (step.name, _takes(step.inputs), _first_line(step.doc))
                for step in plan.serving.steps
            ],
        ),
        _section(
            "The features, in the model's order",
            [(name, origin.value) for name, origin in plan.features.items()],
        ),
    ]
    return "\n\n".join(sections)


def _request_rows(plan: Plan) -> list[tuple[str, ...]]:
    keys = {key for view in plan.serving.views for key in view.join_keys}
    rows: list[tuple[str, ...]] = []
    for field in plan.fields.values():
        used = [
            "join key" if field.name in keys else "",
            "input" if plan.serving.origins.get(field.name) is Origin.REQUEST else "",
        ]
        otherwise = "read in training" if field.name in plan.training.given else "read by nothing"
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


def _takes(inputs: Sequence[str]) -> str:
    return f"({', '.join(inputs)})"


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
