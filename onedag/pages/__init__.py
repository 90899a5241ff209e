"""Pages of HTML: the catalog, made from `onedag.catalog.Catalog` by pure functions.

Served by `online_api` and written as files by `batch_etl`. Everything that a page loads is shipped
in ``static/``; nothing is fetched from elsewhere.
"""

from onedag.pages.assets import Asset, asset, asset_names, digest_of
from onedag.pages.catalog_pages import CatalogPages
from onedag.pages.failure import FAILURE_ASSETS, Failure, failure_of, failure_page
from onedag.pages.links import INDEX, Links
from onedag.pages.render import environment, render

__all__ = [
    "FAILURE_ASSETS",
    "INDEX",
    "Asset",
    "CatalogPages",
    "Failure",
    "Links",
    "asset",
    "asset_names",
    "digest_of",
    "environment",
    "failure_of",
    "failure_page",
    "render",
]
