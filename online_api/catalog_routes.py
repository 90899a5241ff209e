"""The routes of the catalog's pages, and the way to them from ``/``."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from online_api.catalog import HEADERS, CatalogSite

__all__ = ["add_catalog"]

PATH = "/catalog"
_METHODS = ["GET", "HEAD"]


def add_catalog(app: FastAPI, site: CatalogSite) -> None:
    """Let an app show the catalog, and lead there from ``/``.

    A route of the app's own for ``/`` stays what it is, even one that is added later.
    """
    app.include_router(_router(site))
    app.router.default = _Front(app.router.default)


def _router(site: CatalogSite) -> APIRouter:
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
