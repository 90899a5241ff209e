"""Checking a project that may be too broken to load."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from drivers.check.checking import SAMPLE_ROWS, check
from drivers.check.model import CheckReport, Problem
from drivers.spine import SpineData
from onedag.errors import OnedagError
from onedag.project import Project
from onedag.service import FeatureService

__all__ = ["check_loaded"]


def check_loaded(
    load: Callable[[], Project],
    spine: SpineData | None = None,
    service: str | FeatureService | None = None,
    *,
    rows: int = SAMPLE_ROWS,
) -> CheckReport:
    """Check a project; where it can't be loaded, that is the one problem.

    Args:
        load: gives the project, or raises what is wrong with it.
        spine, service, rows: as for `check`.

    Raises:
        UnknownName: no such service.
    """
    try:
        project = load()
    except OnedagError as error:
        return _broken(str(error), _place(error.__cause__ or error))
    except Exception as error:  # a module may raise anything while it is imported
        said = f"its modules can't be imported: {type(error).__name__}: {error}"
        return _broken(said, _place(error))
    return check(project, spine, service, rows=rows)


def _broken(message: str, place: str) -> CheckReport:
    return CheckReport((), (Problem("project", "project", message, place=place),))


def _place(error: BaseException) -> str:
    """The line of the module that was being imported, relative to the current folder."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(each.filename, each.lineno) for each in frames if each.name == "<module>"]
    if isinstance(error, SyntaxError):
        lines.append((error.filename or "", error.lineno))
    path, line = Path(lines[-1][0] if lines else ""), lines[-1][1] if lines else None
    if not path.is_file():
        return ""
    here = Path.cwd()
    return f"{path.relative_to(here) if path.is_relative_to(here) else path}:{line}"
