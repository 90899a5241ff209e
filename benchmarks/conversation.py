"""A script in another Python that is asked again and again: it starts and prepares but once."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

__all__ = ["Conversation", "conversation"]


class Conversation:
    """Lines of JSON to a script and from it."""

    def __init__(
        self, command: Sequence[str], process: subprocess.Popen[str], errors: IO[str]
    ) -> None:
        self._command = command
        self._process = process
        self._errors = errors

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """What the script answers.

        Raises:
            RuntimeError: it ended; with the end of what it wrote.
        """
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended then, and `listen` says why
            print(json.dumps(question), file=self._process.stdin, flush=True)
        return self.listen()

    def listen(self) -> dict[str, Any]:
        """What the script says of itself; raises as `ask`."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            wrote = self._errors.read()[-2000:]
            raise RuntimeError(f"`{' '.join(self._command)}` failed:\n{wrote}")
        said: dict[str, Any] = json.loads(line)
        return said


@contextmanager
def conversation(python: Path, script: Path, *arguments: object) -> Iterator[Conversation]:
    """Start a script, and end it with the block by closing its input."""
    command = [str(python), "-W", "ignore", str(script), *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    pipe = subprocess.PIPE
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=errors, text=True, env=environment
        )
        try:
            yield Conversation(command, process, errors)
        finally:
            for end in (process.stdin, process.stdout):
                assert end is not None
                with suppress(BrokenPipeError):
                    end.close()
            process.wait()
