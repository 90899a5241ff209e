"""The planner: where each value that a service needs comes from."""

from onedag.planner.cut import Cut, Origin, Site, cut
from onedag.planner.plan import Plan, plan, plan_view, wanted_inputs
from onedag.planner.views import StoredFeature, View, declared_views, merge_views, view_name

__all__ = [
    "Cut",
    "Origin",
    "Plan",
    "Site",
    "StoredFeature",
    "View",
    "cut",
    "declared_views",
    "merge_views",
    "plan",
    "plan_view",
    "view_name",
    "wanted_inputs",
]
