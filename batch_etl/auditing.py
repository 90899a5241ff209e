"""`audit`: a service's model as a document for an auditor, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from batch_etl.files import STDOUT, whole_file, write_json
from drivers.auditing import subject_of
from drivers.catalog import CatalogReader
from onedag.audit import Audit, audit_of, to_document
from onedag.errors import OfflineError
from onedag.pages.audit import audit_page
from onedag.project import Project

__all__ = ["gather_audit", "write_audit"]

PATIENCE = timedelta(seconds=10)
"""How long a store is waited for: a report may wait longer than a page."""


def gather_audit(
    project: Project, service: str, run_id: str | None = None, *, personal: bool = False
) -> Audit:
    """All that a report says of a service, now.

    A store that is down is no error: the report says what isn't known because of it.

    Args:
        project: whose service.
        service: its name.
        run_id: of a run that the store keeps; by default the one that requests are answered with.
        personal: whether the values that training left of people are told.

    Raises:
        UnknownName: there is no such service, or the store keeps no such run of it.
    """
    reader = CatalogReader(project, open_sources=True, patience=PATIENCE, personal=personal)
    catalog = reader.read()
    return audit_of(catalog, subject_of(project, catalog, service, run_id, personal=personal))


def write_audit(
    project: Project,
    service: str,
    output: Path | None,
    to_json: str | None,
    run_id: str | None,
    say: Callable[[str], None],
    *,
    personal: bool = False,
) -> None:
    """Write a report, whole or not at all, and say where it lies and what it lacks.

    Args:
        project: whose service.
        service: its name.
        output: the HTML file; ``<service>-audit.html`` in the current folder by default.
        to_json: a file for the same as JSON, or `STDOUT`; None for no JSON.
        run_id: as for `gather_audit`.
        say: prints a line.
        personal: as for `gather_audit`.

    Raises:
        UnknownName: there is no such service, or the store keeps no such run of it.
        OfflineError: a file can't be written.
    """
    audit = gather_audit(project, service, run_id, personal=personal)
    path = output or Path(f"{service}-audit.html")
    with _told_how("--output"), whole_file(path) as unfinished:
        unfinished.write_text(audit_page(audit), encoding="utf-8")
    if to_json is not None:
        with _told_how("--json"):
            write_json(to_document(audit), to_json)
    run = "no run" if audit.run is None else f"run {audit.run.run_id}"
    say(f"Wrote {path}: {service}, {run}, {len(audit.features)} features.")
    if to_json not in (None, STDOUT):
        say(f"Wrote {to_json}: the same as JSON.")
    for sentence in _lacking(audit):
        say(sentence)


@contextmanager
def _told_how(option: str) -> Iterator[None]:
    """What isn't written here isn't below the offline folder: another option names the place."""
    try:
        yield
    except OfflineError as error:
        path, reason = error.args[0].partition(". ")[0], error.__cause__
        raise OfflineError(f"{path}. Name another file with {option}.") from reason


def _lacking(audit: Audit) -> tuple[str, ...]:
    """What somebody who made the report should know at once."""
    found = []
    if audit.store_error is not None:
        found.append(f"The store can't be read, so freshness is unknown: {audit.store_error}")
    elif audit.run is None:
        found.append("No run is published, so the report tells of the code as it is loaded.")
    elif not audit.code.of_run:
        found.append("The run's own code isn't known: the report shows the code as it is loaded.")
    return tuple(found)
