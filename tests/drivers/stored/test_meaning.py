"""A view's meaning differs where its values might, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from drivers import BatchDriver
from onedag import Project
from onedag.fingerprints import Fingerprint
from onedag.meanings import Meanings

NESTED = '''
import pandas as pd
from hamilton.function_modifiers import extract_columns, parameterize, source, tag, value
from onedag import Entity, Source, aggregate, latest

RATE = 2.0
customer = Entity("customer", ["customer_id"])
shop = Entity("shop", ["shop_id"])
buyer = Entity("buyer", ["buyer_id"])
orders = Source("orders", data=ORDERS, timestamp="ordered_at", delay="1h")
profiles = Source("profiles", data=PROFILES, timestamp="changed_at", key=customer)
refunds = Source("refunds", "refunds.csv", timestamp="refunded_at", known_at="known_at",
                 columns={"sum": "refunded"})


def rate() -> float:
    """Not asked for by any view."""
    return RATE


@tag(owner="shop")
def in_cents(amount: pd.Series) -> pd.Series:
    """The amount in cents."""
    return amount * 100


@parameterize(
    doubled={"x": source("in_cents"), "by": value(2)},
    tripled={"x": source("in_cents"), "by": value(3)},
)
def times(x: pd.Series, by: int) -> pd.Series:
    """A multiple."""
    return x * by


@extract_columns("low", "high")
def bounds(doubled: pd.Series, tripled: pd.Series) -> pd.DataFrame:
    """Two columns."""
    return pd.DataFrame({"low": doubled - 1, "high": tripled + 1})


@latest(profiles, by=customer, max_age="9d")
def rank(points: pd.Series) -> pd.Series:
    """From a view of its own."""
    return points // 10


def above(high: pd.Series, rank: pd.Series) -> pd.Series:
    """Needs a stored feature of another view."""
    return high + rank


@aggregate(orders, by=customer, over=["1d", "7d"])
def spent(above: pd.Series, low: pd.Series) -> float:
    """Sum."""
    return above.sum() + low.sum()


@aggregate(orders, by=None, over="1d")
def most_points(points: pd.Series) -> float:
    """Of a column that is looked up."""
    return points.max()


@aggregate(refunds, by=buyer)
def refunded_in_all(refunded: pd.Series) -> float:
    """Sum."""
    return refunded.sum()
'''

COLUMNS = {
    "orders": ["customer_id", "amount", "ordered_at"],
    "profiles": ["customer_id", "points", "changed_at"],
    "refunds": ["buyer_id", "refunded", "refunded_at", "known_at", "other", "sum"],
}
CUSTOMER, ALL, PROFILES, REFUNDS = (
    "customer_orders",
    "everything_orders",
    "customer_profiles",
    "buyer_refunds",
)

Of = Callable[..., dict[str, Fingerprint]]


@pytest.fixture
def meanings(
    make_module: Callable[..., types.ModuleType], orders: pd.DataFrame, profiles: pd.DataFrame
) -> Of:
    """The meaning of each view of a project, after an edit of it."""

    def of(old: str = "", new: str = "") -> dict[str, Fingerprint]:
        assert old in NESTED
        module = make_module(NESTED.replace(old, new, 1), ORDERS=orders, PROFILES=profiles)
        project = Project([module], store="memory://")
        told = Meanings(project, COLUMNS)
        views = BatchDriver(project).views().values()
        return {view.name: told.of(view) for view in views}

    return of


EDITS = {
    "nothing": ("", "", set()),
    "comment": ("RATE =", "# A rate.\nRATE =", set()),
    "docstring": ('"""A multiple."""', '"""Some multiple."""', set()),
    "docstring of a feature": ('"""Sum."""', '"""The sum."""', set()),
    "tag": ('owner="shop"', 'owner="sales"', set()),
    "another function": ("return RATE", "return RATE + 1", set()),
    "another function's global": ("RATE = 2.0", "RATE = 3.0", set()),
    "another entity": ('["shop_id"]', '["shop"]', set()),
    "row function": ("amount * 100", "amount * 99", {CUSTOMER}),
    "parameter": ("value(3)", "value(4)", {CUSTOMER}),
    "parameterized function": ("return x * by", "return x + by", {CUSTOMER}),
    "table": ("tripled + 1", "tripled + 2", {CUSTOMER}),
    "feature": ("above.sum() +", "above.sum() -", {CUSTOMER}),
    "window": ('["1d", "7d"]', '["1d", "8d"]', {CUSTOMER}),
    "return annotation": (
        "def most_points(points: pd.Series) -> float",
        "def most_points(points: pd.Series) -> int",
        {ALL},
    ),
    "a view that is looked up": ("points // 10", "points // 9", {PROFILES, CUSTOMER}),
    "its age": ('"9d"', '"8d"', {PROFILES, CUSTOMER}),
    "delay": ('delay="1h"', 'delay="2h"', {CUSTOMER, ALL}),
    "known": ('delay="1h"', 'known_at="ordered_at"', {CUSTOMER, ALL}),
    "known_at": ('known_at="known_at"', 'known_at="other"', {REFUNDS}),
    "timestamp": ('timestamp="refunded_at"', 'timestamp="other"', {REFUNDS}),
    "join keys": ('["buyer_id"]', '["other"]', {REFUNDS}),
    "file": ('"refunds.csv"', '"refunds.parquet"', {REFUNDS}),
    "renamed columns": ('{"sum": "refunded"}', '{"other": "refunded"}', {REFUNDS}),
    "time of what is looked up": (
        'timestamp="changed_at", key',
        'timestamp="points", key',
        {PROFILES, CUSTOMER, ALL},
    ),
}


@pytest.mark.parametrize(("old", "new", "changed"), EDITS.values(), ids=EDITS)
def test_the_views_that_an_edit_changes(
    meanings: Of, old: str, new: str, changed: set[str]
) -> None:
    before, after = meanings(), meanings(old, new)
    assert set(before) == {CUSTOMER, ALL, PROFILES, REFUNDS}
    assert {name for name in before if before[name].text != after[name].text} == changed
    assert all(meaning.certain for meaning in [*before.values(), *after.values()])


SHOP = """
import json
from pathlib import Path

import pandas as pd
from onedag import Entity, FeatureService, Source, aggregate
import pydantic

RATES = json.loads(Path(__file__).with_name("rates.json").read_text())
customer = Entity("customer", ["customer_id"])
orders = Source("orders", "orders.csv", timestamp="at")


def converted(amount: pd.Series) -> pd.Series:
    from helper import convert
    return convert(amount, RATES["EUR"])


@aggregate(orders, by=customer)
def spent(converted: pd.Series) -> float:
    return converted.sum()


class Request(pydantic.BaseModel):
    customer_id: int


basket = FeatureService("basket", ["spent"], request=Request)
"""
HELPER = "def convert(amount, rate):\n    return amount * rate\n"
OPEN = """
import sys
from pathlib import Path
import pandas as pd
from drivers import BatchDriver
from onedag import Project
folder = Path(__file__).parent
sys.path.insert(0, str(folder))
batch = BatchDriver(Project(["shop_of_files"], store="memory://", root=folder))
"""
BACKFILL = f"""{OPEN}
from datetime import datetime
print(batch.backfill(datetime(2024, 1, 2), datetime(2024, 1, 3), "1d").views[0].moments)
"""
TRAIN = f"""{OPEN}
import helper, json, random
{{}}
spine = pd.DataFrame({{{{"customer_id": [1], "event_timestamp": pd.to_datetime(["2024-01-03"])}}}})
try:
    print(batch.training_frame(spine, "basket", backfilled=True).table["spent"].to_pylist())
except Exception as error:
    print(type(error).__name__)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of files, with scripts beside it."""
    (tmp_path / "shop_of_files.py").write_text(SHOP)
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "rates.json").write_text('{"EUR": 2.0}')
    (tmp_path / "orders.csv").write_text("customer_id,amount,at\n1,5.0,2024-01-01 10:00:00\n")
    (tmp_path / "backfill.py").write_text(BACKFILL)
    (tmp_path / "train.py").write_text(TRAIN.format(""))
    return tmp_path


def run(folder: Path, script: str) -> str:
    """What a script prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-B", folder / script],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("file", "content", "found"),
    [
        ("train.py", TRAIN.format("unused = 1  # another script"), "[10.0]"),
        ("shop_of_files.py", SHOP.replace("customer =", "# The customer.\n\ncustomer ="), "[10.0]"),
        ("shop_of_files.py", SHOP.replace(".sum()", ".max()"), "NotPublished"),
        ("helper.py", HELPER + "\n\ndef other():\n    return 1\n", "[10.0]"),
        ("helper.py", HELPER.replace("*", "+"), "NotPublished"),
        ("rates.json", '{"EUR": 3.0}', "NotPublished"),
    ],
)
def test_another_script_finds_a_backfill_of_the_same_code(
    folder: Path, file: str, content: str, found: str
) -> None:
    assert run(folder, "backfill.py") == "2"
    (folder / file).write_text(content)
    assert run(folder, "train.py") == found


def test_an_edit_on_disk_changes_nothing_that_is_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process goes on with the code that it has; another one sees the new code."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def meaning() -> str:
        project = Project(["shop_of_files"], store="memory://", root=folder)
        batch = BatchDriver(project)
        return Meanings(project, batch.columns()).of(batch.views()["customer_orders"]).text

    def forget() -> None:
        for name in ("shop_of_files", "helper"):
            sys.modules.pop(name, None)

    try:
        before = meaning()
        (folder / "helper.py").write_text(HELPER.replace("*", "+ 1 *"))
        (folder / "shop_of_files.py").write_text(SHOP.replace(".sum()", ".max()"))
        assert meaning() == before
        forget()
        assert meaning() != before
    finally:
        forget()


@pytest.mark.parametrize(("value", "unchanged"), [(1.0, 2), (object(), 0)])
def test_what_cannot_be_told_is_stored_anew_each_time(
    value: object,
    unchanged: int,
    shop_source: str,
    make_module: Callable[..., types.ModuleType],
    orders: pd.DataFrame,
    profiles: pd.DataFrame,
) -> None:
    source = shop_source.replace("return amount.sum()", "return amount.sum() + (HELD is None)")
    module = make_module(source, ORDERS=orders, PROFILES=profiles, HELD=value)
    batch = BatchDriver(Project([module], store="memory://"))
    moment = pd.Timestamp("2024-01-20", tz="UTC").to_pydatetime()
    batch.materialize(moment)
    reports = {view.view: view for view in batch.materialize(moment).views}
    assert reports["customer_profiles"].unchanged > 0
    assert reports["customer_orders"].unchanged == unchanged
