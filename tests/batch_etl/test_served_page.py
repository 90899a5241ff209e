"""The page of a logged request, for people."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console

from batch_etl.served_page import show_page
from drivers.served.request import ServedFunction, ServedRequestPage
from onedag.meanings import NodeMeaning
from onedag.snapshots import FunctionSnapshot

CODE = """@aggregate(orders, by=customer, over=["1d", "7d"])
def spent(amount: pd.Series) -> float:
    return amount.sum()
"""


def function(name: str, code: str) -> ServedFunction:
    own = name[-2:] * 32
    written = FunctionSnapshot(
        name, "aggregate", "shop", "", "", {}, "float", False, ("amount",), None, own, own, True,
        code,
    )  # fmt: skip
    return ServedFunction(name, NodeMeaning(own, own, True), "ab" * 32, written)


def shown(*functions: ServedFunction) -> str:
    page = ServedRequestPage(
        "r-1", "buys", datetime(2024, 3, 10, tzinfo=UTC), "buys-20240310T000000Z-01234567",
        "ab" * 32, None, {}, ("a package of a long name 1.2.3",) * 3, (), functions,
    )  # fmt: skip
    console = Console(width=60, color_system=None)
    with console.capture() as captured:
        show_page(page, console, code=True)
    return captured.get()


def test_a_function_of_several_windows_is_shown_once() -> None:
    said = shown(function("spent_1d", CODE), function("last", ""), function("spent_7d", CODE))
    assert said.count("def spent(") == 1
    assert "\nspent_1d 1d1d1d1d1d1d, spent_7d 7d7d7d7d7d7d (shop of snapshot abababababab)" in said
    assert "\nlast stststststst (shop of" in said


def test_what_has_no_code_is_told_apart() -> None:
    said = shown(function("spent_1d", ""), function("spent_7d", ""))
    assert len([line for line in said.splitlines() if "(shop of snapshot" in line]) == 2


def test_lines_are_whole_in_a_narrow_terminal() -> None:
    said = shown()
    assert f"\nsnapshot {'ab' * 32}, commit unknown\n" in said
    assert said.count("a package of a long name 1.2.3") == 3
