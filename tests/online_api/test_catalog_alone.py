"""The pages of a project without its API: ``onedag catalog``."""

from __future__ import annotations

import pytest

from online_api.app import catalog_from_environment
from tests.onedag.pages.reading import read


@pytest.fixture
def alone(shop, monkeypatch):
    """An app of the project that the environment names."""
    monkeypatch.setenv("ONEDAG_PROJECT", str(shop.root))
    monkeypatch.syspath_prepend(str(shop.root))
    return catalog_from_environment


def test_pages_without_a_store_or_a_run(alone, run_app, shop):
    with run_app(alone()) as client:
        answer = client.get("/catalog/services/buys")
        assert answer.status_code == 200
        assert "This server shows pages and answers no requests." in read(answer.text).said
        assert client.get("/").headers["location"] == "catalog/"
    assert not (shop.root / "s.db").exists()


def test_no_service_is_answered_for(alone, run_app):
    with run_app(alone()) as client:
        assert client.post("/v1/services/buys/features", json={"rows": []}).status_code == 404
        assert client.get("/docs").status_code == 404


ON_DISK = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, latest

till = Entity("till", join_keys=["till_id"])
sales = Source("sales", data="sales.csv", timestamp="at")

@latest(sales, by=till)
def last_sale(price: pd.Series) -> pd.Series:
    return price

class Till(pydantic.BaseModel):
    till_id: int

tills = FeatureService("tills", ["last_sale"], Till)
"""


def test_sources_are_opened_if_that_is_wanted(alone, run_app, shop, monkeypatch):
    (shop.root / "till_features.py").write_text(ON_DISK, encoding="utf-8")
    (shop.root / "sales.csv").write_text("at,till_id,price,note\n2024-03-01,1,2.5,x\n")
    pyproject = shop.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace(shop.module, "till_features"))
    with run_app(alone()) as client:
        closed = read(client.get("/catalog/sources/sales").text).said
    monkeypatch.setenv("ONEDAG_OPEN_SOURCES", "true")
    with run_app(alone()) as client:
        opened = read(client.get("/catalog/sources/sales").text).said
    assert "These are the columns that something uses" in closed
    assert "note" not in closed
    assert "note string nobody" in opened


def test_a_project_that_cannot_be_loaded_shows_why(alone, run_app, shop, monkeypatch):
    (shop.root / "broken_shop.py").write_text("\nraise RuntimeError('no <b>luck</b>')\n")
    pyproject = shop.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace(shop.module, "broken_shop"))
    with run_app(alone()) as client:
        answer = client.get("/catalog/features/spent_7d")
        style = client.get("/catalog/static/onedag.css")
    assert answer.status_code == 500
    page = read(answer.text)
    assert "RuntimeError in broken_shop.py:2" in page.said
    assert "no <b>luck</b>" in page.said
    assert not page.inline
    assert style.status_code == 200


def test_nor_does_a_module_that_wants_to_end_the_server(alone, run_app, shop):
    (shop.root / "ending_shop.py").write_text("\nraise SystemExit('no data here')\n")
    pyproject = shop.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace(shop.module, "ending_shop"))
    with run_app(alone()) as client:
        answer = client.get("/catalog/")
    assert answer.status_code == 500
    assert "SystemExit in ending_shop.py:2" in read(answer.text).said
    assert "no data here" in read(answer.text).said


def test_a_folder_without_a_project_shows_why(run_app, tmp_path, monkeypatch):
    monkeypatch.setenv("ONEDAG_PROJECT", str(tmp_path))
    with run_app(catalog_from_environment()) as client:
        said = read(client.get("/catalog/").text).said
    assert "ConfigurationError" in said
    assert "No pyproject.toml with [tool.onedag]" in said
