"""`Setting`: what a run of the benchmarks was asked to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.conversation import Conversation, conversation

__all__ = ["ROOT", "SIZES", "Setting", "ask"]

ROOT = Path(__file__).parents[1]
SIZES = ("full", "small", "tiny")


@dataclass(frozen=True)
class Setting:
    """What a run was asked to do.

    Attributes:
        size: one of `SIZES`; each benchmark says what it means by it.
        data: the folder of generated files. What lies there from an earlier run is used again.
        rounds: how often each contestant runs.
        feast: the Python of an environment with Feast; None to leave Feast out.
        plots: the folder of pictures.
        profiles: the folder of profiles of what missed its target; None to profile nothing.
    """

    size: str
    data: Path
    rounds: int
    feast: Path | None
    plots: Path
    profiles: Path | None = None

    def ask_feast(self, script: str, *arguments: object) -> dict[str, Any]:
        """What a script of ``benchmarks/peers`` prints as JSON, run in Feast's environment.

        It measures itself, so that the start of the interpreter and the imports don't count.

        Raises:
            RuntimeError: it failed; with the end of what it wrote.
        """
        return ask(
            self.feast or Path(sys.executable), ROOT / "benchmarks/peers" / script, *arguments
        )

    def talk_to_feast(
        self, script: str, *arguments: object
    ) -> AbstractContextManager[Conversation]:
        """A script of ``benchmarks/peers`` in Feast's environment that is asked many things."""
        return conversation(
            self.feast or Path(sys.executable), ROOT / "benchmarks/peers" / script, *arguments
        )


def ask(python: Path, *arguments: object) -> dict[str, Any]:
    """The JSON in the last line that a Python script, or ``-m`` a module of ours, prints.

    Raises:
        RuntimeError: it failed; with the end of what it wrote.
    """
    command = [str(python), "-W", "ignore", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    finished = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False
    )
    if finished.returncode != 0:
        raise RuntimeError(f"`{' '.join(command)}` failed:\n{finished.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    return answer
