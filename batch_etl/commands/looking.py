"""Commands that ask, serve and show."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from batch_etl.commands.common import (
    Service,
    Spine,
    load_project,
)

__all__ = ["bench", "doctor", "features", "serve"]


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
    with OnlineDriver(load_project()) as online:
        vectors = online.features(service, rows)
    answer: dict[str, Any] = {"run_id": vectors.run_id, "rows": vectors.to_dicts()}
    if statuses:
        answer["statuses"] = vectors.statuses
    typer.echo(json.dumps(answer, indent=2, default=str))


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
    """Serve features and predictions over HTTP; /docs shows the requests, /catalog the project.

    What a server takes on is set by ONEDAG_MAX_ROWS, ONEDAG_MAX_BODY_BYTES, ONEDAG_MAX_BATCH_ROWS,
    ONEDAG_MAX_WAITING_ROWS, ONEDAG_DEADLINE (seconds) and ONEDAG_COALESCE. ONEDAG_LOG names
    a folder for a sample of what is served, ONEDAG_LOG_SAMPLE its share (0.01). /metrics is for
    Prometheus, unless ONEDAG_METRICS=0; ONEDAG_TRACING=1 traces as OpenTelemetry's variables say.
    ONEDAG_CATALOG=false leaves the pages of the project out, which show its code.
    """
    import uvicorn

    from batch_etl.serving import shared_metrics

    load_project()  # what is wrong with the project is said before the server starts
    with shared_metrics(workers):
        uvicorn.run(
            "online_api.app:app_from_environment",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            access_log=access_log,
            timeout_graceful_shutdown=grace,
        )


def bench(
    service: Service,
    spine: Spine = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="How long requests are measured, in all.")
    ] = 5.0,
    json_: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write the report; - for stdout.")
    ] = None,
) -> None:
    """Say what a service's features cost here: a training frame, and requests of 1 to 100 rows."""
    from rich.console import Console

    from batch_etl import benching, verifying
    from batch_etl.files import STDOUT, write_json

    project = load_project()
    [file] = verifying.spines(project, service, spine).values()
    report = benching.bench(project, service, file, seconds=seconds)
    if json_ is not None:
        write_json(report.to_dict(), json_)
    benching.show(report, Console(stderr=json_ == STDOUT))


def doctor() -> None:
    """Say what works here and what doesn't: packages, project, sources, store, runs, models."""
    from batch_etl.doctor import examine

    healthy = True
    for finding in examine(load_project):
        healthy &= finding.ok
        mark = typer.style("ok ", fg=typer.colors.GREEN)
        if not finding.ok:
            mark = typer.style("bad", fg=typer.colors.RED)
        typer.echo(f"{mark} {finding.what}: {finding.said}")
    raise typer.Exit(0 if healthy else 1)
