"""Plans of a service whose project is written as a string."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import ModuleType

import pydantic
import pytest

from onedag import FeatureService, Plan, Project, plan


class Planner:
    """Plans features over one project.

    Attributes:
        module: the project's.
        project: the project.
    """

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.project = Project(module)

    def __call__(
        self,
        *features: str,
        request: Mapping[str, object],
        columns: Mapping[str, Collection[str]] | None = None,
    ) -> Plan:
        """Plan a service ``s``.

        Args:
            features: its features.
            request: the fields of its request, with their annotations.
            columns: of sources that are files.
        """
        fields = {
            name: value if isinstance(value, tuple) else (value, ...)
            for name, value in request.items()
        }
        model = pydantic.create_model("Request", **fields)  # type: ignore[call-overload]
        return plan(FeatureService("s", features, model), self.project, columns)


@pytest.fixture
def planner(make_module: Callable[..., ModuleType]) -> Callable[[str], Planner]:
    """A planner for a module that has ``user``, ``orders`` and ``profiles`` (key=user)."""
    return lambda source: Planner(make_module(source, preamble=True))
