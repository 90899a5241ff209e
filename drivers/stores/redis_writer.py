"""One write to Redis: the lock, the batches, and the commit; `drivers.stores.redis` says why."""

from __future__ import annotations

import secrets
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Any, TypeAlias

from drivers.stores.base import Writer
from drivers.stores.limits import refuse_long_keys, refuse_too_long
from drivers.stores.redis_connection import Keys, Server
from drivers.stores.redis_scripts import (
    BEGIN,
    COMMIT,
    DROP,
    FORGET,
    PUT,
    RELEASE,
    REMOVE,
    RENEW,
    SCRUB,
)
from onedag.errors import StoreBusy, StoreError, StoreUnavailable

__all__ = ["Run"]

FORMAT = 1
ABORTED_LIMIT = 8

# A batch is what readers wait for at most, a couple of milliseconds.
BATCH_KEYS = 500
BATCH_BYTES = 1 << 20
PIPELINE_BATCHES = 16
PIPELINE_BYTES = 16 << 20

STAMP = struct.Struct(">Qq")  # sequence, as_of


_Command: TypeAlias = tuple[str, int, list[bytes | int]]  # script, number of keys, words


class Run:
    """One write: the holder of the lock, from the first line of the block to its end."""

    def __init__(self, server: Server, keys: Keys, expiry: timedelta) -> None:
        self._server = server
        self._keys = keys
        self._expiry = max(1, round(expiry.total_seconds() * 1000))
        self._token = secrets.token_bytes(16)
        self._sequence = 0
        self._batches = 0
        self._staged: dict[bytes, bytes] = {}
        self._staged_bytes = 0
        self._staged_kind = (PUT, 0)
        self._commands: list[_Command] = []
        self._commands_bytes = 0
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="onedag-redis-lock", daemon=True)

    def __enter__(self) -> Writer:
        aborted, gone = self._begin()
        self._heart.start()
        try:
            if aborted >= ABORTED_LIMIT:
                self._forget_aborted()
            if gone:
                self._drop_removed()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._flush()
                self._commit()
        finally:
            self._end()

    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None:
        refuse_too_long(keys, blobs)
        self._stage(PUT, keys, blobs, as_of)

    def remove(self, keys: Sequence[bytes], as_of: int) -> None:
        refuse_long_keys(keys)
        self._stage(REMOVE, keys, (b"",) * len(keys), as_of)

    def _stage(
        self, script: str, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int
    ) -> None:
        if (script, as_of) != self._staged_kind:
            self._seal()
            self._staged_kind = (script, as_of)
        for key, blob in zip(keys, blobs, strict=True):
            self._staged[key] = blob
            self._staged_bytes += len(key) + len(blob)
            if len(self._staged) >= BATCH_KEYS or self._staged_bytes >= BATCH_BYTES:
                self._seal()

    def _begin(self) -> tuple[int, int]:
        """Take the lock and a number; how many aborted runs and removed keys are listed."""
        names = self._keys
        keys = (names.lock, names.state, names.sequence, names.inflight, names.gone)
        answer, *rest = self._server.run(BEGIN, keys, self._token, self._expiry, FORMAT)
        match answer:
            case b"busy":
                raise self._busy(rest[0])
            case b"format":
                raise self._server.unreadable()
            case b"torn":
                raise self._torn()
        self._sequence, aborted, gone = rest
        return aborted, gone

    def _seal(self) -> None:
        """Make a batch of what is staged; send the batches once there are several."""
        if not self._staged:
            return
        self._batches += 1
        script, as_of = self._staged_kind
        control = [self._keys.lock, self._keys.state, self._keys.inflight]
        values: list[bytes] = []
        if script is REMOVE:
            control.append(self._keys.gone)
        else:
            values.extend(self._staged.values())
        names = [self._keys.entries + key for key in self._staged]
        stamp = STAMP.pack(self._sequence, as_of)
        arguments = (self._token, self._expiry, self._batches, stamp)
        words: list[bytes | int] = [*control, *names, *arguments, *values]
        self._commands.append((script, len(control) + len(names), words))
        self._commands_bytes += self._staged_bytes
        self._staged = {}
        self._staged_bytes = 0
        if len(self._commands) >= PIPELINE_BATCHES or self._commands_bytes >= PIPELINE_BYTES:
            self._send()

    def _send(self) -> None:
        commands, self._commands, self._commands_bytes = self._commands, [], 0
        pipeline = self._server.client.pipeline(transaction=False)
        for script, key_count, words in commands:
            pipeline.eval(script, key_count, *words)
        with self._server.seam():
            # Not raised there: redis-py would put keys and blobs into the message.
            for answer in pipeline.execute(raise_on_error=False):
                if isinstance(answer, Exception):
                    raise answer
                if answer == b"lost":
                    raise self._lost()

    def _flush(self) -> None:
        self._seal()
        if self._commands:
            self._send()

    def _commit(self) -> None:
        keys = (self._keys.lock, self._keys.state, self._keys.inflight)
        try:
            answer = self._server.run(COMMIT, keys, self._token, self._sequence, self._batches)
        except StoreUnavailable as error:
            raise StoreUnavailable(
                f"{error} The connection broke while the write was made visible, so it is visible "
                f"whole or not at all; writing it again is safe."
            ) from error
        if answer == b"lost":
            raise self._lost()

    def _end(self) -> None:
        """Stop the heart and give the lock back, if it is still ours."""
        self._over.set()
        self._heart.join()
        with suppress(StoreError):  # the lock expires by itself
            self._server.run(RELEASE, (self._keys.lock,), self._token)

    def _beat(self) -> None:
        while not self._over.wait(self._expiry / 3000):
            with suppress(StoreError):  # the next batch, or the commit, will say so
                self._server.run(RENEW, (self._keys.lock,), self._token, self._expiry)

    def _forget_aborted(self) -> None:
        """Drop every version of a dead run, and then the list of the dead.

        SCAN returns each key that is there from its start to its end, and only the holder of the
        lock could have added a version meanwhile. So nothing is left when the list goes.
        """
        control = (self._keys.lock, self._keys.state)
        cursor = -1
        while cursor != 0:
            with self._server.seam():
                found: Any = self._server.client.scan(
                    max(cursor, 0), self._keys.pattern(), BATCH_KEYS
                )
            cursor, names = found
            if names:
                self._under_lock(SCRUB, [*control, *names])
        self._under_lock(FORGET, control)

    def _drop_removed(self) -> None:
        """Drop the entries that the runs before have removed."""
        control = (self._keys.lock, self._keys.state, self._keys.gone)
        while self._under_lock(DROP, control, BATCH_KEYS):
            pass

    def _under_lock(self, script: str, keys: Sequence[bytes], *arguments: int) -> Any:
        answer = self._server.run(script, keys, self._token, *arguments)
        if answer == b"lost":
            raise self._lost()
        return answer

    def _busy(self, milliseconds: int) -> StoreBusy:
        return StoreBusy(
            f"Another writer holds the store at {self._server.address}. If it has died, its lock "
            f"expires within {max(0, milliseconds) / 1000:.1f} s. Try again then."
        )

    def _lost(self) -> StoreBusy:
        return StoreBusy(
            f"This writer lost its lock on the store at {self._server.address}: it gave no sign "
            f"of life for {self._expiry / 1000:g} s, or the server lost data. "
            f"Nothing of this write was made visible; run it again."
        )

    def _torn(self) -> StoreError:
        prefix = self._keys.entries.decode()[:-2]
        return StoreError(
            f"The store at {self._server.address} lost some of its control keys ({prefix}state, "
            f"{prefix}sequence): they were deleted or evicted. Delete all keys {prefix}*, set "
            f"maxmemory-policy to noeviction, and materialize again."
        )
