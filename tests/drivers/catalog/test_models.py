"""What model files say of themselves, and whether they fit what is served."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import onnx
import pytest

from drivers.catalog import CatalogReader, scores_file, scores_to_bytes
from drivers.catalog.onnx import metadata_of
from drivers.model_contract import RUN_ID, model_file, model_metadata, models_folder
from drivers.stored.records import RunRecord
from drivers.stores.memory import MemoryStore
from onedag import Project
from onedag.catalog import Catalog, ModelScore, TestedModel
from tests.drivers.catalog.conftest import NOON, Load, train

TESTED = TestedModel(
    "bought", NOON, 4, 2, 0.5, (ModelScore("model", 3, 0.75, 0.5), ModelScore("base", 0, 0.5, 0.7))
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def run(project: Project, store: MemoryStore) -> RunRecord:
    return train(project, store)


def as_onnx(metadata: dict[str, str]) -> bytes:
    """A real file: large enough that lengths take several bytes."""
    weights = onnx.numpy_helper.from_array(np.arange(5000, dtype=np.float32), "weights")
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 1])
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 1])
    graph = onnx.helper.make_graph([node], "g", [value], [out], [weights])
    model = onnx.helper.make_model(graph)
    onnx.helper.set_model_props(model, metadata)
    written: bytes = model.SerializeToString()
    return written


def write(project: Project, content: bytes) -> Path:
    path = model_file(models_folder(project), "buys")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(project: Project, store: MemoryStore) -> Catalog:
    return CatalogReader(project, store, kept=timedelta(0)).read()


def test_the_metadata_of_a_file_are_those_that_onnx_wrote() -> None:
    metadata = {"onedag.run_id": "buys-1", "long": "ü" * 5000, "empty": ""}
    assert metadata_of(as_onnx(metadata)) == metadata


@pytest.mark.parametrize("end", [-1, 30, 200, 20_000])
def test_half_a_file_is_no_model(end: int) -> None:
    with pytest.raises(ValueError, match="ends in the middle"):
        metadata_of(as_onnx({"a": "b"})[:end])


@pytest.mark.parametrize("content", [b"\x0b", b"<html>", b"\xff" * 40])
def test_something_else_is_no_model(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"field|number"):
        metadata_of(content)


def test_a_model_of_the_run_that_is_served(
    project: Project, store: MemoryStore, run: RunRecord
) -> None:
    content = as_onnx(model_metadata(run))
    path = write(project, content)
    os.utime(path, (0, 86_400))
    scores_file(path.parent, run.run_id).write_bytes(scores_to_bytes(TESTED))
    catalog = read(project, store)
    model = catalog.models["buys"]
    assert (model.fits, model.problem, model.run_id) == (True, "", run.run_id)
    assert (model.file, model.size) == ("buys.onnx", len(content))
    assert model.sha256 == hashlib.sha256(content).hexdigest()
    assert model.written_at == datetime(1970, 1, 2, tzinfo=UTC)
    assert model.tested == TESTED
    assert catalog.lineage.nodes["model:buys"].detail == "buys.onnx"


def test_a_model_of_a_run_with_other_features(
    project: Project, store: MemoryStore, run: RunRecord
) -> None:
    metadata = model_metadata(run) | {RUN_ID: "buys-0", "onedag.fitted": '{"price_mean": "9.0"}'}
    write(project, as_onnx(metadata))
    model = read(project, store).models["buys"]
    assert (model.fits, model.run_id, model.tested) == (False, "buys-0", None)
    assert f"It doesn't fit run {run.run_id}" in model.problem
    assert "the model was trained with 9.0, the run has 2.5" in model.problem


def test_a_model_that_fits_nothing_that_is_known(project: Project, store: MemoryStore) -> None:
    run = train(project, MemoryStore())
    write(project, as_onnx(model_metadata(run)))
    model = read(project, store).models["buys"]
    assert (model.fits, model.problem, model.run_id) == (False, "", run.run_id)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it lacks onedag.service, onedag.run_id, onedag.schema, onedag.fitted"),
        (as_onnx({"author": "me"}), "The file doesn't say what it was trained on"),
        (as_onnx({"a": "b"})[:-1], "isn't a whole ONNX model: the file ends in the middle"),
    ],
)
def test_a_file_that_is_no_model(
    project: Project, store: MemoryStore, run: RunRecord, content: bytes, said: str
) -> None:
    write(project, content)
    model = read(project, store).models["buys"]
    assert said in model.problem
    assert (model.fits, model.run_id, model.size) == (False, "", len(content))


def test_metadata_in_another_form(project: Project, store: MemoryStore, run: RunRecord) -> None:
    write(project, as_onnx(model_metadata(run) | {"onedag.schema": "[1, 2]"}))
    assert "in another form" in read(project, store).models["buys"].problem


def test_what_is_no_file(project: Project, store: MemoryStore) -> None:
    model_file(models_folder(project), "buys").mkdir(parents=True)
    assert "can't be read: Is a directory" in read(project, store).models["buys"].problem


def test_a_model_that_is_replaced(project: Project, store: MemoryStore, run: RunRecord) -> None:
    reader = CatalogReader(project, store, kept=timedelta(0))
    before = reader.read()
    assert before.models == {}
    path = write(project, as_onnx({}))
    assert not reader.read().models["buys"].fits
    write(project, as_onnx(model_metadata(run)))
    after = reader.read()
    assert after.models["buys"].fits
    assert after.snapshot is before.snapshot
    assert {"model:buys"} == after.lineage.nodes.keys() - before.lineage.nodes.keys()
    path.unlink()
    assert reader.read().models == {}


def test_models_of_another_folder(load: Load, run: RunRecord, store: MemoryStore) -> None:
    project = load()
    folder = project.root / "elsewhere"
    folder.mkdir()
    model_file(folder, "buys").write_bytes(as_onnx(model_metadata(run)))
    assert CatalogReader(project, store, models=folder).read().models["buys"].fits


@pytest.mark.parametrize("kept", [b"", b"[]", b'{"format": 1}', b'{"format": 2, "label": "x"}'])
def test_scores_that_cant_be_read_are_left_out(
    project: Project, store: MemoryStore, run: RunRecord, kept: bytes
) -> None:
    path = write(project, as_onnx(model_metadata(run)))
    scores_file(path.parent, run.run_id).write_bytes(kept)
    model = read(project, store).models["buys"]
    assert (model.fits, model.tested) == (True, None)
