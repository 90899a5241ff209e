"""The forms that a lineage is drawn in: for a terminal, a document, a browser or a program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from batch_etl.files import STDOUT, whole_file
from batch_etl.pictures import write_png, write_svg
from onedag.errors import ConfigurationError
from onedag.lineage import Lineage, roots_of, to_dot, to_json, to_mermaid, to_tree

__all__ = ["FORMS", "PICTURES", "draw", "form_of", "write_text"]

FORMS = ("tree", "mermaid", "dot", "svg", "png", "json", "html")
PICTURES = ("mermaid", "dot", "svg", "png")
"""Those that stand still, so that more than some nodes can't be read in them."""

_FILES = {"svg": "An SVG", "png": "A PNG", "html": "A page"}
_WRITERS = {"svg": write_svg, "png": write_png}
_SUFFIXES = {
    "": "tree",
    ".txt": "tree",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".png": "png",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
}


def form_of(form: str | None, output: Path | None) -> str | None:
    """The form that was asked for, or that a file's name says; None where neither says one.

    Raises:
        ConfigurationError: an unknown form, or a file's suffix that no form has.
    """
    if form is not None:
        if form not in FORMS:
            raise ConfigurationError(f"No form is named {form!r}. Possible are {', '.join(FORMS)}.")
        return form
    if output is None or str(output) == STDOUT:
        return None
    suffix = output.suffix.lower()
    if suffix not in _SUFFIXES:
        raise ConfigurationError(
            f"{output.name}: no form has the suffix {suffix!r}, only "
            f"{', '.join(known for known in _SUFFIXES if known)}. Say which with --format."
        )
    return _SUFFIXES[suffix]


def draw(
    lineage: Lineage,
    form: str,
    output: Path | None = None,
    *,
    title: str = "Lineage",
    made_of: Mapping[str, str] | None = None,
) -> str | Path:
    """The lineage as text, or the path of the file that it was written to, whole or not at all.

    Args:
        lineage: to draw.
        form: one of `FORMS`.
        output: a file; `STDOUT` for the text.
        title: of a page.
        made_of: what a page says that it was made of.

    Raises:
        ConfigurationError: an unknown form, one that needs a file, or no renderer for it.
        OfflineError: the file can't be written.
    """
    form_of(form, output)
    file = None if output is None or str(output) == STDOUT else output
    if file is None and form in _FILES:
        raise ConfigurationError(f"{_FILES[form]} goes to a file: add --output FILE.")
    if form in _WRITERS and file is not None:
        return _WRITERS[form](lineage, file)
    text = _text(lineage, form) if form != "html" else _page(lineage, title, made_of or {})
    return text if file is None else write_text(text, file)


def write_text(text: str, path: Path) -> Path:
    """Write a file, whole or not at all; its path.

    Raises:
        OfflineError: the file can't be written.
    """
    with whole_file(path) as unfinished:
        unfinished.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    return path


def _text(lineage: Lineage, form: str) -> str:
    if form == "json":
        return json.dumps(to_json(lineage), indent=2)
    if form == "tree":
        return to_tree(lineage, roots_of(lineage))
    return to_dot(lineage) if form == "dot" else to_mermaid(lineage)


def _page(lineage: Lineage, title: str, made_of: Mapping[str, str]) -> str:
    from onedag.pages.lineage import lineage_page  # Jinja2 takes a while to load

    return lineage_page(lineage, title, datetime.now(UTC), made_of)
