"""A script that is asked again and again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.conversation import conversation

SCRIPT = """
import json, sys
print(json.dumps({"ready": sys.argv[1]}), flush=True)
for line in sys.stdin:
    number = json.loads(line)["number"]
    print(json.dumps({"half": 10 // number}), flush=True)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "halves.py"
    path.write_text(SCRIPT)
    return path


def test_a_script_answers_as_often_as_it_is_asked(script: Path) -> None:
    with conversation(Path(sys.executable), script, "yes") as talk:
        assert talk.listen() == {"ready": "yes"}
        assert [talk.ask({"number": number})["half"] for number in (1, 2, 5)] == [10, 5, 2]


def test_a_script_that_fails_says_why(script: Path) -> None:
    with conversation(Path(sys.executable), script, "yes") as talk:
        talk.listen()
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            talk.ask({"number": 0})
        with pytest.raises(RuntimeError, match=r"halves\.py yes` failed"):
            talk.ask({"number": 1})
