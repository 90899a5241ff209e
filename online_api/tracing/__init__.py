"""OpenTelemetry traces of requests: extra ``tracing``, off unless asked for.

An app that isn't traced imports nothing of OpenTelemetry.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from onedag.errors import ConfigurationError
from online_api.observing import Observer

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

__all__ = ["flush", "provider_from_environment", "tracing"]

FLUSH_MS = 5000


def provider_from_environment() -> tuple[TracerProvider, float]:
    """What OpenTelemetry's own variables ask for; see `online_api.tracing.providing`.

    Returns:
        The provider, and the share of requests that are put to it.

    Raises:
        ConfigurationError: OpenTelemetry isn't installed, or an exporter that is named.
    """
    try:
        from online_api.tracing.providing import provided
    except ImportError as error:
        raise ConfigurationError(
            f"Requests can't be traced: {error.name} isn't installed. Install it with "
            f"`pip install 'onedag[tracing]'`, or unset ONEDAG_TRACING."
        ) from error
    return provided()


def tracing(provider: TracerProvider, share: float) -> Observer:
    """An observer that makes spans of what it is told."""
    from online_api.tracing.observer import Tracing

    return Tracing(provider, share)


@runtime_checkable
class _SupportsFlush(Protocol):
    """A provider of the SDK; the API's doesn't say that it keeps anything."""

    def force_flush(self, timeout_millis: int = ...) -> bool:
        """Send what is kept."""


async def flush(provider: TracerProvider | None) -> None:
    """Let spans that are kept be sent: a server that is told to stop ends without Python's exit.

    It takes `FLUSH_MS` at most. The SDK's own processors don't keep to a time, and wait for a
    collector that hangs once for each part of what they keep: so the thread is left behind.
    """
    if isinstance(provider, _SupportsFlush):
        thread = threading.Thread(
            target=provider.force_flush, args=(FLUSH_MS,), name="onedag-flush", daemon=True
        )
        thread.start()
        await asyncio.to_thread(thread.join, FLUSH_MS / 1000)
