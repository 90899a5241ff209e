"""The reference project on the real flights, with a small model: what its pages are tried on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from batch_etl.model import export_onnx
from drivers import BatchDriver
from drivers.model_contract import feature_matrix, model_file
from onedag import FixedClock, Project

__all__ = ["NOON", "SERVICE", "FlightsProject"]

SERVICE = "departure_delay"
NOON = pd.Timestamp("2013-03-08 17:00", tz="UTC").to_pydatetime()
SCRIPT = Path(__file__).parents[2] / "examples" / "nycflights" / "prepare.py"


class FlightsProject:
    """The project, trained on 2,000 departures before `NOON`, and materialized."""

    def __init__(self, root: Path) -> None:
        _prepare(root / "data")
        self.project = Project(["features"], store="sqlite:///s.db", root=root, offline="offline")
        self.clock = FixedClock(NOON)
        rows = pd.read_parquet(root / "data" / "spine.parquet")
        spine = rows[rows["event_timestamp"] < NOON].dropna(subset="arrived_late").tail(2000)
        with BatchDriver(self.project, clock=self.clock) as batch:
            frame = batch.training_frame(spine, SERVICE)
            run = batch.publish(frame)
            batch.materialize(as_of=NOON)
        matrix = feature_matrix(frame.table)
        model = HistGradientBoostingClassifier(max_iter=5, random_state=0)
        model.fit(matrix, spine["arrived_late"])
        folder = self.project.offline / "models"
        folder.mkdir(parents=True)
        export_onnx(model, run, model_file(folder, SERVICE), matrix[:10])


def _prepare(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("nycflights_prepared", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.prepare(folder)
