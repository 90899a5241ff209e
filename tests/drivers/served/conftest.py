"""What the tests of the served log ask for."""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drivers.served.world import World


@pytest.fixture
def world(tmp_path: Path, make_module: Callable[..., types.ModuleType]) -> World:
    """A shop with a published run, whose store is filled as of noon."""
    world = World(tmp_path, make_module)
    world.train(20.0, 40.0)
    world.materialize()
    return world
