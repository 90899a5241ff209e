"""The command ``onedag``: thin over the API. Each command says what it found and where it lies.

What a command needs is imported when it runs, so that ``onedag --help`` answers at once.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from onedag import Project

__all__ = ["app", "main"]

app = typer.Typer(
    help="Write a feature once: train on it, serve it, audit it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
WIDTH = 120  # of a table in a file or a pipe, where no terminal has one

Service = Annotated[str, typer.Argument(help="Name of a feature service.")]
OptionalService = Annotated[
    str | None, typer.Argument(help="Name of a feature service; all by default.")
]
Spine = Annotated[
    Path | None, typer.Option(help="Parquet or CSV file; by default that of the training table.")
]

Since = Annotated[
    datetime | None, typer.Option(formats=MOMENTS, help="Only rows from then on, UTC.")
]
Until = Annotated[
    datetime | None, typer.Option(formats=MOMENTS, help="Only rows before then, UTC.")
]
By = Annotated[str | None, typer.Option(help="Who does it; by default this user's name.")]
Message = Annotated[str, typer.Option(help="Why, in words.")]
Views = Annotated[list[str] | None, typer.Option(help="Only this view; may be repeated.")]


def main() -> None:
    """Run the command; an error of ours is one message, without a traceback, and exit code 1."""
    # Hamilton would import every library that it has an extension for, such as those for plots:
    # more than a second. What is needed of its extensions is loaded with the graph.
    os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")
    try:
        app()
    except (LookupError, OSError, RuntimeError, ValueError) as error:  # below OnedagError
        from onedag import OnedagError

        if not isinstance(error, OnedagError):
            raise
        typer.secho(f"{type(error).__name__}: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)


@app.callback()
def configure(
    project: Annotated[
        Path, typer.Option(help="Folder of the feature repository, or one below it.")
    ] = Path(),
) -> None:
    """Choose the project for the command that follows."""
    os.environ["ONEDAG_PROJECT"] = str(project.resolve())


def _project() -> Project:
    from onedag import Project

    return Project.load(_directory())


def _directory() -> Path:
    return Path(os.environ["ONEDAG_PROJECT"])


def _console() -> Console:
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else WIDTH)


@app.command()
def plan(service: Service) -> None:
    """Show what a request carries, and what is read, fitted and computed for it, and how."""
    from drivers import BatchDriver
    from drivers.opening import store_of
    from drivers.serving.compiled import calls_of

    project = _project()
    store = store_of(project)
    with BatchDriver(project, store=store) as batch:
        planned = batch.plan(service)
        typer.echo(planned.explain(calls_of(planned, store)))


@app.command()
def check(
    service: OptionalService = None,
    spine: Spine = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Plan the services, look at definitions, and try functions on samples. Exit 1 on problems."""
    from batch_etl.checking import checked

    said, passes = checked(_project, service, spine, strict=strict, as_json=as_json)
    typer.echo(said)
    raise typer.Exit(0 if passes else 1)


@app.command()
def diff(
    old: Annotated[
        str | None,
        typer.Argument(help="Snapshot: digits of its id, current (the default), current~1, …"),
    ] = None,
    new: Annotated[
        str | None, typer.Argument(help="Snapshot; by default the project as it is here.")
    ] = None,
    acknowledge: Annotated[
        list[str] | None,
        typer.Option(help="Function that may change, or a pattern such as 'late_*'; repeatable."),
    ] = None,
    estimate: Annotated[
        bool, typer.Option(help="Estimate what materializing will take, on a short sample.")
    ] = True,
    code: Annotated[bool, typer.Option("--code", help="Show how code differs.")] = False,
    output: Annotated[
        Path | None, typer.Option("--json", help="File for the difference as JSON; - prints it.")
    ] = None,
) -> None:
    """Show what changed since a snapshot, and what it touches. Exit 1 if a published model sees it.

    That is, where a function that a published model uses means something else, under the same name
    and not acknowledged.
    """
    from batch_etl.diff import command

    project = _project() if new is None else command.project_without_modules(_directory())
    ok = command.run(
        project,
        old,
        new,
        acknowledge or (),
        _console(),
        estimate=estimate,
        code=code,
        output=output,
    )
    raise typer.Exit(0 if ok else 1)


@app.command()
def apply(
    by: By = None,
    message: Message = "",
    allow_missing: Annotated[
        bool,
        typer.Option("--allow-missing", help="Without the columns of sources that aren't there."),
    ] = False,
) -> None:
    """Keep a snapshot of all that the project defines, and make it the current one."""
    from batch_etl import registry

    registry.apply(_project(), by, message, _console(), allow_missing=allow_missing)


@app.command()
def snapshots(
    most: Annotated[int, typer.Option("--most", min=1, help="How many, from the newest on.")] = 20,
) -> None:
    """List which snapshots were the current one, since when, by whom and of which commit."""
    from batch_etl import registry

    registry.show_moves(_project(), most, _console())


@app.command()
def rollback(
    snapshot: Annotated[
        str | None, typer.Argument(help="Id of a snapshot or its beginning; the one before.")
    ] = None,
    by: By = None,
    message: Message = "",
) -> None:
    """Make an earlier snapshot the current one again; all of them stay."""
    from batch_etl import registry

    registry.rollback(_project(), snapshot, by, message, _console())


@app.command()
def train(service: Service) -> None:
    """Build the training frame, train and export the model, publish the run."""
    from rich.console import Console

    from batch_etl.train import train as run_training

    console = Console()
    report = run_training(_project(), service, console=console)
    console.print(report.to_table())


@app.command()
def materialize(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=MOMENTS, help="The moment of the values, UTC; by default now."),
    ] = None,
    view: Views = None,
    full: Annotated[bool, typer.Option("--full", help="Write every key, changed or not.")] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to go on trying while another writer is at work.")
    ] = 0,
) -> None:
    """Store every view's values as of a time; the whole becomes visible at once."""
    from batch_etl import estimates, storing
    from drivers import BatchDriver

    console = _console()
    with BatchDriver(_project()) as batch:
        patience = timedelta(seconds=wait)
        report = storing.materialize(batch, as_of, view, console, full=full, wait=patience)
        storing.show_materialization(report, console)
        estimates.compare(batch, report, console)


@app.command()
def backfill(
    start: Annotated[datetime, typer.Option(formats=MOMENTS, help="The first moment, UTC.")],
    end: Annotated[datetime, typer.Option(formats=MOMENTS, help="No moment is after it, UTC.")],
    every: Annotated[str, typer.Option(help="How far apart moments are: 1d, 6h, 30min.")] = "1d",
    view: Views = None,
) -> None:
    """Write what the store would have held at many moments, as Parquet; goes on where it ended."""
    from batch_etl import storing
    from drivers import BatchDriver

    console = _console()
    with BatchDriver(_project()) as batch:
        report = storing.backfill(batch, start, end, every, view, console)
    storing.show_backfill(report, console)


@app.command()
def features(
    service: Service,
    row: Annotated[
        list[str] | None, typer.Argument(help="Rows of a request, each as a JSON object.")
    ] = None,
    statuses: Annotated[bool, typer.Option(help="Say why values are missing.")] = False,
) -> None:
    """Ask the online driver for the features of rows, given as JSON or one a line on stdin."""
    from drivers import OnlineDriver
    from onedag.errors import RequestError

    lines = row or [line for line in sys.stdin if line.strip()]
    try:
        rows = [json.loads(line) for line in lines]
    except json.JSONDecodeError as error:
        message = f"A row isn't a JSON object: {error}. Quote it for the shell."
        raise RequestError(message) from error
    with OnlineDriver(_project()) as online:
        vectors = online.features(service, rows)
    answer: dict[str, Any] = {"run_id": vectors.run_id, "rows": vectors.to_dicts()}
    if statuses:
        answer["statuses"] = vectors.statuses
    typer.echo(json.dumps(answer, indent=2, default=str))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    access_log: Annotated[bool, typer.Option(help="Print a line for each request.")] = True,
    grace: Annotated[
        int,
        typer.Option(min=1, help="Seconds for open answers, once told to stop."),
    ] = 25,  # less than the 30 s after which Kubernetes kills
) -> None:
    """Serve features and predictions over HTTP; /docs shows the requests.

    What a server takes on is set by ONEDAG_MAX_ROWS, ONEDAG_MAX_BODY_BYTES, ONEDAG_MAX_BATCH_ROWS,
    ONEDAG_MAX_WAITING_ROWS, ONEDAG_DEADLINE (seconds) and ONEDAG_COALESCE.
    """
    import uvicorn

    _project()  # what is wrong with the project is said before the server starts
    uvicorn.run(
        "online_api.app:app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=access_log,
        timeout_graceful_shutdown=grace,
    )


@app.command()
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
) -> None:
    """Replay spine rows as requests and compare every cell with batch. Exit 1 if one differs.

    With --log, what was served is recomputed from history, and cells that differ are told apart:
    other code, late data, a stale store, another model run.
    """
    from rich.console import Console

    from batch_etl import verifying

    project = _project()
    console = Console(stderr=True) if json_ == verifying.STDOUT else _console()
    if log is not None:
        from batch_etl import served
        from drivers.served.replay import replay

        report = replay(project, log, service, since, until)
        raise typer.Exit(served.show(report, console, fail_on, json_, plot))
    of = verifying.spines(project, service, spine)
    reports = verifying.verify(
        project, of, console, rows=rows, singly=singly, whole=whole, seed=seed
    )
    verifying.show(reports, project, console)
    if json_ is not None:
        verifying.write_json(reports, json_)
    raise typer.Exit(0 if all(report.ok for report in reports) else 1)


@app.command()
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
) -> None:
    """Compare later rows with those a run was trained on: PSI and KS of each feature.

    By default the rows of the training spine from test_from on. Exit 1 if a feature drifted.
    """
    from batch_etl.drift import LaterRows, show_drift, write_json
    from batch_etl.drift import drift as run_drift
    from drivers.drift import Period
    from onedag.statistics import Thresholds

    later = LaterRows(frame, None if spine is None else spine.resolve(), log, Period(since, until))
    found = run_drift(_project(), service, later, run, Thresholds(threshold, ks))
    if to_json == "-":
        typer.echo(json.dumps(found.to_dict(), indent=2))
    else:
        show_drift(found, _console())
    if to_json not in (None, "-"):
        typer.echo(f"Wrote {write_json(found, Path(to_json))}")
    if plot is not None:
        from batch_etl.drift_plots import draw_drift

        typer.echo(f"Wrote {draw_drift(found, plot)}", err=to_json == "-")
    raise typer.Exit(1 if fail and found.report.drifted else 0)


@app.command()
def served(
    request_id: Annotated[str, typer.Argument(help="The x-request-id of a logged answer.")],
    log: Annotated[Path, typer.Option(help="The folder of the log.")],
    code: Annotated[bool, typer.Option(help="Show the functions as they were.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Show a logged request: inputs, stored values with times, vector, run, commit, and code."""
    from batch_etl.served_page import page_to_json, show_page
    from drivers.served.request import served_request

    pages = served_request(_project(), log, request_id)
    if as_json:
        typer.echo(f"[{', '.join(map(page_to_json, pages))}]")
        return
    for page in pages:
        show_page(page, _console(), code=code)


@app.command()
def lineage(
    service: OptionalService = None,
    upstream: Annotated[
        list[str] | None, typer.Option(help="Only what this comes from; may be repeated.")
    ] = None,
    downstream: Annotated[
        list[str] | None, typer.Option(help="Only what this goes into; may be repeated.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="tree, mermaid, dot or svg.")] = "tree",
    output: Annotated[Path | None, typer.Option(help="File to write; else printed.")] = None,
) -> None:
    """Show what features come from and go into, back to the columns of sources."""
    from batch_etl.lineage import draw, lineage_of

    shown = lineage_of(_project(), service)
    if upstream:
        shown = shown.upstream(upstream)
    if downstream:
        shown = shown.downstream(downstream)
    written = draw(shown, form, output)
    typer.echo(f"Wrote {written}" if isinstance(written, Path) else written)


@app.command()
def doctor() -> None:
    """Say what works here and what doesn't: packages, project, sources, store, runs, models."""
    from batch_etl.doctor import examine

    healthy = True
    for finding in examine(_project):
        healthy &= finding.ok
        mark = typer.style("ok ", fg=typer.colors.GREEN)
        if not finding.ok:
            mark = typer.style("bad", fg=typer.colors.RED)
        typer.echo(f"{mark} {finding.what}: {finding.said}")
    raise typer.Exit(0 if healthy else 1)
