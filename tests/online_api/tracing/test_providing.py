"""Which provider the environment asks for; each in a process of its own, where nobody set one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider

from onedag.errors import ConfigurationError
from online_api.tracing import provider_from_environment
from tests.online_api.servers import server, wait_until_ready

NAMED = '    "name":'
ROW = {"customer_id": 1, "basket": 25.0, "event_timestamp": "2024-03-10T12:00:00Z"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")


def test_one_in_a_hundred_is_the_default(monkeypatch):
    provider, share = provider_from_environment()
    assert isinstance(provider, TracerProvider)
    assert share == 0.01
    assert provider.resource.attributes["service.name"] == "onedag"


def test_the_share_and_the_name_are_opentelemetry_s(monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "till")
    provider, share = provider_from_environment()
    assert isinstance(provider, TracerProvider)
    assert share == 0.25
    assert provider.resource.attributes["service.name"] == "till"


def test_another_sampler_is_the_sdk_s_to_read(monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    provider, share = provider_from_environment()
    assert isinstance(provider, TracerProvider)
    assert (share, provider.sampler.get_description()) == (1.0, "AlwaysOffSampler")


@pytest.mark.parametrize("text", ["2", "-0.1", "some", "nan"])
def test_a_share_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", text)
    with pytest.raises(ConfigurationError, match="OTEL_TRACES_SAMPLER_ARG"):
        provider_from_environment()


def test_an_exporter_that_is_not_there_says_what_to_install(monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console, carrier_pigeon")
    with pytest.raises(
        ConfigurationError, match=r"'carrier_pigeon'; there are .*console"
    ) as caught:
        provider_from_environment()
    assert "pip install opentelemetry-exporter-otlp-proto-http" in str(caught.value)


def test_an_unknown_protocol_is_refused(monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke")
    with pytest.raises(ConfigurationError, match="'smoke'; choose http/protobuf or grpc"):
        provider_from_environment()


def test_without_opentelemetry_the_extra_is_named():
    code = (
        "import sys\n"
        "sys.modules['opentelemetry.sdk'] = None\n"
        "import online_api\n"
        "from online_api.tracing import provider_from_environment\n"
        "provider_from_environment()\n"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "ConfigurationError: Requests can't be traced: opentelemetry.sdk" in ended.stderr
    assert "pip install 'onedag[tracing]'" in ended.stderr


def test_a_server_that_is_told_to_stop_has_sent_its_spans(shop, unused_port):
    shop.publish()
    variables = {
        "ONEDAG_TRACING": "1",
        "OTEL_TRACES_EXPORTER": "console",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "1",
    }
    with server(shop, unused_port, variables=variables) as process:
        with httpx.Client(base_url=f"http://127.0.0.1:{unused_port}", timeout=30) as http:
            wait_until_ready(process, http)
            answer = http.post("/v1/services/buys/features", json={"rows": [ROW]})
            assert answer.status_code == 200
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    named = [line.partition(":")[2] for line in output.splitlines() if line.startswith(NAMED)]
    path = "POST /v1/services/buys/features"
    stages = {"load", "store", "functions"}
    assert {json.loads(name.rstrip(", ")) for name in named} == {path, "queue", "batch", *stages}
