"""Training on a small shop where history tells more than the request does.

Each customer has a habit: a chance that an order is returned. A request has the customer and the
size of the basket; a large basket is returned more often. Returns of the last 20 days tell the
habit.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pyarrow.parquet as pq
import pytest
from matplotlib.image import imread
from rich.console import Console

from batch_etl.report import TrainingReport
from batch_etl.train import BASE_RATE, BASELINE, MODEL, train
from drivers import BatchDriver
from drivers.catalog import CatalogReader
from drivers.frames import TrainingFrame
from drivers.model_contract import feature_matrix, model_metadata
from drivers.opening import store_of
from drivers.serving.compiled import current_run
from drivers.stored.records import RunRecord
from onedag import Project
from onedag.errors import ConfigurationError, SchemaMismatch, StoreBusy
from onedag.settings import TrainingSettings

SHOP = '''
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate

customer = Entity("customer", ["customer_id"])
orders = Source("orders", data=ORDERS, timestamp="ordered_at", delay="1d")


@aggregate(orders, by=customer, over="20d")
def return_rate(returned: pd.Series) -> float:
    """Share of the customer's orders that were returned."""
    return returned.mean()


def return_rate_mean(return_rate_20d: pd.Series) -> float:
    """Mean of the training rows."""
    return return_rate_20d.mean()


def return_rate_over_mean(return_rate_20d: pd.Series, return_rate_mean: float) -> pd.Series:
    """How far the customer is above the mean."""
    return return_rate_20d - return_rate_mean


def basket_mean(basket: pd.Series) -> float:
    """Mean basket of the training rows."""
    return basket.mean()


def basket_over_mean(basket: pd.Series, basket_mean: float) -> pd.Series:
    """How far the basket is above the mean."""
    return basket - basket_mean


def basket_over_habit(basket: pd.Series, return_rate_mean: float) -> pd.Series:
    """A request's field with what history says of all rows."""
    return basket - return_rate_mean


def points(basket: pd.Series) -> pd.Series:
    """What nobody knows."""
    return basket * float("nan")


def size(basket: pd.Series) -> pd.Series:
    """A word, which a model can't take."""
    return basket.map(lambda euros: "large" if euros > 100.0 else "small").astype("str")


class OrderRequest(pydantic.BaseModel):
    customer_id: int
    basket: float


FEATURES = ["basket", "return_rate_20d", "return_rate_over_mean", "basket_over_mean",
            "basket_over_habit"]
returns = FeatureService("returns", FEATURES, request=OrderRequest)
habits = FeatureService("habits", ["return_rate_20d", "points"], request=OrderRequest)
sizes = FeatureService("sizes", ["basket", "size"], request=OrderRequest)
'''
TEST_FROM = datetime(2024, 3, 1, tzinfo=UTC)
SETTINGS = TrainingSettings(spine=Path("spine.parquet"), label="returned", test_from=TEST_FROM)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """3,000 orders of 30 customers from January to March. Baskets grow in the test period."""
    random = np.random.default_rng(0)
    habit = random.choice([0.05, 0.5], 30)
    customer = random.integers(30, size=3000)
    basket = random.uniform(10.0, 200.0, 3000).round(2)
    hours = pd.to_timedelta(np.sort(random.uniform(0, 90 * 24, 3000)), unit="h")
    ordered_at = pd.Timestamp("2024-01-01", tz="UTC") + hours.round("min").astype("timedelta64[us]")
    basket[ordered_at >= TEST_FROM] += 50.0
    chance = habit[customer] + np.where(basket > 120.0, 0.15, 0.0)
    return pd.DataFrame(
        {
            "customer_id": customer,
            "basket": basket,
            "returned": random.random(3000) < chance,
            "ordered_at": ordered_at,
        }
    )


@pytest.fixture(scope="module")
def spine(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders as questions; every 20th, with a huge basket, was never answered."""
    asked = orders.rename(columns={"ordered_at": "event_timestamp"})
    returned = asked["returned"].astype("boolean")
    return asked.assign(
        returned=returned.mask(asked.index % 20 == 0),
        basket=asked["basket"].mask(asked.index % 20 == 0, 1000.0),
    )


@pytest.fixture(scope="module")
def module(orders: pd.DataFrame) -> Iterator[types.ModuleType]:
    made = types.ModuleType("returns_of_a_test")
    vars(made)["ORDERS"] = orders
    sys.modules[made.__name__] = made
    exec(SHOP, vars(made))
    yield made
    del sys.modules[made.__name__]


@dataclass(frozen=True)
class Trained:
    """A published training: where, what came of it, and what was shown meanwhile."""

    project: Project
    report: TrainingReport
    shown: str


@pytest.fixture(scope="module")
def trained(
    module: types.ModuleType, spine: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Trained:
    """One training for the tests that only look at it."""
    project = project_of(module, spine, tmp_path_factory.mktemp("returns"))
    console = Console(width=100, color_system=None)
    with console.capture() as captured:
        report = train(project, "returns", console=console)
    return Trained(project, report, captured.get())


def project_of(module: types.ModuleType, spine: pd.DataFrame, root: Path) -> Project:
    spine.to_parquet(root / "spine.parquet", index=False)
    return Project([module], store="memory://", root=root, training={"returns": SETTINGS})


@pytest.fixture
def project(module: types.ModuleType, spine: pd.DataFrame, tmp_path: Path) -> Project:
    return project_of(module, spine, tmp_path)


def before(spine: pd.DataFrame) -> pd.DataFrame:
    return spine[spine["event_timestamp"] < TEST_FROM]


def after(spine: pd.DataFrame) -> pd.DataFrame:
    return spine[spine["event_timestamp"] >= TEST_FROM]


# what the report says


def test_history_beats_the_request_and_that_beats_the_base_rate(
    trained: Trained,
) -> None:
    report = trained.report
    model, baseline, rate = (report.score(name) for name in (MODEL, BASELINE, BASE_RATE))
    assert 0.95 > model.auc > baseline.auc + 0.1
    assert baseline.auc > rate.auc == 0.5
    assert model.log_loss < rate.log_loss
    assert (model.features, baseline.features, rate.features) == (5, 2, 0)


def test_the_baseline_has_nothing_from_history(trained: Trained) -> None:
    # Not basket_over_habit: its fitted value is a mean of what is looked up.
    assert trained.report.baseline == ("basket", "basket_over_mean")


def test_every_row_is_counted(trained: Trained, spine: pd.DataFrame) -> None:
    report = trained.report
    for rows, period in ((report.training, before(spine)), (report.test, after(spine))):
        assert rows.unlabelled == period["returned"].isna().sum() > 0
        assert rows.used + rows.unlabelled == len(period)
        assert rows.positive == pytest.approx(period["returned"].mean())


def test_the_base_rate_is_that_of_the_training_rows(trained: Trained, spine: pd.DataFrame) -> None:
    rate, truth = before(spine)["returned"].mean(), after(spine)["returned"].mean()
    expected = -(truth * np.log(rate) + (1 - truth) * np.log(1 - rate))
    assert trained.report.score(BASE_RATE).log_loss == pytest.approx(expected)


def test_the_report_is_json(trained: Trained) -> None:
    content = json.loads(json.dumps(trained.report.to_dict()))
    assert content["scores"][0]["name"] == MODEL
    assert content["test_from"] == "2024-03-01T00:00:00+00:00"
    assert content["training"]["used"] == trained.report.training.used


def test_the_table_names_the_models_and_files(trained: Trained) -> None:
    console = Console(width=60, color_system=None)
    with console.capture() as captured:
        trained.report.show(console)
    shown = captured.get()
    for wanted in (MODEL, BASELINE, BASE_RATE, trained.report.run_id, "published", "-lift.png"):
        assert wanted in shown


def test_each_stage_is_timed_and_shown(trained: Trained) -> None:
    shown = [line.rsplit(":", 1)[0] for line in trained.shown.splitlines()]
    assert shown == list(trained.report.seconds)
    assert shown[0] == "read the spine"
    assert shown[-1] == "publish"


# no leak


def test_fitted_values_are_those_of_the_training_rows(
    trained: Trained, spine: pd.DataFrame
) -> None:
    mean = before(spine)["basket"].mean()  # those without a label are rows as requests are
    assert trained.report.fitted["basket_mean"] == pytest.approx(mean, rel=1e-12)
    assert abs(mean - spine["basket"].mean()) > 5.0


class Recording(BatchDriver):
    """Keeps the frames that it made."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.frames: list[TrainingFrame] = []

    def training_frame(self, *arguments: Any, **named: Any) -> TrainingFrame:
        self.frames.append(super().training_frame(*arguments, **named))
        return self.frames[-1]


def test_the_test_rows_get_the_training_rows_fitted_values(
    project: Project, spine: pd.DataFrame
) -> None:
    batch = Recording(project)
    report = train(project, "returns", batch=batch)
    training, test = batch.frames
    assert (len(training), len(test)) == (len(before(spine)), len(after(spine)))
    assert dict(test.fitted) == dict(training.fitted) == dict(report.fitted)
    expected = after(spine)["basket"].to_numpy() - report.fitted["basket_mean"]
    assert (test.to_pandas()["basket_over_mean"] == expected).all()


def test_what_happens_in_the_test_period_changes_nothing(
    module: types.ModuleType, spine: pd.DataFrame, trained: Trained, tmp_path: Path
) -> None:
    is_test = spine["event_timestamp"] >= TEST_FROM
    changed = spine.assign(
        basket=spine["basket"].mask(is_test, 1.0),
        returned=spine["returned"].mask(is_test, ~spine["returned"]),
    )
    one, other = trained.report, train(project_of(module, changed, tmp_path), "returns")
    assert one.fitted == other.fitted
    frames = [pq.read_table(report.frame) for report in (one, other)]
    assert frames[0].equals(frames[1])
    probe = feature_matrix(frames[0].drop_columns(["returned"]))
    assert (served(one.model, probe) == served(other.model, probe)).all()


def served(path: Path, matrix: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, Any]:
    (found,) = onnxruntime.InferenceSession(path).run(["probabilities"], {"features": matrix})
    return found[:, 1]


# what is written and published


def test_the_published_run_is_that_of_the_frame_and_of_the_model(
    trained: Trained,
) -> None:
    project, report = trained.project, trained.report
    run = current_run("returns", store_of(project))
    assert run.run_id == report.run_id
    assert run.rows == report.training.used + report.training.unlabelled
    assert report.model == project.offline / "models" / "returns.onnx"
    metadata = onnxruntime.InferenceSession(report.model).get_modelmeta().custom_metadata_map
    assert metadata == model_metadata(run)
    assert [name for name, _ in json.loads(metadata["onedag.schema"])] == [
        "basket", "return_rate_20d", "return_rate_over_mean", "basket_over_mean",
        "basket_over_habit",
    ]  # fmt: skip
    kept = {name: json.loads(text) for name, text in json.loads(metadata["onedag.fitted"]).items()}
    assert kept == dict(report.fitted)


def test_the_frame_is_kept_with_the_label_in_front(trained: Trained, spine: pd.DataFrame) -> None:
    project, report = trained.project, trained.report
    assert report.frame == project.offline / "frames" / f"{report.run_id}.parquet"
    table = pq.read_table(report.frame)
    assert table.column_names[:2] == ["returned", "basket"]
    assert table["returned"].to_pylist() == [
        None if pd.isna(value) else value for value in before(spine)["returned"]
    ]
    assert table.schema.metadata[b"onedag.run_id"] == report.run_id.encode()


def test_the_model_of_the_run_is_kept_under_its_id(
    trained: Trained,
) -> None:
    kept = trained.report.model.with_name(f"{trained.report.run_id}.onnx")
    assert kept.read_bytes() == trained.report.model.read_bytes()


def test_the_scores_are_kept_beside_the_model(trained: Trained) -> None:
    report = trained.report
    model = CatalogReader(trained.project).read().models["returns"]
    assert (model.fits, model.run_id) == (True, report.run_id)
    assert model.tested is not None
    assert model.tested.label == report.label
    assert model.tested.test_from == report.test_from
    assert (model.tested.training_rows, model.tested.test_rows) == (
        report.training.used,
        report.test.used,
    )
    kept = [dataclasses.astuple(score) for score in model.tested.scores]
    assert kept == [dataclasses.astuple(score) for score in report.scores]


def test_the_pictures_are_pictures(trained: Trained) -> None:
    names = [path.name for path in trained.report.pictures]
    assert names == ["returns-calibration.png", "returns-lift.png"]
    for path in trained.report.pictures:
        assert imread(path).std() > 0.01


def test_unpublished_leaves_what_is_served(trained: Trained) -> None:
    project, first = trained.project, trained.report
    content = first.model.read_bytes()
    second = train(project, "returns", publish=False)
    assert not second.published
    assert second.model.name == f"{second.run_id}.onnx"
    assert first.model.read_bytes() == content
    assert current_run("returns", store_of(project)).run_id == first.run_id


class Refusing(BatchDriver):
    """Its store is held by another writer."""

    def publish(self, frame: TrainingFrame) -> RunRecord:
        raise StoreBusy(f"no {frame.run_id}")


@pytest.mark.parametrize("has_one_before", [True, False])
def test_a_model_whose_run_is_not_published_is_not_served(
    project: Project, has_one_before: bool
) -> None:
    path = project.offline / "models" / "returns.onnx"
    if has_one_before:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"the one before")
    with pytest.raises(StoreBusy):
        train(project, "returns", batch=Refusing(project))
    assert (path.read_bytes() if path.exists() else None) == (
        b"the one before" if has_one_before else None
    )


# settings


def test_a_baseline_may_be_chosen(project: Project) -> None:
    settings = SETTINGS.model_copy(update={"baseline": ["basket_over_habit", "basket"]})
    report = train(project, "returns", settings=settings, publish=False)
    assert report.baseline == ("basket", "basket_over_habit")
    assert report.score(BASELINE).features == 2


def test_without_features_for_a_baseline_there_is_none(project: Project) -> None:
    settings = SETTINGS.model_copy(update={"test_from": datetime(2024, 3, 1), "baseline": []})
    report = train(project, "habits", settings=settings, publish=False)
    assert report.baseline == ()
    assert [score.name for score in report.scores] == [MODEL, BASE_RATE]
    assert report.test_from == TEST_FROM  # naive is UTC
    assert report.never_known == ("points",)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "late"}, r"label = 'late', which can't be used.*no column 'late'.*it has custo"),
        ({"label": "customer_id"}, r"label = 'customer_id', and service 'returns' reads it"),
        ({"label": "basket"}, r"'basket', and service 'returns' reads it by .*'basket_over_mean'"),
        ({"label": "event_timestamp"}, r"label = 'event_timestamp', and service 'returns' reads"),
        ({"label": "stars"}, r"label = 'stars', which is int64 with the values 0, 1, 2\. "),
        ({"label": "answer"}, r"label = 'answer', which is (large_)?string with the values 'no'"),
        ({"label": "nothing"}, r"0 of the \d,\d+ rows before test_from = .* 'nothing', none at"),
        ({"label": "always"}, r"\d,\d+ of the \d,\d+ rows before .* all of them say True"),
        ({"label": "only_early"}, r"0 of the \d+ rows from test_from = 2024-03-01 .* none at all"),
        ({"test_from": datetime(2023, 1, 1)}, r"0 of the 0 rows before test_from = 2023-01-01"),
        (
            {"test_from": datetime(2025, 1, 1)},
            r"0 of the 0 rows from test_from .*reaches from 2024",
        ),
        ({"baseline": ["baskets"]}, r"names 'baskets' in baseline.*features are basket, return"),
        ({"spine": Path("elsewhere.parquet")}, r"elsewhere.parquet' and label .* can't be read"),
    ],
)
def test_what_cannot_be_trained_is_said_at_once(
    project: Project, spine: pd.DataFrame, changes: Mapping[str, Any], message: str
) -> None:
    is_test = spine["event_timestamp"] >= TEST_FROM
    spine.assign(
        stars=spine.index % 3,
        answer="no",
        nothing=None,
        always=True,
        only_early=spine["returned"].mask(is_test),
    ).to_parquet(project.root / "spine.parquet", index=False)
    with pytest.raises(ConfigurationError, match=message) as raised:
        train(project, "returns", settings=SETTINGS.model_copy(update=changes))
    assert "[tool.onedag.training.returns]" in str(raised.value)
    assert not project.offline.exists()


def test_a_service_without_settings(project: Project) -> None:
    with pytest.raises(ConfigurationError, match=r"how to train service 'sizes'.*one: returns\."):
        train(project, "sizes")


def test_an_empty_spine(project: Project, spine: pd.DataFrame) -> None:
    spine.head(0).to_parquet(project.root / "spine.parquet", index=False)
    with pytest.raises(ConfigurationError, match=r"0 of the 0 rows.*reaches nowhere"):
        train(project, "returns")


def test_a_text_is_no_feature_for_a_model(project: Project) -> None:
    with pytest.raises(SchemaMismatch, match=r"Feature 'size' is .*string.*Let a function encode"):
        train(project, "sizes", settings=SETTINGS)
    assert not project.offline.exists()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("batch_etl.train", "batch_etl.model"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ConfigurationError, match=r"needs skl2onnx.*pip install 'onedag\[onnx\]'"):
        importlib.import_module("batch_etl.train")
