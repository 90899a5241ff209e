"""`TrainingFrame`: what a model is trained on, and all that serving must repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from drivers.packing import types_of
from drivers.statuses import feature_statuses
from onedag.dtypes import to_series
from onedag.planner import Plan
from onedag.status import Codes, Status, of_codes

__all__ = ["TrainingFrame"]


@dataclass(frozen=True)
class TrainingFrame:
    """One training run: exactly the rows of its spine, in their order, with the features.

    Attributes:
        plan: how it was computed.
        run_id: unique; names the run in the store and in the model.
        created_at: aware UTC.
        table: the kept columns, then the features in the service's order.
        features: their names.
        fitted: fitted values by function.
        inputs: types of what the features are computed from.
        called_per_window: seconds in each aggregate that wasn't recognised.
    """

    plan: Plan
    run_id: str
    created_at: datetime
    table: pa.Table
    features: tuple[str, ...]
    fitted: Mapping[str, Any]
    inputs: pa.Schema
    called_per_window: Mapping[str, float] = field(default_factory=dict)
    _index: pd.Index | None = None
    _codes: Mapping[str, Codes] = field(default_factory=dict)

    @property
    def service(self) -> str:
        """The name of the service."""
        return self.plan.service.name

    @cached_property
    def schema(self) -> pa.Schema:
        """The features' Arrow schema: the contract that the online driver keeps."""
        return pa.schema([self.table.schema.field(name) for name in self.features])

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def to_pandas(self) -> pd.DataFrame:
        """The frame in pandas, with the spine's index and the dtypes of `onedag.dtypes`."""
        types = types_of(self.table.schema)
        columns = {
            name: to_series(self.table[name], types[name]) for name in self.table.column_names
        }
        frame = pd.DataFrame(columns)
        if self._index is not None:
            frame.index = self._index
        return frame

    def to_parquet(self, path: str | Path) -> Path:
        """Write the frame, with the run id and service in the schema's metadata; its path."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {"onedag.run_id": self.run_id, "onedag.service": self.service}
        unfinished = path.with_name(f".{path.name}.unfinished")
        pq.write_table(self.table.replace_schema_metadata(metadata), unfinished)
        unfinished.replace(path)
        return path

    def statuses(self, feature: str) -> list[Status]:
        """Why each row's value is there or not, shape ``(n_rows,)``."""
        return of_codes(self.status_codes()[feature])

    def status_codes(self) -> dict[str, Codes]:
        """The statuses of all features as codes."""
        return feature_statuses(self.plan, self._codes, len(self))
