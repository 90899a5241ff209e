"""Whether the code has changed is told by the code, wherever it is, and whatever is kept of it."""

from __future__ import annotations

import shutil
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.served.causes import Cause
from drivers.served.reading import read_served
from drivers.served.request import served_request
from tests.drivers.served import world as worlds
from tests.drivers.served.world import World

MakeModule = Callable[..., types.ModuleType]
LATE = ((1, 10.0, "09 08:00"), (1, 20.0, "10 08:00"), (1, 7.0, "10 09:00"))
ANOTHER = ("def is_large", '@aggregate(orders, by=customer, over="1d")\n'
           "def most(amount: pd.Series) -> float:\n    return amount.max()\n\n\n"
           "def is_large")  # fmt: skip


def started(root: Path, make_module: MakeModule) -> World:
    world = World(root, make_module)
    world.train(20.0, 40.0)
    world.materialize()
    world.serve()
    return world


@pytest.fixture
def absolute(tmp_path: Path, make_module: MakeModule, monkeypatch: pytest.MonkeyPatch) -> World:
    """A shop whose source names its file with the whole path, as from ``__file__``."""
    path = repr(str(tmp_path / "orders.parquet"))
    monkeypatch.setattr(worlds, "CODE", worlds.CODE.replace('"orders.parquet"', path))
    return started(tmp_path, make_module)


@pytest.fixture
def raw(tmp_path: Path, make_module: MakeModule, monkeypatch: pytest.MonkeyPatch) -> World:
    """A shop with a column of a source as a feature, with no function of its own."""
    code = worlds.CODE
    latest = code[code.index("@latest") : code.index("@aggregate(orders, by=None")]
    source = (
        'visits = Source("visits", data="orders.parquet", timestamp="ordered_at", key=customer)'
    )
    code = code.replace(latest, f"{source}\n\n\n").replace("last_amount", "amount")
    monkeypatch.setattr(worlds, "CODE", code)
    return started(tmp_path, make_module)


def test_late_data_are_late_where_a_path_is_absolute(absolute: World) -> None:
    absolute.write_orders(*LATE)
    more = ANOTHER, ('["spent_7d",', '["spent_7d", "most_1d",')
    assert set(absolute.replay(absolute.edited(*more)).causes) == {Cause.LATE_DATA}


def test_code_is_found_where_a_path_is_absolute(absolute: World) -> None:
    [rows] = read_served(absolute.log)
    [page] = served_request(absolute.project, absolute.log, rows.table["request_id"][0].as_py())
    assert {function.name for function in page.functions if not function.found_in} == set()


def test_another_delay_of_a_column_is_code(raw: World) -> None:
    delayed = raw.edited(('timestamp="ordered_at", key', 'timestamp="ordered_at", delay="5h", key'))
    assert set(raw.replay(delayed).causes) == {Cause.CODE}
    shutil.rmtree(raw.root / ".registry")  # which another machine may not have
    assert set(raw.replay(delayed).causes) == {Cause.CODE}


def test_late_data_of_a_column_are_late_without_a_registry(raw: World) -> None:
    raw.write_orders((1, 10.0, "09 08:00"), (1, 21.0, "10 08:00"))
    shutil.rmtree(raw.root / ".registry")
    assert set(raw.replay().causes) == {Cause.LATE_DATA}


def test_a_fitted_value_of_personal_data_is_left_to_the_store(
    tmp_path: Path, make_module: MakeModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged = "    basket: float = pydantic.Field(json_schema_extra={'tags': ['pii']})\n"
    monkeypatch.setattr(worlds, "CODE", worlds.CODE.replace("    basket: float\n", tagged))
    world = started(tmp_path, make_module)
    [rows] = read_served(world.log)
    assert rows.head.fitted is None
    assert not any("basket" in name for name in rows.table.column_names)


def test_late_data_of_a_function_that_is_uncertain_is_said_to_be(
    tmp_path: Path, make_module: MakeModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "factor").write_text("1")
    reading = f"factor = open({str(tmp_path / 'factor')!r})\ncustomer = "
    code = worlds.CODE.replace("customer = ", reading, 1)
    body = "factor.seek(0)\n    return amount * float(factor.read())"
    monkeypatch.setattr(worlds, "CODE", code.replace("    return amount\n", f"    {body}\n"))
    world = started(tmp_path, make_module)
    assert world.replay().notes == ()
    (tmp_path / "factor").write_text("2")
    found = world.replay()
    assert Cause.LATE_DATA in found.causes
    assert any("last_amount reaches what can't be told" in note for note in found.notes)
    world.project.graph["last_amount"].function.__globals__["factor"].close()
