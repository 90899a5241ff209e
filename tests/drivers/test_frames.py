"""Training frames: rows taken out of chunks in memory or on disk, and files of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from drivers import BatchDriver
from drivers.history.chunks import Sizes
from onedag import Project
from onedag.errors import OfflineError


@pytest.mark.parametrize("sizes", [Sizes(), Sizes(memory=0, chunk_rows=2)])
@pytest.mark.parametrize("rows", [[6, 0, 0, 3], [2], [], [0, 1, 2, 3, 4, 5, 6]])
def test_rows_are_taken_in_the_order_asked(
    shop: Project, spine: pd.DataFrame, sizes: Sizes, rows: list[int]
) -> None:
    with BatchDriver(shop, sizes=sizes) as batch:
        frame = batch.training_frame(spine, "basket", keep=["label"])
        wanted = np.array(rows, np.int64)
        table, codes = frame.take(wanted)
        assert table.schema.equals(frame.schema)
        assert table.equals(frame.table.drop_columns(["label"]).take(pa.array(wanted)))
        whole = frame.status_codes()
        assert codes.keys() == whole.keys()
        assert all(codes[name].tolist() == whole[name][wanted].tolist() for name in codes)


def test_a_folder_that_is_a_file_is_said(
    shop: Project, spine: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "frames").write_text("")
    with BatchDriver(shop) as batch:
        frame = batch.training_frame(spine, "basket")
        with pytest.raises(OfflineError, match=r"frame\.parquet can't be written to"):
            frame.to_parquet(tmp_path / "frames" / "frame.parquet")
