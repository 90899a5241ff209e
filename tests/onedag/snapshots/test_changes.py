"""`compare`: each kind of edit is told as what it is, with what it changes downstream.

amount -> discounted -> spent_1d, spent_7d -> price_share -> price_above
                          RATE (a constant)     price -> price_mean ──┘
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from onedag.snapshots import Snapshot
from onedag.snapshots.changes import Change, FunctionChange, VersionChange, compare
from onedag.snapshots.reasons import HELPERS

Take = Callable[..., Snapshot]

DOWNSTREAM = {"spent_1d", "spent_7d", "price_share", "price_above"}


def by_name(old: Snapshot, new: Snapshot) -> dict[str, FunctionChange]:
    return {one.name: one for one in compare(old, new).functions}


def test_nothing_changed(take: Take) -> None:
    changes = compare(take(), take())
    assert not changes
    assert changes.functions == ()
    assert changes.uncertain == ()


def test_an_edit_is_the_cause_of_all_that_is_downstream(take: Take) -> None:
    found = by_name(take(), take({"amount * RATE": "amount + RATE"}))
    assert set(found) == {"discounted"} | DOWNSTREAM
    assert all(one.change is Change.MEANING for one in found.values())
    assert found["discounted"].own == ("its code",)
    assert found["discounted"].causes == ()
    for name in DOWNSTREAM:
        assert found[name].own == ()
        assert found[name].causes == ("discounted",)


def test_the_nearest_cause_is_named(take: Take) -> None:
    edits = {"amount * RATE": "amount + RATE", "price / spent_7d": "price // spent_7d"}
    found = by_name(take(), take(edits))
    assert found["price_above"].causes == ("price_share",)
    assert found["price_share"].own == ("its code",)
    assert found["price_share"].causes == ("discounted",)


def test_an_edit_of_a_constant_shows_where_it_is_used(take: Take) -> None:
    found = by_name(take(), take({"RATE = 0.9": "RATE = 0.8"}))
    assert found["discounted"].own == (HELPERS,)
    assert set(found) == {"discounted"} | DOWNSTREAM


@pytest.mark.parametrize(
    ("edit", "name", "reason"),
    [
        ({'max_age="2d"': 'max_age="3d"'}, "last_amount", "max_age 2d -> 3d"),
        ({'max_age="2d"': 'max_age="2d", refresh="1d"'}, "last_amount", "refresh none -> 1d"),
        (
            {"price_share(price: pd.Series, spent_7d": "price_share(price: pd.Series, spent_1d"}
            | {"price / spent_7d": "price / spent_1d"},
            "price_share",
            "inputs price, spent_7d -> price, spent_1d",
        ),
        ({'-> float:\n    """What': '-> int:\n    """What'}, "spent_1d", "returns float -> int"),
    ],
)
def test_what_of_its_own_changed(take: Take, edit: dict[str, str], name: str, reason: str) -> None:
    assert reason in by_name(take(), take(edit))[name].own


def test_the_definition_of_a_source_changes_what_is_stored_of_it(take: Take) -> None:
    late = {'"orders.parquet", timestamp="at"': '"orders.parquet", timestamp="at", delay="5min"'}
    changed = by_name(take(), take(late))
    assert changed["spent_1d"].own == ("source orders: delay none -> 5min",)
    assert changed["last_amount"].own == ("source orders: delay none -> 5min",)
    assert "discounted" not in changed


@pytest.mark.parametrize(
    ("edit", "name", "docs"),
    [
        ({"What the user spent.": "What was spent."}, "spent_1d", ("docstring",)),
        (
            {"return amount\n": "return amount  # as it is\n"},
            "last_amount",
            ("comments or formatting",),
        ),
        ({'over=["1d", "7d"]': 'over=["1d", "7d", "30d"]'}, "spent_1d", None),
    ],
)
def test_what_no_value_depends_on(
    take: Take, edit: dict[str, str], name: str, docs: tuple[str, ...] | None
) -> None:
    found = by_name(take(), take(edit))
    if docs is None:
        assert name not in found
    else:
        assert found[name] == FunctionChange(name, Change.DOC, docs=docs)


def test_owner_and_tags(take: Take) -> None:
    imported = {
        "\ndef price_mean": "\nfrom hamilton.function_modifiers import tag\n\ndef price_mean"
    }
    tagged = imported | {
        "\n\ndef price_mean": '\n\n@tag(owner="pricing", tier="gold")\ndef price_mean'
    }
    change = by_name(take(imported), take(tagged))["price_mean"]
    assert change.change is Change.DOC
    assert change.docs == ("owner nobody -> pricing", "tags")


def test_a_meaning_and_a_docstring(take: Take) -> None:
    edits = {"price.mean()": "price.median()", "The mean price.": "The median price."}
    change = by_name(take(), take(edits))["price_mean"]
    assert (change.change, change.own, change.docs) == (
        Change.MEANING,
        ("its code",),
        ("docstring",),
    )


def test_a_rename_is_told_as_one(take: Take) -> None:
    found = by_name(take(), take({"last_amount": "newest_amount"}))
    assert found["last_amount"] == FunctionChange(
        "last_amount", Change.REMOVED, same_as=("newest_amount",)
    )
    assert found["newest_amount"] == FunctionChange(
        "newest_amount", Change.ADDED, same_as=("last_amount",)
    )


def test_what_came_and_went(take: Take) -> None:
    found = by_name(take(), take({'over=["1d", "7d"]': 'over=["1d", "7d", "30d"]'}))
    assert found == {"spent_30d": FunctionChange("spent_30d", Change.ADDED)}
    more = "\n\ndef price(user_id: pd.Series) -> pd.Series:\n    return user_id\n"
    found = by_name(take(), take(more=more))
    assert found["price"].change is Change.ADDED
    assert found["price_mean"] == FunctionChange("price_mean", Change.MEANING, causes=("price",))
    found = by_name(take(more=more), take())
    assert found["price_share"] == FunctionChange("price_share", Change.MEANING, causes=("price",))


def test_other_versions_are_no_edits(take: Take) -> None:
    new = take({"price.mean()": "price.median()", "last order": "newest order"})
    functions = {
        name: replace(one, own=f"other {one.own}", meaning=f"other {one.meaning}")
        for name, one in new.functions.items()
    }
    versions = tuple(v.replace("pandas ", "pandas 9") for v in new.versions)
    changes = compare(take(), replace(new, functions=functions, versions=versions))
    [pandas] = changes.versions
    assert pandas == VersionChange("pandas", pandas.old, f"9{pandas.old}")
    found = {one.name: one for one in changes.functions}
    assert found["price_mean"].change is Change.MEANING
    assert found["price_above"].causes == ("price_mean",)
    assert found["last_amount"] == FunctionChange(
        "last_amount", Change.VERSIONS, docs=("docstring",)
    )
    alone = {one.name for one in changes.of(Change.VERSIONS)}
    assert alone == {"discounted", "spent_1d", "spent_7d", "price_share", "last_amount"}


def test_what_reads_a_file_is_uncertain(take: Take) -> None:
    opened = {"return amount\n": "return amount * float(open('rate').read())\n"}
    changes = compare(take(opened), take(opened))
    assert not changes
    assert changes.uncertain == ("last_amount",)
    assert compare(take(), take(opened)).uncertain == ()


def test_inputs_that_would_be_a_circle_together(take: Take) -> None:
    """One snapshot has a -> b, the other b -> a."""
    a_of = "\n\ndef {0}({1}: pd.Series) -> pd.Series:\n    return {1}\n"
    old = a_of.format("first", "price") + a_of.format("second", "first")
    new = a_of.format("second", "price") + a_of.format("first", "second")
    found = by_name(take(more=old), take(more=new))
    assert found["first"].own[0] == "inputs price -> second"
    assert found["first"].causes == ("second",)
