"""Where spans go and which requests are sampled, as OpenTelemetry's own variables say.

``OTEL_TRACES_EXPORTER`` names exporters (``otlp``, ``console``, ``none``), which their packages
bring; ``OTEL_EXPORTER_OTLP_ENDPOINT`` and others set them up. ``OTEL_TRACES_SAMPLER`` is the
sampler, ``OTEL_SERVICE_NAME`` the name that is shown.
"""

from __future__ import annotations

import os
from importlib.metadata import entry_points

from opentelemetry import trace
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
    OTEL_TRACES_SAMPLER,
    OTEL_TRACES_SAMPLER_ARG,
)
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import DEFAULT_ON

from onedag.errors import ConfigurationError

__all__ = ["provided"]

SHARE = 0.01
"""Of the requests that no caller has decided on, unless ``OTEL_TRACES_SAMPLER`` is set."""

_RATIO = "parentbased_traceidratio"

_EXPORTER = "OTEL_TRACES_EXPORTER"
_GROUP = "opentelemetry_traces_exporter"
_PROTOCOLS = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}


def provided() -> tuple[trace.TracerProvider, float]:
    """The process's own provider, if somebody has set one; else one as the environment says.

    Returns:
        The provider, and the share of requests that are put to it: what a ratio would leave of
        those that nobody has decided on is drawn beforehand, which costs next to nothing.

    Raises:
        ConfigurationError: an exporter isn't installed, or the share is none.
    """
    present = trace.get_tracer_provider()
    if not isinstance(present, trace.ProxyTracerProvider):
        return present, 1.0
    share = _share()
    sampler = None if share is None else DEFAULT_ON  # without one the SDK reads the environment
    provider = TracerProvider(sampler=sampler, resource=_resource())
    named = os.environ.get(_EXPORTER, "otlp").split(",")
    for name in filter(None, map(str.strip, named)):
        if name != "none":
            provider.add_span_processor(BatchSpanProcessor(_exporter(name)))
    return provider, 1.0 if share is None else share


def _share() -> float | None:
    """What is sampled of the requests that nobody has decided on; None for another sampler."""
    named = os.environ.get(OTEL_TRACES_SAMPLER)
    if not named:
        return SHARE
    if named.lower() != _RATIO:
        return None
    text = os.environ.get(OTEL_TRACES_SAMPLER_ARG) or "1"
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ConfigurationError(
            f"{OTEL_TRACES_SAMPLER_ARG} is {text!r}: give the share of requests to trace, 0 to 1."
        )
    return share


def _resource() -> Resource:
    named = Resource.create()
    if str(named.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return named.merge(Resource({SERVICE_NAME: "onedag"}))
    return named


def _exporter(name: str) -> SpanExporter:
    sought = _of_protocol() if name == "otlp" else name
    there = {point.name: point for point in entry_points(group=_GROUP)}
    if sought not in there:
        raise ConfigurationError(
            f"{_EXPORTER} asks for {name!r}, and no package here brings an exporter {sought!r}; "
            f"there are {', '.join(sorted(there))} and none. For otlp over HTTP: "
            f"`pip install opentelemetry-exporter-otlp-proto-http`."
        )
    exporter: SpanExporter = there[sought].load()()
    return exporter


def _of_protocol() -> str:
    protocol = os.environ.get(OTEL_EXPORTER_OTLP_TRACES_PROTOCOL) or os.environ.get(
        OTEL_EXPORTER_OTLP_PROTOCOL, "http/protobuf"
    )
    if protocol not in _PROTOCOLS:
        raise ConfigurationError(
            f"{OTEL_EXPORTER_OTLP_PROTOCOL} is {protocol!r}; choose {' or '.join(_PROTOCOLS)}."
        )
    return _PROTOCOLS[protocol]
