"""What it will take to materialize a view, told from a short sample, and what it took.

`sampling` computes a view on some rows of its source; `model` is what follows for all of them;
`kept` keeps estimates in the registry's folder, beside what the materialization took.
"""

from drivers.estimates.estimating import estimate_views
from drivers.estimates.kept import Estimates
from drivers.estimates.model import Cost, Estimate

__all__ = ["Cost", "Estimate", "Estimates", "estimate_views"]
