"""Snapshots: what a project defined at one moment, as plain values to keep and compare."""

from onedag.snapshots.build import snapshot_of
from onedag.snapshots.model import (
    Commit,
    Definition,
    EntitySnapshot,
    FieldSnapshot,
    FunctionSnapshot,
    ServiceSnapshot,
    Snapshot,
    SourceSnapshot,
    ViewSnapshot,
)

__all__ = [
    "Commit",
    "Definition",
    "EntitySnapshot",
    "FieldSnapshot",
    "FunctionSnapshot",
    "ServiceSnapshot",
    "Snapshot",
    "SourceSnapshot",
    "ViewSnapshot",
    "snapshot_of",
]
