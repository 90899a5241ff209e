"""Redis servers that die, come back, are full, or are replicas::

run     1 |--done    2 |---put--put--- ... commit
server  up           up        ✗ up again, with all, some or none of its data
readers      1 1 1 1 1 1 1 1 1 . 1 1 1 1 1
"""

from __future__ import annotations

import itertools
import os
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from drivers.stores.redis import RedisStore
from drivers.stores.redis_writer import ABORTED_LIMIT, Run
from onedag.errors import StoreBusy, StoreError, StoreUnavailable
from onedag.testing.redis import free_port, redis_server

KEYS = [b"key %d" % number for number in range(3000)]
SOON = timedelta(milliseconds=100)


class _Mortal:
    """A server that can be killed and started again on the same port and folder."""

    def __init__(self, folder: Path, **options: str) -> None:
        self._folder = folder
        self._options = options
        self._port = free_port()
        self._stack = ExitStack()
        self.url = f"redis://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._stack.enter_context(redis_server(self._folder, self._port, **self._options))

    def kill(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            os.kill(client.info("server")["process_id"], signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        self._stack.close()


@contextmanager
def _mortal(folder: Path, **options: str) -> Iterator[tuple[_Mortal, RedisStore]]:
    server = _Mortal(folder, **options)
    server.start()
    store = RedisStore(server.url, lock_expiry=SOON)
    try:
        yield server, store
    finally:
        store.close()
        server.stop()


def test_a_server_that_comes_back_with_its_data(tmp_path: Path) -> None:
    with _mortal(tmp_path, appendonly="yes", appendfsync="always") as (server, store):
        _write(store, b"1", 1)
        run = _half_written(store)
        server.kill()
        with pytest.raises(StoreUnavailable, match=r"redis://127.*can't be reached"):
            _put_now(run, b"2")
        with pytest.raises(StoreUnavailable):
            store.read(KEYS)
        server.start()
        assert set(store.read(KEYS)) == {b"1"}
        with suppress(ZeroDivisionError):  # the block ends with an error of its own
            run.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
        _write_when_free(store, b"2", 2)
        assert set(store.read(KEYS)) == {b"2"}


def test_a_server_that_comes_back_empty(tmp_path: Path) -> None:
    with _mortal(tmp_path) as (server, store):
        _write(store, b"1", 1)
        run = _half_written(store)
        server.kill()
        server.start()
        with pytest.raises(StoreBusy, match=r"the server lost data.*Nothing of this write"):
            run.__exit__(None, None, None)
        assert set(store.read(KEYS)) == {None}
        _write(store, b"2", 2)
        assert set(store.read(KEYS)) == {b"2"}


@pytest.mark.parametrize("when", ["before the run", "in the middle of it"])
def test_a_server_that_comes_back_from_an_older_copy(tmp_path: Path, when: str) -> None:
    # The lock doesn't expire here: only the batches say that something is missing.
    with _mortal(tmp_path) as (server, _), redis.Redis.from_url(server.url) as client:
        store = RedisStore(server.url)
        _write(store, b"1", 1)
        if when == "before the run":
            client.save()
        run = _half_written(store)
        if when == "in the middle of it":
            client.save()
        _put_now(run, b"2")
        server.kill()
        server.start()
        with pytest.raises(StoreBusy, match="the server lost data"):
            run.__exit__(None, None, None)
        assert set(store.read(KEYS)) == {b"1"}
        _write(store, b"3", 3)
        assert set(store.read(KEYS)) == {b"3"}
        store.close()


def test_a_server_that_is_full(tmp_path: Path) -> None:
    blob = b"%02000d" % 2
    with _mortal(tmp_path) as (server, store), redis.Redis.from_url(server.url) as client:
        _write(store, b"1", 1)
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 600_000)
        with pytest.raises(StoreError, match=r"out of memory.*Raise the server's maxm") as caught:
            _write(store, blob, 2)
        said = "".join(traceback.format_exception(caught.value))
        assert blob.decode() not in said
        assert KEYS[7].decode() not in said
        assert set(store.read(KEYS)) == {b"1"}
        client.config_set("maxmemory", 1)
        with pytest.raises(StoreError, match="out of memory"):
            _write(store, b"2", 2)
        assert set(store.read(KEYS)) == {b"1"}
        client.config_set("maxmemory", 0)
        _write(store, b"2", 2)
        assert set(store.read(KEYS)) == {b"2"}


def test_a_server_that_is_full_at_the_commit(tmp_path: Path) -> None:
    with _mortal(tmp_path) as (server, store), redis.Redis.from_url(server.url) as client:
        _write(store, b"1", 1)
        run = _half_written(store)
        client.config_set("maxmemory", 1)
        with pytest.raises(StoreError, match="out of memory"):
            run.__exit__(None, None, None)
        client.config_set("maxmemory", 0)
        assert set(store.read(KEYS)) == {b"1"}
        _write(store, b"2", 2)
        assert set(store.read(KEYS)) == {b"2"}


def test_a_replica(tmp_path: Path) -> None:
    with ExitStack() as stack:
        folders = [tmp_path / "primary", tmp_path / "replica"]
        for folder in folders:
            folder.mkdir()
        server, primary = stack.enter_context(_mortal(folders[0], repl_diskless_sync_delay="0"))
        port = server.url.rpartition(":")[2]
        _, replica = stack.enter_context(_mortal(folders[1], replicaof=f"127.0.0.1 {port}"))
        _write(primary, b"1", 1)
        deadline = time.monotonic() + 10
        while set(replica.read(KEYS)) != {b"1"}:
            assert time.monotonic() < deadline, "the replica never had it all"
            time.sleep(0.02)
        with pytest.raises(StoreError, match=r"is a replica.*Name its primary"):
            _write(replica, b"2", 2)
        assert set(replica.read(KEYS)) == {b"1"}


def test_memory_doesnt_grow_with_runs_whole_or_killed(tmp_path: Path) -> None:
    used: list[int] = []
    count: list[int] = []
    with _mortal(tmp_path) as (server, store), redis.Redis.from_url(server.url) as client:
        for number in range(40):
            if number % 4 == 3:
                _killed(_half_written(store, [*KEYS, *_fresh(number)]))
            _write_when_free(store, b"%0100d" % number, number)
            used.append(client.info("memory")["used_memory"])
            count.append(client.dbsize())
    # Keys that only dead runs have wait for the sweep after a few of these.
    assert max(count) <= len(KEYS) + 4 + ABORTED_LIMIT * len(_fresh(0))
    assert count[-1] <= max(count[:20])
    assert max(used[20:]) <= max(used[:20]) * 1.05


def test_removed_keys_take_no_memory(tmp_path: Path) -> None:
    used: list[int] = []
    with _mortal(tmp_path) as (server, store), redis.Redis.from_url(server.url) as client:
        for number in range(30):
            with store.write() as writer:
                writer.remove(_fresh(number - 1), number)
                writer.put(_fresh(number), [b"%0100d" % number] * 300, number)
            assert set(store.read(_fresh(number - 1))) == {None}
            assert set(store.read(_fresh(number))) == {b"%0100d" % number}
            used.append(client.info("memory")["used_memory"])
            assert client.dbsize() <= 2 * 300 + 4
    assert max(used[10:]) <= max(used[:10]) * 1.05


def test_a_removal_that_died_removes_nothing(tmp_path: Path) -> None:
    with _mortal(tmp_path) as (_, store):
        _write(store, b"1", 1)
        run = store.write()
        assert isinstance(run, Run)
        run.__enter__().remove(KEYS, 2)
        run._flush()
        _killed(run)
        _write_when_free(store, b"2", 2, KEYS[:5])
        assert store.read(KEYS[:6]) == [b"2"] * 5 + [b"1"]
        _write(store, b"3", 3, [b"another"])
        assert store.read(KEYS[:6]) == [b"2"] * 5 + [b"1"]


# Helpers


def _write(store: RedisStore, blob: bytes, as_of: int, keys: list[bytes] = KEYS) -> None:
    with store.write() as writer:
        writer.put(keys, [blob] * len(keys), as_of)


def _write_when_free(store: RedisStore, blob: bytes, as_of: int, keys: list[bytes] = KEYS) -> None:
    """Write as soon as the lock of a dead run has expired."""
    for attempt in itertools.count():
        try:
            _write(store, blob, as_of, keys)
        except StoreBusy:
            assert attempt < 1000, "the lock never expired"
            time.sleep(0.01)
        else:
            return


def _half_written(store: RedisStore, keys: list[bytes] = KEYS) -> Run:
    """A run whose batches have arrived, and that hasn't ended."""
    run = store.write()
    assert isinstance(run, Run)
    run.__enter__()
    run.put(keys, [b"2"] * len(keys), 2)
    run._flush()
    return run


def _put_now(run: Run, blob: bytes) -> None:
    run.put(KEYS[:5], [blob] * 5, 2)
    run._flush()


def _killed(run: Run) -> None:
    """What a server sees of a run whose process was killed: no more signs of life."""
    run._over.set()
    run._heart.join()


def _fresh(number: int) -> list[bytes]:
    return [b"only run %d has key %d" % (number, key) for key in range(300)]
