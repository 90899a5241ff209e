"""The words of pages for what the model has short names for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from onedag.lineage import NodeKind

__all__ = ["OF_PLAN", "ORIGINS", "SAID_KINDS", "SAID_PLACES"]

ORIGINS: Mapping[str, str] = MappingProxyType(
    {
        NodeKind.COLUMN: "column",
        NodeKind.MAPPED: "per source row",
        NodeKind.STORED: "stored",
        NodeKind.REQUEST: "request",
        NodeKind.FITTED: "fitted",
        NodeKind.COMPUTED: "computed",
        NodeKind.SERVICE: "service",
        NodeKind.MODEL: "model",
    }
)
"""How a value comes about, as short as a badge."""

OF_PLAN: Mapping[str, NodeKind] = MappingProxyType(
    {
        "request": NodeKind.REQUEST,
        "store": NodeKind.STORED,
        "fitted": NodeKind.FITTED,
        "computed": NodeKind.COMPUTED,
    }
)
"""The kinds of node by the planner's words for origins."""

SAID_PLACES: Mapping[str, str] = MappingProxyType(
    {
        NodeKind.COLUMN: "a column",
        NodeKind.MAPPED: "computed for each row",
        NodeKind.STORED: "stored",
        NodeKind.REQUEST: "given by the request",
        NodeKind.FITTED: "fitted with the run",
        NodeKind.COMPUTED: "computed for the request",
    }
)
"""Where a value is computed, before the name of the place."""

SAID_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "row": "function of a row",
        "fitted": "fitted value",
        "latest": "stored: newest value",
        "aggregate": "stored: window",
        "column": "column that is looked up",
        "field": "field of a request",
    }
)
"""What a feature is (`onedag.catalog.FeatureFacts.kind`)."""
