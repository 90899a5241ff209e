"""Where a project's run events go: what stands under ``openlineage`` in ``[tool.onedag]``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from onedag.errors import ConfigurationError

__all__ = ["Destination", "Endpoint", "File", "bare_url", "destination_of"]

FORMS = ("file:.onedag/openlineage.jsonl", "https://host/api/v1/lineage", "off")
DEFAULT_PATH = "/api/v1/lineage"


@dataclass(frozen=True, slots=True)
class File:
    """A file that gets a line of JSON for each event.

    Attributes:
        path: absolute.
    """

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """A server that takes each event as the body of a POST.

    Attributes:
        url: whole, its path included. It may hold a password, so it is never shown.
    """

    url: str

    def __str__(self) -> str:
        return bare_url(self.url)

    def __repr__(self) -> str:
        return f"Endpoint({str(self)!r})"


Destination: TypeAlias = File | Endpoint


def destination_of(text: str | None, root: Path) -> Destination | None:
    """What ``openlineage = "…"`` says.

    Args:
        text: ``file:`` and a path, an HTTP URL, or ``off``; None where the project says nothing. A
            URL without a path means `DEFAULT_PATH`.
        root: what a path is relative to.

    Returns:
        None where no events are wanted.

    Raises:
        ConfigurationError: it has none of these forms.
    """
    if text is None or text == "off":
        return None
    scheme, _, rest = text.partition(":")
    if scheme == "file":
        path = rest.removeprefix("//") if rest.startswith("///") else rest
        if not path or path.startswith("//"):
            raise _refused("has no path after 'file:', or one on another machine")
        return File(root / path)
    if scheme in ("http", "https"):
        return Endpoint(_checked(text))
    raise _refused("isn't of a known form")


def bare_url(url: str) -> str:
    """A URL without its user, password, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # a port that is no number, brackets without an address
        host = None
    if not host:
        raise _refused("is a URL without a host, or with a port that can't be")
    path = DEFAULT_PATH if parts.path in ("", "/") else parts.path
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _refused(what: str) -> ConfigurationError:
    # The text may hold a password, so the message never shows it.
    return ConfigurationError(
        f"What `openlineage` in [tool.onedag], or ONEDAG_OPENLINEAGE, says {what}. Possible are: "
        f"{', '.join(FORMS)}."
    )
