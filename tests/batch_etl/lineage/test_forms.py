"""Forms follow from the option, or from the file's name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from batch_etl.lineage import FORMS, draw, form_of
from onedag.errors import ConfigurationError, OfflineError
from onedag.lineage import Lineage, LineageNode, NodeKind, from_json

LINEAGE = Lineage(
    {
        "a": LineageNode("a", "a", NodeKind.COLUMN, source="s", column="a"),
        "service:x": LineageNode("service:x", "x", NodeKind.SERVICE, service="x"),
    },
    (("a", "service:x"),),
)
NAMES = {
    "a.txt": "tree",
    "a": "tree",
    "a.mmd": "mermaid",
    "a.DOT": "dot",
    "a.gv": "dot",
    "a.svg": "svg",
    "a.png": "png",
    "a.b.json": "json",
    "a.html": "html",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_its_form(name: str) -> None:
    assert form_of(None, Path(name)) == NAMES[name]
    assert form_of("json", Path(name)) == "json"


def test_where_nothing_is_said() -> None:
    assert form_of(None, None) is None
    assert form_of(None, Path("-")) is None
    assert form_of("dot", None) == "dot"


@pytest.mark.parametrize(("form", "name"), [("gif", "a.svg"), (None, "a.gif"), (None, "a.tar.gz")])
def test_what_no_form_is(form: str | None, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"(Possible are tree|no form has the suffix)"):
        form_of(form, Path(name))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the lineage in each form."""
    folder = tmp_path_factory.mktemp("drawn")
    for form in FORMS:
        assert draw(LINEAGE, form, folder / f"of.{form}", title="All") == folder / f"of.{form}"
    return folder


def test_each_form_is_written_whole(written: Path) -> None:
    assert sorted(path.name for path in written.iterdir()) == sorted(f"of.{f}" for f in FORMS)
    assert (written / "of.tree").read_text() == "x  [service]\n  a  [column]  of s\n"
    assert (written / "of.mermaid").read_text().startswith("flowchart LR\n")
    assert (written / "of.dot").read_text().startswith("digraph lineage {\n")
    assert "<svg" in (written / "of.svg").read_text()
    assert (written / "of.png").read_bytes().startswith(b"\x89PNG")
    assert "<title>" in (written / "of.html").read_text()
    assert from_json(json.loads((written / "of.json").read_text())) == LINEAGE


@pytest.mark.parametrize("form", ["svg", "png", "html"])
def test_what_goes_to_a_file(form: str) -> None:
    for output in (None, Path("-")):
        with pytest.raises(ConfigurationError, match="goes to a file: add --output FILE"):
            draw(LINEAGE, form, output)


def test_text_is_given_back_where_there_is_no_file() -> None:
    assert draw(LINEAGE, "tree") == draw(LINEAGE, "tree", Path("-"))
    assert draw(LINEAGE, "tree") == "x  [service]\n  a  [column]  of s"


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_that_can_not_be_written(form: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OfflineError):
        draw(LINEAGE, form, tmp_path / "file" / f"of.{form}")
