"""Checking a project: what its definitions say, and its functions on samples of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from drivers.check.definitions import (
    check_code,
    check_names,
    check_personal_data,
    check_tags,
    check_types,
    check_usage,
)
from drivers.check.findings import Findings
from drivers.check.model import CheckReport
from drivers.check.planned import PlannedProject, planned
from drivers.check.randomness import watched
from drivers.check.samples import Samples
from drivers.check.sampling import SampledReader
from drivers.check.trials import Finding
from drivers.engines.local import LocalEngine
from drivers.spine import SpineData
from onedag.errors import FunctionError, OnedagError, SourceError, SpineError
from onedag.graph import Kind
from onedag.planner import Cut, Plan, View
from onedag.project import Project
from onedag.service import FeatureService

__all__ = ["SAMPLE_ROWS", "check"]

SAMPLE_ROWS = 64


def check(
    project: Project,
    spine: SpineData | None = None,
    service: str | FeatureService | None = None,
    *,
    rows: int = SAMPLE_ROWS,
) -> CheckReport:
    """Check a project's definitions, and try its functions on samples.

    Functions above the boundary are tried on rows of their sources, those below on rows of the
    spine. A few rows of each are read, and nothing is written. What can't be read or planned is a
    problem of its own, and the rest is checked.

    Args:
        project: what to check.
        spine: for the functions of services; by default that of the service's training settings.
        service: one of them; all by default. What nothing uses is told only of all.
        rows: how many rows to sample: evenly spaced ones, and rows with nulls, extreme values and
            ties.

    Raises:
        UnknownName: the project has no such service.
    """
    services = [project.service(service)] if service else list(project.services.values())
    findings = Findings(project.graph, project.root)
    reader = SampledReader(project.root)
    found = planned(project, services, reader, findings)
    check_types(found, findings)
    samples = Samples(project, LocalEngine(), reader, rows)
    with watched():  # whatever functions draw
        unsampled = _try_functions(found, findings, samples, spine)
    check_code(found, findings)
    check_names(found, findings)
    check_tags(found, findings)
    for plan in found.plans:
        check_personal_data(found, plan, findings)
    check_usage(found, findings, whole=service is None)
    return findings.report(unsampled)


def _try_functions(
    found: PlannedProject, findings: Findings, samples: Samples, spine: SpineData | None
) -> list[str]:
    """Try functions on samples; the names of the services without a spine."""
    for view, cut in found.views:
        if not _needs_broken(found, cut):
            with _reported(findings, view.name):
                _try_view(findings, samples, view, cut)
    unsampled = []
    for plan in found.plans:
        settings = found.project.training.get(plan.service.name)
        data = spine if spine is not None or settings is None else settings.spine
        if data is None:
            unsampled.append(plan.service.name)
        elif not _needs_broken(found, plan.training):
            with _reported(findings, plan.service.name):
                _try_service(findings, samples, plan, data)
    return unsampled


def _try_view(findings: Findings, samples: Samples, view: View, cut: Cut) -> None:
    sample = samples.of_view(view, cut)
    nodes = [feature.node for feature in view.features if feature.node]
    findings.try_steps(cut.steps, sample)
    for kind in (Kind.LATEST, Kind.AGGREGATE):
        findings.try_steps([node for node in nodes if node.kind is kind], sample)


def _try_service(findings: Findings, samples: Samples, plan: Plan, data: SpineData) -> None:
    sample = samples.of_service(plan, data)
    findings.try_steps(plan.training.steps, sample)
    findings.look_for_constants(plan.service.features, sample)


def _needs_broken(found: PlannedProject, cut: Cut) -> bool:
    """Whether something is looked up in a source that can't be opened."""
    return any(view.source.name in found.broken for view in cut.views)


@contextmanager
def _reported(findings: Findings, name: str) -> Iterator[None]:
    """What goes wrong with a view or a service is a problem of it."""
    try:
        yield
    except SpineError as error:
        findings.add(name, Finding("spine", str(error)))
    except SourceError as error:
        findings.add(name, Finding("source", str(error)))
    except FunctionError as error:
        # Of a function that history is computed with, its own trial said so before.
        if not findings.name_one_of(str(error)):
            findings.add(name, Finding("raises", str(error)))
    except OnedagError as error:
        findings.add(name, Finding("plan", str(error)))
