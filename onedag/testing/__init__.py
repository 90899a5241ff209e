"""What a user's tests import: the contracts of stores and engines, a real Redis, the oracle.

Needs pytest and hypothesis, which ``pip install 'onedag[dev]'`` brings.

Features are tested with pytest's fixture ``both_ways``, for which nothing is imported. It runs the
drivers, so it lives with them (`drivers.testing`).
"""

import pytest

# Their asserts then explain themselves in a user's test run too.
pytest.register_assert_rewrite("onedag.testing.engines", "onedag.testing.stores")

from onedag.testing.engines import EngineContract  # noqa: E402
from onedag.testing.redis import redis_server  # noqa: E402
from onedag.testing.stores import StoreContract  # noqa: E402

__all__ = ["EngineContract", "StoreContract", "redis_server"]
