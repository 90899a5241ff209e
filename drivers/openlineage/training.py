"""What is told of training frames and models."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from openlineage.client.event_v2 import InputDataset, OutputDataset

from drivers.frames import TrainingFrame
from drivers.openlineage.columns import AGGREGATION, IDENTITY, JOIN, TRANSFORMATION, Way
from drivers.openlineage.datasets import Datasets, personal_tags
from drivers.openlineage.facets import (
    ColumnOrigins,
    column_lineage,
    data_source,
    kind_of,
    schema,
    statistics,
    version_of,
)
from drivers.openlineage.naming import Name, Names
from drivers.openlineage.services import TracedService
from onedag.lineage import LineageNode, NodeKind
from onedag.nodes import shown_type
from onedag.planner import Plan
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP

__all__ = ["PREDICTION", "FrameRun", "model_input", "model_outputs"]

PREDICTION = "prediction"


@dataclass(frozen=True, slots=True)
class FrameRun:
    """A training frame: what it reads, and what it is.

    Attributes:
        traced: its service.
        datasets: makes datasets.
        spine: what its rows are called.
        fitted: whether fitted values are given, and not computed.
    """

    traced: TracedService
    datasets: Datasets
    spine: Name
    fitted: bool

    @classmethod
    def of(
        cls,
        plan: Plan,
        project: Project,
        columns: Mapping[str, tuple[str, ...]],
        datasets: Datasets,
        spine: Name,
        *,
        fitted: bool,
        backfilled: bool,
    ) -> FrameRun:
        """Trace the frame of a service; the arguments as of `drivers.openlineage.silence`."""
        ends = {NodeKind.COLUMN, NodeKind.REQUEST}
        ends |= {NodeKind.FITTED} if fitted else set()
        ends |= {NodeKind.STORED} if backfilled else set()
        traced = TracedService.of(plan, project, columns, lambda node: node.kind in ends)
        return cls(traced, datasets, spine, fitted)

    def owners(self) -> set[str]:
        """Who is named as an owner of anything that the features come from."""
        return {node.owner for node in self.traced.lineage.nodes.values()}

    def inputs(self, frame: TrainingFrame | None = None) -> list[InputDataset]:
        """The spine, and the sources, or the backfilled views and given fitted values.

        Args:
            frame: once it is there; it says which columns of the spine were carried along.
        """
        plan, datasets = self.traced.plan, self.datasets
        used = [EVENT_TIMESTAMP, *self._given()]
        carried = {} if frame is None else _types(frame, frame.features)
        rows = datasets.request(self.spine, plan.fields, used, carried)
        found = self.traced.origins().values()
        stored = {node.view: self._place(node)[0] for node in found if node.kind is NodeKind.STORED}
        given = [datasets.read(self._fitted_name(), self._fitted_types())] if self.fitted else []
        views = [datasets.read(name, {}) for _, name in sorted(stored.items())]
        return [rows, *datasets.sources(self._sources()), *views, *(given if plan.fitted else [])]

    def outputs(self, frame: TrainingFrame | None = None) -> list[OutputDataset]:
        """The frame, and fitted values that were computed.

        Args:
            frame: once it is there.
        """
        version = {} if frame is None else version_of(frame.run_id)
        facets = {
            **column_lineage(self._fields(frame), self._whole()),
            **personal_tags(self.traced.personal),
            **({} if frame is None else schema(_types(frame), self._docs())),
            **version,
        }
        written = {} if frame is None else statistics(len(frame))
        name = frame_name(self.datasets.names, self.traced.plan)
        outputs = [self.datasets.written(name, facets, written)]
        if self.traced.fitted and not self.fitted:
            fitted = column_lineage(self.traced.fitted_columns(self._place), self._whole())
            known = {**schema(self._fitted_types()), **fitted, **version}
            outputs.append(self.datasets.written(self._fitted_name(), known))
        return outputs

    def _fields(self, frame: TrainingFrame | None) -> dict[str, ColumnOrigins]:
        names = [] if frame is None else frame.columns.names
        carried = {name: {(self.spine, name): frozenset([Way(IDENTITY)])} for name in names}
        return carried | self.traced.columns(self._place)

    def _whole(self) -> ColumnOrigins:
        """What says which rows of history each row of the spine sees."""
        times = self.datasets.times(self._sources(), JOIN)
        return {(self.spine, EVENT_TIMESTAMP): frozenset([Way(JOIN)]), **times}

    def _sources(self) -> set[str]:
        """The names of the sources that are read."""
        found = self.traced.origins().values()
        return {node.source for node in found if node.kind is NodeKind.COLUMN}

    def _given(self) -> list[str]:
        return [name for name in self.traced.plan.training.given if name != EVENT_TIMESTAMP]

    def _place(self, node: LineageNode) -> tuple[Name, str]:
        match node.kind:
            case NodeKind.REQUEST:
                return self.spine, node.label
            case NodeKind.STORED:
                return self.datasets.names.backfilled(node.view), node.label
            case NodeKind.FITTED:
                return self._fitted_name(), node.label
            case _:
                return self.datasets.column(node)

    def _fitted_name(self) -> Name:
        return fitted_name(self.datasets.names, self.traced.plan)

    def _fitted_types(self) -> dict[str, str]:
        return fitted_types(self.traced.plan)

    def _docs(self) -> dict[str, str]:
        nodes = self.traced.lineage.nodes.values()
        return {n.label: n.detail for n in nodes if n.module}  # the first lines of docstrings


def frame_name(names: Names, plan: Plan) -> Name:
    """What a service's training frames are called. A file of one is another dataset."""
    return names.in_memory(f"{plan.service.name}.training_frame")


def fitted_name(names: Names, plan: Plan) -> Name:
    """What a service's fitted values are called."""
    return names.in_memory(f"{plan.service.name}.fitted")


def fitted_types(plan: Plan) -> dict[str, str]:
    """The annotated types of fitted values, by function."""
    return {node.name: shown_type(node.returns) for node in plan.fitted}


def model_input(name: Name) -> InputDataset:
    """The spine of a model's training."""
    return InputDataset(name.namespace, name.name, facets=data_source(name))


def model_outputs(
    frame: TrainingFrame, names: Names, written: Path, model: Path, label: str
) -> tuple[InputDataset, list[OutputDataset]]:
    """What a model is fitted on, and the files that training leaves.

    Args:
        frame: of the training rows.
        names: of datasets.
        written: the frame's file.
        model: the model's file.
        label: the column that is predicted.
    """
    name = frame_name(names, frame.plan)
    version, types = version_of(frame.run_id), _types(frame)
    read = InputDataset(name.namespace, name.name, facets={**schema(types), **version})
    copied = {c: {(name, c): frozenset([Way(IDENTITY)])} for c in types}
    learned: dict[tuple[Name, str], frozenset[Way]] = {
        (name, feature): frozenset([Way(AGGREGATION), Way(TRANSFORMATION)])
        for feature in frame.features
    }
    learned[name, label] = frozenset([Way(AGGREGATION)])
    file = names.written("frames", frame.service)
    of_frame = OutputDataset(
        file.namespace,
        file.name,
        facets={**data_source(file), **schema(types), **column_lineage(copied), **version},
        outputFacets=statistics(len(frame), written.stat().st_size),
    )
    place = names.file(model)
    of_model = OutputDataset(
        place.namespace,
        place.name,
        facets={
            **data_source(place),
            **schema({PREDICTION: "double"}),
            **column_lineage({PREDICTION: learned}),
            **kind_of("MODEL"),
            **version,
        },
        outputFacets=statistics(1, model.stat().st_size),
    )
    return read, [of_frame, of_model]


def _types(frame: TrainingFrame, without: Collection[str] = ()) -> dict[str, str]:
    return {field.name: str(field.type) for field in frame.columns if field.name not in without}
