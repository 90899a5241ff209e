"""The environment of a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedag.errors import ConfigurationError
from online_api.settings import ApiSettings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROJECT", "MODELS", "MAX_ROWS"):
        monkeypatch.delenv(f"ONEDAG_{name}", raising=False)


def test_the_current_folder_is_the_default_project():
    settings = ApiSettings.read()
    assert (settings.project, settings.models, settings.max_rows) == (Path("."), None, 1000)


def test_the_environment_sets_each(monkeypatch):
    monkeypatch.setenv("ONEDAG_PROJECT", "shop")
    monkeypatch.setenv("ONEDAG_MODELS", "models")
    monkeypatch.setenv("ONEDAG_MAX_ROWS", "5")
    settings = ApiSettings.read()
    assert (settings.project, settings.models) == (Path("shop"), Path("models"))
    assert settings.max_rows == 5


@pytest.mark.parametrize("rows", ["0", "many"])
def test_a_wrong_value_names_its_variable(monkeypatch, rows):
    monkeypatch.setenv("ONEDAG_MAX_ROWS", rows)
    with pytest.raises(ConfigurationError, match="ONEDAG_MAX_ROWS"):
        ApiSettings.read()
