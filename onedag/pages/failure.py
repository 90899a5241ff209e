"""Why a project can't be shown, instead of its pages."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from onedag.errors import OnedagError
from onedag.pages.links import Links
from onedag.pages.render import render

__all__ = ["FAILURE_ASSETS", "Failure", "failure_of", "failure_page"]

FAILURE_ASSETS = ("catalog.css", "colours.css", "icon.svg", "onedag.css", "theme.js")
"""What the page loads."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong when a project was loaded.

    Attributes:
        kind: the error's class, such as ``ConfigurationError``.
        said: its message.
        place: file and line of the module that raised it, relative to the project where it is in
            it; empty where no module did.
        line: what stands there; empty where that isn't known.
    """

    kind: str
    said: str
    place: str = ""
    line: str = ""

    def __str__(self) -> str:
        at = f" ({self.place})" if self.place else ""
        return f"{self.kind}: {self.said}{at}"


def failure_of(error: Exception, root: Path) -> Failure:
    """What to say of an error.

    Args:
        error: that was raised while a project was loaded: one of ours, or anything that one of the
            project's modules raises.
        root: the project's folder.
    """
    own = isinstance(error, OnedagError)
    cause = error.__cause__ if own else error
    place, line = ("", "") if cause is None else _place(cause, root)
    # A KeyError's text is the repr of its key.
    said = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return Failure(type(error).__name__, said or "It says nothing more.", place, line)


def failure_page(failure: Failure, links: Links, project: str) -> str:
    """The page of a failure.

    Args:
        failure: what is shown.
        links: of the page.
        project: the name of the folder that was to be loaded.
    """
    return render("failure.html", failure=failure, links=links, project=project)


def _place(error: BaseException, root: Path) -> tuple[str, str]:
    """The innermost line of the project's own, or else of any module that was being imported."""
    frames = [
        (Path(each.filename), each.lineno or 0, each.line or "", each.name)
        for each in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError):
        text = (error.text or "").strip()
        frames.append((Path(error.filename or ""), error.lineno or 0, text, "<module>"))
    own = [
        frame
        for frame in frames  # an environment may lie within the project
        if frame[0].is_relative_to(root) and "site-packages" not in frame[0].parts
    ]
    imported = [frame for frame in frames if frame[3] == "<module>" and frame[0].is_file()]
    if not (own or imported):
        return "", ""
    path, number, line, _ = (own or imported)[-1]
    return f"{path.relative_to(root) if own else path}:{number}", line
