"""Where events go, as it is written in pyproject.toml or the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.openlineage.settings import Endpoint, File, destination_of
from onedag.errors import ConfigurationError
from onedag.settings import ProjectSettings

ROOT = Path("/srv/shop")


@pytest.mark.parametrize("text", [None, "off"])
def test_nowhere(text: str | None) -> None:
    assert destination_of(text, ROOT) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:.onedag/ol.jsonl", "/srv/shop/.onedag/ol.jsonl"),
        ("file:/var/ol.jsonl", "/var/ol.jsonl"),
        ("file:///var/ol.jsonl", "/var/ol.jsonl"),
    ],
)
def test_a_file(text: str, path: str) -> None:
    assert destination_of(text, ROOT) == File(Path(path))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://host/api/v1/lineage", "https://host/api/v1/lineage"),
        ("https://host/other?key=1", "https://host/other?key=1"),
        ("http://host:5000", "http://host:5000/api/v1/lineage"),
        ("http://host:5000/", "http://host:5000/api/v1/lineage"),
    ],
)
def test_an_endpoint(text: str, url: str) -> None:
    assert destination_of(text, ROOT) == Endpoint(url)


@pytest.mark.parametrize(
    "text",
    ["", "file:", "file://host/x", "ftp://host", "events.jsonl", "http://", "http://h:port/",
     "http://[::1/"],
)  # fmt: skip
def test_what_has_another_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="Possible are: file:"):
        destination_of(text, ROOT)


def test_a_password_is_never_shown() -> None:
    endpoint = destination_of("https://me:secret@host:8/api?key=secret#secret", ROOT)
    assert str(endpoint) == "https://host:8/api"
    assert "secret" not in repr(endpoint)
    with pytest.raises(ConfigurationError) as caught:
        destination_of("https://me:secret@host:secret/api", ROOT)
    assert "secret" not in str(caught.value)


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[tool.onedag]\nmodules = ["a"]\nopenlineage = "file:a.jsonl"\n')
    assert ProjectSettings.read(path).openlineage == "file:a.jsonl"
    monkeypatch.setenv("ONEDAG_OPENLINEAGE", "off")
    assert ProjectSettings.read(path).openlineage == "off"
