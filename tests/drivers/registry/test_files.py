"""Files that are there whole or not at all, and never change."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from drivers.registry.files import NoHardLinks, keep, keep_first

DAY = 24 * 3600


def test_the_first_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    assert keep_first(path, b"one")
    assert not keep_first(path, b"two")
    keep(path, b"three")
    assert path.read_bytes() == b"one"
    assert os.listdir(path.parent) == ["b"]


def test_a_link_whose_answer_was_lost_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on NFS: the server makes the link, the answer is lost, and the second try finds it."""
    link = os.link

    def twice(source: Path, target: Path) -> None:
        link(source, target)
        link(source, target)

    monkeypatch.setattr(os, "link", twice)
    assert keep_first(tmp_path / "a", b"one")
    assert (tmp_path / "a").read_bytes() == b"one"


def test_what_cannot_be_linked_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for code, expected in ((errno.ENOTSUP, NoHardLinks), (errno.EDQUOT, OSError)):

        def refuse(*_arguments: object, code: int = code) -> None:
            raise OSError(code, "refused")

        monkeypatch.setattr(os, "link", refuse)
        with pytest.raises(OSError, match=r"refused|no hard links") as caught:
            keep_first(tmp_path / "a", b"one")
        assert type(caught.value) is expected
    assert os.listdir(tmp_path) == []


def test_one_that_another_writer_put_there_may_refuse_to_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows does."""
    path = tmp_path / "a"

    def refuse(source: Path, target: Path) -> None:
        path.write_bytes(Path(source).read_bytes())
        raise PermissionError(errno.EACCES, "refused")

    monkeypatch.setattr(os, "replace", refuse)
    keep(path, b"one")
    assert path.read_bytes() == b"one"
    path.unlink()
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(PermissionError()))
    with pytest.raises(PermissionError):
        keep(path, b"one")
    assert os.listdir(tmp_path) == []


def test_what_a_killed_writer_left_is_removed_after_a_day(tmp_path: Path) -> None:
    new, old = tmp_path / ".unfinished-new", tmp_path / ".unfinished-old"
    for path in (new, old):
        path.write_text("half")
    os.utime(old, times=(time.time() - 2 * DAY,) * 2)
    keep(tmp_path / "a", b"one")
    assert sorted(os.listdir(tmp_path)) == [".unfinished-new", "a"]
