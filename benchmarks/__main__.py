"""The command ``python -m benchmarks``: runs benchmarks, prints tables, and writes JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from benchmarks import (
    absenteeism,
    asof,
    catalog,
    diff,
    flights,
    lineage,
    memory,
    observability,
    over_http,
    request,
    served_log,
    start,
    store,
    testing,
    verify,
    windows,
)
from benchmarks.machine import machine, pin
from benchmarks.report import Report, show
from benchmarks.setting import ROOT, SIZES, Setting

__all__ = ["BENCHMARKS", "main"]

BENCHMARKS: dict[str, Callable[[Setting], Report]] = {
    "asof": asof.run,
    "windows": windows.run,
    "flights": flights.run,
    "store": store.run,
    "memory": memory.run,
    "request": request.run,
    "absenteeism": absenteeism.run,
    "http": over_http.run,
    "log": served_log.run,
    "observability": observability.run,
    "start": start.run,
    "diff": diff.run,
    "catalog": catalog.run,
    "lineage": lineage.run,
    "testing": testing.run,
    "verify": verify.run,
}
FEAST = ROOT / ".venv-feast/bin/python"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; 1 if contestants found different things, whatever their speed."""
    asked = _parser().parse_args(arguments)
    pin(asked.cores)
    console = Console(width=110, highlight=False)
    about = machine()
    console.print("  ".join(f"{name}: {value}" for name, value in about.items()))
    if asked.size != "full":
        console.print("The targets are those of the full size; at this one they say little.")
    with ExitStack() as stack:
        folder = asked.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        setting = _setting(asked, folder.resolve())
        if setting.feast is None:
            console.print("Without Feast: `make bench` makes its environment, .venv-feast.")
        reports = []
        for name in asked.names or BENCHMARKS:
            reports.append(BENCHMARKS[name](setting))
            show(reports[-1], console)
    if asked.json is not None:
        found = {"machine": about, "size": asked.size, "reports": [r.to_dict() for r in reports]}
        asked.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0 if all(report.agrees for report in reports) else 1


def _setting(asked: argparse.Namespace, folder: Path) -> Setting:
    folder.mkdir(parents=True, exist_ok=True)
    return Setting(
        size=asked.size,
        data=folder,
        rounds=asked.rounds,
        feast=asked.feast if asked.feast.exists() else None,
        plots=asked.plots or folder,
        profiles=asked.profile,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contestant")
    parser.add_argument("--cores", type=int, default=2, help="to stay on, where that can be set")
    parser.add_argument("--data", type=Path, help="folder of generated data, kept; else temporary")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--plots", type=Path, help="folder for pictures; else that of the data")
    parser.add_argument("--profile", type=Path, help="folder for profiles of what is too slow")
    parser.add_argument("--feast", type=Path, default=FEAST, help="Python that has Feast")
    return parser


if __name__ == "__main__":
    sys.exit(main())
