"""`Entity`: what a feature is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from onedag.errors import InvalidDefinition
from onedag.names import check_name

__all__ = ["Entity"]


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that has features, known by one or several join keys.

    Attributes:
        name: unique in the project.
        join_keys: the columns that identify one of them, in a fixed order. A single string is
            one key.

    Raises:
        InvalidDefinition: a name that can't be used, or join keys that aren't different names.

    >>> Entity("route", ["origin", "dest"])
    Entity(name='route', join_keys=('origin', 'dest'))
    """

    name: str
    join_keys: tuple[str, ...]

    def __init__(self, name: str, join_keys: str | Iterable[str]) -> None:
        keys = (join_keys,) if isinstance(join_keys, str) else tuple(join_keys)
        named = all(isinstance(key, str) and key for key in keys)
        if not keys or not named or len(set(keys)) != len(keys):
            raise InvalidDefinition(
                f"Entity {name!r} needs one or more different join keys, not {keys!r}."
            )
        object.__setattr__(self, "name", check_name(name, "An entity"))
        object.__setattr__(self, "join_keys", keys)
