"""The catalog of the tests of the catalog."""

from __future__ import annotations

from tests.onedag.catalog.conftest import bare, catalog

__all__ = ["bare", "catalog"]
