"""Keeping what was measured of a run: how far later rows drifted, and the skew of what it served.

It is measured by jobs, and looked at by people at another place and time. So it lies in the store
beside the run's record, and goes when that goes. Only the last measurement is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import pydantic

from drivers.stored.records import drift_key, run_key, skew_key
from drivers.stores import Store
from onedag.catalog import MeasuredDrift, MeasuredSkew
from onedag.durations import micros
from onedag.errors import NotPublished, StoreError

__all__ = ["drift_from_bytes", "keep_drift", "keep_skew", "skew_from_bytes"]

FORMAT = 1

_Measured = TypeVar("_Measured")


def keep_drift(
    store: Store, run_id: str, found: Mapping[str, MeasuredDrift], now: datetime
) -> None:
    """Keep the drift of a run's features, in place of what was measured before.

    Args:
        store: with the run.
        run_id: that later rows were compared with.
        found: by feature.
        now: what time it is.

    Raises:
        NotPublished: the store doesn't keep the run any more.
        StoreError: it can't be written.
    """
    _keep(store, run_id, drift_key(run_id), _drifts().dump_python(dict(found), mode="json"), now)


def keep_skew(store: Store, run_id: str, found: Mapping[str, MeasuredSkew], now: datetime) -> None:
    """Keep the skew of what a run served, likewise."""
    _keep(store, run_id, skew_key(run_id), _skews().dump_python(dict(found), mode="json"), now)


def drift_from_bytes(blob: bytes) -> dict[str, MeasuredDrift]:
    """The drift that `keep_drift` kept, by feature.

    Raises:
        StoreError: another version of the format, or damaged.
    """
    return _read(blob, _drifts())


def skew_from_bytes(blob: bytes) -> dict[str, MeasuredSkew]:
    """The skew that `keep_skew` kept, by feature.

    Raises:
        StoreError: another version of the format, or damaged.
    """
    return _read(blob, _skews())


def _keep(
    store: Store, run_id: str, key: bytes, features: Mapping[str, Any], now: datetime
) -> None:
    content = {"format": FORMAT, "features": features}
    with store.write() as writer:
        [record] = store.read([run_key(run_id)])
        if record is None:
            raise NotPublished(
                f"Run {run_id} isn't kept in the store, so nothing can be kept of it. The store "
                f"keeps the last runs of each service; measure the one that is served."
            )
        writer.put([key], [json.dumps(content).encode()], micros(now))


def _read(blob: bytes, adapter: pydantic.TypeAdapter[dict[str, _Measured]]) -> dict[str, _Measured]:
    try:
        content = json.loads(blob)
        found = content.get("format") if isinstance(content, dict) else None
        if found == FORMAT:
            return adapter.validate_python(content["features"])
    except (ValueError, KeyError) as error:
        raise StoreError(f"It is damaged: {error}") from error
    raise StoreError(f"It has format {found!r}; this version of onedag reads format {FORMAT}.")


@cache
def _drifts() -> pydantic.TypeAdapter[dict[str, MeasuredDrift]]:
    return pydantic.TypeAdapter(dict[str, MeasuredDrift])


@cache
def _skews() -> pydantic.TypeAdapter[dict[str, MeasuredSkew]]:
    return pydantic.TypeAdapter(dict[str, MeasuredSkew])
