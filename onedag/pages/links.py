"""Where pages link to: always relative, so that they work below any path and from a disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from onedag.pages.assets import asset

__all__ = ["INDEX", "SECTIONS", "Links"]

INDEX = "index"
SECTIONS = {
    INDEX: "Overview",
    "services": "Services",
    "features": "Features",
    "entities": "Entities",
    "sources": "Sources",
    "views": "Views",
    "lineage": "Lineage",
}
"""The pages of the navigation, with their titles. One page of, say, a feature lies below
``features/``."""


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one page.

    Attributes:
        page: its place below the catalog, such as ``features/distance``; ``index`` for the first.
        suffix: ``.html`` of files; empty where pages are served.
        has_api: whether the server that shows the page answers for services too.

    >>> Links.served("features/distance").service("departure_delay")
    '../services/departure_delay'
    >>> Links.static("index").source("flights", "tailnum")
    'sources/flights.html#column-tailnum'
    """

    page: str
    suffix: str = ""
    has_api: bool = False

    @classmethod
    def served(cls, page: str = INDEX, *, api: bool = False) -> Links:
        """Links of a page that a server shows, at ``<somewhere>/catalog/<page>``."""
        return cls(page, has_api=api)

    @classmethod
    def static(cls, page: str = INDEX) -> Links:
        """Links of a page that is a file."""
        return cls(page, ".html")

    def at(self, page: str) -> Links:
        """The links of another page of the same catalog."""
        return replace(self, page=page)

    @property
    def is_static(self) -> bool:
        """Whether pages are files."""
        return bool(self.suffix)

    @property
    def section(self) -> str:
        """Which of `SECTIONS` the page belongs to."""
        return self.page.partition("/")[0]

    @property
    def root(self) -> str:
        """The folder that pages are below, with a slash at its end; ``./`` from the first page."""
        return "../" * self.page.count("/") or "./"

    @property
    def api(self) -> str | None:
        """What to put before ``v1/services/…``; None where no API is there to be asked."""
        return "../" * (self.page.count("/") + 1) if self.has_api else None

    @property
    def file(self) -> str:
        """The page's own file below the folder of a static site."""
        return self.page + self.suffix

    def index(self) -> str:
        """The first page."""
        return self.to(INDEX) if self.is_static else self.root

    def section_page(self, section: str) -> str:
        """The page that lists all of one kind: one of `SECTIONS`."""
        return self.index() if section == INDEX else self.to(section)

    def service(self, name: str) -> str:
        """The page of a service."""
        return self.to(f"services/{name}")

    def feature(self, name: str) -> str:
        """The page of a function: a feature, a fitted value, or one on the way to them."""
        return self.to(f"features/{name}")

    def entity(self, name: str) -> str:
        """The page of an entity."""
        return self.to(f"entities/{name}")

    def source(self, name: str, column: str | None = None) -> str:
        """The page of a source, at one of its columns."""
        return self.to(f"sources/{name}", "" if column is None else f"column-{column}")

    def view(self, name: str) -> str:
        """The page of a stored view."""
        return self.to(f"views/{name}")

    def lineage(self) -> str:
        """The page of the whole graph."""
        return self.to("lineage")

    def asset(self, name: str) -> str:
        """A file of ``static/``. Where it is served its content's digest is in the link, so that
        browsers may keep it for as long as they like."""
        version = "" if self.is_static else f"?v={asset(name).digest}"
        return f"{self._prefix}static/{name}{version}"

    def search_index(self) -> str:
        """The script with all that can be searched for."""
        return f"{self._prefix}search.js"

    def to(self, page: str, anchor: str = "") -> str:
        """Any page of the catalog, by its place."""
        return f"{self._prefix}{quote(page)}{self.suffix}{'#' if anchor else ''}{quote(anchor)}"

    @property
    def _prefix(self) -> str:
        return "../" * self.page.count("/")
