"""Snapshots that differ in the name of an entity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.registry import Registry
from onedag.snapshots import EntitySnapshot, Snapshot


@pytest.fixture
def snapshot_named() -> Callable[[str], Snapshot]:
    """A snapshot with nothing but an entity."""

    def make(name: str) -> Snapshot:
        entities = {name: EntitySnapshot(name, ("key",))}
        return Snapshot({}, {}, entities, {}, {}, versions=("onedag 0",))

    return make


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """One that nobody has written to."""
    return Registry(tmp_path / "registry")
