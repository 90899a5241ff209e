"""What people read of a difference, line by line."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from batch_etl.diff import Difference, judge, show
from batch_etl.diff.show import MOST
from batch_etl.diff.verdict import MOST as MOST_FINDINGS
from batch_etl.diff.verdict import verdict
from drivers.published import Model, Published
from onedag.snapshots import (
    Commit,
    Definition,
    EntitySnapshot,
    FieldSnapshot,
    FunctionSnapshot,
    ServiceSnapshot,
    Snapshot,
    SourceSnapshot,
    ViewSnapshot,
)
from onedag.snapshots.changes import compare

Shown = Callable[..., str]


def function(name: str, **others: Any) -> FunctionSnapshot:
    whole = {
        "kind": "row",
        "module": "m",
        "doc": "",
        "owner": "",
        "tags": {},
        "returns": "Series",
        "per_row": False,
        "inputs": (),
        "definition": None,
        "own": f"own {name}",
        "meaning": f"meaning {name}",
        "certain": True,
        "code": "",
    }
    return FunctionSnapshot(name=name, **whole | others)


def source(**others: Any) -> SourceSnapshot:
    whole = {
        "data": "a.csv",
        "timestamp": "at",
        "known_at": None,
        "delay": None,
        "key": None,
        "renamed": {},
    }
    return SourceSnapshot(
        name="clicks",
        **whole | {"columns": {"price": "double"}, "tags": {}, "meaning": "clicks"} | others,
    )


def snapshot(functions: Mapping[str, FunctionSnapshot], **others: Any) -> Snapshot:
    names = tuple(functions)
    service = ServiceSnapshot(
        name="buys",
        features=names,
        doc="",
        fields=(FieldSnapshot("user_id", "int64", True, False, ""),),
        on_store_error="refuse",
        may_use=(),
        origins=dict.fromkeys(names, "computed"),
        views=(),
        meaning=repr(functions),
    )
    whole = {
        "sources": {"clicks": source()},
        "entities": {"user": EntitySnapshot("user", ("user_id",))},
        "views": {},
        "services": {"buys": service},
        "versions": ("Python 3.11", "pandas 3.0"),
    }
    return Snapshot(functions=dict(functions), **whole | others)


@pytest.fixture
def shown() -> Shown:
    """What is printed of two snapshots, at a width of 100."""

    def printed(old: Snapshot, new: Snapshot, *, run: str = "run-1", code: bool = False) -> str:
        models = {"buys": Model("buys", run, old, True)} if run else {}
        served = Published(models, {})
        found = judge(new, served, {})
        difference = Difference(compare(old, new), True, served, found, ())
        console = Console(file=io.StringIO(), width=100)
        show(difference, console, code=code)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    return printed


def test_commits_and_versions(shown: Shown) -> None:
    old = snapshot({"a": function("a")}, commit=Commit("a" * 40, False))
    new = snapshot(
        {"a": function("a", own="x", meaning="y")},
        commit=Commit("b" * 40, True),
        versions=("Python 3.12", "pandas 3.0"),
    )
    said = shown(old, new)
    assert said.startswith(
        f"snapshot {old.id[:12]} (commit aaaaaaaaaa) -> the working tree (commit bbbbbbbbbb, "
        f"edited since)\n"
        f"Versions differ: Python 3.11 -> 3.12. For that alone all fingerprints differ, so this "
        f"list can't be trusted to be edits: one of a helper or a constant doesn't show.\n"
        f"1 function changed with the versions and in nothing else.\n"
    )
    assert "NOT ACKNOWLEDGED: package-versions (Python 3.11 -> 3.12) is used by buys" in said


def test_sources_entities_services_and_views(shown: Shown) -> None:
    definition = Definition("clicks", "user", "user_clicks")
    stored = function("seen", kind="latest", inputs=("price",), definition=definition)
    view = ViewSnapshot("user_clicks", "clicks", "user", None, ("seen",), "m")
    old = snapshot({"seen": stored}, views={"user_clicks": view})
    new = snapshot(
        {"seen": replace(stored, own="x", meaning="y")},
        views={"user_clicks": replace(view, meaning="n")},
        sources={"clicks": source(columns={"price": "int64"}, delay="5min", meaning="x")},
        entities={"user": EntitySnapshot("user", ("user_id", "shop"))},
    )
    said = shown(old, new)
    assert (
        "Sources\n  clicks: delay none -> 5min; column price double -> int64, read by seen\n"
        in said
    )
    assert "Entities\n  user: user_id -> user_id, shop\n" in said
    assert "Services\n  buys: its features may have other values\n" in said
    assert "Views\n  user_clicks: materialize it\n" in said
    gone = shown(old, snapshot({}, sources={}, entities={}, services={}))
    for line in (
        "Sources\n  clicks: removed\n",
        "Entities\n  user: removed\n",
        "Services\n  buys: removed\n",
        "Views\n  user_clicks: removed, its stored values are of no more use\n",
        "buys (run run-1) is published, and its service isn't there any more.\n",
    ):
        assert line in gone


def test_what_isnt_certain(shown: Shown) -> None:
    old = snapshot({"a": function("a", certain=False)})
    unplanned = replace(old.services["buys"], origins={})
    new = replace(old, services={"buys": unplanned}, sources={"clicks": source(columns={})})
    said = shown(old, new)
    assert "\nNot certain\n  a: can't be compared for certain" in said
    assert "  service buys: one of the snapshots has no plan of it" in said
    assert "  source clicks: it can't be opened, so its columns aren't compared\n" in said


def test_a_long_list_ends(shown: Shown) -> None:
    names = [f"f_{number:03}" for number in range(MOST + 5)]
    old = snapshot({name: function(name) for name in names})
    new = snapshot({name: function(name, own="x", meaning="abcdef" * 11) for name in names})
    said = shown(old, new)
    assert "… and 5 more" in said
    assert said.count("NOT ACKNOWLEDGED") == MOST_FINDINGS
    assert f"… and {len(names) - MOST_FINDINGS} more\n" in said
    assert all(f'{name} = "abcdefabcdef"\n' in said for name in names)
    assert "or for this once" not in said


def test_names_that_look_like_markup_are_printed_as_they_are(shown: Shown) -> None:
    """Both `[red]` in a reason and in code."""
    old = snapshot({"a": function("a", code="def a(): return x[red]\n")})
    new = snapshot({"a": function("a", own="x", meaning="y", code="def a(): return y[red]\n")})
    assert "  +def a(): return y[red]\n" in shown(old, new, code=True)
    returned = snapshot({"a": function("a", own="x", meaning="y", returns="dict[str]")})
    assert "dict[str]" in shown(old, returned).split("Services")[0]


def test_several_models_share_a_finding() -> None:
    old = snapshot({"a": function("a"), "b": function("b")})
    old = replace(old, services=old.services | {"asks": replace(old.services["buys"], name="asks")})
    functions = {"a": function("a", own="x", meaning="0123456789ab")}
    new = replace(old, functions=old.functions | functions)
    models = {name: Model(name, f"run of {name}", old, True) for name in old.services}
    [finding] = judge(new, Published(models, {}), {"a": "01234567"})
    assert finding.models == tuple(models.values())
    assert (finding.features, finding.acknowledged) == (("a",), True)
    [finding] = judge(new, Published(models, {}), {"a": "01234568", "b": "01234567"})
    assert not finding.acknowledged


def test_a_name_of_two_services_is_acknowledged_once() -> None:
    """It may be a field of another type in each of them."""
    old = snapshot({"a": function("a")})
    asks = replace(old.services["buys"], name="asks")
    old = replace(old, services=old.services | {"asks": asks})
    carried = {
        name: replace(
            service,
            origins={**service.origins, "a": "request"},
            fields=(FieldSnapshot("a", kind, True, False, ""),),
        )
        for (name, service), kind in zip(old.services.items(), ["double", "int64"], strict=True)
    }
    new = replace(old, services=carried)
    models = {name: Model(name, f"run of {name}", old, True) for name in old.services}
    [finding] = judge(new, Published(models, {}), {})
    assert finding.models == tuple(models.values())
    assert not finding.acknowledged
    [finding] = judge(new, Published(models, {}), {"a": finding.digits[:12]})
    assert finding.acknowledged


def test_a_model_of_a_service_that_its_snapshot_lacks() -> None:
    """Its run's own snapshot isn't known, and the old one was taken before it."""
    new = snapshot({"a": function("a", own="x", meaning="y")})
    old = replace(snapshot({"a": function("a")}), services={})
    models = {"buys": Model("buys", "1", old, False)}
    [finding] = judge(new, Published(models, {}), {})
    assert (finding.name, finding.acknowledged) == ("a", False)
    served = Published(models, {})
    lines = verdict(Difference(compare(old, new), True, served, (finding,), ()))
    assert any("has no service buys" in line for line in lines)
