"""`onedag check`, as it is asked for on a command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from drivers.check import check_loaded
from onedag import Project

__all__ = ["checked"]


def checked(
    load: Callable[[], Project],
    service: str | None,
    spine: Path | None,
    *,
    strict: bool,
    as_json: bool,
) -> tuple[str, bool]:
    """The report as text or JSON, and whether the project passes.

    Args:
        load: gives the project, or raises what is wrong with it.
        service: one of its services; all by default.
        spine: a file, instead of that of the training table.
        strict: whether warnings count.
        as_json: whether to give JSON.

    Raises:
        UnknownName: no such service.
    """
    report = check_loaded(load, None if spine is None else spine.resolve(), service)
    return report.to_json() if as_json else str(report), report.passes(strict=strict)
