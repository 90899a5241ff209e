"""The whole way on real flights: history, training, store, server, prediction, proof, picture.

    python examples/nycflights/demo.py

Each step runs a command that you could type yourself, shows it, and says what it found. Needs
``pip install 'onedag[onnx,demo]'``; takes about a minute on two cores. Nothing outside the
project's folder is written: the data go to ``data/``, everything made of them to ``.onedag/``.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ONEDAG = str(Path(sysconfig.get_path("scripts")) / "onedag")
SERVICE = "departure_delay"
NOW = "2013-11-15T12:00"
"""The demo's present: a Friday, 7 o'clock in New York."""

SERVED = ".onedag/served"

DEPARTURES = [
    {
        "carrier": "UA",
        "origin": "EWR",
        "dest": "SFO",
        "tailnum": "N14228",
        "distance": 2565,
        "scheduled_departure": "2013-11-15T13:00:00Z",
        "event_timestamp": "2013-11-15T12:00:00Z",
    },
    {
        "carrier": "EV",
        "origin": "LGA",
        "dest": "ORD",
        "tailnum": None,
        "distance": 733,
        "scheduled_departure": "2013-11-15T13:00:00Z",
        "event_timestamp": "2013-11-15T12:00:00Z",
    },
]


def main() -> None:
    started = time.perf_counter()
    step("1. Real flights: write the sources and the spine")
    run(sys.executable, "examples/nycflights/prepare.py", "data")
    step("2. Train: a point-in-time-correct frame of the year, a model, its picture; publish")
    run(ONEDAG, "train", SERVICE)
    step(f"3. Materialize what the store must know at {NOW} UTC")
    run(ONEDAG, "materialize", "--as-of", NOW)
    step("4. Serve, and ask over HTTP whether two departures of the next hour will be late")
    with server() as url:
        predict(url)
    step("5. Proof: try every function, replay 20,000 rows as requests, recompute what was served")
    run(ONEDAG, "check")
    run(ONEDAG, "verify", SERVICE, "--rows", "20000")
    run(ONEDAG, "verify", "--log", SERVED, "--fail-on", "none")
    step("6. Registry: keep what every feature means; from then on edits show")
    run(ONEDAG, "apply", "--message", "the demo")
    run(ONEDAG, "diff")
    step("7. Lineage: who uses a column, a picture, a report for an auditor, a catalog to read")
    run(ONEDAG, "lineage", "--uses", "landings.arr_delay")
    run(ONEDAG, "lineage", SERVICE, "--output", ".onedag/offline/lineage.svg")
    run(ONEDAG, "audit", SERVICE, "--output", ".onedag/audit.html")
    run(ONEDAG, "catalog", "--output", ".onedag/catalog")
    step(f"Done in {time.perf_counter() - started:.0f} s. Where everything lies:")
    for path in sorted((ROOT / ".onedag").rglob("*")):
        if path.is_file() and "catalog" not in path.parts:
            print(f"  {path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
    print("  .onedag/catalog/index.html  and its pages, to be opened in a browser")
    print(f"\nGo on with: {Path(ONEDAG).name} serve, {Path(ONEDAG).name} plan {SERVICE}, README.md")


def step(title: str) -> None:
    print(f"\n== {title}", flush=True)


def run(*command: str) -> None:
    shown = " ".join([Path(command[0]).name, *command[1:]])
    print(f"$ {shown}", flush=True)
    finished = subprocess.run(command, cwd=ROOT, check=False)
    if finished.returncode != 0:
        sys.exit(f"`{shown}` failed with exit code {finished.returncode}; see above.")


@contextmanager
def server() -> Iterator[str]:
    """The API on a free port, from when it is ready to the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    print(f"$ ONEDAG_LOG={SERVED} ONEDAG_LOG_SAMPLE=1 onedag serve --port {port}", flush=True)
    log = ROOT / ".onedag" / "serve.log"
    with log.open("w") as output:
        command = [ONEDAG, "serve", "--port", str(port)]
        environment = os.environ | {"ONEDAG_LOG": SERVED, "ONEDAG_LOG_SAMPLE": "1"}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=10)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            print(f"ready: {json.dumps(get(f'{url}/readyz'))}")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    sys.exit(f"The server didn't become ready:\n{log.read_text()}")


def predict(url: str) -> None:
    address = f"{url}/v1/services/{SERVICE}/predict"
    print(f"POST {address}")
    answer = post(address, {"rows": DEPARTURES})
    for departure, probability in zip(DEPARTURES, answer["predictions"], strict=True):
        flight = f"{departure['carrier']} {departure['origin']}-{departure['dest']}"
        print(f"  {flight}: {probability:.1%} to arrive 15 or more minutes late")
    features = post(f"{url}/v1/services/{SERVICE}/features?statuses=true", {"rows": DEPARTURES[1:]})
    missing = {
        name: status for name, status in features["statuses"][0].items() if status != "PRESENT"
    }
    print(f"  The second has no tail number yet, and the answer says so: {missing}")


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def post(url: str, content: Any) -> Any:
    request = urllib.request.Request(
        url, json.dumps(content).encode(), {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"POST {url} answered {error.code}: {error.read().decode()}")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
