"""A lender's project on disk, with personal data: trained, materialized, and edited afterwards."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import onnx
import pandas as pd

from drivers import BatchDriver
from drivers.model_contract import model_file, model_metadata, models_folder
from drivers.stored.records import RunRecord
from onedag import FixedClock, Project

__all__ = ["NOW", "Lending"]

NOW = datetime(2024, 3, 10, 12, tzinfo=UTC)
MODULE = '''
import pandas as pd
import pydantic
from hamilton.function_modifiers import tag
from pydantic import Field

from onedag import Entity, FeatureService, Source, aggregate

person = Entity("person", ["person_id"])
payments = Source(
    "payments",
    data="payments.parquet",
    timestamp="paid_at",
    delay="2h",
    tags={"person_id": ["pii"]},
)
people = Source(
    "people", data="people.parquet", timestamp="since", key=person, tags={"born": ["pii"]}
)


@tag(owner="risk")
@aggregate(payments, by=person, over=["7d", "30d"])
def late_share(is_late: pd.Series) -> float:
    """Share of payments that came late.

    <script>document.title = "taken"</script> & no more.
    """
    return is_late.mean()


def is_late(days_late: pd.Series) -> pd.Series:
    """Whether a payment came after its day."""
    return days_late > 0


def age(born: pd.Series, event_timestamp: pd.Series) -> pd.Series:
    """Years since birth."""
    return (event_timestamp.dt.year - born).astype("float64")


def amount_mean(amount: pd.Series) -> float:
    """Mean amount of the training rows."""
    return amount.mean()


def amount_over_mean(amount: pd.Series, amount_mean: float) -> pd.Series:
    """How much more than usual is asked for."""
    return amount / amount_mean


class Application(pydantic.BaseModel):
    """Somebody asks for a loan."""

    person_id: int = Field(description="Who asks.", json_schema_extra={"tags": ["pii"]})
    amount: float = Field(description="How much, in <b>euros</b>.")


loans = FeatureService(
    "loans",
    ["late_share_7d", "late_share_30d", "age", "amount_over_mean", "amount"],
    Application,
    may_use=["born"],
)
'''


class Lending:
    """The project in a folder; nothing is published at first."""

    def __init__(self, root: Path, module: str = "lending_features") -> None:
        self.root, self.module = root, module
        root.mkdir(exist_ok=True)
        day = pd.Timestamp("2024-03-05", tz="UTC")
        pd.DataFrame(
            {"person_id": [1, 1, 2], "days_late": [0, 3, 1], "paid_at": day, "unused": 1}
        ).to_parquet(root / "payments.parquet")
        pd.DataFrame({"person_id": [1, 2], "born": [1980, 1990], "since": day}).to_parquet(
            root / "people.parquet"
        )
        self.write()

    def write(self, *edits: tuple[str, str]) -> None:
        """The module, with parts of it replaced."""
        code = MODULE
        for old, new in edits:
            assert old in code
            code = code.replace(old, new)
        (self.root / f"{self.module}.py").write_text(code, encoding="utf-8")
        settings = f'[tool.onedag]\nmodules = ["{self.module}"]\nstore = "sqlite:///store.db"\n'
        (self.root / "pyproject.toml").write_text(settings, encoding="utf-8")

    def load(self) -> Project:
        """The project as its module is written now."""
        importlib.invalidate_caches()
        sys.modules.pop(self.module, None)
        return Project.load(self.root)

    def train(self) -> RunRecord:
        """Publish a run and write what stands for its model."""
        spine = pd.DataFrame(
            {"event_timestamp": NOW, "person_id": [1, 2, 3], "amount": [100.0, 200.0, 300.0]}
        )
        project = self.load()
        with BatchDriver(project, clock=FixedClock(NOW)) as batch:
            record = batch.publish(batch.training_frame(spine, "loans"))
            batch.materialize(as_of=NOW)
        write_model(project, record)
        return record


def write_model(project: Project, record: RunRecord) -> Path:
    """A model that says what it was trained on, and does no more."""
    path = model_file(models_folder(project), record.service)
    path.parent.mkdir(parents=True, exist_ok=True)
    graph = onnx.helper.make_graph([], record.service, [], [])
    model = onnx.helper.make_model(graph)
    onnx.helper.set_model_props(model, model_metadata(record))
    path.write_bytes(model.SerializeToString())
    return path
