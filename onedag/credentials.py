"""`without_credentials`: what names data and stores, without what opens them."""

from __future__ import annotations

import re

__all__ = ["HIDDEN", "without_credentials"]

HIDDEN = "…"
"""Stands for what was left out."""

_WORD = (
    r"\b\w*?(?:password|passwd|pwd|secret|token|credential|signature|(?:api|access|account|private)"
    r"[_-]?key(?:[_-]?id)?)\w*"
)
_VALUE = r"''[^']*''|'[^']*'|\"[^\"]*\""
_USER = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/'\"]*@", re.IGNORECASE)
_QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?'\"]*\?)[^\s'\"]+", re.IGNORECASE)
_SAID = re.compile(rf"({_WORD}\s*=\s*)(?:{_VALUE}|[^\s'\",;)&]+)", re.IGNORECASE)
_GIVEN = re.compile(rf"({_WORD}\s+)(?:{_VALUE})", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """A path, a URL or a query in which passwords, keys and tokens are left out.

    What it takes for one: the user and the query of a URL; what is given to a name such as
    ``password``, ``secret`` or ``api_key``, in SQL and in connection strings. It would rather hide
    too much than too little.

    >>> without_credentials("s3://key:secret@bucket/orders.parquet?sig=abc")
    's3://bucket/orders.parquet?…'
    >>> without_credentials("SELECT * FROM postgres_scan('host=db password=abc', 'public', 't')")
    "SELECT * FROM postgres_scan('host=db password=…', 'public', 't')"
    """
    text = _QUERY.sub(rf"\1{HIDDEN}", _USER.sub(r"\1", text))
    return _GIVEN.sub(rf"\1{HIDDEN}", _SAID.sub(rf"\1{HIDDEN}", text))
