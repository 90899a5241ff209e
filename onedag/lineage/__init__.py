"""Lineage: what every feature comes from, back to the columns of sources."""

from onedag.lineage.model import Lineage, LineageNode, NodeKind, service_lineage
from onedag.lineage.pii import PII, PiiFlow, pii_flows
from onedag.lineage.text import to_dot, to_mermaid, to_tree

__all__ = [
    "PII",
    "Lineage",
    "LineageNode",
    "NodeKind",
    "PiiFlow",
    "pii_flows",
    "service_lineage",
    "to_dot",
    "to_mermaid",
    "to_tree",
]
