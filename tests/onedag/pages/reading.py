"""What a test reads of a page: elements, headings, identifiers and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["ReadPage", "read"]

_VOID = {"meta", "link", "input", "br", "img", "hr"}


@dataclass
class ReadPage(HTMLParser):
    """A page, taken apart."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    tags: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes |= said.keys()
        if "id" in said:
            self.ids.append(said["id"])
        if tag == "a":
            self.links.append(said["href"])
        if tag == "script" and "src" not in said and said.get("type") != "application/json":
            self.inline.append("script")
        self.loaded += [said[name] for name in ("src",) if name in said]
        if tag == "link":
            self.loaded.append(said["href"])
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> without its beginning"
        assert self._open.pop() == tag, f"</{tag}> ends what it didn't begin"

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open):
            self.text.append(data)

    @property
    def said(self) -> str:
        """What people read."""
        return " ".join(" ".join(self.text).split())


def read(html: str) -> ReadPage:
    """Take a page apart; what isn't nested right fails."""
    page = ReadPage()
    page.feed(html)
    page.close()
    assert not page._open, f"left open: {page._open}"
    return page
