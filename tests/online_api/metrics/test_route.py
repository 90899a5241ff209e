"""``/metrics`` in both formats, and off."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from onedag.errors import ConfigurationError
from online_api import create_app
from tests.online_api.scrapes import Scrape

ROW = {"customer_id": 1, "basket": 25.0}
ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


def test_text_and_openmetrics_say_the_same(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        client.features("buys", ROW)
        plain = client.get("/metrics")
        other = client.get("/metrics", headers={"accept": ACCEPT})
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert other.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert other.text.endswith("# EOF\n")
    one, two = Scrape.of_text(plain.text), Scrape(openmetrics(other.text))

    def ours(scrape):
        return {
            (sample.name, frozenset(sample.labels.items()), sample.value)
            for sample in scrape.samples
            if sample.name.startswith("onedag_") and not sample.name.endswith("_created")
        }

    assert ours(one) == ours(two)
    assert len(ours(one)) > 100


def test_the_process_is_shown(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        seen = Scrape.of_text(client.get("/metrics").text)
    assert seen.one("process_resident_memory_bytes") > 1e6
    (build,) = seen.all("onedag_build_info")
    assert {name for name, _ in build} == {"version", "python"}


def test_the_route_is_not_in_openapi(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        assert "/metrics" not in client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize("named", ["nowhere", ""])
def test_a_shared_folder_must_be_there(shop, monkeypatch, named):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", named)
    with pytest.raises(ConfigurationError, match=f"PROMETHEUS_MULTIPROC_DIR is '{named}'"):
        create_app(shop.project)
