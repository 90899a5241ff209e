"""Commands that prove: before a commit, before a release, and of what was served."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batch_etl.commands.common import (
    OptionalService,
    Service,
    Since,
    Spine,
    Until,
    load_project,
    new_console,
)

__all__ = ["check", "drift", "served", "verify"]


def check(
    service: OptionalService = None,
    spine: Spine = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Plan the services, look at definitions, and try functions on samples. Exit 1 on problems."""
    from batch_etl.checking import checked

    said, passes = checked(load_project, service, spine, strict=strict, as_json=as_json)
    typer.echo(said)
    raise typer.Exit(0 if passes else 1)


def verify(
    service: OptionalService = None,
    spine: Spine = None,
    rows: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Rows in joint requests; they repeat where the spine has fewer. By default each "
            "once, up to 1000.",
        ),
    ] = None,
    singly: Annotated[int, typer.Option(min=0, help="Of them also as requests of one row.")] = 1000,
    whole: Annotated[
        int, typer.Option(min=0, help="Of them also against whole materializations.")
    ] = 3,
    seed: Annotated[int, typer.Option(help="Of the drawing of rows.")] = 0,
    json_: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write the report; - for stdout.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(help="Recompute what was served: the folder of the log.")
    ] = None,
    since: Since = None,
    until: Until = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="With --log, draw the skew over time.")
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            help="With --log, a cause that fails: code, late-data, stale-store, early-row, "
            "store-down, model-run, unexplained, or none. By default code and unexplained."
        ),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="With --log, keep the skew in the store, for the catalog."),
    ] = False,
) -> None:
    """Replay spine rows as requests and compare every cell with batch. Exit 1 if one differs.

    With --log, what was served is recomputed from history, and cells that differ are told apart:
    other code, late data, a stale store, another model run.
    """
    from rich.console import Console

    from batch_etl import verifying
    from batch_etl.files import STDOUT, write_json
    from batch_etl.printing import say

    project = load_project()
    console = Console(stderr=True) if json_ == STDOUT else new_console()
    if log is not None:
        from batch_etl import served
        from drivers.served.replay import replay

        report = replay(project, log, service, since, until)
        code = served.show(report, console, fail_on, json_, plot)
        if keep:
            from batch_etl.keeping import keep_measured_skew

            say(console, *keep_measured_skew(project, report))
        raise typer.Exit(code)
    verifying.refuse_options_of_a_log(
        since=since, until=until, plot=plot, fail_on=fail_on, keep=keep or None
    )
    of = verifying.spines(project, service, spine)
    reports = verifying.verify(
        project, of, console, rows=rows, singly=singly, whole=whole, seed=seed
    )
    verifying.show(reports, project, console)
    if json_ is not None:
        write_json(verifying.to_document(reports), json_)
    raise typer.Exit(0 if all(report.ok for report in reports) else 1)


def drift(
    service: Service,
    frame: Annotated[
        Path | None, typer.Option(help="Compare a frame's Parquet file, or a folder of them.")
    ] = None,
    spine: Annotated[
        Path | None, typer.Option(help="Compare the rows of a Parquet or CSV spine.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(help="Compare what was served: the folder of the log.")
    ] = None,
    since: Since = None,
    until: Until = None,
    run: Annotated[
        str | None, typer.Option(help="Run to compare with; by default the one that is served.")
    ] = None,
    threshold: Annotated[float, typer.Option(min=0, help="PSI above this is drift.")] = 0.25,
    ks: Annotated[float, typer.Option(min=0, help="KS distance above this is drift.")] = 0.2,
    plot: Annotated[Path | None, typer.Option(help="PNG file to draw.")] = None,
    to_json: Annotated[
        str | None, typer.Option("--json", help="JSON file to write; - prints it instead.")
    ] = None,
    fail: Annotated[bool, typer.Option(help="Exit 1 if a feature drifted.")] = True,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it in the store, for the catalog to show.")
    ] = False,
) -> None:
    """Compare later rows with those a run was trained on: PSI and KS of each feature.

    By default the rows of the training spine from test_from on. Exit 1 if a feature drifted.
    """
    from batch_etl.drift import LaterRows, show_drift
    from batch_etl.drift import drift as run_drift
    from batch_etl.files import STDOUT, write_json
    from drivers.drift import Period
    from onedag.statistics import Thresholds

    later = LaterRows(frame, None if spine is None else spine.resolve(), log, Period(since, until))
    project = load_project()
    found = run_drift(project, service, later, run, Thresholds(threshold, ks))
    if to_json != STDOUT:
        show_drift(found, new_console())
    if to_json is not None:
        write_json(found.to_dict(), to_json)
    if to_json not in (None, STDOUT):
        typer.echo(f"Wrote {to_json}")
    if plot is not None:
        from batch_etl.drift_plots import draw_drift

        typer.echo(f"Wrote {draw_drift(found, plot)}", err=to_json == STDOUT)
    if keep:
        from batch_etl.keeping import keep_measured_drift

        typer.echo(keep_measured_drift(project, found), err=to_json == STDOUT)
    raise typer.Exit(1 if fail and found.report.drifted else 0)


def served(
    request_id: Annotated[str, typer.Argument(help="The x-request-id of a logged answer.")],
    log: Annotated[Path, typer.Option(help="The folder of the log.")],
    code: Annotated[bool, typer.Option(help="Show the functions as they were.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Show a logged request: inputs, stored values with times, vector, run, commit, and code."""
    from batch_etl.served_page import page_to_json, show_page
    from drivers.served.request import served_request

    pages = served_request(load_project(), log, request_id)
    if as_json:
        typer.echo(f"[{', '.join(map(page_to_json, pages))}]")
        return
    for page in pages:
        show_page(page, new_console(), code=code)
