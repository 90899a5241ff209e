"""What can be said of a planned project without calling a function."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.check.causes import advice
from drivers.check.findings import Findings
from drivers.check.impure import clocks, hashes, random_numbers
from drivers.check.model import Severity
from drivers.check.naming import hidden_by_columns, hidden_by_fields, hidden_columns, misnamed
from drivers.check.planned import PlannedProject
from drivers.check.reached import reached
from drivers.check.trials import Finding
from drivers.check.types import keys_that_never_meet, misfits
from drivers.check.usage import undescribed, unread_fields, unused
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.errors import OnedagError
from onedag.graph import FunctionNode, Kind
from onedag.lineage import PII, pii_flows, project_lineage, service_lineage
from onedag.planner import Cut, Plan
from onedag.service import EVENT_TIMESTAMP

__all__ = [
    "check_code",
    "check_names",
    "check_personal_data",
    "check_tags",
    "check_types",
    "check_usage",
]


def check_types(found: PlannedProject, findings: Findings) -> None:
    """Types along edges, those of join keys among them."""
    for view, cut in found.views:
        given = found.types.get(view.source.name, {})
        _check_types(found, findings, cut, dict(given), view.name)
    for plan in found.plans:
        given = {name: field.type for name, field in plan.fields.items()}
        _check_types(found, findings, plan.training, given, plan.service.name)


def _check_types(
    found: PlannedProject, findings: Findings, cut: Cut, given: dict[str, ColumnType], place: str
) -> None:
    given[EVENT_TIMESTAMP] = ColumnType(TIMESTAMP)
    for step, said in misfits(cut, given, found.types):
        findings.add(step.name, Finding("types", said))
    for said in keys_that_never_meet(cut, given, found.types):
        findings.add(place, Finding("types", said))


def check_code(found: PlannedProject, findings: Findings) -> None:
    """What functions and their helpers call, and whether they have a docstring."""
    seen: set[object] = set()
    for name, node in found.project.graph.items():
        if node.code not in seen:
            seen.add(node.code)
            _check_calls(name, node, findings)
    for name in undescribed(found.project.graph):
        said = "it has no docstring. Say what it is, with its unit."
        findings.add(name, Finding("docstring", said, Severity.WARNING))


def _check_calls(name: str, node: FunctionNode, findings: Findings) -> None:
    reads = reached(node.code)
    # Of a fitted value only a training run depends, and serving gets what it got.
    severity = Severity.WARNING if node.kind is Kind.FITTED else Severity.ERROR
    for kind, calls in (("clock", clocks(reads)), ("random", random_numbers(reads))):
        if calls and not findings.has(name, kind):
            findings.add(name, Finding(kind, advice(node, kind).strip(), severity))
    if hashes(reads):
        said = (
            "it calls hash(), which says another number of a text in each process. Use "
            "pd.util.hash_array, or hashlib."
        )
        findings.add(name, Finding("random", said, Severity.WARNING))


def check_names(found: PlannedProject, findings: Findings) -> None:
    """Names that hide other things."""
    graph, columns = found.project.graph, found.columns
    said = [*misnamed(graph)]
    for view, cut in found.views:
        said += hidden_by_columns(graph, view, cut, columns)
    for plan in found.plans:
        said += hidden_by_fields(graph, plan)
        said += hidden_columns(graph, plan, found.project, columns)
    for name, message in said:
        findings.add(name, Finding("name", message, Severity.WARNING))


def check_tags(found: PlannedProject, findings: Findings) -> None:
    """Tags of columns that a source doesn't have, and tags of functions that say nothing."""
    for name, node in found.project.graph.items():
        said = str(node.tags.get(PII, "true"))
        if said.lower() not in ("true", "false"):
            message = (
                f"it is tagged {PII}={said!r}, which neither begins nor ends personal data. Write "
                f'@tag({PII}="true") or @tag({PII}="false").'
            )
            findings.add(name, Finding("pii", message))
    for source in found.project.sources.values():
        if source.name in found.columns:
            unknown = source.tagged_but_unknown(found.columns[source.name])
            if unknown:
                findings.add(source.name, Finding("source", unknown))


def check_personal_data(found: PlannedProject, plan: Plan, findings: Findings) -> None:
    """Personal data that a service's features come from without its permission."""
    try:
        flows = pii_flows(plan, found.project, found.columns)
    except OnedagError:  # a view that can't be planned, which is said of it
        return
    service = plan.service
    for flow in flows:
        if not flow.allowed:
            said = (
                f"service {service.name!r} may not use {flow.origin!r}, which is tagged {PII!r}: "
                f"{' -> '.join(flow.path)}. Name it in may_use=[{flow.origin!r}] of the service; "
                f'or tag the function that makes it harmless with @tag({PII}="false").'
            )
            findings.add(flow.feature, Finding("pii", said))
    used = {flow.origin for flow in flows}
    for name in sorted(service.may_use - used):
        said = (
            f"may_use names {name!r}, and no personal data of that name flows into its features. "
            f"Take it out, or tag the column or the field."
        )
        findings.add(service.name, Finding("pii", said, Severity.WARNING))


def check_usage(found: PlannedProject, findings: Findings, *, whole: bool) -> None:
    """What nothing reads.

    Args:
        found: the project.
        findings: where problems go.
        whole: whether all services were planned, so that what none uses can be told.
    """
    for plan in found.plans:
        if names := unread_fields(plan):
            said = (
                f"nothing reads {', '.join(map(repr, names))} of its request. Take out what isn't "
                f"needed, or list it as a feature."
            )
            findings.add(plan.service.name, Finding("unused", said, Severity.WARNING))
    if whole and (found.plans or found.failed):
        for name, said in _unused(found):
            findings.add(name, Finding("unused", said, Severity.WARNING))


def _unused(found: PlannedProject) -> Iterator[tuple[str, str]]:
    graph, failed = found.project.graph, [*found.failed]
    sound = []
    for plan in found.plans:
        try:
            service_lineage([plan], found.project, found.columns)
            sound.append(plan)
        except OnedagError:  # a view that can't be planned, which is said of it
            failed.append(plan.service)
    untold = graph.upstream([*_of_broken(found), *(n for s in failed for n in s.features)])
    lineage = project_lineage(sound, found.project, found.columns)
    return (told for told in unused(graph, lineage) if told[0] not in untold)


def _of_broken(found: PlannedProject) -> Iterator[str]:
    """The stored features that were not planned: a source is broken, or lacks something."""
    planned = {feature.name for view, _ in found.views for feature in view.features}
    for name, node in found.project.graph.items():
        if node.kind.stored and name not in planned:
            yield name
