"""What entities, sources and services may be called."""

from __future__ import annotations

import re

from onedag.errors import InvalidDefinition

__all__ = ["check_name"]

_NAME = re.compile(r"(?!\.+$)[\w.-]+")


def check_name(name: object, what: str) -> str:
    """The name, if it can stand in a store's key, a file's name and a URL without being escaped.

    A ``/`` in it could make two keys of the store one.

    Raises:
        InvalidDefinition: it isn't text, is empty, is made of dots alone, or has other than
            letters, digits, ``_``, ``.`` and ``-``. The message names ``what``.
    """
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise InvalidDefinition(
            f"{what} can't be named {name!r}. Use letters, digits, '_', '.' and '-': the name "
            f"becomes part of keys, files and URLs, so dots alone are none."
        )
    return name
