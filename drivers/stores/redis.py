"""A store on Redis 7 or Valkey: for services on more than one machine.

Redis has no transaction that spans a million keys and lets others read meanwhile, so each key
keeps up to two *versions* and one small key says which of them count::

    <ns>:state      the committed sequence number, then the aborted ones
    <ns>:k:<key>    versions, newest first: (sequence, as_of, blob)
    <ns>:sequence   the number of the last run; each ``write()`` is a run
    <ns>:inflight   how many batches of that run have arrived
    <ns>:gone       the entries that were removed and are still to be dropped
    <ns>:lock       the token of the writer at work; expires by itself

**Reading** is one ``MGET`` of the state and the entries. MGET is atomic, so it sees one moment: of
each entry, the newest version whose sequence is committed and not aborted.

**Writing** takes the lock and the next sequence number. Every script of a run first compares the
lock with the run's token, so a writer that lost its lock can't touch anything, whenever it wakes
up. A batch replaces what it finds by the new version and the newest visible one before it, which
readers use until the commit; so memory doesn't grow with the number of runs. The commit sets the
state: one key, one moment.

**A removal** is a version without a blob, so that readers find the old one until the commit. The
entry is dropped by the next run, which has the names in a set of their own.

**A run that died** has a number above the committed one and below the next run's, so the next run
lists it as aborted before that could make it visible. Such a number may be forgotten only when no
entry holds a version of it; as nobody knows which keys a dead run reached, the list is kept (8
bytes for each) until it has ``ABORTED_LIMIT`` numbers, and then a writer passes once over all
entries, drops the dead versions, and empties it.

**Retries** after a broken connection are harmless: batches are numbered and one that has arrived
is not applied twice; beginning and committing twice gives the first answer again. A server that
comes back from an older copy of its memory lacks batches or the lock, and then nothing of the run
is committed.

An eviction policy other than ``noeviction`` can drop entries, which then read as missing. When it
drops control keys, writes refuse to go on rather than to guess.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Container, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import redis.asyncio

from drivers.stores.base import Writer
from drivers.stores.redis_connection import Keys, LoopClient, Server, checked
from drivers.stores.redis_scripts import GONE
from drivers.stores.redis_writer import FORMAT, Run

__all__ = ["RedisStore"]

STATE = struct.Struct(">BQ")  # format, committed; then aborted numbers of 8 bytes
VERSION = struct.Struct(">QqI")  # sequence, as_of, length of the blob or GONE; then the blob


class RedisStore:
    """Versions in Redis behind one committed number; see the module for how.

    One writer at a time, any number of readers. Threads and event loops share a store freely. A
    store that was closed connects again when used.

    Args:
        url: ``redis://[user:password@]host:port/db``, or ``rediss://`` for TLS. Options such as
            ``?socket_timeout=2`` (seconds) are those of redis-py.
        namespace: what the store's keys start with. Stores of different namespaces share a
            server without seeing each other.
        lock_expiry: how long after its last sign of life a writer counts as dead. A writer gives
            such signs by itself, three times within this span.

    Raises:
        ConfigurationError: the URL or the namespace can't be used.
    """

    def __init__(
        self,
        url: str,
        namespace: str = "onedag",
        *,
        lock_expiry: timedelta = timedelta(seconds=30),
    ) -> None:
        self._url = checked(url)
        self._keys = Keys.of(namespace)
        self._expiry = lock_expiry
        self._server = Server(self._url)
        self._loops: dict[asyncio.AbstractEventLoop, LoopClient] = {}
        self._loops_lock = threading.Lock()

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As `Store.read`: one MGET.

        Raises:
            StoreUnavailable: the server can't be reached, or doesn't answer in time.
            StoreError: the namespace holds what this version can't read.
        """
        if not keys:
            return []
        return self._visible(self._server.mget(self._keys.to_read(keys)))

    async def aread(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As `read`, without blocking the event loop."""
        if not keys:
            return []
        client = await self._client_of_this_loop()
        with self._server.seam():
            answer = await client.mget(self._keys.to_read(keys))
        return self._visible(answer)

    def write(self) -> AbstractContextManager[Writer]:
        """As `Store.write`. Never waits for another writer."""
        return Run(self._server, self._keys, self._expiry)

    def close(self) -> None:
        """Close the connections; those of a running event loop as soon as it comes round."""
        self._server.close()
        with self._loops_lock:
            loops, self._loops = self._loops, {}
        for loop, client in loops.items():
            client.close_from_outside(loop)

    def _visible(self, answer: Sequence[Any]) -> list[bytes | None]:
        try:
            return _visible(*answer)
        except struct.error as error:
            raise self._server.unreadable() from error

    async def _client_of_this_loop(self) -> redis.asyncio.Redis:
        loop = asyncio.get_running_loop()
        known = self._loops.get(loop)
        if known is None:
            known = LoopClient(self._url)
            await known.open()
            with self._loops_lock:
                for other in [other for other in self._loops if other.is_closed()]:
                    del self._loops[other]
                self._loops[loop] = known
        return known.client


def _visible(state: bytes | None, *entries: bytes | None) -> list[bytes | None]:
    """The blobs in entries that were read at one moment with the state."""
    if state is None:
        return [None] * len(entries)
    format_, committed = STATE.unpack_from(state)
    if format_ != FORMAT:
        raise struct.error(f"format {format_}")
    aborted = {number for (number,) in struct.iter_unpack(">Q", state[STATE.size :])}
    return [None if entry is None else _newest(entry, committed, aborted) for entry in entries]


def _newest(entry: bytes, committed: int, aborted: Container[int]) -> bytes | None:
    at = 0
    while at < len(entry):
        sequence, _, size = VERSION.unpack_from(entry, at)
        at += VERSION.size
        if sequence <= committed and sequence not in aborted:
            return None if size == GONE else entry[at : at + size]
        size = 0 if size == GONE else size
        at += size
    return None
