"""The store of a project."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from drivers.stores import Store, open_store
from onedag.project import Project

__all__ = ["store_of"]

_IN_MEMORY: WeakKeyDictionary[Project, Store] = WeakKeyDictionary()


def store_of(project: Project) -> Store:
    """The store that a project names. One in memory is shared by all drivers of the project.

    Raises:
        ConfigurationError: the URL isn't a store's.
    """
    if not project.store.startswith("memory:"):
        return open_store(project.store, project.root)
    if project not in _IN_MEMORY:
        _IN_MEMORY[project] = open_store(project.store, project.root)
    return _IN_MEMORY[project]
