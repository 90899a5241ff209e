"""The routes of the catalog's pages, and the way to them from ``/``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from drivers.catalog import CatalogReader
    from online_api.catalog import CatalogSite

__all__ = ["HEADERS", "add_catalog"]

PATH = "/catalog"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
"""Of every answer: a page loads what the server itself has, and stands in no other's frame."""
_METHODS = ["GET", "HEAD"]


def add_catalog(
    app: FastAPI, open_reader: Callable[[], CatalogReader], root: Path, *, api: bool
) -> None:
    """Let an app show the catalog, and lead there from ``/``.

    A route of the app's own for ``/`` stays what it is, even one that is added later.

    Args:
        app: shows it.
        open_reader: as of `online_api.catalog.CatalogSite`.
        root: the project's folder.
        api: whether the app answers for services.
    """

    def site() -> CatalogSite:
        from online_api.catalog import CatalogSite

        return CatalogSite(open_reader, root, api=api)

    app.include_router(_router(_Late(site)))
    app.router.default = _Front(app.router.default)


class _Late:
    """The pages, once somebody asks for one: who only serves neither imports nor makes them.

    They would be a tenth of a server's start.

    Args:
        make: makes them, in a thread of its own.
    """

    def __init__(self, make: Callable[[], CatalogSite]) -> None:
        self._make = make
        self._site: CatalogSite | None = None
        self._thread = ThreadPoolExecutor(1, "onedag-catalog")  # so that one of two makes them

    async def answer(self, place: str, request: Request) -> Response:
        """As `CatalogSite.answer`."""
        if self._site is None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._made)
        assert self._site is not None
        return await self._site.answer(place, request)

    def _made(self) -> None:
        if self._site is None:
            self._site = self._make()


def _router(site: _Late) -> APIRouter:
    """The routes. They aren't in OpenAPI: they are for people."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(PATH, methods=_METHODS)
    async def folder(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return _redirect(f"{PATH.removeprefix('/')}/{query}")

    @router.api_route(PATH + "/{place:path}", methods=_METHODS)
    async def page(place: str, request: Request) -> Response:
        if place.endswith("/"):  # the links of a page would lead elsewhere from there
            return _redirect(f"../{quote(place.rstrip('/').rpartition('/')[2])}")
        return await site.answer(place, request)

    return router


class _Front:
    """What answers where no route does.

    Args:
        otherwise: what answers for all but ``/``.
    """

    def __init__(self, otherwise: ASGIApp) -> None:
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._otherwise
        if scope["type"] == "http" and scope["method"] in _METHODS:
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            if path == "/":
                app = _redirect(f"{PATH.removeprefix('/')}/")
        await app(scope, receive, send)


def _redirect(target: str) -> Response:
    """To a relative place, as all links are: the app may be mounted anywhere."""
    return RedirectResponse(target, headers=HEADERS)
