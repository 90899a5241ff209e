"""Edits beside other versions of packages: what is acknowledged once hides none of the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from onedag.snapshots import Snapshot
from onedag.snapshots.changes import Change, compare
from onedag.snapshots.promises import VERSIONS, breaches
from onedag.snapshots.reasons import HELPERS

Take = Callable[..., Snapshot]


def upgraded(snapshot: Snapshot, package: str) -> Snapshot:
    """As another version of a package would have it taken."""
    functions = {
        name: replace(one, own=f"{package} {one.own}", meaning=f"{package} {one.meaning}")
        for name, one in snapshot.functions.items()
    }
    versions = tuple(v.replace(f"{package} ", f"{package} 9") for v in snapshot.versions)
    assert versions != snapshot.versions
    return replace(snapshot, functions=functions, versions=versions)


def test_an_edit_of_a_constant_is_seen_beside_an_upgrade(take: Take) -> None:
    new = upgraded(take({"RATE = 0.9": "RATE = 0.8"}), "pandas")
    found = {breach.name: breach.reasons for breach in breaches(take(), new, "buys")}
    assert set(found) == {VERSIONS, "discounted"}
    assert found["discounted"] == (HELPERS,)
    changed = compare(take(), new)
    assert [one.name for one in changed.of(Change.MEANING) if one.own] == ["discounted"]


def test_a_name_that_is_another_is_no_edit_beside_an_upgrade(take: Take) -> None:
    code = "return amount * RATE"
    new = upgraded(take({code: "paid = amount * RATE\n    return paid"}), "numpy")
    same = upgraded(take({code: "done = amount * RATE\n    return done"}), "numpy")
    old = take({code: "done = amount * RATE\n    return done"})
    assert [breach.name for breach in breaches(old, new, "buys")] == [VERSIONS]
    assert [breach.name for breach in breaches(old, same, "buys")] == [VERSIONS]


def test_where_edits_cant_be_told_the_next_one_needs_another_acknowledgement(take: Take) -> None:
    old = take()
    for package in ("Python", "fingerprints"):
        [one] = breaches(old, upgraded(old, package), "buys")
        edited = take({"RATE = 0.9": "RATE = 0.8"})
        [other] = breaches(old, upgraded(edited, package), "buys")
        assert one.name == other.name == VERSIONS
        assert one.digits != other.digits


def test_a_snapshot_of_before_has_no_such_fingerprint(take: Take) -> None:
    functions = {name: replace(one, written="") for name, one in take().functions.items()}
    old = replace(take(), functions=functions)
    [only] = breaches(old, upgraded(take(), "pandas"), "buys")
    assert only.name == VERSIONS
