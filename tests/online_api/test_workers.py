"""Two processes behind one port, on a real Redis, while runs are published."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.online_api.servers import server, wait_until_ready
from tests.online_api.shop import Shop

MEANS = (1.0, 2.0, 3.0, 4.0)
ROW = {"customer_id": 1, "basket": 25.0, "event_timestamp": "2024-03-10T12:00:00Z"}
PATH = "/v1/services/buys/features"


@pytest.fixture
def redis_shop(shop: Shop, redis_url: str) -> Shop:
    url = f"{redis_url}?namespace=workers"
    file = shop.root / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("sqlite:///s.db", url), "utf-8")
    shop.project = shop.at(url)
    return shop


def ask(port: int, stop: threading.Event) -> list[httpx.Response]:
    """Ask until it is enough, each time on a connection of its own, so that any worker answers."""
    answers = []
    while not stop.is_set():
        answers.append(httpx.post(f"http://127.0.0.1:{port}{PATH}", json={"rows": [ROW]}))
    return answers


def test_each_worker_picks_up_each_run_and_mixes_none(redis_shop, unused_port):
    means = {redis_shop.publish(baskets=(0.0,)).run_id: 0.0}
    stop = threading.Event()
    with (
        server(redis_shop, unused_port, "--workers", "2") as process,
        httpx.Client(base_url=f"http://127.0.0.1:{unused_port}", timeout=30) as http,
        ThreadPoolExecutor(4) as pool,
    ):
        wait_until_ready(process, http)
        asked = [pool.submit(ask, unused_port, stop) for _ in range(4)]
        try:
            for mean in MEANS:
                run = redis_shop.publish(baskets=(mean,))
                means[run.run_id] = mean
        finally:
            stop.set()
        answers = [answer for future in asked for answer in future.result()]
        last = [
            httpx.post(f"http://127.0.0.1:{unused_port}{PATH}", json={"rows": [ROW]})
            for _ in range(20)
        ]
    assert {answer.status_code for answer in (*answers, *last)} == {200}
    for answer in (*answers, *last):
        content = answer.json()
        assert content["rows"][0]["basket_centred"] == 25.0 - means[content["run_id"]]
    assert {means[answer.json()["run_id"]] for answer in last} == {MEANS[-1]}
    assert len({answer.json()["run_id"] for answer in answers}) > 1
