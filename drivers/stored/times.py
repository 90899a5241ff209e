"""Moments as integers and as datetimes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["moment_of"]


def moment_of(microseconds: int) -> datetime:
    """The moment, aware UTC, that is so many microseconds after 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
