"""The catalog: all that is known of a project, for people to read."""

from onedag.catalog.model import (
    Catalog,
    MeasuredDrift,
    MeasuredSkew,
    ServedModel,
    ServedRun,
    StoredView,
)

__all__ = [
    "Catalog",
    "MeasuredDrift",
    "MeasuredSkew",
    "ServedModel",
    "ServedRun",
    "StoredView",
]
