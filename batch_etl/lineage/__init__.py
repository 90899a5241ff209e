"""The lineage of a project on the command line: asked, and drawn in the form that was asked for."""

from batch_etl.lineage.forms import FORMS, draw, form_of
from batch_etl.lineage.whole import Whole, lineage_of, whole_lineage

__all__ = ["FORMS", "Whole", "draw", "form_of", "lineage_of", "whole_lineage"]
