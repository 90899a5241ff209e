"""The environment of a server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from drivers.served.settings import LogSettings
from onedag.errors import ConfigurationError
from online_api.limits import Limits
from online_api.settings import ApiSettings

VARIABLES = {
    "MAX_ROWS": "5",
    "MAX_BODY_BYTES": "6",
    "MAX_BATCH_ROWS": "7",
    "MAX_WAITING_ROWS": "8",
    "DEADLINE": "0.25",
    "COALESCE": "false",
}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROJECT", "MODELS", "METRICS", "TRACING", *VARIABLES):
        monkeypatch.delenv(f"ONEDAG_{name}", raising=False)


def test_the_current_folder_is_the_default_project():
    settings = ApiSettings.read()
    assert (settings.project, settings.models) == (Path("."), None)
    assert settings.limits == Limits()


def test_metrics_are_on_and_traces_off_by_default(monkeypatch):
    settings = ApiSettings.read()
    assert (settings.metrics, settings.tracing) == (True, False)
    monkeypatch.setenv("ONEDAG_METRICS", "0")
    monkeypatch.setenv("ONEDAG_TRACING", "1")
    settings = ApiSettings.read()
    assert (settings.metrics, settings.tracing) == (False, True)


def test_nothing_is_logged_by_default():
    assert ApiSettings.read().logged is None


def test_the_environment_sets_the_log(monkeypatch):
    values = {
        "LOG": "log",
        "LOG_SAMPLE": "0.5",
        "LOG_MAX_BYTES": "1000",
        "LOG_ROWS": "10",
        "LOG_SECONDS": "1.5",
        "LOG_WITHOUT": "email, name,",
        "LOG_PERSONAL": "true",
    }
    monkeypatch.setenv("ONEDAG_LOG", "log")
    assert ApiSettings.read().logged == LogSettings(Path("log"))
    for name, value in values.items():
        monkeypatch.setenv(f"ONEDAG_{name}", value)
    assert ApiSettings.read().logged == LogSettings(
        Path("log"), 0.5, 1000, 10, timedelta(seconds=1.5), frozenset(["email", "name"]), True
    )


def test_the_environment_sets_each(monkeypatch):
    monkeypatch.setenv("ONEDAG_PROJECT", "shop")
    monkeypatch.setenv("ONEDAG_MODELS", "models")
    for name, value in VARIABLES.items():
        monkeypatch.setenv(f"ONEDAG_{name}", value)
    settings = ApiSettings.read()
    assert (settings.project, settings.models) == (Path("shop"), Path("models"))
    assert settings.limits == Limits(5, 6, 7, 8, timedelta(seconds=0.25), False)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_ROWS", "0"), ("MAX_ROWS", "many"), ("COALESCE", "perhaps"), ("LOG_SAMPLE", "2")]
    + [("LOG_MAX_BYTES", "0"), ("LOG_SECONDS", "0")]
    + [("DEADLINE", value) for value in ("0", "-1", "nan", "inf", "1e9", "1d")],
)
def test_a_wrong_value_names_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(f"ONEDAG_{name}", value)
    with pytest.raises(ConfigurationError, match=f"ONEDAG_{name}"):
        ApiSettings.read()
