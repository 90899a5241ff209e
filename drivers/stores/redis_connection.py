"""Connections to Redis: the URL, the keys of a namespace, and the seam of foreign errors."""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from onedag.errors import ConfigurationError, StoreError, StoreUnavailable, UnknownName

__all__ = ["Keys", "LoopClient", "Server", "checked"]

OPTIONS = ("health_check_interval", "max_connections", "socket_connect_timeout", "socket_timeout")
TLS_OPTIONS = (
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of one namespace's keys."""

    lock: bytes
    state: bytes
    sequence: bytes
    inflight: bytes
    gone: bytes
    entries: bytes

    @classmethod
    def of(cls, namespace: str) -> Keys:
        # "a:k" would put its control keys among the entries of "a".
        if not namespace or "k" in namespace.split(":"):
            raise ConfigurationError(
                f"The namespace {namespace!r} can't be used for a Redis store: "
                f"it is empty, or one of its parts between colons is 'k'. Name another one."
            )
        start = namespace.encode()
        names = (b"lock", b"state", b"sequence", b"inflight", b"gone", b"k:")
        return cls(*(start + b":" + name for name in names))

    def to_read(self, keys: Sequence[bytes]) -> list[bytes]:
        prefix = self.entries
        return [self.state, *[prefix + key for key in keys]]

    def pattern(self) -> bytes:
        """A glob of every entry."""
        return re.sub(rb"([*?\[\]\\^])", rb"\\\1", self.entries) + b"*"


class Server:
    """The connections of ordinary threads, and the seam where foreign errors become ours."""

    def __init__(self, url: str) -> None:
        retry = Retry(ConstantBackoff(0.05), 1)
        try:
            pool = redis.BlockingConnectionPool.from_url(url, **_defaults(), retry=retry)
        except ValueError as error:
            raise _bad_url(str(error)) from error
        self.client = redis.Redis.from_pool(pool)
        self.address = _address(url)
        self._pool = pool
        self._idle: deque[redis.Connection] = deque()
        self._process = os.getpid()

    def mget(self, keys: Sequence[bytes]) -> Any:
        """The values of keys, past what the client's `mget` does around a connection.

        Raises:
            StoreUnavailable: the server can't be reached, or doesn't answer in time.
            StoreError: it refuses.
        """
        connection = self._connection()
        try:
            connection.send_command("MGET", *keys)  # type: ignore[no-untyped-call]
            answer = connection.read_response()
        except redis.RedisError:
            connection.disconnect()  # type: ignore[no-untyped-call]
            with self.seam():  # the client tries again, as far as that is wise
                return self.client.mget(keys)
        except BaseException:  # what is still to come isn't for the next one
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise
        self._idle.append(connection)
        return answer

    def _connection(self) -> redis.Connection:
        if self._process != os.getpid():  # a fork's connections are its parent's
            self._idle, self._process = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            connection: redis.Connection = self._pool.connection_class(
                **self._pool.connection_kwargs
            )
            return connection

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop().disconnect()  # type: ignore[no-untyped-call]
        self.client.close()

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
        except redis.OutOfMemoryError as error:
            said = str(error).partition(" script:")[0].rstrip(".")
            raise StoreError(
                f"The Redis server at {self.address} is out of memory: {said}. Nothing of this "
                f"write is visible, and what was stored before stays. Raise the server's "
                f"maxmemory, or free some of it, and run it again."
            ) from error
        except redis.ReadOnlyError as error:
            raise StoreError(
                f"The Redis server at {self.address} is a replica, which is read-only: nothing was "
                f"written. Name its primary in the URL of the store that is written."
            ) from error
        except redis.RedisError as error:
            raise StoreError(f"The store at {self.address} refuses: {error}") from error


class LoopClient:
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


def _defaults() -> dict[str, Any]:
    # The timeouts are in seconds. A read never waits longer for a connection than for an answer.
    return {
        "decode_responses": False,
        "max_connections": 64,
        "socket_connect_timeout": 2.0,
        "socket_timeout": 5.0,
        "timeout": 5.0,
    }


def checked(url: str) -> str:
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
