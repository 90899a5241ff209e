"""How a server stands: runs, models, the age of views, and queues, whatever the store does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from drivers import BatchDriver
from online_api import create_app
from online_api.limits import Limits
from tests.online_api.gates import GatedStore
from tests.online_api.scrapes import Scrape
from tests.online_api.shop import NOW, Client, Shop

ROW = {"customer_id": 1, "basket": 25.0}
PATH = "/v1/services/buys/features"

RunApp = Callable[[FastAPI], AbstractContextManager[Client]]


def scrape(client: Client) -> Scrape:
    return Scrape.of_text(client.get("/metrics").text)


def test_the_run_that_is_served_is_told_and_the_one_before_it_isn_t(
    shop: Shop, run_app: RunApp
) -> None:
    before = shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        first = scrape(client)
        run = shop.publish(baskets=(1.0,))
        client.features("buys", ROW)
        then = scrape(client)
    (labels,) = first.all("onedag_run_info", service="buys")
    assert dict(labels)["run_id"] == before.run_id
    assert dict(labels)["snapshot"] == before.snapshot
    (labels,) = then.all("onedag_run_info", service="buys")
    assert dict(labels)["run_id"] == run.run_id


def test_a_model_is_there_or_isn_t(shop: Shop, run_app: RunApp) -> None:
    shop.write_model(shop.publish())
    shop.publish("tests_items")
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        seen = scrape(client)
    assert seen.one("onedag_model_loaded", service="buys") == 1
    assert seen.one("onedag_model_loaded", service="tests_items") == 0


def test_a_view_grows_old_until_it_is_materialized_again(shop: Shop, run_app: RunApp) -> None:
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        views = {
            dict(labels)["view"] for labels in scrape(client).all("onedag_view_freshness_seconds")
        }
        assert views == {"customer_orders"}
        assert set(scrape(client).all("onedag_view_freshness_seconds").values()) == {0}
        shop.clock.set(NOW + timedelta(hours=2))
        assert set(scrape(client).all("onedag_view_freshness_seconds").values()) == {7200}
        with BatchDriver(shop.project, clock=shop.clock) as batch:
            batch.materialize(as_of=NOW + timedelta(hours=1))
        client.features("buys", ROW)  # a request sees it
        seen = scrape(client)
    assert set(seen.all("onedag_view_freshness_seconds").values()) == {3600}
    as_of = (NOW + timedelta(hours=1)).timestamp()
    assert set(seen.all("onedag_view_as_of_timestamp_seconds").values()) == {as_of}


def test_who_asks_whether_a_server_is_ready_lets_it_see_what_is_new(
    shop: Shop, run_app: RunApp
) -> None:
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        shop.clock.set(NOW + timedelta(hours=2))
        with BatchDriver(shop.project, clock=shop.clock) as batch:
            batch.materialize(as_of=NOW + timedelta(hours=1))
        assert set(scrape(client).all("onedag_view_freshness_seconds").values()) == {7200}
        assert client.get("/readyz").status_code == 200
        assert set(scrape(client).all("onedag_view_freshness_seconds").values()) == {3600}


def test_nothing_is_said_of_what_was_never_published(shop: Shop, run_app: RunApp) -> None:
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        seen = scrape(client)
    assert not seen.all("onedag_view_freshness_seconds")
    assert not seen.all("onedag_run_info")
    assert seen.one("onedag_model_loaded", service="buys") == 0
    assert seen.one("onedag_requests_total", service="buys", route="predict", code="200") == 0


def test_an_app_that_was_never_started_shows_zeros(shop: Shop) -> None:
    app = create_app(shop.project, clock=shop.clock)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.get("/metrics")

    answer = asyncio.run(ask())
    assert answer.status_code == 200
    assert Scrape.of_text(answer.text).sum("onedag_requests_total") == 0


@asynccontextmanager
async def hanging(shop: Shop, **limits: Any) -> AsyncIterator[tuple[httpx.AsyncClient, GatedStore]]:
    """A client of an app whose store doesn't answer."""
    store = GatedStore()
    shop.publish(store=store)  # type: ignore[arg-type]
    app = create_app(shop.project, store=store, clock=shop.clock, limits=Limits(**limits))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        store.shut()
        try:
            yield http, store
        finally:
            store.open()


async def look(http: httpx.AsyncClient) -> Scrape:
    async with asyncio.timeout(5):
        return Scrape.of_text((await http.get("/metrics")).text)


async def ask(http: httpx.AsyncClient, rows: int = 1) -> int:
    return (await http.post(PATH, json={"rows": [ROW] * rows})).status_code


def test_a_store_that_hangs_doesn_t_keep_anybody_from_looking(shop: Shop) -> None:
    async def whole() -> None:
        async with hanging(shop, deadline=timedelta(minutes=1), max_waiting_rows=3) as (
            http,
            store,
        ):
            first = asyncio.create_task(ask(http))
            while len(store.reads) < 1:
                await asyncio.sleep(0)
            waiting = asyncio.create_task(ask(http, rows=3))
            while not (seen := await look(http)).one("onedag_queue_rows", service="buys"):
                await asyncio.sleep(0)
            assert await ask(http) == 503
            assert seen.one("onedag_queue_rows", service="buys") == 3
            assert seen.one("onedag_queue_requests", service="buys") == 1
            assert seen.one("onedag_batches_running", service="buys") == 1
            store.open()
            assert [await first, await waiting] == [200, 200]
            then = await look(http)
            assert then.one("onedag_rejected_total", service="buys", reason="overloaded") == 1
            assert then.one("onedag_errors_total", service="buys", type="Overloaded") == 1
            assert then.one("onedag_queue_rows", service="buys") == 0
            assert then.one("onedag_batches_running", service="buys") == 0

    asyncio.run(whole())


def test_a_store_that_takes_too_long_is_counted(shop: Shop) -> None:
    async def whole() -> None:
        async with hanging(shop, deadline=timedelta(seconds=0.2)) as (http, _):
            assert await ask(http) == 503
            seen = await look(http)
        # The store has the greater part of the deadline: it fails before the deadline has passed.
        assert seen.one("onedag_store_errors_total", service="buys") == 1
        assert seen.one("onedag_errors_total", service="buys", type="StoreUnavailable") == 1

    asyncio.run(whole())
