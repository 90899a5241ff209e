"""`verify` finds nothing in a sound project, and finds what is planted in an unsound one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.stored.packing import Layout
from drivers.verify import verify
from onedag import Project
from onedag.errors import SchemaMismatch


def test_no_cell_differs(shop: Project, spine: pd.DataFrame) -> None:
    report = verify(shop, "basket", spine)
    assert report.ok
    assert (report.rows, report.whole, report.cells) == (7, 3, 170)
    assert "0 of 170 cells differ" in str(report)


def test_rows_are_drawn_and_the_project_s_store_is_left_alone(
    shop: Project, spine: pd.DataFrame
) -> None:
    assert verify(shop, "basket", spine, rows=2, whole=1).rows == 2
    with BatchDriver(shop) as batch:
        assert batch._store.read([b"current/basket"]) == [None]


def test_a_function_that_looks_across_rows_is_found(
    edited: Callable[[str, str], Project], spine: pd.DataFrame
) -> None:
    project = edited("return basket - basket_mean", "return basket - basket.mean()")
    report = verify(project, "basket", spine)
    assert {d.feature for d in report.differences} == {"basket_over_mean", "basket_over_last"}
    assert "basket_over_mean" in str(report)
    assert not report.ok


def test_a_difference_in_the_last_bit_is_found(
    edited: Callable[[str, str], Project], spine: pd.DataFrame
) -> None:
    project = edited("return basket - basket_mean", "return basket + (len(basket) > 1) * 1e-15")
    report = verify(project, "basket", spine.assign(basket=1.0), rows=1, whole=0)
    (difference,) = (d for d in report.differences if d.feature == "basket_over_mean")
    assert "1.000000000000001" in difference.batch
    assert "1.0 " in difference.online


def test_a_look_up_that_differs_is_found(
    shop: Project, spine: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = Layout.pack

    def spoiled(layout: Layout, *args: Any) -> list[bytes]:
        blobs = pack(layout, *args)
        last = 1 if "customer_orders" in layout.view else 0
        return [blob[:-1] + bytes([blob[-1] ^ last]) for blob in blobs]

    monkeypatch.setattr(Layout, "pack", spoiled)
    report = verify(shop, "basket", spine)
    assert report.differences
    assert {d.feature for d in report.differences} <= {"spent_1d", "spent_7d"}


def test_a_dtype_that_depends_on_the_rows_is_refused(
    edited: Callable[[str, str], Project], spine: pd.DataFrame
) -> None:
    project = edited(
        "return basket - basket_mean", "return basket > 0 if len(basket) == 1 else basket"
    )
    with pytest.raises(SchemaMismatch, match="'basket_over_mean' is bool, not double"):
        verify(project, "basket", spine, rows=1, whole=0)
