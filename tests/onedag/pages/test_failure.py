from __future__ import annotations

from pathlib import Path

import pytest

from onedag import Project
from onedag.errors import ConfigurationError, UnknownName
from onedag.pages import Failure, Links, failure_of, failure_page
from tests.onedag.pages.reading import read


def failure(root: Path, name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> Failure:
    """Of a project whose one module can't be imported."""
    (root / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(root))
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever the module raises
        Project(name, root=root)
    return failure_of(raised.value, root)


def test_an_exception_of_a_module(tmp_path, monkeypatch):
    found = failure(tmp_path, "raises_features", "x = 1\n1 / 0\n", monkeypatch)
    assert found == Failure(
        "ZeroDivisionError", "division by zero", "raises_features.py:2", "1 / 0"
    )


def test_a_module_that_is_no_python(tmp_path, monkeypatch):
    found = failure(tmp_path, "odd_syntax_features", "def f(:\n    pass\n", monkeypatch)
    assert found.kind == "SyntaxError"
    assert found.place == "odd_syntax_features.py:1"
    assert found.line == "def f(:"


def test_what_is_raised_in_an_environment_within_the_project(tmp_path, monkeypatch):
    packages = tmp_path / ".venv" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "a_package_within.py").write_text("def f():\n    raise ValueError('no')\n")
    monkeypatch.syspath_prepend(str(packages))
    code = "import a_package_within\na_package_within.f()\n"
    found = failure(tmp_path, "calling_features", code, monkeypatch)
    assert (found.place, found.line) == ("calling_features.py:2", "a_package_within.f()")


def test_an_import_that_fails_in_a_module(tmp_path, monkeypatch):
    found = failure(tmp_path, "importing_features", "\nimport no_such_package\n", monkeypatch)
    assert found.kind == "ConfigurationError"
    assert "no_such_package" in found.said
    assert found.place == "importing_features.py:2"


def test_an_error_of_ours_has_its_message_and_no_place(tmp_path):
    found = failure_of(UnknownName.among("service", "x", ["y"]), tmp_path)
    assert str(found) == "UnknownName: No service is named 'x'. Available: y."


def test_an_error_that_says_nothing(tmp_path):
    assert failure_of(AssertionError(), tmp_path).said == "It says nothing more."


def test_the_page(tmp_path):
    error = ConfigurationError("<b>No</b> pyproject.toml")
    page = read(failure_page(failure_of(error, tmp_path), Links.static(), "shop"))
    assert "The project can't be loaded" in page.said
    assert "<b>No</b> pyproject.toml" in page.said
    assert "b" not in page.tags
    assert "nav" not in page.tags
