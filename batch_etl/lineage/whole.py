"""The lineage of a project as it is on disk: its functions, its files' columns, its models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drivers.model_contract import model_file, models_folder
from drivers.registry import take_snapshot
from drivers.registry.taking import schemas_of
from onedag import Project
from onedag.lineage import Lineage, project_lineage, service_lineage
from onedag.planner import plan

__all__ = ["Whole", "about", "lineage_of", "whole_lineage"]


@dataclass(frozen=True, slots=True)
class Whole:
    """A lineage, and what a name may mean besides its nodes.

    Attributes:
        project: that it is of.
        lineage: of all services and of what none uses, or of some services.
        columns: of the sources that can be opened, by name.
    """

    project: Project
    lineage: Lineage
    columns: Mapping[str, tuple[str, ...]]

    def all_meant(self, names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ids of the nodes that names stand for, and what there is to say of them.

        Raises:
            UnknownName: the project has nothing of one of the names.
        """
        known = [self.meant(name) for name in names]
        meant = tuple(node for name, _ in known if name for node in self.lineage.named(name))
        return meant, tuple(note for _, note in known if note)

    def meant(self, name: str) -> tuple[str, str]:
        """The name that the lineage has for a name, and what there is to say of it.

        The time of a source's rows says which of them count, so it stands for all its columns. A
        source, column or function that is there and that nothing uses has no node: it stands for
        the empty name.

        Raises:
            UnknownName: the project has nothing of the name.
        """
        source = self._whose_time(name)
        known = f"source:{source}" if source else name
        if known in self._unused():
            return "", f"No function, no look-up and no key takes {name}."
        if self._is_nowhere(name):
            stored = self.project.graph[name].definition is not None
            why = "it can't be planned; see `onedag check`" if stored else "nothing takes it"
            return "", f"{name} is computed nowhere: {why}."
        self.lineage.named(known)  # raises
        return known, f"{name} is a time of {source!r}: it says which rows count." if source else ""

    def _whose_time(self, name: str) -> str:
        """The source whose rows have a column as their time; empty for none."""
        for source in self.project.sources.values():
            times = {column for column in (source.timestamp, source.known_at) if column}
            times |= {old for old, new in source.columns.items() if new in times}
            if name in {f"{source.name}.{column}" for column in times}:
                return source.name
        return ""

    def _is_nowhere(self, name: str) -> bool:
        """Whether it is a function that has no node."""
        nodes = self.lineage.nodes.values()
        return name in self.project.graph and not any(name in node.names for node in nodes)

    def _unused(self) -> set[str]:
        """The sources and columns that nothing takes: they have no node."""
        names = {name for source in self.project.sources for name in (source, f"source:{source}")}
        for source, columns in self.columns.items():
            renamed = self.project.sources[source].columns
            names.update(f"{source}.{column}" for column in (*columns, *renamed))
        nodes = self.lineage.nodes.values()
        return names - {name for node in nodes for name in (*node.names, *node.qualified)}


def whole_lineage(project: Project, services: Iterable[str] = ()) -> Whole:
    """The lineage of a project with its models. Files are opened, no row and no model is read.

    A source that can't be opened has the columns that functions take.

    Args:
        project: to look at.
        services: those alone, without what no service uses; all by default.

    Raises:
        UnknownName: no such service.
        PlanError: a service can't be planned.
    """
    named = tuple(services)
    columns = {name: tuple(types) for name, types in schemas_of(project).types.items()}
    plans = [plan(name, project, columns) for name in named or project.services]
    folder = models_folder(project)
    files = {p.service.name: model_file(folder, p.service.name) for p in plans}
    models = {service: path.name for service, path in files.items() if path.exists()}
    build = service_lineage if named else project_lineage
    return Whole(project, build(plans, project, columns, models), columns)


def lineage_of(project: Project, service: str | None = None) -> Lineage:
    """The lineage of one service, or of all and of what none uses.

    Raises:
        UnknownName: no such service.
        PlanError: a service can't be planned.
    """
    return whole_lineage(project, [service] if service else []).lineage


def about(project: Project) -> dict[str, str]:
    """What a lineage was made of, for people: the project, its snapshot and its commit."""
    snapshot = take_snapshot(project)
    said = {"project": project.root.name, "snapshot": snapshot.id}
    if snapshot.commit is not None:
        edited = ", with files that differ from it" if snapshot.commit.dirty else ""
        said["commit"] = f"{snapshot.commit.hash}{edited}"
    return said
