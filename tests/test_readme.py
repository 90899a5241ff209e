"""What README and docs/proof.md say to type, as it stands there, in a copy of the repository."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from drivers.testing import BothWays

ROOT = Path(__file__).parents[1]
COPIED = ("features", "examples", "pyproject.toml", "README.md")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROOF = ROOT / "docs" / "proof.md"
WAIT = "until curl --silent --fail http://127.0.0.1:{port}/healthz; do sleep 0.2; done"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the flights, but a spine of few rows, so that training is quick."""
    folder = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    prepare = folder / "examples" / "nycflights" / "prepare.py"
    subprocess.run([sys.executable, prepare, folder / "data"], check=True)
    spine = folder / "data" / "spine.parquet"
    pd.read_parquet(spine).iloc[::20].to_parquet(spine)
    for command in (["train", "departure_delay"], ["materialize", "--as-of", "2013-11-15T12:00"]):
        subprocess.run([folder / ".venv/bin/onedag", *command], cwd=folder, check=True)
    return folder


def section(title: str) -> str:
    """The text below one of README's headings."""
    text = (ROOT / "README.md").read_text()
    return re.split(r"^## ", text.split(f"\n## {title}\n", 1)[1], flags=re.M)[0]


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.M | re.S)


def commands(block: str) -> list[str]:
    """The commands of a console block, each with the lines that go on with it."""
    return [command.rstrip() for command in block.split("$ ")[1:]]


def add_the_feature(repository: Path, text: str) -> None:
    """The two edits of "Add a feature of your own"."""
    function, listed = blocks(text, "python")
    schedule = repository / "features" / "schedule.py"
    schedule.write_text(f"{schedule.read_text()}\n\n{function}")
    flights = repository / "features" / "flights.py"
    before, after = (f"        {line.strip()}\n" for line in listed.strip().splitlines())
    assert before in flights.read_text()
    flights.write_text(flights.read_text().replace(before, before + after))


def run_all(typed: list[str], repository: Path) -> str:
    """What the commands print, one after the other in one shell; each must succeed.

    Servers get a port that is free; a command waits for them unless it tries again by itself.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = ["set -e", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"]
    for command, following in zip(typed, [*typed[1:], ""], strict=True):
        command = re.sub(r"(?<=127\.0\.0\.1:)\d+", str(port), command)
        command = re.sub(r"\bserve( --port \d+)? &$", f"serve --port {port} &", command)
        stops = " || [ $? = 143 ]" if command.startswith("kill ") else ""  # 128 + SIGTERM
        script.append(command + stops)
        if command.endswith(" &") and "--retry" not in following:
            script.append(WAIT.format(port=port))
    finished = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=repository, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_the_first_ten_minutes(repository: Path) -> None:
    text = section("The first ten minutes")
    typed = [command for block in blocks(text, "console") for command in commands(block)]
    assert len(typed) == 8
    plan, *rest = typed
    subprocess.run(plan, shell=True, cwd=repository, check=True)
    add_the_feature(repository, text)
    said = run_all(rest, repository)
    assert re.search(r"is_early_morning\nFalse +\d+\nTrue +\d+", said)
    assert '"is_early_morning":true' in said.replace(" ", "")
    assert "0 problems" in said
    assert "0 of 102,153 cells differ" in said
    assert "is_early_morning  [computed]\n  departure_hour  [computed]" in said


def test_how_do_i_know(repository: Path) -> None:
    typed = [
        command
        for block in blocks(section("How do I know?"), "console")
        for command in commands(block)
    ]
    assert len(typed) == 10
    said = run_all(typed, repository)
    assert "0 problems" in said
    assert len(re.findall(r"replayed as of their times.*: 0 of [\d,]+ cells differ", said)) == 2
    assert re.search(r"Applied snapshot \w{12} ", said)
    assert "Nothing changed." in said
    assert re.search(r"\d+ of 5[01] features drifted: PSI above", said)
    assert (repository / ".onedag" / "drift.png").stat().st_size > 50_000
    assert re.search(r'"predictions":\[0\.\d+\]', said)
    assert "request my-first to departure_delay, answered" in said
    assert re.search(r"def carrier_delay_trend\(", said)


def test_where_does_it_come_from(repository: Path) -> None:
    (block,) = blocks(section("Where does it come from?"), "console")
    typed = commands(block)
    assert len(typed) == 5
    said = run_all(typed, repository)
    assert "departure_delay and its model use landings.arr_delay in 29 features" in said
    assert "1 model to train again: departure_delay" in said
    made = repository / ".onedag"
    assert "carrier_delay_trend" in (made / "lineage.html").read_text()
    assert "carrier_delay_trend" in (made / "audit.html").read_text()
    assert (made / "catalog" / "features" / "carrier_delay_trend.html").exists()


def test_the_example_of_both_ways(both_ways: BothWays) -> None:
    (example,) = (block for block in blocks(PROOF.read_text(), "python") if "both_ways" in block)
    names: dict[str, Any] = {}
    exec(example, names)
    names["test_a_landing_counts_once_it_is_known"](both_ways)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)]+)\)", page.read_text())
    assert links
    for link in links:
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        text = target.read_text() if target.suffix == ".md" else ""
        titles = [title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.M)]
        assert not anchor or anchor in titles, link


def test_every_command_is_listed() -> None:
    from batch_etl.cli import app

    listed = re.findall(r"^\| `onedag (\w+)", (ROOT / "README.md").read_text(), flags=re.M)
    defined = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert sorted(listed) == sorted(defined)
