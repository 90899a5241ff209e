"""What a report says, and when it passes."""

from __future__ import annotations

import json

import pytest

from drivers.check import CheckReport, Problem, Severity

ERROR = Problem(
    "f", "row-wise", "it differs. Usual cause: a mean. Cure: none.", place="features/f.py:3"
)
WARNING = Problem("g", "unused", "nothing reaches it.", Severity.WARNING)


def test_as_text() -> None:
    report = CheckReport(("f", "h"), (ERROR,), ("s",), (WARNING,))
    assert str(report).splitlines() == [
        "2 row functions checked, 1 problem, 1 warning.",
        "  error: features/f.py:3: f [row-wise]: it differs.",
        "      Usual cause: a mean. Cure: none.",
        "  warning: g [unused]: nothing reaches it.",
        "  s: no spine to sample; only planned. Name one with --spine, or in "
        "[tool.onedag.training.s].",
    ]


def test_as_json() -> None:
    report = CheckReport(("f",), (ERROR,), ("s",), (WARNING,))
    assert json.loads(report.to_json()) == {
        "format": 1,
        "ok": False,
        "checked": ["f"],
        "problems": [
            {
                "function": "f",
                "kind": "row-wise",
                "message": ERROR.message,
                "severity": "error",
                "place": "features/f.py:3",
            }
        ],
        "unsampled": ["s"],
        "warnings": [
            {
                "function": "g",
                "kind": "unused",
                "message": "nothing reaches it.",
                "severity": "warning",
                "place": "",
            }
        ],
    }


@pytest.mark.parametrize(
    ("problems", "warnings", "passes", "strictly"),
    [((), (), True, True), ((), (WARNING,), True, False), ((ERROR,), (), False, False)],
)
def test_when_it_passes(
    problems: tuple[Problem, ...], warnings: tuple[Problem, ...], passes: bool, strictly: bool
) -> None:
    report = CheckReport((), problems, (), warnings)
    assert (report.ok, report.passes()) == (passes, passes)
    assert report.passes(strict=True) is strictly
