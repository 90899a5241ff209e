"""Lineage: what every feature comes from, back to the columns of sources."""

from onedag.lineage.build import service_lineage
from onedag.lineage.looks import BOUNDARY, LOOKS, Look, legend
from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.lineage.pii import PII, PiiFlow, personal_names, pii_flows
from onedag.lineage.text import to_dot, to_mermaid, to_tree

__all__ = [
    "BOUNDARY",
    "LOOKS",
    "PII",
    "Lineage",
    "LineageNode",
    "Look",
    "NodeKind",
    "PiiFlow",
    "legend",
    "personal_names",
    "pii_flows",
    "service_lineage",
    "to_dot",
    "to_mermaid",
    "to_tree",
]
