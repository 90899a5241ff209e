"""A server that stops doesn't wait for a collector that hangs."""

from __future__ import annotations

import asyncio
import threading

import pytest
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

from online_api import tracing


class Hanging(SpanProcessor):
    """Keeps to no time, as the SDK's own."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.ended = threading.Event()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        self.goes_on.wait(30)
        self.ended.set()
        return True


def test_a_collector_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "FLUSH_MS", 10)
    provider, processor = TracerProvider(shutdown_on_exit=False), Hanging()
    provider.add_span_processor(processor)
    asyncio.run(tracing.flush(provider))
    assert not processor.ended.is_set()
    processor.goes_on.set()
    assert processor.ended.wait(30)
