"""What training left of people's values is no part of a catalog, unless somebody says so."""

from __future__ import annotations

import pytest

from drivers.catalog import CatalogReader
from drivers.stores.memory import MemoryStore
from onedag import Project
from onedag.catalog import feature_facts
from onedag.pages.feature_page import feature_page
from onedag.pages.links import Links
from onedag.pages.service_page import service_page
from tests.drivers.catalog.conftest import Load, train

TAGGED = ("price: float\n", 'price: float = pydantic.Field(json_schema_extra={"tags": ["pii"]})\n')
AGES = ('timestamp="since", ', 'timestamp="since", tags={"age": ["PII"]}, ')


@pytest.fixture
def tagged(load: Load) -> Project:
    return load(TAGGED, AGES)


def test_values_of_people_are_left_out(tagged: Project) -> None:
    store = MemoryStore()
    train(tagged, store)
    catalog = CatalogReader(tagged, store).read()
    run = catalog.runs["buys"]
    assert run.withheld == ("age", "price_mean", "price_over_mean")
    assert run.fitted == {}
    assert run.statistics is not None
    kept = {name: of.values is not None for name, of in run.statistics.features.items()}
    assert kept == {"spent_7d": True, "price_over_mean": False, "age": False}
    assert run.statistics.features["age"].rows == 4
    assert feature_facts(catalog, "price_mean").runs["buys"].withheld
    assert "aren't shown" in feature_page(catalog, Links(""), "age")
    assert "2.5" not in feature_page(catalog, Links(""), "price_mean")
    assert "3 names that are personal data" in service_page(catalog, Links(""), "buys")


def test_they_are_there_where_somebody_says_so(tagged: Project) -> None:
    store = MemoryStore()
    train(tagged, store)
    run = CatalogReader(tagged, store, personal=True).read().runs["buys"]
    assert (run.withheld, run.fitted) == ((), {"price_mean": "2.5"})


def test_what_was_tagged_after_the_training(load: Load) -> None:
    store = MemoryStore()
    train(load(), store)
    assert CatalogReader(load(AGES), store).read().runs["buys"].withheld == ("age",)


def test_a_service_that_cannot_be_planned(load: Load) -> None:
    store = MemoryStore()
    train(load(), store)
    broken = load(AGES, ('"age"], Request', '"years"], Request'))
    run = CatalogReader(broken, store).read().runs["buys"]
    assert run.withheld == ("age", "price_mean", "price_over_mean", "spent_7d")
