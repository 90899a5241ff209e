"""Checking a project that may be too broken to load."""

from __future__ import annotations

from collections.abc import Callable

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
        return _broken(str(error))
    except Exception as error:  # a module may raise anything while it is imported
        return _broken(f"its modules can't be imported: {type(error).__name__}: {error}")
    return check(project, spine, service, rows=rows)


def _broken(message: str) -> CheckReport:
    return CheckReport((), (Problem("project", "project", message),))
