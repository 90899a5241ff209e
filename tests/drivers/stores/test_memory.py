from __future__ import annotations

import threading

import pytest

from drivers.stores.base import Store, SupportsAsyncRead
from drivers.stores.memory import MemoryStore
from onedag.testing import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


def test_it_fits_the_protocols() -> None:
    assert isinstance(MemoryStore(), Store)
    assert isinstance(MemoryStore(), SupportsAsyncRead)


def test_one_blob_for_each_key() -> None:
    store = MemoryStore()
    with pytest.raises(ValueError, match="not 1 for 2"), store.write() as writer:
        writer.put([b"a", b"b"], [b"1"], 0)
    assert store.read([b"a"]) == [None]


def test_threads_write_one_after_another() -> None:
    store = MemoryStore()

    def write(number: int) -> None:
        with store.write() as writer:
            writer.put([b"a", b"b"], [b"%d" % number] * 2, number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read([b"a", b"b"]) == [b"19", b"19"]
