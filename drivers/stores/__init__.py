"""Where the values for serving are kept. `open_store` turns a URL into a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from drivers.stores.base import Store, Writer
from onedag.errors import ConfigurationError

__all__ = ["Store", "Writer", "open_store"]

FORMS = (
    "memory://",
    "sqlite:///relative/path.db",
    "sqlite:////absolute/path.db",
    "redis://host:port/0?namespace=onedag",
    "rediss://host:port/0?namespace=onedag",
)


def open_store(url: str, root: Path) -> Store:
    """The store that a URL names. Nothing is connected to or created yet.

    Args:
        url: ``memory://``, ``sqlite:///relative/path.db``, ``sqlite:////absolute/path.db``,
            ``redis://host:port/db?namespace=name`` or the same with ``rediss://`` for TLS.
        root: the folder that relative paths start from.

    Raises:
        ConfigurationError: the URL has another scheme, or its form isn't one of these.

    >>> type(open_store("memory://", Path("."))).__name__
    'MemoryStore'
    """
    scheme, separator, rest = url.partition("://")
    match scheme if separator else "":
        case "memory":
            return _memory(rest)
        case "sqlite":
            return _sqlite(rest, root)
        case "redis" | "rediss":
            return _redis(url)
        case other:
            raise _refused(f"has the scheme {other!r}" if other else "has no scheme")


def _memory(rest: str) -> Store:
    from drivers.stores.memory import MemoryStore

    if rest:
        raise _refused("has something after 'memory://'")
    return MemoryStore()


def _sqlite(rest: str, root: Path) -> Store:
    from drivers.stores.sqlite import SqliteStore

    if not rest.startswith("/") or rest == "/":
        raise _refused("has no path after 'sqlite:///'")
    if "?" in rest:
        raise _refused("has options, and a SQLite store takes none")
    return SqliteStore(root / rest[1:])


def _redis(url: str) -> Store:
    from drivers.stores.redis import RedisStore

    address, _, query = url.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    namespace = options.pop("namespace", "onedag")
    return RedisStore(f"{address}?{urlencode(options)}" if options else address, namespace)


def _refused(what: str) -> ConfigurationError:
    # The URL itself may hold a password, so the message never shows it.
    return ConfigurationError(f"The store's URL {what}. Possible are: {', '.join(FORMS)}.")
