"""Snapshots stay as they are, and the pointer moves by new files alone."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.registry import Move, Registry, apply, rollback
from onedag.errors import RegistryError, RegistryMoved
from onedag.snapshots import Snapshot

Named = Callable[[str], Snapshot]
AT = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
TOLD = {"at": AT, "by": "ada", "reason": "why"}


def moved(registry: Registry, snapshot: Snapshot) -> Move:
    registry.save(snapshot)
    return registry.move(snapshot.id, expected=registry.current(), **TOLD)


def test_a_snapshot_is_a_file_named_by_its_content(registry: Registry, snapshot_named: Named):
    snapshot = snapshot_named("a")
    assert registry.save(snapshot) == snapshot.id
    path = registry.folder / "snapshots" / f"{snapshot.id}.json"
    assert path.read_bytes() == snapshot.to_bytes()
    assert not stat.S_IMODE(path.stat().st_mode) & 0o222
    assert registry.snapshot(snapshot.id) == snapshot
    assert registry.ids() == (snapshot.id,)


def test_what_is_saved_again_stays_the_file_that_it_was(registry: Registry, snapshot_named: Named):
    registry.save(snapshot_named("a"))
    [path] = (registry.folder / "snapshots").iterdir()
    before = path.stat()
    registry.save(snapshot_named("a"))
    assert path.stat() == before
    registry.save(snapshot_named("b"))
    assert len(list((registry.folder / "snapshots").iterdir())) == 2


def test_nothing_is_there_before_the_first(registry: Registry):
    assert registry.current() is None
    assert registry.moves() == ()
    assert registry.ids() == ()
    assert not registry.folder.exists()
    with pytest.raises(RegistryError, match="write one with `onedag apply`"):
        registry.snapshot("abcdef")


def test_the_one_that_was_written_last_needs_no_move(registry: Registry, snapshot_named: Named):
    assert registry.newest() is None
    first, last = (registry.save(snapshot_named(name)) for name in ("one", "two"))
    for age, each in enumerate((last, first)):
        os.utime(registry.folder / "snapshots" / f"{each}.json", (0, 1_000 - age))
    assert registry.newest() == last
    assert registry.has(last)
    assert not registry.has(last[:12])
    assert not registry.has("../current/00000001")


def test_the_last_move_is_the_pointer(registry: Registry, snapshot_named: Named):
    first, second = snapshot_named("a"), snapshot_named("b")
    moves = [moved(registry, each) for each in (first, second, first)]
    assert registry.current() == moves[-1]
    assert registry.moves() == tuple(moves)
    assert [move.number for move in moves] == [1, 2, 3]
    assert [move.previous for move in moves] == [None, first.id, second.id]
    assert moves[0] == Move(1, first.id, AT, "ada", "why", None)


def test_more_moves_than_eight_digits_are_in_order(registry: Registry, snapshot_named: Named):
    moved(registry, snapshot_named("a"))
    folder = registry.folder / "current"
    (folder / "00000001.json").rename(folder / "99999999.json")
    assert moved(registry, snapshot_named("b")).number == 100_000_000
    assert [move.number for move in registry.moves()] == [99_999_999, 100_000_000]


def test_a_move_that_expects_another_pointer_is_refused(registry: Registry, snapshot_named: Named):
    first, second = snapshot_named("a"), snapshot_named("b")
    before = moved(registry, first)
    moved(registry, second)
    for expected in (None, before):
        with pytest.raises(RegistryMoved, match="moved by another writer"):
            registry.move(first.id, expected=expected, **TOLD)
    assert len(registry.moves()) == 2


def test_a_move_that_expects_what_is_gone_is_refused(registry: Registry, snapshot_named: Named):
    before = moved(registry, snapshot_named("a"))
    (registry.folder / "current" / "00000001.json").unlink()
    with pytest.raises(RegistryMoved):
        registry.move(before.snapshot, expected=before, **TOLD)


def test_a_move_to_what_was_never_saved_is_refused(registry: Registry, snapshot_named: Named):
    with pytest.raises(RegistryError, match="its file was deleted"):
        registry.move(snapshot_named("a").id, expected=None, **TOLD)
    assert registry.current() is None


@pytest.mark.parametrize("length", [6, 12, 63, 64])
def test_the_beginning_of_an_id_is_enough(registry: Registry, snapshot_named: Named, length: int):
    ids = [registry.save(snapshot_named(name)) for name in "abc"]
    assert registry.find(ids[1][:length]) == ids[1]
    assert registry.find(ids[1][:length].upper()) == ids[1]


def test_an_id_that_says_too_little(registry: Registry, snapshot_named: Named):
    found = registry.save(snapshot_named("a"))
    other = found[:8] + "0" * 56
    (registry.folder / "snapshots" / f"{other}.json").write_text("")
    with pytest.raises(RegistryError, match=f"beginning of 2 snapshots.*{found}"):
        registry.snapshot(found[:8])
    with pytest.raises(RegistryError, match=f"too short.*6 digits.*{found[:12]}"):
        registry.snapshot(found[:5])
    wrong = "f" * 10 if not found.startswith("f") else "e" * 10
    with pytest.raises(RegistryError, match=f"No snapshot begins with '{wrong}'.*{found[:12]}"):
        registry.snapshot(wrong)
    with pytest.raises(RegistryError, match="No snapshot begins with"):
        registry.snapshot("../current")


def test_the_current_ones_are_offered_first(registry: Registry, snapshot_named: Named):
    for name in "abcdefghij":
        registry.save(snapshot_named(name))
    last = moved(registry, snapshot_named("z"))
    with pytest.raises(RegistryError, match=rf"has {last.snapshot[:12]}, (\w+, ){{4}}…\."):
        registry.find("no such")


@pytest.mark.parametrize("content", [b"", b"{}", b"changed"])
def test_a_file_that_was_changed_is_told(registry: Registry, snapshot_named: Named, content: bytes):
    found = registry.save(snapshot_named("a"))
    path = registry.folder / "snapshots" / f"{found}.json"
    path.chmod(0o644)
    path.write_bytes(content or path.read_bytes()[:-1])
    with pytest.raises(RegistryError, match="isn't what was written"):
        registry.snapshot(found)


def test_a_file_of_another_format_is_told(registry: Registry):
    content = json.dumps({"format": 99}).encode()
    name = hashlib.sha256(content).hexdigest()
    (registry.folder / "snapshots").mkdir(parents=True)
    (registry.folder / "snapshots" / f"{name}.json").write_bytes(content)
    with pytest.raises(RegistryError, match=rf"{name}\.json.*format 99"):
        registry.snapshot(name)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 2}', '{"format": 1}'])
def test_a_move_that_was_changed_is_told(registry: Registry, snapshot_named: Named, content: str):
    moved(registry, snapshot_named("a"))
    path = registry.folder / "current" / "00000001.json"
    path.chmod(0o644)
    path.write_text(content)
    with pytest.raises(RegistryError, match=r"00000001\.json isn't a move that onedag wrote"):
        registry.current()


def test_other_files_are_left_alone(registry: Registry, snapshot_named: Named):
    move = moved(registry, snapshot_named("a"))
    for folder in ("snapshots", "current"):
        for name in (".unfinished-1", "notes.json", "README.md"):
            (registry.folder / folder / name).write_text("x")
    assert registry.moves() == (move,)
    assert registry.ids() == (move.snapshot,)


def test_a_folder_that_cannot_be_written(tmp_path: Path, snapshot_named: Named):
    (tmp_path / "file").write_text("")
    registry = Registry(tmp_path / "file" / "registry")
    with pytest.raises(RegistryError, match=r"can't be written.*ONEDAG_REGISTRY"):
        registry.save(snapshot_named("a"))


def test_a_file_system_without_hard_links(
    registry: Registry, snapshot_named: Named, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")  # as exFAT says

    monkeypatch.setattr(os, "link", refuse)
    found = registry.save(snapshot_named("a"))  # a training run needs no more
    with pytest.raises(RegistryError, match="no hard links, which moving the pointer needs"):
        registry.move(found, expected=None, **TOLD)
    assert registry.snapshot(found) == snapshot_named("a")
    assert registry.current() is None


def test_to_apply_the_current_one_moves_nothing(registry: Registry, snapshot_named: Named):
    first = apply(registry, snapshot_named("a"), **TOLD)
    again = apply(registry, snapshot_named("a"), **TOLD)
    assert first.made
    assert not again.made
    assert again.move == first.move == registry.current()


def test_a_rollback_is_one_more_move(registry: Registry, snapshot_named: Named):
    ids = [apply(registry, snapshot_named(name), **TOLD).move.snapshot for name in "abc"]
    assert rollback(registry, None, **TOLD).move.snapshot == ids[1]
    assert rollback(registry, None, **TOLD).move.snapshot == ids[2]  # undoes the first
    assert rollback(registry, ids[0][:8], **TOLD).move.snapshot == ids[0]
    assert not rollback(registry, ids[0], **TOLD).made
    assert [move.snapshot for move in registry.moves()] == [*ids, ids[1], ids[2], ids[0]]


def test_no_rollback_to_what_cannot_be_read(registry: Registry, snapshot_named: Named):
    ids = [apply(registry, snapshot_named(name), **TOLD).move.snapshot for name in "ab"]
    (registry.folder / "snapshots" / f"{ids[0]}.json").unlink()
    with pytest.raises(RegistryError, match="its file was deleted"):
        rollback(registry, None, **TOLD)
    assert registry.current().snapshot == ids[1]


def test_no_rollback_from_the_first(registry: Registry, snapshot_named: Named):
    with pytest.raises(RegistryError, match="no snapshot was ever applied"):
        rollback(registry, None, **TOLD)
    apply(registry, snapshot_named("a"), **TOLD)
    with pytest.raises(RegistryError, match="one snapshot was applied"):
        rollback(registry, None, **TOLD)


def test_a_snapshot_whose_file_was_deleted_is_told(registry: Registry, snapshot_named: Named):
    apply(registry, snapshot_named("one"), **TOLD)
    gone = apply(registry, snapshot_named("two"), **TOLD).move.snapshot
    registry.folder.joinpath("snapshots", f"{gone}.json").unlink()
    with pytest.raises(RegistryError, match="its file was deleted") as told:
        registry.snapshot(gone)
    assert str(told.value).count(gone[:12]) == 1  # it isn't offered
    apply(registry, snapshot_named("two"), **TOLD)
    assert registry.snapshot(gone) == snapshot_named("two")


def test_a_folder_that_cannot_be_listed_is_not_empty(tmp_path: Path):
    tmp_path.joinpath("registry").write_text("a file")
    registry = Registry(tmp_path / "registry")
    for look in (registry.current, registry.moves, registry.ids):
        with pytest.raises(RegistryError, match="can't be read"):
            look()
