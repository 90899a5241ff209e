"""Pages of HTML: the catalog, made from `onedag.catalog.Catalog` by pure functions.

Served by `online_api` and written as files by `batch_etl`. Everything that a page loads is shipped
in ``static/``; nothing is fetched from elsewhere.
"""

from onedag.pages.assets import Asset, asset, asset_names
from onedag.pages.links import Links
from onedag.pages.render import environment, render

__all__ = ["Asset", "Links", "asset", "asset_names", "environment", "render"]
