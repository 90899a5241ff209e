"""`onedag check` finds nothing to say about the reference features."""

from __future__ import annotations

from pathlib import Path

from drivers.check import check
from onedag import Project


def test_nothing_is_wrong_with_the_reference_features(flights_data: Path) -> None:
    project = Project(["features"], store="memory://", root=flights_data.parent)
    report = check(project, flights_data / "spine.parquet")
    assert not report.problems, str(report)
    assert not report.warnings, str(report)
    assert {"landed_late", "plane_age_years", "distance_zscore"} <= set(report.checked)
