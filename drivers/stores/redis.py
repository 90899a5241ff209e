"""A store on Redis 7 or Valkey: for services on more than one machine.

Redis has no transaction that spans a million keys and lets others read meanwhile, so each key
keeps up to two *versions* and one small key says which of them count::

    <ns>:state      the committed sequence number, then the aborted ones
    <ns>:k:<key>    versions, newest first: (sequence, as_of, blob)
    <ns>:sequence   the number of the last run; each ``write()`` is a run
    <ns>:inflight   how many batches of that run have arrived
    <ns>:lock       the token of the writer at work; expires by itself

**Reading** is one ``MGET`` of the state and the entries. MGET is atomic, so it sees one moment: of
each entry, the newest version whose sequence is committed and not aborted.

**Writing** takes the lock and the next sequence number. Every script of a run first compares the
lock with the run's token, so a writer that lost its lock can't touch anything, whenever it wakes
up. A batch replaces what it finds by the new version and the newest visible one before it, which
readers use until the commit; so memory doesn't grow with the number of runs. The commit sets the
state: one key, one moment.

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
import re
import secrets
import struct
import threading
from collections.abc import AsyncGenerator, Container, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from drivers.stores.base import Writer
from drivers.stores.redis_scripts import BEGIN, COMMIT, FORGET, PUT, RELEASE, RENEW, SCRUB
from onedag.errors import ConfigurationError, StoreBusy, StoreError, StoreUnavailable, UnknownName

__all__ = ["RedisStore"]

FORMAT = 1
ABORTED_LIMIT = 64

# A batch is what readers wait for at most, a couple of milliseconds.
BATCH_KEYS = 500
BATCH_BYTES = 1 << 20
PIPELINE_BATCHES = 16

OPTIONS = ("health_check_interval", "max_connections", "socket_connect_timeout", "socket_timeout")
TLS_OPTIONS = (
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
)

STATE = struct.Struct(">BQ")  # format, committed; then aborted numbers of 8 bytes
VERSION = struct.Struct(">QqI")  # sequence, as_of, length of the blob; then the blob
STAMP = struct.Struct(">Qq")  # sequence, as_of


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
        self._url = _checked(url)
        self._keys = _Keys.of(namespace)
        self._expiry = lock_expiry
        self._server = _Server(self._url)
        self._loops: dict[asyncio.AbstractEventLoop, _LoopClient] = {}
        self._loops_lock = threading.Lock()

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As `Store.read`: one MGET.

        Raises:
            StoreUnavailable: the server can't be reached, or doesn't answer in time.
            StoreError: the namespace holds what this version can't read.
        """
        if not keys:
            return []
        with self._server.seam():
            answer = self._server.client.mget(self._keys.to_read(keys))
        return self._visible(answer)

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
        return _Run(self._server, self._keys, self._expiry)

    def close(self) -> None:
        """Close the connections; those of a running event loop as soon as it comes round."""
        self._server.client.close()
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
            known = _LoopClient(self._url)
            await known.open()
            with self._loops_lock:
                for other in [other for other in self._loops if other.is_closed()]:
                    del self._loops[other]
                self._loops[loop] = known
        return known.client


@dataclass(frozen=True, slots=True)
class _Keys:
    """The names of one namespace's keys."""

    lock: bytes
    state: bytes
    sequence: bytes
    inflight: bytes
    entries: bytes

    @classmethod
    def of(cls, namespace: str) -> _Keys:
        # "a:k" would put its control keys among the entries of "a".
        if not namespace or "k" in namespace.split(":"):
            raise ConfigurationError(
                f"The namespace {namespace!r} can't be used for a Redis store: "
                f"it is empty, or one of its parts between colons is 'k'. Name another one."
            )
        start = namespace.encode()
        names = (b"lock", b"state", b"sequence", b"inflight", b"k:")
        return cls(*(start + b":" + name for name in names))

    def to_read(self, keys: Sequence[bytes]) -> list[bytes]:
        prefix = self.entries
        return [self.state, *[prefix + key for key in keys]]

    def pattern(self) -> bytes:
        """A glob of every entry."""
        return re.sub(rb"([*?\[\]\\^])", rb"\\\1", self.entries) + b"*"


class _Server:
    """The connections of ordinary threads, and the seam where foreign errors become ours."""

    def __init__(self, url: str) -> None:
        retry = Retry(ConstantBackoff(0.05), 1)
        try:
            pool = redis.BlockingConnectionPool.from_url(url, **_defaults(), retry=retry)
        except ValueError as error:
            raise _bad_url(str(error)) from error
        self.client = redis.Redis.from_pool(pool)
        self.address = _address(url)

    def run(self, script: str, keys: Sequence[bytes], *arguments: bytes | int) -> Any:
        """What a script returns; its strings as bytes."""
        with self.seam():
            return self.client.eval(script, len(keys), *keys, *arguments)

    def unreadable(self) -> StoreError:
        return StoreError(
            f"The store at {self.address} holds what this version of onedag can't read: another "
            f"version or another program wrote it. Use another namespace, or delete the keys of "
            f"this one and materialize again."
        )

    @contextmanager
    def seam(self) -> Iterator[None]:
        try:
            yield
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise StoreUnavailable(
                f"The store at {self.address} can't be reached: {str(error).rstrip('.')}. "
                f"Check that the server runs, and the URL."
            ) from error
        except redis.RedisError as error:
            raise StoreError(f"The store at {self.address} refuses: {error}") from error


class _LoopClient:
    """The client of one event loop; its connections can't outlive the loop.

    A suspended asynchronous generator holds the client: the loop finishes its generators when it
    shuts down, and that is the one moment at which the connections can still be closed.
    """

    def __init__(self, url: str) -> None:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            url, **_defaults(), retry=AsyncRetry(ConstantBackoff(0.05), 1)
        )
        self.client = redis.asyncio.Redis.from_pool(pool)
        self._lifetime = self._live()

    async def open(self) -> None:
        await anext(self._lifetime)

    async def _live(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self.client.aclose()

    async def _close(self) -> None:
        await self._lifetime.aclose()

    def close_from_outside(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop.is_closed():
            return
        if loop.is_running():
            with suppress(RuntimeError):  # it closed just now
                loop.call_soon_threadsafe(self._close_soon, loop)
        else:
            loop.run_until_complete(self._close())

    def _close_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        self._closing = loop.create_task(self._close())  # loops hold their tasks weakly


class _Run:
    """One write: the holder of the lock, from the first line of the block to its end."""

    def __init__(self, server: _Server, keys: _Keys, expiry: timedelta) -> None:
        self._server = server
        self._keys = keys
        self._expiry = max(1, round(expiry.total_seconds() * 1000))
        self._token = secrets.token_bytes(16)
        self._sequence = 0
        self._batches = 0
        self._staged: dict[bytes, bytes] = {}
        self._staged_bytes = 0
        self._as_of = 0
        self._commands: list[tuple[int, list[bytes | int]]] = []
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="onedag-redis-lock", daemon=True)

    def __enter__(self) -> Writer:
        aborted = self._begin()
        self._heart.start()
        try:
            if aborted >= ABORTED_LIMIT:
                self._forget_aborted()
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
        pairs = list(zip(keys, blobs, strict=True))
        if as_of != self._as_of:
            self._seal()
            self._as_of = as_of
        for key, blob in pairs:
            self._staged[key] = blob
            self._staged_bytes += len(blob)
            if len(self._staged) >= BATCH_KEYS or self._staged_bytes >= BATCH_BYTES:
                self._seal()

    def _begin(self) -> int:
        """Take the lock and a sequence number; how many aborted ones are listed."""
        keys = (self._keys.lock, self._keys.state, self._keys.sequence, self._keys.inflight)
        answer, *rest = self._server.run(BEGIN, keys, self._token, self._expiry, FORMAT)
        match answer:
            case b"busy":
                raise self._busy(rest[0])
            case b"format":
                raise self._server.unreadable()
            case b"torn":
                raise self._torn()
        self._sequence, aborted = rest
        return int(aborted)

    def _seal(self) -> None:
        """Make a batch of what is staged; send the batches once there are several."""
        if not self._staged:
            return
        self._batches += 1
        names = [self._keys.entries + key for key in self._staged]
        control = (self._keys.lock, self._keys.state, self._keys.inflight)
        stamp = STAMP.pack(self._sequence, self._as_of)
        arguments = (self._token, self._expiry, self._batches, stamp)
        self._commands.append(
            (len(control) + len(names), [*control, *names, *arguments, *self._staged.values()])
        )
        self._staged = {}
        self._staged_bytes = 0
        if len(self._commands) >= PIPELINE_BATCHES:
            self._send()

    def _send(self) -> None:
        commands, self._commands = self._commands, []
        pipeline = self._server.client.pipeline(transaction=False)
        for key_count, words in commands:
            pipeline.eval(PUT, key_count, *words)
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

    def _under_lock(self, script: str, keys: Sequence[bytes]) -> None:
        if self._server.run(script, keys, self._token) == b"lost":
            raise self._lost()

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
            return entry[at : at + size]
        at += size
    return None


def _defaults() -> dict[str, Any]:
    # The timeouts are in seconds. A read never waits longer for a connection than for an answer.
    return {
        "decode_responses": False,
        "max_connections": 64,
        "socket_connect_timeout": 2.0,
        "socket_timeout": 5.0,
        "timeout": 5.0,
    }


def _checked(url: str) -> str:
    """The URL, if redis-py takes all of it. Messages show no part that may hold a password."""
    scheme = url.partition("://")[0]
    if scheme not in ("redis", "rediss"):
        raise _bad_url("it doesn't start with redis:// or rediss://")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _bad_url("its host or port can't be read") from None
    if not re.fullmatch(r"/?\d*", parts.path) or parts.fragment:
        raise _bad_url("what follows the host isn't the number of a database")
    allowed = OPTIONS if scheme == "redis" else (*OPTIONS, *TLS_OPTIONS)
    for option, _ in parse_qsl(parts.query, keep_blank_values=True):
        if option not in allowed:
            raise ConfigurationError(str(UnknownName.among("option of the URL", option, allowed)))
    return url


def _bad_url(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The Redis URL can't be used: {why}. Its form is redis://user:password@host:port/db, "
        f"or rediss:// for TLS."
    )


def _address(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if ":" in host:
        host = f"[{host}]"
    return f"{parts.scheme}://{host}:{parts.port or 6379}/{parts.path.strip('/') or 0}"
