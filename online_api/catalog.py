"""``/catalog``: the pages of the catalog, made off the event loop.

Pages are given threads of their own: those that answer requests for features are never waited for.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from drivers.catalog import CatalogReader
from onedag.catalog import Catalog
from onedag.errors import OnedagError, UnknownName
from onedag.pages import (
    INDEX,
    CatalogPages,
    Links,
    asset,
    digest_of,
    failure_of,
    failure_page,
)
from online_api.catalog_routes import HEADERS

__all__ = ["CatalogSite"]

STATIC = "static/"
SEARCH = "search.js"
_AGAIN = {"Cache-Control": "no-cache"}  # kept, and asked for again whether it is still the same
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}  # the link says the content
_THREADS = 2
_LOGGER = logging.getLogger(__name__)


class CatalogSite:
    """The pages of one project.

    Args:
        open_reader: gives the reader of the catalog, when the first page is asked for. It may
            raise whatever the project's modules raise: then that is what the pages say.
        root: the project's folder.
        api: whether the same server answers for services, so that pages may ask it.
    """

    def __init__(self, open_reader: Callable[[], CatalogReader], root: Path, *, api: bool) -> None:
        self._open, self._root, self._api = open_reader, root, api
        self._reader: CatalogReader | None = None
        self._pages: tuple[Catalog, CatalogPages] | None = None
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="onedag-pages")

    async def answer(self, place: str, request: Request) -> Response:
        """The answer to a request for what lies at a place below the catalog's path."""
        if place.startswith(STATIC):
            return self._asset(place.removeprefix(STATIC), request)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._made, place, request)

    def _made(self, place: str, request: Request) -> Response:
        links = Links.served(place or INDEX, api=self._api)
        try:
            pages = self._current()
        except (Exception, SystemExit) as error:  # a module of the project may raise anything
            return self._failure(error, links)
        if place == SEARCH:
            return _content(pages.search_script.encode(), "text/javascript", request, _AGAIN)
        try:
            html = pages.html(links, request.query_params.get("q", ""))
        except UnknownName:
            return _page(pages.missing(links), HTTPStatus.NOT_FOUND)
        return _page(html)

    def _current(self) -> CatalogPages:
        """The pages of the catalog as it is now."""
        with self._lock:
            if self._reader is None:
                self._reader = self._open()
        catalog, last = self._reader.read(), self._pages
        if last is None or last[0] is not catalog:
            last = catalog, CatalogPages(catalog)
            self._pages = last
        return last[1]

    def _failure(self, error: BaseException, links: Links) -> Response:
        if not isinstance(error, OnedagError):
            _LOGGER.error("The catalog can't be read: %s", error, exc_info=error)
        html = failure_page(failure_of(error, self._root), links, self._root.name)
        return _page(html, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _asset(self, name: str, request: Request) -> Response:
        try:
            found = asset(name)
        except UnknownName as error:
            return Response(str(error), HTTPStatus.NOT_FOUND, HEADERS, "text/plain")
        kept = _KEPT if request.query_params.get("v") == found.digest else _AGAIN
        return _content(found.content, found.media_type, request, kept, found.digest)


def _page(html: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(html, status, {**HEADERS, **_AGAIN}, "text/html")


def _content(
    content: bytes, media_type: str, request: Request, kept: Mapping[str, str], digest: str = ""
) -> Response:
    tag = f'"{digest or digest_of(content)}"'
    headers = {**HEADERS, **kept, "ETag": tag}
    known = request.headers.get("if-none-match", "")
    if tag in (each.strip().removeprefix("W/") for each in known.split(",")):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(content, HTTPStatus.OK, headers, media_type)
