"""The catalog as files, and its command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from typer.testing import CliRunner

from batch_etl import catalog
from batch_etl.catalog import write_catalog
from batch_etl.cli import app
from drivers.catalog import CatalogReader
from onedag import Project
from onedag.errors import OfflineError
from onedag.pages import FAILURE_ASSETS
from tests.onedag.pages.reading import read

SHOP = '''
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, latest

till = Entity("till", join_keys=["till_id"])
sales = Source("sales", data="sales.csv", timestamp="at")

@latest(sales, by=till)
def last_sale(price: pd.Series) -> pd.Series:
    """The newest <b>price</b>."""
    return price

class Till(pydantic.BaseModel):
    till_id: int

tills = FeatureService("tills", ["last_sale"], Till)
'''


@pytest.fixture
def root(tmp_path, monkeypatch) -> Iterator[Path]:
    """A project's folder."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "catalog_shop.py").write_text(SHOP, encoding="utf-8")
    (root / "pyproject.toml").write_text('[tool.onedag]\nmodules = ["catalog_shop"]\n')
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.setenv("ONEDAG_PROJECT", str(root))  # which the command sets, and leaves behind
    yield root
    sys.modules.pop("catalog_shop", None)


@pytest.fixture
def reader(root):
    return lambda: CatalogReader(Project("catalog_shop", root=root))


def test_a_site_is_whole(reader, root, tmp_path):
    written = write_catalog(reader, root, tmp_path / "site")
    files = {path for path in (tmp_path / "site").rglob("*") if path.is_file()}
    pages = [path for path in files if path.suffix == ".html"]
    assert written.index in pages
    assert written.pages == len(pages)
    assert written.failure is None
    assert (tmp_path / "site" / "search.js").read_text().startswith("globalThis.onedagEntries = ")
    for path in pages:
        page = read(path.read_text(encoding="utf-8"))
        for link in [*page.links, *page.loaded]:
            target = urldefrag(link)[0]
            assert not target or (path.parent / target).resolve() in files, f"{path}: {link}"


def test_a_site_is_replaced_as_a_whole(reader, root, tmp_path):
    site = tmp_path / "site"
    write_catalog(reader, root, site)
    written = (site / "features" / "last_sale.html").read_bytes()
    (site / "features" / "last_sale.html").write_text("old")
    write_catalog(reader, root, site)
    assert (site / "features" / "last_sale.html").read_bytes() == written
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["CNAME", ".git/HEAD", "features/notes.html"])
def test_what_somebody_has_put_to_the_pages_is_not_lost(reader, root, tmp_path, name):
    site = tmp_path / "site"
    write_catalog(reader, root, site)
    (site / name).parent.mkdir(exist_ok=True)
    (site / name).write_text("mine")
    with pytest.raises(OfflineError, match=f"holds {name}, which `onedag catalog` didn't write"):
        write_catalog(reader, root, site)
    assert (site / name).read_text() == "mine"


def test_the_folder_in_which_one_is(reader, root, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    written = write_catalog(reader, root, Path("."))
    assert written.index == tmp_path / "here" / "index.html"
    assert written.index.is_file()


def test_pages_that_a_disk_takes_for_one_are_refused(tmp_path):
    # Stands for a disk on which Spent.html is spent.html: there the second is found to be there.
    catalog._write(tmp_path, "features/spent.html", b"one")
    with pytest.raises(OfflineError, match="doesn't tell capitals from small ones"):
        catalog._write(tmp_path, "features/spent.html", b"another")
    assert (tmp_path / "features" / "spent.html").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_with_something_else_stays(reader, root, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.tex").write_text("mine")
    with pytest.raises(OfflineError, match="onedag catalog"):
        write_catalog(reader, root, tmp_path / "site")
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["thesis.tex"]


def test_a_file_is_no_folder(reader, root, tmp_path):
    (tmp_path / "site").write_text("mine")
    with pytest.raises(OfflineError, match="is a file"):
        write_catalog(reader, root, tmp_path / "site")


def test_a_folder_that_cannot_be_written(reader, root, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OfflineError):
        write_catalog(reader, root, tmp_path / "file" / "site")


def test_what_goes_wrong_half_way_leaves_what_was_there(reader, root, tmp_path, monkeypatch):
    write_catalog(reader, root, tmp_path / "site")
    before = (tmp_path / "site" / "index.html").read_bytes()

    def full(folder: Path, name: str, content: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(catalog, "_write", full)
    with pytest.raises(OfflineError, match="No space left"):
        write_catalog(reader, root, tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"shop", "site"}


def run(root: Path, *options: str):
    return CliRunner().invoke(app, ["--project", str(root), "catalog", *options])


def test_the_command(root, tmp_path):
    result = run(root, "--output", str(tmp_path / "site"))
    assert result.exit_code == 0, result.output
    assert f"open {tmp_path / 'site' / 'index.html'}" in result.output.replace("\n", "")
    said = read((tmp_path / "site" / "features" / "last_sale.html").read_text()).said
    assert "The newest <b>price</b>." in said
    assert not (root / ".onedag").exists()  # it writes nothing else


def test_sources_are_opened_on_demand(root, tmp_path):
    (root / "sales.csv").write_text("at,till_id,price,note\n2024-03-01,1,2.5,x\n")
    run(root, "--output", str(tmp_path / "closed"))
    run(root, "--output", str(tmp_path / "opened"), "--open-sources")
    closed = read((tmp_path / "closed" / "sources" / "sales.html").read_text()).said
    opened = read((tmp_path / "opened" / "sources" / "sales.html").read_text()).said
    assert "note" not in closed
    assert "note string nobody" in opened


def test_a_project_that_cannot_be_loaded_is_written_down(root, tmp_path):
    (root / "catalog_shop.py").write_text("import pandas\npandas.no_such_thing\n")
    result = run(root, "--output", str(tmp_path / "site"))
    assert result.exit_code == 1
    said = read((tmp_path / "site" / "index.html").read_text()).said
    assert "AttributeError in catalog_shop.py:2" in said
    assert "no_such_thing" in said
    assert {path.name for path in (tmp_path / "site" / "static").iterdir()} == {*FAILURE_ASSETS}


def test_so_is_a_feature_that_cannot_be(root, tmp_path):
    (root / "catalog_shop.py").write_text(SHOP.replace("by=till", "by=None, max_age='soon'"))
    assert run(root, "--output", str(tmp_path / "site")).exit_code == 1
    assert "InvalidDefinition" in read((tmp_path / "site" / "index.html").read_text()).said
