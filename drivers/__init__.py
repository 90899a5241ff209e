"""The two drivers: `BatchDriver` over history, `OnlineDriver` over a store.

What is named here is imported when it is first asked for, so that a server doesn't load DuckDB.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drivers.batch import BatchDriver
    from drivers.frames import TrainingFrame
    from drivers.online import OnlineDriver
    from drivers.serving.vectors import FeatureVectors

__all__ = ["BatchDriver", "FeatureVectors", "OnlineDriver", "TrainingFrame"]

_HOMES = {
    "BatchDriver": "drivers.batch",
    "FeatureVectors": "drivers.serving.vectors",
    "OnlineDriver": "drivers.online",
    "TrainingFrame": "drivers.frames",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
