"""`Tracing`: a span for each request, and below it what its batch did.

    POST /v1/services/buys/predict      one request, below the caller's span
    ├── queue                           it waits for the batch before its own
    └── batch                           what was answered together, linked to each request
        ├── store
        ├── functions
        └── model

Requests that are answered together share one batch span. It hangs below the first of them that is
traced, and the others have a link to it. No span tells what a request carries: no key, no field, no
value, no text of an error.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cache
from random import random
from typing import cast

from opentelemetry import propagate, trace
from opentelemetry.context import Context, get_current
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, TracerProvider
from starlette.types import Scope

from online_api.asked import Asked
from online_api.metrics.values import statuses_of
from online_api.observing import Batch, Call, Place, path_of

__all__ = ["Tracing"]

_NO_CONTEXT = Context()
SERVER_ERROR = 500


class Tracing:
    """An `Observer` that makes spans.

    Args:
        provider: of the tracer; it decides which requests are sampled, and where spans go.
        share: of the requests that nobody has decided on, so many are put to it. A span that isn't
            sampled costs as much as all metrics of a request, and one that isn't asked for nothing.
    """

    def __init__(self, provider: TracerProvider, share: float = 1.0) -> None:
        self._share = share
        self._tracer = trace.get_tracer("onedag", tracer_provider=provider)
        self._propagator = propagate.get_global_textmap()
        self._fields = frozenset(name.encode() for name in self._propagator.fields)

    def began(self, call: Call, scope: Scope) -> None:
        """As `Observer`."""
        context = self._context(scope)
        if not _has_span(context) and random() >= self._share:
            return
        name, attributes = _about(call.place)
        span = self._tracer.start_span(name, context, SpanKind.SERVER, attributes)
        if span.is_recording():
            call.span = span

    def ended(self, call: Call) -> None:
        """As `Observer`."""
        if call.span is None:
            return
        span = cast(Span, call.span)
        span.set_attribute("http.response.status_code", int(call.status))
        span.set_attribute("onedag.rows", call.rows)
        if call.run_id is not None:
            span.set_attribute("onedag.run_id", call.run_id)
        if call.error is not None:
            span.set_attribute("error.type", call.error)
        if call.status >= SERVER_ERROR:
            span.set_status(StatusCode.ERROR)
        span.end()

    def answered(self, batch: Batch) -> None:
        """As `Observer`."""
        traced = [asked for asked in batch.asked if asked.call.span is not None]
        if traced:
            _Recording(self._tracer, batch, traced).record()

    def _context(self, scope: Scope) -> Context | None:
        """What a middleware, or the caller, says of a request; None if nothing."""
        if trace.get_current_span() is not trace.INVALID_SPAN:
            return get_current()
        if not any(name in self._fields for name, _ in scope["headers"]):
            return None
        context = self._propagator.extract(scope, _NO_CONTEXT, _HEADERS)
        return None if trace.get_current_span(context) is trace.INVALID_SPAN else context


def _has_span(context: Context | None) -> bool:
    """Whether there is a span above, so that somebody has decided.

    Headers may hold none: baggage alone, which gateways send with each request, or a
    ``traceparent`` that can't be read.
    """
    return context is not None and trace.get_current_span(context).get_span_context().is_valid


@cache
def _about(place: Place) -> tuple[str, Mapping[str, str]]:
    """The name of a request's span, and its first attributes."""
    path, method = path_of(place), "POST"
    about = {"http.request.method": method, "http.route": path, "onedag.service": place[0]}
    return f"{method} {path}", about


class _Headers(Getter[Scope]):
    """Reads the headers of an ASGI request."""

    def get(self, carrier: Scope, key: str) -> list[str] | None:
        wanted = key.lower().encode()
        found = [value.decode("latin-1") for name, value in carrier["headers"] if name == wanted]
        return found or None

    def keys(self, carrier: Scope) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier["headers"]]


_HEADERS = _Headers()


class _Recording:
    """The spans of one batch, made once it is over.

    Args:
        tracer: makes them.
        batch: all of it.
        traced: those of its requests that are traced, at least one.
    """

    def __init__(self, tracer: trace.Tracer, batch: Batch, traced: Sequence[Asked]) -> None:
        self._tracer = tracer
        self._batch = batch
        self._traced = traced
        self._spans = [cast(Span, asked.call.span) for asked in traced]
        self._zero_ns = time.time_ns() - time.perf_counter_ns()

    def record(self) -> None:
        """Make all spans."""
        for asked, span in zip(self._traced, self._spans, strict=True):
            self._span("queue", span, asked.since, self._batch.began)
        first, *others = self._spans
        batch = self._start_batch(first)
        for stage, begin, end in self._batch.stages():
            self._span(stage, batch, begin, end)
        batch.end(self._at(self._batch.ended))
        for span in others:
            if span.is_recording():  # else its request was given up before
                span.add_link(batch.get_span_context())

    def _start_batch(self, parent: Span) -> Span:
        batch = self._batch
        attributes: dict[str, str | int] = {
            "onedag.service": batch.service,
            "onedag.batch.requests": len(batch.asked),
            "onedag.batch.rows": batch.rows,
            "onedag.store_failures": batch.store_failures,
        }
        for vectors in batch.vectors:
            attributes["onedag.run_id"] = vectors.run_id
            for status, count in statuses_of(vectors).items():
                name = f"onedag.values.{status.lower()}"
                attributes[name] = cast(int, attributes.get(name, 0)) + count
        return self._tracer.start_span(
            "batch",
            trace.set_span_in_context(parent, _NO_CONTEXT),
            attributes=attributes,
            links=[Link(span.get_span_context()) for span in self._spans],
            start_time=self._at(batch.began),
        )

    def _span(self, name: str, parent: Span, begin: float, end: float) -> None:
        context = trace.set_span_in_context(parent, _NO_CONTEXT)
        self._tracer.start_span(name, context, start_time=self._at(begin)).end(self._at(end))

    def _at(self, seconds: float) -> int:
        """A moment on the clock of `time.perf_counter`, in nanoseconds since 1970."""
        return self._zero_ns + int(seconds * 1e9)
