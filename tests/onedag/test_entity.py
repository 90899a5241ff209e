from __future__ import annotations

import dataclasses

import pytest

from onedag import Entity
from onedag.errors import InvalidDefinition


def test_join_keys_keep_their_order_and_are_values() -> None:
    route = Entity("route", ["origin", "dest"])
    assert route.join_keys == ("origin", "dest")
    assert route == Entity("route", iter(("origin", "dest")))
    assert hash(route) == hash(Entity("route", ("origin", "dest")))
    assert route != Entity("route", ["dest", "origin"])


def test_a_string_is_one_key_and_not_its_letters() -> None:
    assert Entity("plane", "tailnum").join_keys == ("tailnum",)


@pytest.mark.parametrize("keys", [[], ["a", "a"], [""], ["a", 1], [None]])
def test_join_keys_are_one_or_several_different_names(keys: list[str]) -> None:
    with pytest.raises(InvalidDefinition, match=r"^Entity 'plane' needs one or more different"):
        Entity("plane", keys)


def test_a_name_that_would_make_two_keys_one_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="An entity can't be named 'a/b'"):
        Entity("a/b", "a")


def test_an_entity_does_not_change() -> None:
    entity = Entity("plane", "tailnum")
    with pytest.raises(dataclasses.FrozenInstanceError):
        entity.name = "other"  # type: ignore[misc]
