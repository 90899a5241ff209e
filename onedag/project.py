"""`Project`: the modules of a feature repository, and what was found in them."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from onedag.entity import Entity
from onedag.errors import ConfigurationError, DuplicateName, UnknownName
from onedag.graph import FunctionGraph
from onedag.service import FeatureService
from onedag.settings import (
    DEFAULT_OFFLINE,
    DEFAULT_STORE,
    ProjectSettings,
    TrainingSettings,
    find_pyproject,
)
from onedag.source import Source

__all__ = ["Project"]

_Found = TypeVar("_Found", Entity, Source, FeatureService)


class Project:
    """A feature repository: functions, entities, sources and services, found in modules.

    Nothing is read or connected here: the sources are opened by a batch driver, the store by the
    driver that uses it. The Hamilton graph is built once.

    Args:
        modules: modules, or their dotted names; a package means all its modules.
        store: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``redis://host:port/db`` or
            ``memory://`` (shared by the drivers of this project object).
        offline: the folder of models, frames and pictures.
        registry: the folder of snapshots; without it runs and stored values carry the id of a
            snapshot that isn't kept anywhere.
        root: what relative paths are relative to; the current folder by default.
        training: how the jobs train a model, by service.
        acknowledged: changes that published models may see, by name (`onedag diff`).
        openlineage: where run events go, such as ``file:.onedag/openlineage.jsonl`` or the URL of
            an endpoint; nowhere by default.

    Raises:
        ConfigurationError: a module that can't be imported.
        DuplicateName: two functions, entities, sources or services of one name.
        InvalidDefinition: a function that can't be a node.
        CyclicDependency: functions that need each other.
    """

    def __init__(
        self,
        modules: Sequence[str | ModuleType] | str | ModuleType,
        *,
        store: str = DEFAULT_STORE,
        offline: str | Path = DEFAULT_OFFLINE,
        registry: str | Path | None = None,
        root: str | Path | None = None,
        training: Mapping[str, TrainingSettings] | None = None,
        acknowledged: Mapping[str, str] | None = None,
        openlineage: str | None = None,
    ) -> None:
        named = [modules] if isinstance(modules, str | ModuleType) else list(modules)
        self.root = Path.cwd() if root is None else Path(root).resolve()
        self.modules = tuple(_expanded(named))
        self.store = store
        self.offline = self.root / offline
        self.registry = None if registry is None else self.root / registry
        self.training = dict(training or {})
        self.acknowledged = dict(acknowledged or {})
        self.openlineage = openlineage
        self.entities = _found(Entity, self.modules)
        self.sources = _found(Source, self.modules)
        self.services = _found(FeatureService, self.modules)
        self._add_what_is_only_referred_to()

    @classmethod
    def load(cls, directory: str | Path = ".") -> Project:
        """The project of the nearest ``pyproject.toml`` with ``[tool.onedag]``, upwards from here.

        The project's folder is put in front of ``sys.path``, as Python does for a script.

        Raises:
            ConfigurationError: no such file, an unknown key, a module that can't be imported.
        """
        pyproject = find_pyproject(Path(directory))
        settings = ProjectSettings.read(pyproject)
        root = str(pyproject.parent)
        if root not in sys.path:
            sys.path.insert(0, root)
        return cls(
            settings.modules,
            store=settings.store,
            offline=settings.offline,
            registry=settings.registry,
            root=root,
            training=settings.training,
            acknowledged=settings.acknowledged,
            openlineage=settings.openlineage,
        )

    @cached_property
    def graph(self) -> FunctionGraph:
        """All functions of the modules as one DAG."""
        return FunctionGraph.from_modules(self.modules)

    def service(self, service: str | FeatureService) -> FeatureService:
        """A service by its name; a `FeatureService` is given back as it is.

        Raises:
            UnknownName: the project has no such service.
        """
        if isinstance(service, FeatureService):
            return service
        if service not in self.services:
            raise UnknownName.among("service", service, self.services)
        return self.services[service]

    def _add_what_is_only_referred_to(self) -> None:
        # A source or an entity may be defined within a decorator's arguments.
        for node in self.graph.values():
            if node.definition is not None:
                _add(self.sources, node.definition.source, node.module)
                if node.definition.entity is not None:
                    _add(self.entities, node.definition.entity, node.module)
        for source in list(self.sources.values()):
            if source.key is not None:
                _add(self.entities, source.key, source.name)


def _expanded(modules: Iterable[str | ModuleType]) -> Iterable[ModuleType]:
    seen: set[str] = set()
    for module in modules:
        for found in _with_submodules(_imported(module)):
            if found.__name__ not in seen:
                seen.add(found.__name__)
                yield found


def _imported(module: str | ModuleType) -> ModuleType:
    if isinstance(module, ModuleType):
        return module
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            f"Module {module!r} of the project can't be imported: {error}. It is looked for from "
            f"the project's folder and among the installed packages."
        ) from error


def _with_submodules(module: ModuleType) -> Iterable[ModuleType]:
    yield module
    for info in pkgutil.walk_packages(getattr(module, "__path__", []), f"{module.__name__}."):
        if not info.name.endswith(".__main__"):  # a script: to import it is to run it
            yield _imported(info.name)


def _found(kind: type[_Found], modules: Iterable[ModuleType]) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, kind):
                _add(found, value, module.__name__)
    return found


def _add(found: dict[str, _Found], value: _Found, place: str) -> None:
    known = found.setdefault(value.name, value)
    if known is not value and known != value:
        raise DuplicateName.of(
            type(value).__name__, value.name, repr(known), f"{value!r} ({place})"
        )
