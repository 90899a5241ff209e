"""The contract of a store, as a test suite that a store of your own passes by subclassing it.

A test module for it needs nothing else::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            store = MyStore(tmp_path)
            yield store
            store.close()

The suite needs pytest and Hypothesis.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import Protocol, TypeAlias, runtime_checkable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

__all__ = ["StoreContract"]

JANUARY = 1_767_225_600_000_000  # 2026-01-01 00:00 UTC in microseconds
DAY = 86_400_000_000

ODD_BYTES = (
    b"",
    b"\x00",
    b"\x00\x00",
    b"a",
    b"a\x00",
    b"a\x00b",
    b"\xff",
    b"\xff\xfe",
    b"*?[a]\r\n",
)


class _Writer(Protocol):
    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None: ...
    def remove(self, keys: Sequence[bytes], as_of: int) -> None: ...


class _Store(Protocol):
    """`drivers.stores.Store`, said again because the vocabulary may not import the drivers."""

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]: ...
    def write(self) -> AbstractContextManager[_Writer]: ...
    def close(self) -> None: ...


@runtime_checkable
class _SupportsAsyncRead(Protocol):
    async def aread(self, keys: Sequence[bytes]) -> list[bytes | None]: ...


class _DeliberateError(Exception):
    """Ends a block in the middle."""


class StoreContract:
    """Subclass it, and override the fixture ``store`` with an empty store for each test."""

    @pytest.fixture
    def store(self) -> object:
        raise NotImplementedError("Override the fixture 'store' with an empty store.")

    # Reading

    def test_an_empty_store_has_nothing(self, store: _Store) -> None:
        assert store.read([b"a", b"b"]) == [None, None]

    def test_reads_come_in_the_order_asked(self, store: _Store) -> None:
        _write(store, {b"a": b"1", b"b": b"2", b"c": b"3"})
        assert store.read([b"c", b"missing", b"a", b"b"]) == [b"3", None, b"1", b"2"]

    def test_a_key_asked_twice_is_answered_twice(self, store: _Store) -> None:
        _write(store, {b"a": b"1"})
        assert store.read([b"a", b"x", b"a", b"x"]) == [b"1", None, b"1", None]

    def test_an_empty_read(self, store: _Store) -> None:
        assert store.read([]) == []
        _write(store, {b"a": b"1"})
        assert store.read([]) == []

    def test_any_bytes_are_keys_and_blobs(self, store: _Store) -> None:
        entries = dict(zip(ODD_BYTES, reversed(ODD_BYTES), strict=True))
        _write(store, entries)
        assert store.read(list(entries)) == list(entries.values())

    def test_no_key_is_the_prefix_of_another(self, store: _Store) -> None:
        _write(store, {b"ab": b"1"})
        assert store.read([b"a", b"ab", b"abc", b"AB"]) == [None, b"1", None, None]

    def test_large_blobs(self, store: _Store) -> None:
        blobs = [bytes([number]) * (1 << 20) for number in range(3)]
        _write(store, dict(zip((b"a", b"b", b"c"), blobs, strict=True)))
        assert store.read([b"a", b"b", b"c"]) == blobs

    def test_the_largest_blob(self, store: _Store) -> None:
        for number in (1, 2):  # a store may hold the last one and the next one together
            blob = bytes([number]) * (1 << 26)
            _write(store, {b"a": blob}, number)
            assert store.read([b"a"]) == [blob]

    def test_long_keys(self, store: _Store) -> None:
        key = b"k" * (1 << 16)
        _write(store, {key: b"1"})
        assert store.read([key, key[:-1]]) == [b"1", None]

    def test_ten_thousand_keys_in_one_read(self, store: _Store) -> None:
        entries = {b"key %d" % number: b"blob %d" % number for number in range(10_000)}
        _write(store, entries)
        asked = list(reversed(entries))
        assert store.read(asked) == [entries[key] for key in asked]

    # Writing

    def test_an_empty_write_changes_nothing(self, store: _Store) -> None:
        with store.write():
            pass
        with store.write() as writer:
            writer.put([], [], JANUARY)
        _write(store, {b"a": b"1"})
        with store.write():
            pass
        assert store.read([b"a"]) == [b"1"]

    def test_a_later_write_replaces_and_keeps_the_rest(self, store: _Store) -> None:
        _write(store, {b"a": b"1", b"b": b"2"}, JANUARY)
        _write(store, {b"b": b"3", b"c": b"4"}, JANUARY + DAY)
        assert store.read([b"a", b"b", b"c"]) == [b"1", b"3", b"4"]

    def test_an_older_as_of_never_replaces_a_newer_one(self, store: _Store) -> None:
        _write(store, {b"a": b"new"}, JANUARY)
        _write(store, {b"a": b"old", b"b": b"old"}, JANUARY - 1)
        assert store.read([b"a", b"b"]) == [b"new", b"old"]

    def test_a_refused_blob_leaves_the_as_of_alone(self, store: _Store) -> None:
        for as_of, blob in ((3, b"3"), (1, b"1"), (2, b"2")):
            _write(store, {b"a": blob}, as_of)
            assert store.read([b"a"]) == [b"3"]

    def test_the_same_as_of_replaces(self, store: _Store) -> None:
        _write(store, {b"a": b"first"}, JANUARY)
        _write(store, {b"a": b"corrected"}, JANUARY)
        assert store.read([b"a"]) == [b"corrected"]

    def test_an_as_of_before_1970(self, store: _Store) -> None:
        _write(store, {b"a": b"1969"}, -DAY)
        _write(store, {b"a": b"older"}, -DAY - 1)
        assert store.read([b"a"]) == [b"1969"]
        _write(store, {b"a": b"newer"}, -DAY + 1)
        assert store.read([b"a"]) == [b"newer"]

    def test_a_later_put_in_the_same_write_counts(self, store: _Store) -> None:
        with store.write() as writer:
            writer.put([b"a", b"b", b"a"], [b"1", b"2", b"3"], JANUARY)
            writer.put([b"b"], [b"4"], JANUARY)
        assert store.read([b"a", b"b"]) == [b"3", b"4"]

    def test_the_order_holds_within_a_write_too(self, store: _Store) -> None:
        with store.write() as writer:
            writer.put([b"a"], [b"new"], JANUARY)
            writer.put([b"a"], [b"old"], JANUARY - DAY)
        assert store.read([b"a"]) == [b"new"]

    def test_a_correction_of_an_older_moment_is_refused_too(self, store: _Store) -> None:
        for as_of, blob in ((1, b"1"), (2, b"2"), (1, b"1 corrected"), (2, b"2 corrected")):
            _write(store, {b"a": blob}, as_of)
        assert store.read([b"a"]) == [b"2 corrected"]
        _write(store, {b"a": b"1 again"}, 1)
        assert store.read([b"a"]) == [b"2 corrected"]

    def test_each_put_of_a_write_has_its_own_moment(self, store: _Store) -> None:
        _write(store, {b"a": b"5", b"b": b"5"}, 5)
        with store.write() as writer:
            writer.put([b"a", b"b", b"c"], [b"4"] * 3, 4)
            writer.put([b"b", b"c"], [b"6"] * 2, 6)
            writer.put([b"a", b"b", b"c"], [b"3"] * 3, 3)
        assert store.read([b"a", b"b", b"c"]) == [b"5", b"6", b"6"]

    def test_a_key_that_is_too_long(self, store: _Store) -> None:
        _write(store, {b"a": b"1"}, 1)
        keys = [b"a", b"entity/" + b"k" * (1 << 16)]
        with pytest.raises(RuntimeError, match=r"'entity/k.*65,543 bytes.*65,536") as put:
            _write(store, dict.fromkeys(keys, b"2"), 2)
        with pytest.raises(RuntimeError, match=r"'entity/k.*65,543 bytes.*65,536") as remove:
            _remove(store, keys, 2)
        assert max(len(str(put.value)), len(str(remove.value))) < 400
        assert store.read(keys[:1]) == [b"1"]

    def test_a_blob_that_is_too_large(self, store: _Store) -> None:
        _write(store, {b"a": b"1"}, 1)
        with pytest.raises(RuntimeError, match=r"'b'.*67,108,865 bytes.*67,108,864") as caught:
            _write(store, {b"a": b"2", b"b": bytes((1 << 26) + 1)}, 2)
        assert len(str(caught.value)) < 400
        assert store.read([b"a", b"b"]) == [b"1", None]

    def test_a_refused_put_leaves_nothing_staged(self, store: _Store) -> None:
        with store.write() as writer:
            writer.put([b"a"], [b"1"], 1)
            with pytest.raises(RuntimeError, match="65,543"):
                writer.put([b"b", b"entity/" + b"k" * (1 << 16)], [b"2", b"2"], 1)
            with pytest.raises(ValueError, match="one blob for each key"):
                writer.put([b"c", b"d"], [b"2"], 1)
        assert store.read([b"a", b"b", b"c"]) == [b"1", None, None]

    # Removing

    def test_a_removed_key_is_gone_when_the_block_ends(self, store: _Store) -> None:
        _write(store, {b"a": b"1", b"b": b"1"}, 1)
        with store.write() as writer:
            writer.remove([b"a", b"never put"], 2)
            writer.put([b"c"], [b"2"], 2)
            assert store.read([b"a", b"b", b"c"]) == [b"1", b"1", None]
        assert store.read([b"a", b"b", b"c", b"never put"]) == [None, b"1", b"2", None]

    def test_a_failed_removal_removes_nothing(self, store: _Store) -> None:
        _write(store, {b"a": b"1"}, 1)
        with suppress(_DeliberateError), store.write() as writer:
            writer.remove([b"a"], 2)
            raise _DeliberateError
        assert store.read([b"a"]) == [b"1"]
        _write(store, {b"b": b"2"}, 1)
        assert store.read([b"a", b"b"]) == [b"1", b"2"]

    @pytest.mark.parametrize(
        ("as_of", "expected"),
        [(JANUARY - 1, b"1"), (JANUARY, None), (JANUARY + 1, None)],
        ids=["an older removal", "the same moment", "a newer removal"],
    )
    def test_a_removal_is_ordered(self, store: _Store, as_of: int, expected: bytes | None) -> None:
        _write(store, {b"a": b"1"}, JANUARY)
        _remove(store, [b"a"], as_of)
        assert store.read([b"a"]) == [expected]

    def test_nothing_is_kept_of_a_removed_key(self, store: _Store) -> None:
        _write(store, {b"a": b"1"}, 5)
        _remove(store, [b"a"], 6)
        _write(store, {b"a": b"older"}, 1)
        assert store.read([b"a"]) == [b"older"]

    def test_puts_and_removals_of_one_write_count_in_their_order(self, store: _Store) -> None:
        _write(store, {b"a": b"1", b"b": b"1", b"c": b"1"}, 5)
        with store.write() as writer:
            writer.remove([b"a"], 6)
            writer.put([b"a"], [b"2"], 1)
            writer.put([b"b", b"d"], [b"2", b"2"], 7)
            writer.remove([b"b", b"d"], 7)
            writer.put([b"c"], [b"2"], 7)
            writer.remove([b"c"], 6)
        assert store.read([b"a", b"b", b"c", b"d"]) == [b"2", None, b"2", None]
        _write(store, {b"e": b"1"}, 1)
        assert store.read([b"a", b"b", b"c", b"d"]) == [b"2", None, b"2", None]

    # Atomicity

    def test_nothing_is_visible_before_the_block_ends(self, store: _Store) -> None:
        _write(store, {b"a": b"1"})
        with store.write() as writer:
            writer.put([b"a", b"b"], [b"2", b"2"], JANUARY)
            assert store.read([b"a", b"b"]) == [b"1", None]
        assert store.read([b"a", b"b"]) == [b"2", b"2"]

    def test_an_exception_leaves_nothing_visible(self, store: _Store) -> None:
        _write(store, {b"a": b"1"})
        _fail(store, {b"a": b"2", b"b": b"2"})
        assert store.read([b"a", b"b"]) == [b"1", None]
        _write(store, {b"c": b"3"})
        assert store.read([b"a", b"b", b"c"]) == [b"1", None, b"3"]

    def test_a_failed_write_refuses_nothing_later(self, store: _Store) -> None:
        _fail(store, {b"a": b"from the future"}, JANUARY + DAY)
        _write(store, {b"a": b"1"}, JANUARY)
        assert store.read([b"a"]) == [b"1"]

    def test_a_reader_never_sees_a_mix(self, store: _Store) -> None:
        keys = [b"key %d" % number for number in range(1500)]
        reader = _Reader(store, keys)
        with reader:
            for generation in range(20):
                with store.write() as writer:
                    for start in range(0, len(keys), 500):
                        some = keys[start : start + 500]
                        writer.put(some, [b"%d" % generation] * len(some), generation)
                if generation % 3 == 0:
                    _fail(store, dict.fromkeys(keys[::2], b"never"), generation)
                if generation % 5 == 0:
                    _remove(store, keys, generation)
        assert reader.mixed == []
        seen = [generation for generation in reader.seen if generation >= 0]
        assert seen == sorted(seen), "a reader went back in time"
        assert reader.seen[-1] == 19

    # Other powers

    def test_sync_and_async_reads_agree(self, store: _Store) -> None:
        entries = dict(zip(ODD_BYTES, reversed(ODD_BYTES), strict=True))
        _write(store, entries)
        asked = [*entries, b"missing", b"a"]
        for _ in range(2):  # each run is an event loop of its own
            assert asyncio.run(_aread(store, [asked, [], asked])) == [
                store.read(asked),
                [],
                store.read(asked),
            ]

    def test_closing_twice(self, store: _Store) -> None:
        _write(store, {b"a": b"1"})
        assert store.read([b"a"]) == [b"1"]
        store.close()
        store.close()

    def test_it_behaves_like_a_dictionary(self, store: _Store) -> None:
        numbers = itertools.count()

        class Example(_Machine):
            def __init__(self) -> None:
                super().__init__(store, b"example %d " % next(numbers))

        run_state_machine_as_test(
            Example,
            settings=settings(
                max_examples=25,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )


_Steps: TypeAlias = list[tuple[list[tuple[bytes, bytes | None]], int]]


class _Machine(RuleBasedStateMachine):
    """Random writes on a store and on a dictionary. Each example has keys of its own."""

    keys = st.sampled_from([b"", b"\x00", b"a", b"a\x00", b"\xff"])
    # A list of puts (blobs) and removals (None), each of some keys and of a moment.
    steps = st.lists(
        st.tuples(
            st.lists(st.tuples(keys, st.none() | st.binary(max_size=4)), max_size=4),
            st.integers(min_value=-2, max_value=2),
        ),
        max_size=4,
    )

    def __init__(self, store: _Store, prefix: bytes) -> None:
        super().__init__()
        self._store = store
        self._prefix = prefix
        self._model: dict[bytes, tuple[int, bytes]] = {}

    @rule(steps=steps)
    def write(self, steps: _Steps) -> None:
        with self._store.write() as writer:
            self._stage(writer, steps)
        for pairs, as_of in steps:
            for key, blob in pairs:
                known = self._model.get(key)
                if known is not None and known[0] > as_of:
                    continue
                if blob is None:
                    self._model.pop(key, None)
                else:
                    self._model[key] = (as_of, blob)

    @rule(steps=steps)
    def fail(self, steps: _Steps) -> None:
        with suppress(_DeliberateError), self._store.write() as writer:
            self._stage(writer, steps)
            raise _DeliberateError

    @rule(asked=st.lists(keys, max_size=8))
    def read(self, asked: list[bytes]) -> None:
        expected = [self._model[key][1] if key in self._model else None for key in asked]
        assert self._store.read([self._prefix + key for key in asked]) == expected

    @invariant()
    def nothing_else_changed(self) -> None:
        self.read([b"", b"\x00", b"a", b"a\x00", b"\xff", b"never put"])

    def _stage(self, writer: _Writer, steps: _Steps) -> None:
        for pairs, as_of in steps:
            for removal, some in itertools.groupby(pairs, lambda pair: pair[1] is None):
                run = list(some)
                keys = [self._prefix + key for key, _ in run]
                if removal:
                    writer.remove(keys, as_of)
                else:
                    writer.put(keys, [blob for _, blob in run if blob is not None], as_of)


class _Reader:
    """A thread that reads the same keys until its block ends, and notes what it saw.

    Attributes:
        seen: the generation of each read that saw one; -1 where there was nothing yet.
        mixed: the reads that saw more than one.
    """

    def __init__(self, store: _Store, keys: Sequence[bytes]) -> None:
        self.seen: list[int] = []
        self.mixed: list[set[bytes | None]] = []
        self._store = store
        self._keys = keys
        self._over = threading.Event()
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._failed:
            raise self._failed[0]

    def _run(self) -> None:
        try:
            over = False
            while not over:
                over = self._over.is_set()  # before the read: the last one sees the last write
                self._note(set(self._store.read(self._keys)))
        except BaseException as error:
            self._failed.append(error)

    def _note(self, found: set[bytes | None]) -> None:
        if len(found) > 1:
            self.mixed.append(found)
        else:
            blob = found.pop()
            self.seen.append(-1 if blob is None else int(blob))


def _write(store: _Store, entries: dict[bytes, bytes], as_of: int = JANUARY) -> None:
    with store.write() as writer:
        writer.put(list(entries), list(entries.values()), as_of)


def _remove(store: _Store, keys: Sequence[bytes], as_of: int) -> None:
    with store.write() as writer:
        writer.remove(keys, as_of)


def _fail(store: _Store, entries: dict[bytes, bytes], as_of: int = JANUARY) -> None:
    with suppress(_DeliberateError), store.write() as writer:
        writer.put(list(entries), list(entries.values()), as_of)
        raise _DeliberateError


async def _aread(store: _Store, questions: list[list[bytes]]) -> list[list[bytes | None]]:
    """All questions at once; in threads, if the store reads in no other way."""
    if isinstance(store, _SupportsAsyncRead):
        return await asyncio.gather(*[store.aread(keys) for keys in questions])
    return await asyncio.gather(*[asyncio.to_thread(store.read, keys) for keys in questions])
