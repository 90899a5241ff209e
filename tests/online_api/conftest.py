"""What the tests of the API ask for."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.online_api.shop import Client, Shop, running


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path, "shop_features")
    yield shop
    del sys.modules[shop.module]


@pytest.fixture
def run_app() -> Callable[[FastAPI], AbstractContextManager[Client]]:
    """Start an app, and stop it when the block ends."""
    return running


@pytest.fixture
def unused_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
