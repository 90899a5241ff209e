"""onedag: write a feature once, as a plain Hamilton function; train on it, serve it, audit it.

This package is the vocabulary: what features, sources and services are, and how a service is
planned. It reads no data; `drivers` does.
"""

from onedag.clock import Clock, FixedClock, SystemClock
from onedag.entity import Entity
from onedag.errors import OnedagError
from onedag.modifiers import aggregate, latest
from onedag.planner import Plan, plan
from onedag.project import Project
from onedag.service import FeatureService
from onedag.source import Query, Source
from onedag.status import Status

__all__ = [
    "Clock",
    "Entity",
    "FeatureService",
    "FixedClock",
    "OnedagError",
    "Plan",
    "Project",
    "Query",
    "Source",
    "Status",
    "SystemClock",
    "aggregate",
    "latest",
    "plan",
]
