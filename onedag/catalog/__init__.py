"""The catalog: all that is known of a project, for people to read.

`Catalog` holds it; `feature_facts`, `service_facts`, `source_facts`, `view_facts` and
`entity_facts` answer what is known of one name, and `to_json` writes an answer down. What can't be
known, such as while the store is down, is said in words and not left out.
"""

from onedag.catalog.feature import FeatureFacts, Place, TrainedValues, feature_facts
from onedag.catalog.freshness import Freshness, freshness
from onedag.catalog.index import Index
from onedag.catalog.model import (
    Catalog,
    MeasuredDrift,
    MeasuredSkew,
    ModelScore,
    ServedModel,
    ServedRun,
    StoredView,
    TestedModel,
)
from onedag.catalog.personal import without_personal
from onedag.catalog.service import ServiceFacts, ServiceFeature, service_facts
from onedag.catalog.source import SourceColumn, SourceFacts, source_facts
from onedag.catalog.view import EntityFacts, StoredValue, ViewFacts, entity_facts, view_facts
from onedag.catalog.ways import Origin, Use, origins, personal_origins, uses
from onedag.catalog.written import to_json

__all__ = [
    "Catalog",
    "EntityFacts",
    "FeatureFacts",
    "Freshness",
    "Index",
    "MeasuredDrift",
    "MeasuredSkew",
    "ModelScore",
    "Origin",
    "Place",
    "ServedModel",
    "ServedRun",
    "ServiceFacts",
    "ServiceFeature",
    "SourceColumn",
    "SourceFacts",
    "StoredValue",
    "StoredView",
    "TestedModel",
    "TrainedValues",
    "Use",
    "ViewFacts",
    "entity_facts",
    "feature_facts",
    "freshness",
    "origins",
    "personal_origins",
    "service_facts",
    "source_facts",
    "to_json",
    "uses",
    "view_facts",
    "without_personal",
]
