"""Requests that arrive together: what is answered together, and what each gets of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from online_api import create_app
from online_api.limits import Limits
from tests.online_api.gates import GatedStore
from tests.online_api.shop import Shop

FEATURES = "/v1/services/buys/features"
PREDICT = "/v1/services/buys/predict"
TESTED = "/v1/services/tests_items/features"
STEP_S = 0.001
PATIENCE_S = 30.0


class Served:
    """An app on a gated store, in the event loop of the test."""

    def __init__(self, app: FastAPI, store: GatedStore, http: httpx.AsyncClient) -> None:
        self.app = app
        self.store = store
        self.http = http

    def ask(self, path: str, *rows: dict[str, Any]) -> asyncio.Task[httpx.Response]:
        return asyncio.create_task(self.http.post(path, json={"rows": rows}))

    async def until_waiting(self, rows: int, service: str = "buys") -> None:
        """Until so many rows are in the queue."""
        coalescer = self.app.state.serving.queues[service]
        async with asyncio.timeout(PATIENCE_S):
            while coalescer._rows != rows:
                await asyncio.sleep(STEP_S)

    async def hold(self, path: str = FEATURES) -> asyncio.Task[httpx.Response]:
        """A request whose batch runs and stays at the store."""
        self.store.shut()
        reads = len(self.store.reads)
        held = self.ask(path, row(1))
        async with asyncio.timeout(PATIENCE_S):
            while len(self.store.reads) == reads:
                await asyncio.sleep(STEP_S)
        return held


def row(customer: int = 1, **fields: Any) -> dict[str, Any]:
    return {"customer_id": customer, "basket": 25.0 + customer, **fields}


@asynccontextmanager
async def serving(shop: Shop, store: GatedStore, **limits: Any) -> AsyncIterator[Served]:
    limits = {"deadline": timedelta(seconds=PATIENCE_S), **limits}
    app = create_app(shop.project, store=store, clock=shop.clock, limits=Limits(**limits))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as http,
    ):
        yield Served(app, store, http)


@pytest.fixture
def store(shop: Shop) -> GatedStore:
    gated = GatedStore()
    shop.write_model(shop.publish(store=gated))
    shop.publish("tests_items", store=gated)
    return gated


def run(
    shop: Shop, store: GatedStore, test: Callable[[Served], Awaitable[None]], **limits: Any
) -> None:
    async def whole() -> None:
        async with serving(shop, store, **limits) as served:
            await served.http.post(FEATURES, json={"rows": [row()]})
            await served.http.post(TESTED, json={"rows": [row()]})
            store.reads.clear()
            await test(served)

    asyncio.run(whole())


def centred(answer: httpx.Response) -> list[float]:
    return [each["basket_centred"] for each in answer.json()["rows"]]


def test_what_waits_is_read_at_once_and_each_gets_its_own(shop, store):
    async def test(served: Served) -> None:
        first = await served.hold()
        asked = [served.ask(FEATURES, row(n), row(n + 10)) for n in range(2, 8)]
        await served.until_waiting(12)
        store.open()
        assert centred(await first) == [-24.0]
        for n, task in enumerate(asked, start=2):
            assert centred(await task) == [-25.0 + n, -15.0 + n]
        assert len(store.reads) == 2

    run(shop, store, test)


def test_what_arrives_at_once_is_one_batch(shop, store):
    async def test(served: Served) -> None:
        answers = await asyncio.gather(*[served.ask(FEATURES, row(n)) for n in range(5)])
        assert [centred(answer) for answer in answers] == [[-25.0 + n] for n in range(5)]
        assert len(store.reads) < 5

    run(shop, store, test)


def test_features_and_predictions_share_a_batch(shop, store):
    async def test(served: Served) -> None:
        alone = (await served.ask(PREDICT, row(1), row(2))).json()
        first = await served.hold()
        asked = [served.ask(PREDICT, row(2), row(1)), served.ask(FEATURES, row(3))]
        asked.append(served.ask(PREDICT + "?statuses=true&features=true", row(1)))
        await served.until_waiting(4)
        store.open()
        await first
        backwards, features, both = [(await task).json() for task in asked]
        assert backwards["predictions"] == alone["predictions"][::-1]
        assert "predictions" not in features
        assert "rows" not in backwards
        assert features["rows"][0]["basket_centred"] == -22.0
        assert both["predictions"] == alone["predictions"][:1]
        assert both["statuses"][0]["spent_7d"] == "PRESENT"
        assert both["rows"][0]["spent_7d"] == 30.5

    run(shop, store, test)


def test_a_batch_is_bounded_and_no_request_is_split(shop, store):
    async def test(served: Served) -> None:
        first = await served.hold()
        asked = [served.ask(FEATURES, *[row(n)] * size) for n, size in enumerate([2, 2, 5, 1])]
        await served.until_waiting(10)
        store.open()
        await first
        sizes = [len((await task).json()["rows"]) for task in asked]
        assert sizes == [2, 2, 5, 1]
        assert len(store.reads) == 1 + 3  # 2 with 2, 5 by itself, 1

    run(shop, store, test, max_batch_rows=4)


def test_without_coalescing_each_is_read_by_itself(shop, store):
    async def test(served: Served) -> None:
        first = await served.hold()
        asked = [served.ask(FEATURES, row(n)) for n in range(3)]
        store.open()
        answers = await asyncio.gather(first, *asked)
        assert [centred(answer) for answer in answers] == [[-24.0], [-25.0], [-24.0], [-23.0]]
        assert len(store.reads) == 4

    run(shop, store, test, coalesce=False)


@pytest.mark.parametrize("bad", [0, 3, 6])
def test_an_error_of_one_does_not_fail_its_neighbours(shop, store, bad, caplog):
    async def test(served: Served) -> None:
        first = await served.hold(TESTED)
        asked = [
            served.ask(TESTED, row(n, items=101 if n == bad else n, coupon=str(n)))
            for n in range(7)
        ]
        await served.until_waiting(7, "tests_items")
        store.open()
        await first
        answers = [await task for task in asked]
        assert len(store.reads) == 2  # the first one's, and that of all others
        assert [a.status_code for a in answers] == [500 if n == bad else 200 for n in range(7)]
        assert answers[bad].json()["error"]["type"] == "FunctionError"
        (logged,) = [record for record in caplog.records if record.exc_info]
        assert "FunctionError" not in logging.Formatter().formatException(logged.exc_info)
        for n, answer in enumerate(answers):
            if n != bad:
                (only,) = answer.json()["rows"]
                assert (only["tested"], only["coupon"]) == (n + 1, str(n))

    run(shop, store, test)


def test_a_service_without_a_model_still_gives_features_in_a_joint_batch(shop, store):
    async def test(served: Served) -> None:
        first = await served.hold(TESTED)
        predict = served.ask("/v1/services/tests_items/predict", row(1))
        features = served.ask(TESTED, row(2))
        await served.until_waiting(2, "tests_items")
        store.open()
        await first
        assert (await predict).json()["error"]["type"] == "NoModel"
        assert (await features).status_code == 200
        assert len(store.reads) == 2  # what has no model isn't tried again

    run(shop, store, test)


def test_a_store_that_is_down_is_asked_once_for_all(shop, store):
    async def test(served: Served) -> None:
        first = await served.hold()
        asked = [served.ask(FEATURES, row(n)) for n in range(4)]
        await served.until_waiting(4)
        store.down = True
        store.open()
        answers = [await task for task in (first, *asked)]
        assert {answer.status_code for answer in answers} == {503}
        assert all(answer.headers["retry-after"] == "1" for answer in answers)
        assert {answer.json()["error"]["type"] for answer in answers} == {"StoreUnavailable"}
        assert len(store.reads) == 2

    run(shop, store, test)


def test_a_full_queue_says_so_and_health_does_not_mind(shop, store):
    async def test(served: Served) -> None:
        first = await served.hold()
        waiting = served.ask(FEATURES, row(1), row(2), row(3))
        await served.until_waiting(3)
        refused = await served.ask(FEATURES, row(4), row(5))
        ready, health = await served.http.get("/readyz"), await served.http.get("/healthz")
        store.open()
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        error = refused.json()["error"]
        assert error["type"] == "Overloaded"
        assert "Service 'buys' has 3 rows waiting" in error["message"]
        assert "at most 4" in error["message"]
        assert (ready.status_code, health.status_code) == (200, 200)
        assert [(await first).status_code, (await waiting).status_code] == [200, 200]
        assert (await served.ask(FEATURES, row(4), row(5))).status_code == 200

    run(shop, store, test, max_waiting_rows=4)


def test_a_request_larger_than_the_queue_is_answered_when_nobody_waits(shop, store):
    async def test(served: Served) -> None:
        assert (await served.ask(FEATURES, *[row()] * 5)).status_code == 200

    run(shop, store, test, max_waiting_rows=4)


def test_a_store_that_hangs_is_named_before_the_deadline(shop, store):
    async def test(served: Served) -> None:
        held = await served.hold()
        queued = served.ask(FEATURES, row(2))
        answers = [await held, await queued]
        for answer in answers:
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            assert "'buys'" in answer.json()["error"]["message"]
        error = answers[0].json()["error"]
        assert error["type"] == "StoreUnavailable"
        assert "customer_orders" in error["message"]
        store.open()
        assert (await served.ask(FEATURES, row(2))).status_code == 200

    run(shop, store, test, deadline=timedelta(seconds=0.5))


def test_a_deadline_in_the_queue_says_what_was_waited_for(shop, store):
    async def test(served: Served) -> None:
        coalescer = served.app.state.serving.queues["buys"]
        gate = asyncio.Event()
        work, coalescer._work = coalescer._work, lambda batch, time: gate.wait()
        running = served.ask(FEATURES, row(1))
        await served.until_waiting(0)
        queued = served.ask(FEATURES, row(2))
        answer = await queued
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        error = answer.json()["error"]
        assert error["type"] == "DeadlineExceeded"
        assert "didn't answer within 0.5 s" in error["message"]
        assert "waits for the batch before it" in error["message"]
        assert coalescer._rows == 0
        assert not coalescer._queue
        assert (await running).status_code == 503
        coalescer._work = work
        gate.set()
        assert (await served.ask(FEATURES, row(3))).status_code == 200

    run(shop, store, test, deadline=timedelta(seconds=0.5))


def test_a_body_that_does_not_come_is_not_waited_for(shop, store):
    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"rows": ['
        await asyncio.sleep(PATIENCE_S)

    async def test(served: Served) -> None:
        json = {"content-type": "application/json"}
        answer = await served.http.post(FEATURES, content=slowly(), headers=json)
        assert answer.status_code == 408
        assert answer.headers["connection"] == "close"
        error = answer.json()["error"]
        assert error["type"] == "BodyTooSlow"
        assert "body: not there within 0.2 s" in error["message"]
        assert (await served.ask(FEATURES, row(1))).status_code == 200

    run(shop, store, test, deadline=timedelta(seconds=0.2))


def test_the_time_that_a_body_takes_is_part_of_the_deadline(shop, store):
    async def late() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.3)
        yield b'{"rows": [{"customer_id": 2, "basket": 1.0}]}'

    async def test(served: Served) -> None:
        first = await served.hold()
        started = time.monotonic()
        json = {"content-type": "application/json"}
        answer = await served.http.post(FEATURES, content=late(), headers=json)
        assert answer.status_code == 503
        assert 0.3 < time.monotonic() - started < 0.75
        await first

    run(shop, store, test, deadline=timedelta(seconds=0.5))


def test_a_cancelled_handler_leaves_the_queue(shop, store):
    async def test(served: Served) -> None:
        first = await served.hold()
        gone, stays = served.ask(FEATURES, row(2), row(3)), served.ask(FEATURES, row(4))
        await served.until_waiting(3)
        gone.cancel()
        await served.until_waiting(1)
        store.open()
        assert (await first).status_code == 200
        assert centred(await stays) == [-21.0]
        keys = store.reads[-1]
        await served.ask(FEATURES, row(4))
        assert store.reads[-1] == keys  # nothing was read for the one that went

    run(shop, store, test)


def test_a_client_that_goes_leaves_the_queue(shop, store):
    async def test(served: Served) -> None:
        first = await served.hold()
        content = b'{"rows": [{"customer_id": 1, "basket": 1.0}]}'
        messages = [{"type": "http.request", "body": content}, {"type": "http.disconnect"}]
        sent: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": FEATURES,
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }
        await served.app(scope, receive, send)
        assert sent[0]["status"] == 499  # for middlewares
        await served.until_waiting(0)
        assert len(store.reads) == 1
        store.open()
        assert (await first).status_code == 200

    run(shop, store, test)


@pytest.mark.parametrize("coalesce", [True, False])
def test_a_server_that_stops_answers_all_that_waits(shop, store, coalesce):
    async def whole() -> list[httpx.Response]:
        async with serving(shop, store, coalesce=coalesce) as served:
            await served.ask(FEATURES, row(1))
            asked = [await served.hold(), served.ask(FEATURES, row(2))]
            if coalesce:
                await served.until_waiting(1)
            # The client outlives the app here, as it does over a network.
            await served.app.state.serving.stop()
            asked.append(served.ask(FEATURES, row(3)))
            return [await task for task in asked]

    answers = asyncio.run(whole())
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["error"]["type"] for answer in answers} == {"Stopped"}
