"""How long keys and blobs may be: the same on every store.

The limits are far below what any one store takes (SQLite a gigabyte a row; Redis 512 MB a value,
and a value there holds two versions), so that what was tried on one can be served from another.
"""

from __future__ import annotations

from collections.abc import Sequence

from onedag.errors import StoreError

__all__ = ["BLOB_LIMIT", "KEY_LIMIT", "refuse_long_keys", "refuse_too_long", "shortened"]

KEY_LIMIT = 1 << 16
"""Bytes of a key, at most: 64 KiB."""

BLOB_LIMIT = 1 << 26
"""Bytes of a blob, at most: 64 MiB."""

SHOWN = 40


def refuse_too_long(keys: Sequence[bytes], blobs: Sequence[bytes]) -> None:
    """Refuse what no store takes, before anything of it is written.

    Raises:
        StoreError: a key or a blob is too long.
        ValueError: there aren't as many blobs as keys.
    """
    refuse_long_keys(keys)
    if len(keys) != len(blobs):
        raise ValueError(f"A put has one blob for each key, not {len(blobs)} for {len(keys)}.")
    if blobs and max(map(len, blobs)) > BLOB_LIMIT:
        key, blob = next(
            pair for pair in zip(keys, blobs, strict=True) if len(pair[1]) > BLOB_LIMIT
        )
        raise StoreError(
            f"The value of key {shortened(key)} is {len(blob):,} bytes long, and a store takes "
            f"{BLOB_LIMIT:,}. Nothing of this write is visible. Store less for each key."
        )


def refuse_long_keys(keys: Sequence[bytes]) -> None:
    """Refuse keys that no store takes.

    Raises:
        StoreError: a key is too long.
    """
    if keys and max(map(len, keys)) > KEY_LIMIT:
        key = next(key for key in keys if len(key) > KEY_LIMIT)
        raise StoreError(
            f"The key {shortened(key)} is {len(key):,} bytes long, and a store takes "
            f"{KEY_LIMIT:,}. Nothing of this write is visible. Look into that entity's join keys: "
            f"is one of them free text, or another column?"
        )


def shortened(key: bytes) -> str:
    """The start of a key: enough to find it by, not all that it says."""
    text = key[:SHOWN].decode(errors="backslashreplace")
    return f"{text!r}{'…' if len(key) > SHOWN else ''}"
