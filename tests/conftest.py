"""What the tests of every folder may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from onedag.testing import redis_server

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real server for the whole session; each test takes a namespace of its own."""
    with redis_server() as url:
        yield url
