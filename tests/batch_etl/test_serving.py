"""The folder in which workers share their metrics."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batch_etl.serving import FOLDER, shared_metrics


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)


def test_several_workers_share_a_folder_that_goes_when_they_end():
    with shared_metrics(2):
        folder = Path(os.environ[FOLDER])
        assert list(folder.iterdir()) == []
    assert not folder.exists()
    assert FOLDER not in os.environ


def test_one_alone_shares_nothing():
    with shared_metrics(1):
        assert FOLDER not in os.environ


def test_a_folder_that_somebody_has_named_stays(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with shared_metrics(2):
        assert os.environ[FOLDER] == str(tmp_path)
    assert tmp_path.exists()
    assert os.environ[FOLDER] == str(tmp_path)
