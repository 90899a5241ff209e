"""`onedag check` on a repository on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

Run: TypeAlias = Callable[..., tuple[int, str]]


@pytest.fixture
def edit(repository: Path) -> Callable[[str, str], None]:
    """Edit the repository's one module."""
    [module] = repository.glob("features_of_*.py")

    def replace(old: str, new: str) -> None:
        text = module.read_text()
        assert old in text
        module.write_text(text.replace(old, new))

    return replace


def test_a_problem_fails(run: Run, edit: Callable[[str, str], None]) -> None:
    edit("price - price_mean", "price - price.mean()")
    code, said = run("check")
    assert code == 1
    assert "1 row function checked, 1 problem.\n  error: features_of_" in said
    assert ".py:21: price_over_mean [row-wise]: for (price=" in said


def test_a_warning_fails_where_it_counts(run: Run, edit: Callable[[str, str], None]) -> None:
    edit('    """The price above the mean."""\n', "")
    code, said = run("check")
    assert code == 0
    assert "0 problems, 1 warning." in said
    assert "price_over_mean [docstring]" in said
    assert run("check", "--strict") == (1, said)


def test_as_json(run: Run, edit: Callable[[str, str], None]) -> None:
    edit("price - price_mean", "price - price.mean()")
    code, said = run("check", "--json", "buys")
    assert code == 1
    found = json.loads(said)
    assert found["ok"] is False
    assert [p["function"] for p in found["problems"]] == ["price_over_mean"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("import pydantic\n", "import pydantic\nimport no_such_module\n", "no_such_module"),
        ("price_mean: float", "price_mean: str", "takes 'price_mean' as str"),
        ("def price_mean(", "def price_mean(:", "SyntaxError"),
    ],
)
def test_a_project_that_cannot_be_loaded(
    run: Run, edit: Callable[[str, str], None], old: str, new: str, message: str
) -> None:
    edit(old, new)
    code, said = run("check", "--json")
    assert code == 1
    [problem] = json.loads(said)["problems"]
    assert problem["kind"] == "project"
    assert message in problem["message"]


def test_a_service_that_isn_t_there(run: Run) -> None:
    code, said = run("check", "sells")
    assert code == 1
    assert "No service is named 'sells'" in said
