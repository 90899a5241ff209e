"""What metrics and traces cost requests: without both, with metrics, and with 1 % or all traced.

Over HTTP, each server in a process of its own, as a client sees it. And in one process, where
requests with and without alternate one by one, so that one part in a hundred can be seen. Spans are
made, kept and handed to an exporter that drops them: what sending them costs is the exporter's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from benchmarks.compared import compared, figures, servers
from benchmarks.flights_service import flights_service
from benchmarks.in_process import measure
from benchmarks.report import Check, Report, Target
from benchmarks.setting import Setting
from online_api.app import create_app

__all__ = ["run"]

WITHOUT = "neither"
METRICS = "metrics"
SOME = "metrics, 1 % traced"
SHARES = {SOME: 0.01, "metrics, all traced": 1.0}
MANY = 16
"""Connections that keep a server busy, so that its rate is what a request costs its processor."""

MOST = 1.05
"""Times the processor's time: what is left of the throughput is the inverse."""


class Dropping(SpanExporter):
    """Sends nothing."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """As if they had been sent."""
        return SpanExportResult.SUCCESS


def run(setting: Setting) -> Report:
    """Run the benchmark, with servers of its own that take turns."""
    with flights_service(setting) as service:
        environments = {WITHOUT: {"ONEDAG_METRICS": "0"}, METRICS: {}}
        environments |= {name: _traced(share) for name, share in SHARES.items()}
        with servers(service, environments) as running:
            over_http = compared(setting, service, running)
        app = partial(create_app, service.project)
        others = {METRICS: app} | {
            name: partial(app, tracer_provider=_provider(), trace_share=share)
            for name, share in SHARES.items()
        }
        alternating = measure(setting, service, partial(app, metrics=False), others)
    requests = over_http.total("requests")
    return Report(
        name="observability",
        title="predictions while they are counted and traced, one flight a request",
        size={"requests": requests},
        figures=figures(over_http, alternating),
        targets=tuple(
            target
            for name in (METRICS, SOME)
            for target in (
                Target(
                    f"times a server's processor time with neither at {MANY} connections, {name}",
                    over_http.ratio(name, MANY, "cpu"),
                    MOST,
                ),
                Target(
                    f"times the answering thread's time with neither, {name}",
                    alternating[name].thread_ratio,
                    MOST,
                ),
            )
        ),
        checks=(
            Check(
                "requests that weren't answered with a prediction",
                over_http.total("failed"),
                requests,
            ),
        ),
    )


def _provider() -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Dropping()))
    return provider


def _traced(share: float) -> dict[str, str]:
    return {
        "ONEDAG_TRACING": "1",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": str(share),
        "OTEL_TRACES_EXPORTER": "none",
    }
