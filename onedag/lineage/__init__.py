"""Lineage: what every feature comes from, back to the columns of sources."""

from onedag.lineage.build import project_lineage, service_lineage
from onedag.lineage.collapse import By, collapsed, collapsed_to_fit
from onedag.lineage.dead import dead_functions, dead_nodes
from onedag.lineage.document import from_json, to_json
from onedag.lineage.dot import to_dot
from onedag.lineage.impact import Impact, impact_of
from onedag.lineage.looks import BOUNDARY, LOOKS, Look, legend
from onedag.lineage.mermaid import to_mermaid
from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.lineage.paths import Paths, paths_between
from onedag.lineage.personal import personal_nodes
from onedag.lineage.pii import PII, PiiFlow, flows_of, personal_names, pii_flows
from onedag.lineage.reads import ReadFeature, ReadField, ReadView, ServiceReads, reads_of
from onedag.lineage.tree import TreeLine, described, roots_of, to_tree, tree_lines
from onedag.lineage.uses import Use, uses_of

__all__ = [
    "BOUNDARY",
    "LOOKS",
    "PII",
    "By",
    "Impact",
    "Lineage",
    "LineageNode",
    "Look",
    "NodeKind",
    "Paths",
    "PiiFlow",
    "ReadFeature",
    "ReadField",
    "ReadView",
    "ServiceReads",
    "TreeLine",
    "Use",
    "collapsed",
    "collapsed_to_fit",
    "dead_functions",
    "dead_nodes",
    "described",
    "flows_of",
    "from_json",
    "impact_of",
    "legend",
    "paths_between",
    "personal_names",
    "personal_nodes",
    "pii_flows",
    "project_lineage",
    "reads_of",
    "roots_of",
    "service_lineage",
    "to_dot",
    "to_json",
    "to_mermaid",
    "to_tree",
    "tree_lines",
    "uses_of",
]
