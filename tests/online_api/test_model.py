"""A model that fits its run, and each way in which it may not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import onnx
import pandas as pd
import pyarrow as pa
import pytest

from drivers.model_contract import feature_matrix, model_file, model_metadata, models_folder
from drivers.stored.records import RunRecord
from onedag.errors import ModelMismatch, SchemaMismatch
from online_api import create_app
from online_api.model import OnnxModel, ServedModel
from tests.online_api.shop import Shop

ROW = {"customer_id": 1, "basket": 60.0}
SCHEMA = [
    ["spent_7d", "double"],
    ["last_amount", "double"],
    ["basket_centred", "double"],
    ["is_big", "bool"],
    ["per_item", "double"],
]
TYPES = dict(SCHEMA)


def schema(*names: str, **types: str) -> str:
    return json.dumps([[name, (TYPES | types)[name]] for name in names])


MISMATCHES = {
    "the order of features": (
        {"schema": schema("spent_7d", "basket_centred", "last_amount", "is_big", "per_item")},
        "position 2: the model takes feature 'basket_centred', the run has 'last_amount'",
    ),
    "a feature that the run lacks": (
        {
            "schema": schema(
                "spent_7d", "last_amount", "basket_centred", "is_big", "age", age="int64"
            )
        },
        "the model takes feature 'age', which the run doesn't have\n"
        "  the run has feature 'per_item', which the model doesn't take",
    ),
    "a dtype": (
        {"schema": schema(*TYPES, is_big="int64")},
        "feature 'is_big': the model takes it as int64, the run has bool",
    ),
    "a fitted value": (
        {"fitted": '{"basket_mean": "51.5"}'},
        "fitted value 'basket_mean': the model was trained with 51.5, the run has 50.0",
    ),
    "a fitted value that the model lacks": (
        {"fitted": "{}"},
        "fitted value 'basket_mean': the model was trained with none, the run has 50.0",
    ),
    "the service": ({"service": "returns"}, "the model is for service 'returns'"),
}


@pytest.mark.parametrize(("changed", "message"), MISMATCHES.values(), ids=MISMATCHES)
def test_a_model_that_does_not_fit_keeps_the_server_from_starting(shop, run_app, changed, message):
    path = shop.write_model(shop.publish(), **changed)
    with pytest.raises(ModelMismatch) as caught, run_app(create_app(shop.project)):
        pass
    assert str(path) in str(caught.value)
    # The first line says which model and run, the last what to do; nothing else differs.
    assert str(caught.value).splitlines()[1:-1] == [f"  {line}" for line in message.split("\n  ")]


def test_a_model_that_lacks_a_feature_keeps_the_server_from_starting(shop, run_app):
    run = shop.publish()
    narrow = RunRecord(**{**fields_of(run), "schema": pa.schema(list(run.schema)[:-1])})
    shop.write_model(narrow)
    with pytest.raises(ModelMismatch) as caught, run_app(create_app(shop.project)):
        pass
    assert "the run has feature 'per_item', which the model doesn't take" in str(caught.value)


def test_a_model_of_another_run_fits_where_all_that_counts_is_equal(shop, run_app):
    run = shop.publish()
    shop.write_model(run, run_id="buys-of-last-week")
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer, ready = client.predict("buys", ROW), client.get("/readyz")
    assert answer.json()["run_id"] == run.run_id
    assert ready.json()["services"]["buys"]["model"] == "buys-of-last-week"


def no_metadata(model: onnx.ModelProto) -> None:
    del model.metadata_props[:]


def other_metadata(model: onnx.ModelProto) -> None:
    onnx.helper.set_model_props(
        model, {p.key: "5" if p.key == "onedag.schema" else p.value for p in model.metadata_props}
    )


def other_width(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 4


def other_input(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        node.input[:] = ["X" if name == "features" else name for name in node.input]
    model.graph.input[0].name = "X"


def no_probabilities(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        node.output[:] = ["scores" if name == "probabilities" else name for name in node.output]
    for output in model.graph.output:
        output.name = "scores" if output.name == "probabilities" else output.name


OTHER_MODELS = {
    no_metadata: "its metadata lacks onedag.service, onedag.run_id, onedag.schema, onedag.fitted",
    other_metadata: "in another form than this version of onedag writes",
    other_width: "takes 'features' of shape [None, 4], and should take one tensor 'features'",
    other_input: "takes 'X' of shape [None, 5], and should take one tensor 'features'",
    no_probabilities: "and should give a tensor 'probabilities'",
}


@pytest.mark.parametrize("change", OTHER_MODELS)
def test_a_file_that_is_no_model_of_ours_says_why(shop, change):
    path = shop.write_model(shop.publish())
    model = onnx.load(path)
    change(model)
    onnx.save(model, path)
    with pytest.raises(ModelMismatch) as caught:
        OnnxModel(path)
    assert OTHER_MODELS[change] in str(caught.value)


def test_a_file_that_is_no_model_at_all_keeps_the_server_from_starting(shop, run_app):
    path = shop.write_model(shop.publish())
    path.write_bytes(b"not a model")
    with (
        pytest.raises(ModelMismatch, match="can't be read as an ONNX model"),
        run_app(create_app(shop.project)),
    ):
        pass


def test_a_run_that_the_model_does_not_fit_stops_predictions_alone(shop, run_app):
    shop.write_model(shop.publish())
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        assert client.predict("buys", ROW).status_code == 200
        run = shop.publish(baskets=(0.0, 20.0))
        mismatch, ready = client.predict("buys", ROW), client.get("/readyz")
        assert client.features("buys", ROW).json()["run_id"] == run.run_id
        shop.write_model(run)
        repaired, ready_again = client.predict("buys", ROW), client.get("/readyz")
    expected = "fitted value 'basket_mean': the model was trained with 50.0, the run has 10.0"
    assert mismatch.status_code == 409
    assert mismatch.json()["error"]["type"] == "ModelMismatch"
    assert expected in mismatch.json()["error"]["message"]
    assert ready.status_code == 503
    assert expected in ready.json()["error"]["message"]
    assert repaired.json()["run_id"] == run.run_id
    assert ready_again.json()["services"]["buys"] == {"run_id": run.run_id, "model": run.run_id}


def test_a_model_of_the_next_run_waits_until_that_is_published(shop):
    first = shop.publish()
    path = shop.write_model(first)
    served = ServedModel("buys", path)
    before = served.fitting(first)
    second = RunRecord(**{**fields_of(first), "run_id": "next", "fitted": {"basket_mean": "1.0"}})
    shop.write_model(second)
    assert served.fitting(first) is before
    assert served.fitting(second).run_id == "next"


def test_a_better_model_of_the_same_run_is_taken(shop):
    run = shop.publish()
    path = shop.write_model(run)
    served = ServedModel("buys", path)
    before = served.fitting(run)
    assert served.at_hand(run) is served.fitting(run)
    assert served.fitting(run) is before
    shop.write_model(run, run_id="retrained")
    assert served.at_hand(run) is None
    assert served.fitting(run).run_id == "retrained"


@pytest.mark.parametrize("content", [None, b"half a mod"], ids=["gone", "broken"])
def test_a_model_outlives_its_file(shop, content, caplog):
    run = shop.publish()
    path = shop.write_model(run)
    served = ServedModel("buys", path)
    before = served.fitting(run)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    for _ in range(2):
        assert served.fitting(run) is before
        assert served.at_hand(run) is before
    said = [record for record in caplog.records if "model that is served stays" in record.message]
    assert len(said) == (0 if content is None else 1)


def test_the_models_are_where_the_jobs_write_them_or_where_one_says(shop, run_app):
    run = shop.publish()
    path = shop.write_model(run)
    assert path == model_file(models_folder(shop.project), "buys")
    path.rename(shop.root / "buys.onnx")
    for folder, status in ((None, 404), (shop.root, 200)):
        with run_app(create_app(shop.project, clock=shop.clock, models=folder)) as client:
            assert client.predict("buys", ROW).status_code == status


def test_metadata_is_what_serving_must_repeat(shop):
    run = shop.publish()
    assert model_metadata(run) == {
        "onedag.service": "buys",
        "onedag.run_id": run.run_id,
        "onedag.schema": json.dumps(SCHEMA),
        "onedag.fitted": '{"basket_mean": "50.0"}',
        "onedag.snapshot": run.snapshot,
    }


def test_the_matrix_is_float32_and_null_is_nan():
    table = pa.table(
        {
            "flag": pa.array([True, False, None]),
            "count": pa.array([2**24 + 1, None, -1], pa.int64()),
            "rate": pa.chunked_array([[0.1, None], [np.inf]]),
        }
    )
    matrix = feature_matrix(table)
    assert matrix.dtype == np.float32
    expected = [[1, 2**24, np.float32(0.1)], [0, np.nan, np.nan], [np.nan, -1, np.inf]]
    np.testing.assert_array_equal(matrix, np.array(expected, np.float32))
    assert feature_matrix(table.slice(0, 0)).shape == (0, 3)


@pytest.mark.parametrize(
    "values", [["a"], [datetime(2024, 1, 1, tzinfo=UTC)], pd.Categorical(["a"])]
)
def test_the_matrix_refuses_what_is_no_number(values):
    with pytest.raises(SchemaMismatch, match=r"Feature 'kind' is .* a model takes numbers"):
        feature_matrix(pa.table({"kind": pa.array(values)}))


def test_a_feature_that_is_no_number_is_a_conflict_of_predictions(shop: Shop, run_app):
    run = shop.publish("tests_items")
    shop.write_model(run)
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.predict("tests_items", ROW)
    assert answer.status_code == 409
    assert "Feature 'coupon' is string" in answer.json()["error"]["message"]


def fields_of(run: RunRecord) -> dict[str, object]:
    return {name: getattr(run, name) for name in RunRecord.__slots__}
