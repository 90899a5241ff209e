"""`ServedLog`: writes a sample of what a server answers, beside it and without being waited for.

The thread that answers hands over references: it appends to a queue, and that is all. A thread of
the log's own takes them from there twenty times a second, makes columns of them, and writes files.
It works a fifth of a millisecond at a time and then sleeps as long, because Python runs one thread
at a time, and the one that answers must not wait. When it can't follow, what comes is dropped and
counted.
"""

from __future__ import annotations

import hashlib
import logging
import random
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from drivers.served.folder import LogFolder
from drivers.served.rows import Gathered, Served, ServedRequest
from drivers.served.schema import SERVED_AT, Head, LoadedCode, log_schema, without
from drivers.served.settings import LogSettings
from drivers.serving.compiled import CompiledService
from drivers.serving.vectors import FeatureVectors
from onedag.clock import Clock, SystemClock
from onedag.project import Project

__all__ = ["ServedLog"]

_LOGGER = logging.getLogger(__name__)

MOST_WAITING = 2**16
"""Rows that may wait to be taken apart, those of their batches that aren't logged among them."""
OF_A_BATCH = 32
"""What a batch takes besides its rows, in rows."""
PIECE = 512
"""Rows that are kept as Python values before they are made columns."""
PAUSE_S = 0.05
BREATH_S = 2e-4
WARN_S = 60.0
"""A log that can't be written is complained about no more often."""

_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}").fullmatch


class ServedLog:
    """Logs answers. One thread hands them over; nothing that happens here is raised there.

    Args:
        settings: what is logged, and where.
        project: its functions, as this process has loaded them.
        clock: of the times at which answers were given.

    Attributes:
        rows: how many are in files.
    """

    def __init__(self, settings: LogSettings, project: Project, clock: Clock | None = None) -> None:
        self.rows = 0
        self._refused = self._lost = 0  # each is written by one thread only, and so are these:
        self._handed = self._taken = 0
        self._settings = settings
        self._project = project
        self._code = LoadedCode(project)
        self._clock = clock or SystemClock()
        self._folder = LogFolder(settings.folder, settings.max_bytes)
        self._queue: deque[Served] = deque()
        self._open: dict[str, _OpenFile] = {}
        self._breath = 0.0
        self._complained, self._said = -WARN_S, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="onedag-served-log", daemon=True)

    @property
    def dropped(self) -> int:
        """How many rows were to be logged and aren't: they came too fast, or had no room."""
        return self._refused + self._lost

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def request_id(self, sent: bytes | None) -> str | None:
        """The id under which a request is logged; None for one that isn't.

        Args:
            sent: its ``x-request-id``, if it has one. What isn't 1 to 128 letters, digits and
                ``._:/+=@-`` is taken for none.
        """
        if sent is not None and _SANE(sent):
            drawn = int.from_bytes(hashlib.blake2b(sent, digest_size=8).digest()) / 2**64
            return sent.decode() if drawn < self._settings.sample else None
        return secrets.token_hex(16) if random.random() < self._settings.sample else None

    def add(self, vectors: FeatureVectors, requests: Sequence[ServedRequest]) -> None:
        """Hand over a batch that has been answered.

        Args:
            vectors: of all its rows, as the online driver gave them.
            requests: those of the batch that are logged, in its order; at least one.
        """
        if vectors.made_of is None or len(vectors) != len(vectors.made_of.rows):
            return
        served = Served(vectors, vectors.made_of, self._clock.now(), requests)
        if self._handed - self._taken > MOST_WAITING:
            self._refused += served.rows
            return
        self._handed += len(vectors) + OF_A_BATCH
        self._queue.append(served)

    def close(self, patience_s: float = 5.0) -> None:
        """Write what waits, and end; what isn't written after ``patience_s`` is lost."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)
        if self._thread.is_alive():
            _LOGGER.warning(
                "The end of the served log isn't written: %s s were too few", patience_s
            )

    def _run(self) -> None:
        while not self._stop.wait(PAUSE_S):
            self._turn(final=False)
        self._turn(final=True)

    def _turn(self, *, final: bool) -> None:
        self._breath = time.perf_counter()
        while self._queue:
            served = self._queue.popleft()
            self._take(served)
            self._taken += len(served.vectors) + OF_A_BATCH
        now = time.monotonic()
        for run_id, file in list(self._open.items()):
            if final or now >= file.until:
                self._write(run_id)
        if self._refused:
            self._complain("some came faster than they could be logged")

    def _take(self, served: Served) -> None:
        compiled = served.made_of.compiled
        run_id = compiled.run.run_id
        lost = served.rows
        try:
            if run_id not in self._open:
                self._open[run_id] = self._opened(compiled)
            file = self._open[run_id]
            lost += len(file.gathered)
            file.gathered.add(served)
            file.flush(at_least=PIECE)
        except Exception:  # whatever it is, the next answers are logged
            self._lost += lost
            if run_id in self._open:
                self._open[run_id].gathered.clear()
            _LOGGER.exception("Answers of run %s couldn't be logged", run_id)
            return
        if file.rows >= self._settings.rows:
            self._write(run_id)

    def _opened(self, compiled: CompiledService) -> _OpenFile:
        hidden = set(self._settings.without)
        if not self._settings.personal:
            from onedag.lineage import personal_names  # a server that doesn't log starts without

            hidden |= personal_names(compiled.plan, self._project, {})
        schema = without(log_schema(compiled), hidden)
        schema = schema.with_metadata(Head.of(compiled, self._code, hidden).to_metadata())
        until = time.monotonic() + self._settings.every.total_seconds()
        gathered = Gathered(compiled, schema, self._breathe)
        return _OpenFile(compiled.name, until, gathered)

    def _write(self, run_id: str) -> None:
        file = self._open.pop(run_id)
        rows = file.rows
        try:
            file.flush(at_least=1)
            if not rows:
                return  # all of them were lost
            table = pa.concat_tables(file.tables)
            starts = pc.min(table[SERVED_AT]).as_py()  # not the first: clocks are set back
            if self._folder.write(file.service, run_id, starts, table):
                self.rows += rows
                return
            problem = "a file of it would be larger than the whole log may be"
        except Exception as error:  # of the disk or of Arrow; the next file may be written
            problem = f"{type(error).__name__}: {error}"
        self._lost += rows
        self._complain(problem)

    def _breathe(self) -> None:
        """Let the other threads run, if this one had its turn."""
        if time.perf_counter() - self._breath > BREATH_S and not self._stop.is_set():
            time.sleep(BREATH_S)
            self._breath = time.perf_counter()

    def _complain(self, problem: str) -> None:
        now = time.monotonic()
        if self.dropped > self._said and now - self._complained >= WARN_S:
            self._complained, self._said = now, self.dropped
            _LOGGER.warning(
                "The served log in %s lacks %d rows so far: %s",
                self._settings.folder,
                self.dropped,
                problem,
            )


@dataclass(slots=True)
class _OpenFile:
    """The rows of a run that aren't in a file yet."""

    service: str
    until: float
    gathered: Gathered
    tables: list[pa.Table] = field(default_factory=list)

    @property
    def rows(self) -> int:
        whole: int = sum(table.num_rows for table in self.tables)
        return whole + len(self.gathered)

    def flush(self, at_least: int) -> None:
        """Make a table of what is gathered, if it has so many rows."""
        if len(self.gathered) >= at_least:
            self.tables.append(self.gathered.table())
