"""Test features both ways: a few rows of history and a few requests, in batch and online.

pytest finds the fixture `both_ways` by itself (`drivers.pytest_plugin`); `both_ways` here is the
same as a function, for other test runners.
"""

from drivers.testing.both_ways import BothWays, both_ways
from drivers.testing.features import Features
from drivers.testing.rows import Rows

__all__ = ["BothWays", "Features", "Rows", "both_ways"]
