"""Health, and readiness in each state of the store."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import httpx

from drivers.stores.memory import MemoryStore
from online_api import create_app
from online_api.limits import Limits
from tests.online_api.gates import GatedStore


def test_health_says_that_the_process_is_up(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_names_the_run_and_the_model_of_each_service(shop, run_app):
    run = shop.publish()
    shop.write_model(run)
    without_model = shop.publish("tests_items")
    with run_app(create_app(shop.project)) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["services"] == {
        "buys": {"run_id": run.run_id, "model": run.run_id},
        "tests_items": {"run_id": without_model.run_id, "model": None},
    }


def test_a_service_that_was_never_published_is_not_in_the_way(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        nothing = client.get("/readyz")
        run = shop.publish()
        published = client.get("/readyz")
    assert nothing.status_code == 200
    assert nothing.json()["services"]["buys"] == {"run_id": None, "model": None}
    assert published.json()["services"]["buys"] == {"run_id": run.run_id, "model": None}


def test_readiness_follows_the_published_run(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project)) as client:
        client.get("/readyz")
        run = shop.publish(baskets=(0.0, 20.0))
        answer = client.get("/readyz")
    assert answer.json()["services"]["buys"]["run_id"] == run.run_id


def test_a_store_that_has_lost_a_run_is_not_ready(shop, run_app):
    store = MemoryStore()
    shop.publish(store=store)
    with run_app(create_app(shop.project, store=store)) as client:
        before = client.get("/readyz")
        store._entries.clear()
        after = client.get("/readyz")
    assert before.status_code == 200
    assert after.status_code == 503
    assert "no published run" in after.json()["error"]["message"]


def test_redis_serves_as_well(shop, run_app, redis_url):
    project = shop.at(f"{redis_url}?namespace=online_api")
    shop.project = project
    run = shop.publish()
    shop.write_model(run)
    with run_app(create_app(project, clock=shop.clock)) as client:
        ready = client.get("/readyz")
        answers = [client.predict("buys", {"customer_id": 1, "basket": 60.0}) for _ in range(3)]
    assert ready.json()["services"]["buys"]["model"] == run.run_id
    assert [answer.status_code for answer in answers] == [200, 200, 200]


class HangingStore(GatedStore):
    """Its reads by threads hang, too, while an event isn't set."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = threading.Event()
        self.hung = 0

    def read(self, keys):
        if not self.answers.is_set():
            self.hung += 1
            self.answers.wait()
        return super().read(keys)


def test_a_store_that_hangs_is_not_ready_in_time_and_holds_one_thread(shop):
    store = HangingStore()
    limits = Limits(deadline=timedelta(seconds=0.2))
    app = create_app(shop.project, store=store, limits=limits)

    async def whole() -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        store.answers.set()
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as http,
        ):
            store.answers.clear()
            try:
                asked = [http.get("/readyz") for _ in range(40)]
                async with asyncio.timeout(30):
                    answers = await asyncio.gather(*asked, http.get("/healthz"))
                    answers += [await http.get("/readyz")]
            finally:
                store.answers.set()
            health = answers.pop(-2)
            assert health.status_code == 200
            assert {answer.status_code for answer in answers} == {503}
            error = answers[0].json()["error"]
            assert error["type"] == "NotReady"
            assert "within 0.2 s" in error["message"]
            assert store.hung == 1
            async with asyncio.timeout(30):
                while (await http.get("/readyz")).status_code != 200:
                    await asyncio.sleep(0.01)

    asyncio.run(whole())
