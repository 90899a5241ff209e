"""What is in the pictures: read from the SVG as text, and from the PNG as pixels."""

from __future__ import annotations

import re
import stat
import struct
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from batch_etl import pictures
from batch_etl.pictures import write_png, write_svg
from onedag.errors import ConfigurationError, OfflineError
from onedag.lineage import LOOKS, Lineage
from onedag.lineage.boundary import known_before
from tests.onedag.pages.lineages import many, shop

SVG = "{http://www.w3.org/2000/svg}"
GREY = 0x55 / 255
NAMES = ["<b>bold</b>", 'the "quoted"', "größe_日本", "back\\nslash", "a & b", "{x|y}"]


def drawn(lineage: Lineage, folder: Path) -> ElementTree.Element:
    return ElementTree.parse(write_svg(lineage, folder / "lineage.svg")).getroot()


def by_title(root: ElementTree.Element, kind: str) -> dict[str, ElementTree.Element]:
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == kind]
    return {group.findtext(f"{SVG}title", ""): group for group in groups}


def texts(root: ElementTree.Element) -> set[str]:
    return {"".join(text.itertext()).replace("\xa0", " ") for text in root.iter(f"{SVG}text")}


def middle(node: ElementTree.Element) -> float:
    return float(next(node.iter(f"{SVG}text")).get("x", "nan"))


def line_at(root: ElementTree.Element) -> float:
    """Where the boundary is drawn: all of it in one place."""
    edge = by_title(root, "edge")["boundary start->boundary end"]
    path = edge.find(f"{SVG}path")
    assert path is not None
    assert "dasharray" in str(path.attrib)
    places = {float(x) for x in re.findall(r"(-?[\d.]+),", path.get("d", ""))}
    assert max(places) - min(places) < 0.1
    return places.pop()


def test_every_node_is_drawn_on_its_side_of_the_line(tmp_path: Path) -> None:
    lineage = shop()
    root = drawn(lineage, tmp_path)
    nodes, line = by_title(root, "node"), line_at(root)
    for name, node in lineage.nodes.items():
        assert (middle(nodes[name]) < line) is known_before(node.kind), name
    assert set(by_title(root, "edge")) >= {f"{a}->{b}" for a, b in lineage.edges}
    assert {"known before the request", "computed for the request"} <= texts(root)


def test_the_sides_stay_apart_where_no_edge_holds_them(tmp_path: Path) -> None:
    lineage = shop()
    free = Lineage(lineage.nodes, ())
    root = drawn(free, tmp_path)
    nodes, line = by_title(root, "node"), line_at(root)
    for name, node in free.nodes.items():
        assert (middle(nodes[name]) < line) is known_before(node.kind), name


def test_the_legend_says_what_occurs(tmp_path: Path) -> None:
    said = texts(drawn(shop(), tmp_path))
    assert {look.said for look in LOOKS.values()} <= said
    assert {"value", "key of a look-up", "learned from training rows"} <= said
    few = texts(drawn(shop().upstream(["big_share_1d"]), tmp_path))
    assert LOOKS[shop().nodes["s:buys"].kind].said not in few
    assert "learned from training rows" not in few


@pytest.mark.parametrize("name", NAMES)
def test_names_are_drawn_as_they_are(name: str, tmp_path: Path) -> None:
    lineage = shop(name)
    assert name in texts(drawn(lineage, tmp_path))
    nodes = {name if old == "c:above_mean" else old: node for old, node in lineage.nodes.items()}
    nodes[name] = replace(nodes[name], id=name)
    edges = tuple((a, b) for a, b in lineage.edges if "c:above_mean" not in (a, b))
    assert name in texts(drawn(Lineage(nodes, (*edges, ("r:price", name))), tmp_path))


def test_a_png_has_the_line_and_the_colours(tmp_path: Path) -> None:
    image = imread(BytesIO(write_png(shop(), tmp_path / "lineage.png").read_bytes()))[:, :, :3]
    height = image.shape[0]
    grey = (np.abs(image - GREY) < 0.02).all(axis=2).sum(axis=0)
    assert (grey > 0.4 * height).any()  # dashed: somewhat more than half of a column of pixels
    colours = {
        tuple(np.round(colour * 255).astype(int))
        for colour in np.unique(image.reshape(-1, 3), axis=0)
    }
    for look in LOOKS.values():
        wanted = tuple(int(look.fill[at : at + 2], 16) for at in (1, 3, 5))
        assert any(max(abs(a - b) for a, b in zip(wanted, c, strict=True)) < 2 for c in colours)


def test_hundreds_of_nodes_are_all_there(tmp_path: Path) -> None:
    lineage = many(10, 28)
    root = drawn(lineage, tmp_path)
    assert len(lineage.nodes) > 300
    assert {node.label for node in lineage.nodes.values()} <= texts(root)
    header = write_png(lineage, tmp_path / "lineage.png").read_bytes()[:24]
    width, height = struct.unpack(">II", header[16:])
    assert 10e6 < width * height < 50e6


def test_an_empty_lineage_is_a_picture_too(tmp_path: Path) -> None:
    assert line_at(drawn(Lineage({}, ()), tmp_path)) is not None


def test_without_a_renderer_it_is_said_where_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "find_renderer", lambda: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'onedag\[pictures\]'"):
        write_png(shop(), tmp_path / "lineage.png")
    assert not list(tmp_path.iterdir())


def test_a_renderer_that_refuses_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\ncat >/dev/null\necho out of ink >&2\nexit 3\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(pictures, "find_renderer", lambda: str(program))
    with pytest.raises(ConfigurationError, match="out of ink"):
        write_svg(shop(), tmp_path / "lineage.svg")
    assert not (tmp_path / "lineage.svg").exists()


def test_a_file_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OfflineError, match=r"lineage\.svg"):
        write_svg(shop(), tmp_path / "file" / "lineage.svg")
