"""``/metrics`` for Prometheus: what is counted, under which names, and the route.

`tally` and `values` count, on the path of every request; `names` has the metrics themselves, which
are brought up to date when they are asked for.
"""

from online_api.metrics.observer import Metrics
from online_api.metrics.route import metrics_router, sharing

__all__ = ["Metrics", "metrics_router", "sharing"]
