"""README's first ten minutes, typed as they stand there, in a copy of the repository."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
COPIED = ("features", "examples", "pyproject.toml", "README.md")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
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


def test_the_first_ten_minutes(repository: Path) -> None:
    text = section("The first ten minutes")
    typed = [command for block in blocks(text, "console") for command in commands(block)]
    assert len(typed) == 8
    plan, *rest = typed
    subprocess.run(plan, shell=True, cwd=repository, check=True)
    add_the_feature(repository, text)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = ["set -e", "trap 'kill %1' EXIT"]
    for command in rest:
        script.append(
            command.replace("8000", str(port)).replace("serve &", f"serve --port {port} &")
        )
        if command.endswith("serve &"):
            script.append(WAIT.format(port=port))
    finished = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=repository, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    said = finished.stdout
    assert re.search(r"is_early_morning\nFalse +\d+\nTrue +\d+", said)
    assert '"is_early_morning":true' in said.replace(" ", "")
    assert "0 problems" in said
    assert "0 of 51,153 cells differ" in said
    assert "is_early_morning  [computed]\n  departure_hour  [computed]" in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)]+)\)", page.read_text())
    assert links
    for link in links:
        file, _, anchor = link.partition("#")
        text = (page.parent / file).read_text() if file.endswith(".md") else ""
        assert (page.parent / file).exists(), link
        titles = [title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.M)]
        assert not anchor or anchor in titles, link


def test_every_command_is_listed() -> None:
    from batch_etl.cli import app

    listed = re.findall(r"^\| `onedag (\w+)", (ROOT / "README.md").read_text(), flags=re.M)
    defined = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert sorted(listed) == sorted(defined)
