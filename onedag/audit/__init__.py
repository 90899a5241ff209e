"""An audit: what an auditor is told of one service's model, made from a catalog and a snapshot.

What is described is the code that the model was trained with, as the registry kept it.
"""

from onedag.audit.build import Subject, audit_of
from onedag.audit.document import FORMAT, to_document
from onedag.audit.lineage import recorded_lineage
from onedag.audit.model import Audit

__all__ = ["FORMAT", "Audit", "Subject", "audit_of", "recorded_lineage", "to_document"]
