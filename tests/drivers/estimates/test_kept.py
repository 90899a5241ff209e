"""Estimates on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.estimates import Cost, Estimate, Estimates
from onedag.errors import RegistryError

ESTIMATE = Estimate("user_clicks", "ab" * 32, Cost(10, 2, 40, 0.5), sampled=5)


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    kept = Estimates(tmp_path / "registry")
    assert kept.of("user_clicks", ESTIMATE.meaning) is None
    kept.keep(ESTIMATE)
    assert kept.of("user_clicks", ESTIMATE.meaning) == ESTIMATE
    assert kept.of("user_clicks", "cd" * 32) is None
    assert kept.of("user_views", ESTIMATE.meaning) is None
    assert [path.name for path in kept.folder.iterdir()] == [f"user_clicks-{'ab' * 8}.json"]


def test_what_it_took_stands_beside_it(tmp_path: Path) -> None:
    kept = Estimates(tmp_path)
    kept.keep(ESTIMATE)
    done = replace(ESTIMATE, actual=Cost(11, 2, 40, 0.6))
    kept.keep(done)
    assert kept.of("user_clicks", ESTIMATE.meaning) == done


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 0}', '{"format": 1, "x": 2}'])
def test_what_cant_be_read_is_as_if_it_werent_there(tmp_path: Path, content: str) -> None:
    kept = Estimates(tmp_path)
    kept.keep(ESTIMATE)
    (path,) = kept.folder.iterdir()
    path.write_text(content)
    assert kept.of("user_clicks", ESTIMATE.meaning) is None


def test_two_meanings_that_begin_alike_arent_mixed(tmp_path: Path) -> None:
    kept = Estimates(tmp_path)
    kept.keep(ESTIMATE)
    assert kept.of("user_clicks", "ab" * 8 + "cd" * 24) is None


def test_a_folder_that_cant_be_written(tmp_path: Path) -> None:
    (tmp_path / "estimates").write_text("a file")
    with pytest.raises(RegistryError, match=r"can't be kept in .*estimates: File exists"):
        Estimates(tmp_path).keep(ESTIMATE)
