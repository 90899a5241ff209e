"""The pytest plugin: the fixture `both_ways`.

It is loaded with every run of pytest where onedag is installed, so it imports nothing until a test
asks for the fixture.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from drivers.testing import BothWays
    from onedag.project import Project

__all__ = ["both_ways"]


@pytest.fixture(scope="session")
def _onedag_projects() -> dict[Path, Project]:
    """The projects that were loaded, by the file that names them."""
    return {}


@pytest.fixture(scope="module")  # a narrower one is refused to tests of Hypothesis
def both_ways(request: pytest.FixtureRequest, _onedag_projects: dict[Path, Project]) -> BothWays:
    """Compute features in batch and online, from a few rows (`drivers.testing.both_ways`).

    The project is that of the nearest ``pyproject.toml`` with ``[tool.onedag]`` above the test's
    file, or of the modules that the test names.
    """
    from drivers.testing import BothWays
    from onedag.project import Project
    from onedag.settings import find_pyproject

    def project() -> Project:
        pyproject = find_pyproject(request.path.parent)
        if pyproject not in _onedag_projects:
            _onedag_projects[pyproject] = Project.load(pyproject.parent)
        return _onedag_projects[pyproject]

    return BothWays(project)
