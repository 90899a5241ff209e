"""Spans of real requests, as the SDK's own exporter gets them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import SpanKind, StatusCode

from drivers.stores.memory import MemoryStore
from online_api import create_app
from online_api.limits import Limits
from tests.online_api.gates import GatedStore

ROW = {"customer_id": 1, "basket": 25.0}
PATH = "/v1/services/buys/predict"
TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


class Traces:
    """A provider, and the spans that it was given."""

    def __init__(self, **settings: Any) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(**settings)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    def below(self, parent: ReadableSpan) -> list[str]:
        """The names of the spans below one, in the order of their beginnings."""
        children = [span for span in self.spans if span.parent == parent.context]
        return [span.name for span in sorted(children, key=lambda span: span.start_time)]


@pytest.fixture
def traces() -> Traces:
    return Traces()


def sent(flags: str) -> dict[str, str]:
    return {"traceparent": f"00-{TRACE}-{CALLER}-{flags}"}


def test_a_request_shows_its_batch_and_the_stages_of_that(shop, run_app, traces):
    run = shop.publish()
    shop.write_model(run)
    app = create_app(shop.project, clock=shop.clock, tracer_provider=traces.provider)
    with run_app(app) as client:
        client.predict("buys", ROW)
        client.predict("buys", ROW, {**ROW, "customer_id": 9})
    first, request = traces.named(f"POST {PATH}")
    assert request.kind is SpanKind.SERVER
    assert request.parent is None
    assert dict(request.attributes) == {
        "http.request.method": "POST",
        "http.route": PATH,
        "http.response.status_code": 200,
        "onedag.service": "buys",
        "onedag.rows": 2,
        "onedag.run_id": run.run_id,
    }
    assert traces.below(request) == ["queue", "batch"]
    batch = traces.named("batch")[1]
    assert traces.below(batch) == ["store", "functions", "model"]
    assert [link.context for link in batch.links] == [request.context]
    assert dict(batch.attributes) == {
        "onedag.service": "buys",
        "onedag.run_id": run.run_id,
        "onedag.batch.requests": 1,
        "onedag.batch.rows": 2,
        "onedag.store_failures": 0,
        "onedag.values.present": 2,
        "onedag.values.null": 0,
        "onedag.values.stale": 0,
        "onedag.values.missing": 2,
    }
    assert first.context.trace_id != request.context.trace_id
    assert request.start_time <= batch.start_time <= batch.end_time <= request.end_time


def test_the_caller_decides_whether_a_request_is_traced(shop, run_app, traces):
    shop.publish()
    app = create_app(
        shop.project, clock=shop.clock, tracer_provider=traces.provider, trace_share=0.0
    )
    with run_app(app) as client:
        client.features("buys", ROW)
        path = "/v1/services/buys/features"
        client.post(path, json={"rows": [ROW]}, headers=sent("00"))
        nonsense = {"baggage": "a=b", "traceparent": "00-0-0-01"}
        client.post(path, json={"rows": [ROW]}, headers=nonsense)
        assert traces.spans == ()
        client.post(path, json={"rows": [ROW]}, headers=sent("01"))
    (request,) = traces.named(f"POST {path}")
    assert format(request.context.trace_id, "032x") == TRACE
    assert format(request.parent.span_id, "016x") == CALLER


@pytest.mark.parametrize(
    "headers",
    [
        {"baggage": "tenant=a"},
        {"tracestate": "a=b"},
        {"traceparent": "garbage"},
        {"traceparent": f"00-{'0' * 32}-{CALLER}-01"},
    ],
)
def test_headers_without_a_span_decide_nothing(shop, run_app, traces, headers):
    shop.publish()
    app = create_app(
        shop.project, clock=shop.clock, tracer_provider=traces.provider, trace_share=0.0
    )
    with run_app(app) as client:
        path = "/v1/services/buys/features"
        assert client.post(path, json={"rows": [ROW]}, headers=headers).status_code == 200
    assert traces.spans == ()


def test_the_provider_s_sampler_decides(shop, run_app):
    shop.publish()
    traces = Traces(sampler=ParentBased(ALWAYS_OFF))
    app = create_app(shop.project, clock=shop.clock, tracer_provider=traces.provider)
    with run_app(app) as client:
        client.features("buys", ROW)
    assert traces.spans == ()


def test_a_span_of_a_middleware_is_the_parent(shop, run_app, traces):
    shop.publish()
    app = create_app(shop.project, clock=shop.clock, tracer_provider=traces.provider)
    tracer = traces.provider.get_tracer("of the user")

    @app.middleware("http")
    async def above(request, call_next):
        with tracer.start_as_current_span("above"):
            return await call_next(request)

    with run_app(app) as client:
        client.post("/v1/services/buys/features", json={"rows": [ROW]}, headers=sent("01"))
    (request,) = traces.named("POST /v1/services/buys/features")
    (outer,) = traces.named("above")
    assert request.parent.span_id == outer.context.span_id


def test_requests_that_are_answered_together_share_a_batch_that_is_linked_to_each(shop, traces):
    store = GatedStore()
    shop.publish(store=store)
    app = create_app(
        shop.project,
        store=store,
        clock=shop.clock,
        tracer_provider=traces.provider,
        limits=Limits(deadline=timedelta(minutes=1)),
    )

    async def ask(http: httpx.AsyncClient) -> int:
        return (await http.post("/v1/services/buys/features", json={"rows": [ROW]})).status_code

    async def whole() -> None:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as http,
        ):
            store.shut()
            asked = [asyncio.create_task(ask(http))]
            while not store.reads:
                await asyncio.sleep(0)
            asked += [asyncio.create_task(ask(http)) for _ in range(3)]
            while app.state.serving.queues["buys"].waiting_requests < 3:
                await asyncio.sleep(0)
            store.open()
            assert await asyncio.gather(*asked) == [200] * 4

    asyncio.run(whole())
    alone, together = sorted(traces.named("batch"), key=lambda span: span.start_time)
    assert alone.attributes["onedag.batch.requests"] == 1
    assert together.attributes["onedag.batch.requests"] == 3
    requests = traces.named("POST /v1/services/buys/features")
    linked = [s for link in together.links for s in requests if s.context == link.context]
    assert len(linked) == 3
    assert together.parent.span_id == linked[0].context.span_id
    for other in linked[1:]:
        assert [link.context for link in other.links] == [together.context]
        assert traces.below(other) == ["queue"]
    assert len(traces.named("queue")) == 4


def test_no_span_tells_what_a_request_carries(shop, run_app, traces):
    secret = {"customer_id": 73911, "basket": 8123.25, "coupon": "sesame", "items": 60617}
    shop.publish("tests_items")
    shop.publish()
    with run_app(
        create_app(shop.project, clock=shop.clock, tracer_provider=traces.provider)
    ) as client:
        assert client.features("buys", secret).status_code == 200
        assert client.features("buys", {**secret, "discount": 40917.0}).status_code == 422
        assert client.features("tests_items", secret).status_code == 500
        client.post("/v1/services/buys/features?statuses=sesame", json={"rows": [secret]})
    told = " ".join(span.to_json() for span in traces.spans)
    assert len(traces.named("batch")) == 2
    for value in (*map(str, secret.values()), "40917", "more than a cart holds"):
        assert value not in told
    assert json.loads(traces.spans[-1].to_json())["attributes"]["error.type"] == "RequestError"


def test_an_error_is_named_and_the_server_s_own_marked(shop, run_app, traces):
    shop.publish("tests_items")
    app = create_app(shop.project, clock=shop.clock, tracer_provider=traces.provider)
    with run_app(app) as client:
        client.features("tests_items", {**ROW, "items": 101})
        client.features("tests_items", {"basket": 1.0})
    failed, refused = traces.named("POST /v1/services/tests_items/features")
    assert failed.attributes["error.type"] == "FunctionError"
    assert failed.status.status_code is StatusCode.ERROR
    assert refused.attributes["http.response.status_code"] == 422
    assert refused.status.status_code is StatusCode.UNSET


def test_a_store_that_fails_is_seen_in_the_batch_of_a_request_that_was_given_up(
    shop, run_app, traces
):
    store = GatedStore()
    store.inner = MemoryStore()
    shop.publish(store=store)
    app = create_app(shop.project, store=store, clock=shop.clock, tracer_provider=traces.provider)
    with run_app(app) as client:
        store.down = True
        assert client.features("buys", ROW).status_code == 503
    (batch,) = traces.named("batch")
    assert batch.attributes["onedag.store_failures"] == 1
    assert traces.below(batch)[-2:] == ["store", "functions"]


def test_a_provider_of_the_process_is_not_used_unless_asked_for(shop, run_app, traces, monkeypatch):
    shop.publish()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", traces.provider)
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        assert client.features("buys", ROW).status_code == 200
        assert client.get("/healthz").status_code == 200
    assert traces.spans == ()  # of FastAPI's own either
