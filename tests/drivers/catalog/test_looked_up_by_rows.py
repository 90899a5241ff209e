"""A column that rows of a source look up in another, and that is stored nowhere."""

from __future__ import annotations

from drivers.catalog import CatalogReader
from drivers.stores.memory import MemoryStore
from onedag.catalog import feature_facts
from onedag.pages.feature_page import feature_page
from onedag.pages.links import Links
from tests.drivers.catalog.conftest import Load


def test_its_page_tells_of_no_view(load: Load) -> None:
    carried = ("price: float\n", "price: float\n    age: int\n")
    summed = ("(amount: pd.Series) -> float:", "(amount: pd.Series, age: pd.Series) -> float:")
    catalog = CatalogReader(load(carried, summed), MemoryStore(), open_sources=True).read()
    assert "view:user_profiles:age" in catalog.lineage.nodes
    assert "user_profiles" not in catalog.snapshot.views
    assert feature_facts(catalog, "age").freshness == {}
    page = feature_page(catalog, Links("", ".html"), "age")
    assert "views/user_profiles" not in page
    assert "never materialized" not in page
    assert "views/user_profiles" not in feature_page(catalog, Links("", ".html"), "spent_7d")
