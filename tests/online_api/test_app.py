"""A real server: uvicorn in a process of its own, as in production."""

from __future__ import annotations

import httpx
import pydantic
import pytest

from onedag import FeatureService
from onedag.errors import ConfigurationError, InvalidDefinition
from online_api import app_from_environment, create_app
from tests.online_api.servers import START_TIMEOUT_S, server, wait_until_ready


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
