"""An audit as one HTML file that needs nothing else: for people who don't read code."""

from __future__ import annotations

from onedag.audit import Audit
from onedag.audit.words import ORIGINS, in_words, type_in_words
from onedag.lineage import LOOKS, NodeKind
from onedag.pages.graph import graph_part
from onedag.pages.histogram import picture_of
from onedag.pages.render import render
from onedag.pages.statistics import STATUSES, facts_of

__all__ = ["audit_page"]

_KINDS = (
    NodeKind.COLUMN,
    NodeKind.MAPPED,
    NodeKind.STORED,
    NodeKind.REQUEST,
    NodeKind.FITTED,
    NodeKind.COMPUTED,
)


def audit_page(audit: Audit) -> str:
    """The document. It opens from a disk without a network, and prints.

    Args:
        audit: all that it says.
    """
    lineage = audit.lineage
    return render(
        "audit.html",
        audit=audit,
        graph=graph_part(lineage, title=f"What {audit.service} is made of"),
        kinds={kind: (LOOKS[kind].said, ORIGINS[kind]) for kind in _KINDS},
        statuses=STATUSES,
        picture_of=picture_of,
        facts_of=facts_of,
        in_words=in_words,
        type_in_words=type_in_words,
    )
