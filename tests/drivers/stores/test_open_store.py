from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import drivers.stores
from drivers.stores import open_store
from drivers.stores.memory import MemoryStore
from drivers.stores.redis import RedisStore
from drivers.stores.sqlite import SqliteStore
from onedag.errors import ConfigurationError

MODULES = [
    "",
    ".base",
    ".limits",
    ".memory",
    ".redis",
    ".redis_connection",
    ".redis_scripts",
    ".redis_writer",
    ".sqlite",
    ".sqlite_errors",
]


def test_memory(tmp_path: Path) -> None:
    assert isinstance(open_store("memory://", tmp_path), MemoryStore)


def test_sqlite_relative_to_the_root(tmp_path: Path) -> None:
    store = open_store("sqlite:///made/here/store.db", tmp_path)
    assert isinstance(store, SqliteStore)
    assert list(tmp_path.iterdir()) == []
    with store.write() as writer:
        writer.put([b"a"], [b"1"], 0)
    store.close()
    assert (tmp_path / "made" / "here" / "store.db").is_file()


def test_sqlite_with_an_absolute_path(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}", Path("elsewhere"))
    with store.write() as writer:
        writer.put([b"a"], [b"1"], 0)
    store.close()
    assert (tmp_path / "store.db").is_file()


def test_redis_with_a_namespace(redis_url: str, tmp_path: Path) -> None:
    one = open_store(f"{redis_url}/0?namespace=open-one&socket_timeout=3", tmp_path)
    two = open_store(f"{redis_url}/0?namespace=open-two", tmp_path)
    assert isinstance(one, RedisStore)
    with one.write() as writer:
        writer.put([b"a"], [b"1"], 0)
    assert one.read([b"a"]) == [b"1"]
    assert two.read([b"a"]) == [None]
    one.close()
    two.close()


def test_nothing_is_connected_to(tmp_path: Path) -> None:
    open_store("redis://nobody.invalid:1", tmp_path).close()
    open_store("rediss://nobody.invalid:1/2?ssl_cert_reqs=none", tmp_path).close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "postgres://user:secret@host/db",
            "the scheme 'postgres'.*memory://.*sqlite:///.*redis://",
        ),
        ("store.db", "no scheme.*sqlite:///relative/path.db"),
        ("", "no scheme"),
        ("REDIS://host", "the scheme 'REDIS'"),
        ("memory://secret", "something after"),
        ("sqlite://secret.db", "no path after 'sqlite:///'"),
        ("sqlite:///", "no path"),
        ("sqlite:///secret.db?mode=ro", "takes none"),
        ("redis://:secret@host:port", "host or port"),
        ("redis://:12/secret@host", "number of a database"),
        ("redis://:se#cret@host", "host or port|number of a database"),
        ("redis://host/secret", "number of a database"),
        ("redis://host?decode_responses=1", "'decode_responses'.*socket_timeout"),
        ("redis://host?ssl_ca_certs=secret", "'ssl_ca_certs'"),
        ("redis://host?socket_timeout=soon", "socket_timeout"),
        ("redis://host?namespace=", "namespace ''"),
        ("redis://host?namespace=a:k", "namespace 'a:k'"),
    ],
)
def test_what_is_refused_and_why(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        open_store(url, tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", MODULES)
def test_exported_names_are_sorted_and_there(name: str) -> None:
    module = importlib.import_module(f"drivers.stores{name}")
    assert sorted(module.__all__) == module.__all__
    assert all(hasattr(module, exported) for exported in module.__all__)
    assert set(drivers.stores.__all__) == {"Store", "Writer", "open_store"}
