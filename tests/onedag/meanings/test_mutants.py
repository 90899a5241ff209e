"""Every mutant of a function has another fingerprint, and no other formatting of it has."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from onedag.errors import OnedagError
from onedag.fingerprints import Fingerprint, fingerprint
from onedag.meanings import NodeMeaning, node_meanings
from tests.onedag.meanings.conftest import Load
from tests.onedag.meanings.files import FILES
from tests.onedag.meanings.mutants import exploded, mutants, without_docstrings

FEATURES = sorted(Path(__file__).parents[3].joinpath("features").glob("[a-z]*.py"))
OF_THE_PROJECT = [name for name in FILES if FILES[name] and name != "shop/definitions.py"]


@pytest.fixture
def told() -> Iterator[Callable[[str], dict[str, Fingerprint]]]:
    """The fingerprints of a module's own functions."""
    name = "features_of_mutants"

    def of(source: str) -> dict[str, Fingerprint]:
        module = ModuleType(name)
        sys.modules[name] = module
        exec(compile(source, name, "exec", dont_inherit=True), vars(module))
        own: dict[str, Any] = vars(module)
        return {
            function: fingerprint(value)
            for function, value in own.items()
            if isinstance(value, FunctionType) and value.__module__ == name
        }

    yield of
    sys.modules.pop(name, None)


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_every_mutant_of_a_reference_feature_differs(
    path: Path, told: Callable[[str], dict[str, Fingerprint]]
) -> None:
    source = path.read_text()
    before = told(source)
    for mutant in mutants(source):
        if mutant.of in before:
            after = told(mutant.source)
            assert after[mutant.of].text != before[mutant.of].text, mutant


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_no_formatting_of_a_reference_feature_differs(
    path: Path, told: Callable[[str], dict[str, Fingerprint]]
) -> None:
    source = path.read_text()
    bare = ast.unparse(without_docstrings(source)) + "\n"
    assert exploded(source).count("\n") > source.count("\n")
    for written in (bare, exploded(source), exploded(bare), f"# A comment.\n\n\n{source}"):
        assert told(written) == told(source)


def _changed(before: Mapping[str, NodeMeaning], after: Mapping[str, NodeMeaning]) -> set[str]:
    return {name for name in before if name not in after or before[name] != after[name]}


@pytest.mark.parametrize("file", OF_THE_PROJECT)
def test_every_mutant_of_a_project_changes_a_node(file: str, load: Load) -> None:
    """Of what its features, helpers, classes and decorators do, each is seen."""
    before = node_meanings(load(FILES).graph)
    looked_at = 0
    for mutant in mutants(FILES[file]):
        try:
            project = load({**FILES, file: mutant.source})
        except (OnedagError, AttributeError, TypeError, NameError):
            continue  # it can't even be loaded
        looked_at += 1
        changed = _changed(before, node_meanings(project.graph))
        assert bool(changed) is (mutant.of.lower() != "unused"), mutant
    assert looked_at > 3


@pytest.mark.parametrize("file", OF_THE_PROJECT)
def test_no_formatting_of_a_project_changes_a_node(file: str, load: Load) -> None:
    before = node_meanings(load(FILES).graph)
    bare = ast.unparse(without_docstrings(FILES[file])) + "\n"
    for written in (bare, exploded(FILES[file]), exploded(bare)):
        assert node_meanings(load({**FILES, file: written}).graph) == before
