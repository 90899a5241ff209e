"""The body of the command ``onedag diff``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from batch_etl.diff.document import to_document
from batch_etl.diff.run import difference, project_without_modules
from batch_etl.diff.show import show
from batch_etl.files import STDOUT, write_json
from onedag.project import Project

__all__ = ["project_without_modules", "run"]


def run(
    project: Project,
    old: str | None,
    new: str | None,
    acknowledge: Collection[str],
    console: Console,
    *,
    estimate: bool = True,
    code: bool = False,
    output: Path | None = None,
) -> bool:
    """Compare and tell; whether no published model sees what nobody acknowledged.

    Args:
        project: as `difference`.
        old: as `difference`.
        new: as `difference`.
        acknowledge: as `difference`.
        console: for people; nothing is said to them where JSON is printed.
        estimate: whether to estimate what materializing will take; of the project as it is loaded.
        code: whether to show how code differs.
        output: file for JSON; ``-`` prints it.

    Raises:
        OfflineError: the file can't be written.
    """
    found = difference(project, old, new, acknowledge)
    if estimate and found.working_tree and found.to_materialize:
        from batch_etl.diff.estimating import with_estimates

        found = with_estimates(found, project)
    printed = output is not None and str(output) == STDOUT
    if not printed:
        show(found, console, code=code)
    if output is not None:
        write_json(to_document(found), str(output))
    return not found.failures
