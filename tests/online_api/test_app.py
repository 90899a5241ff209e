"""A real server: uvicorn in a process of its own, as in production."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time

import httpx
import pydantic
import pytest

from onedag import FeatureService
from onedag.errors import ConfigurationError, InvalidDefinition
from online_api import app_from_environment, create_app
from tests.online_api.servers import CODE, START_TIMEOUT_S, server, wait_until_ready


def test_uvicorn_serves_the_project_of_the_environment(shop, unused_port):
    run = shop.publish()
    shop.write_model(run)
    row = {"customer_id": 9, "basket": 60.0, "event_timestamp": "2024-03-10T12:00:00Z"}
    with (
        server(shop, unused_port) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{unused_port}", timeout=30) as http,
    ):
        ready = wait_until_ready(process, http)
        features = http.post("/v1/services/buys/features", json={"rows": [row]})
        predicted = http.post("/v1/services/buys/predict", json={"rows": [row]})
    assert ready.json()["services"]["buys"] == {"run_id": run.run_id, "model": run.run_id}
    assert features.json()["rows"][0]["basket_centred"] == 10.0
    assert predicted.json()["predictions"] == [None]  # the last order is unknown


def test_uvicorn_ends_with_the_reason_when_a_model_does_not_fit(shop, unused_port):
    shop.write_model(shop.publish(), fitted='{"basket_mean": "51.5"}')
    with server(shop, unused_port) as process:
        output, _ = process.communicate(timeout=START_TIMEOUT_S)
    assert process.returncode != 0
    assert "fitted value 'basket_mean': the model was trained with 51.5, the run has 50.0" in output
    assert "Application startup failed" in output


def test_the_environment_must_name_a_project(tmp_path, monkeypatch):
    monkeypatch.setenv("ONEDAG_PROJECT", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigurationError, match=r"No pyproject.toml with \[tool.onedag\]"):
        app_from_environment()


def test_a_field_without_a_column_type_is_refused_at_once(shop):
    class Nested(pydantic.BaseModel):
        parts: list[int]

    shop.features.nested = FeatureService("nested", ["is_big"], Nested)
    with pytest.raises(InvalidDefinition, match="Field 'parts' of service 'nested'"):
        create_app(shop.at("memory://"))


def test_an_app_starts_again(shop, run_app):
    shop.publish()
    app = create_app(shop.project, clock=shop.clock)
    for _ in range(2):
        with run_app(app) as client:
            assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/readyz", "/v1/services/buys/features"])
def test_an_app_that_was_never_started_says_so(shop, path):
    app = create_app(shop.project)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            if path == "/readyz":
                return await http.get(path)
            return await http.post(path, json={"rows": [{"customer_id": 1, "basket": 1.0}]})

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "ConfigurationError"
    assert "app.router.lifespan_context(app)" in answer.json()["error"]["message"]


def test_a_client_that_never_finishes_does_not_keep_a_server_from_stopping(shop, unused_port):
    serve = ["serve", "--port", str(unused_port), "--grace", "1"]
    command = [sys.executable, "-c", "from batch_etl.cli import main; main()", *serve]
    environment = os.environ | {"ONEDAG_DEADLINE": "600", "PYTHONPATH": str(CODE)}
    head = (
        "POST /v1/services/buys/features HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with (
        subprocess.Popen(
            command,
            cwd=shop.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{unused_port}", timeout=30) as http,
    ):
        try:
            wait_until_ready(process, http)
            with socket.create_connection(("127.0.0.1", unused_port)) as slow:
                slow.sendall(head.encode())
                assert http.get("/healthz").status_code == 200
                started = time.monotonic()
                process.terminate()
                process.communicate(timeout=30)
                assert 0.9 < time.monotonic() - started < 15
        finally:
            process.kill()
