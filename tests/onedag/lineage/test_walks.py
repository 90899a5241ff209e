"""Walks, along cycles too."""

from __future__ import annotations

from onedag.lineage.walks import following, preceding, reached, shortest, way_to

EDGES = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("a", "d"), ("e", "d")]


def test_neighbours_are_in_the_order_of_the_edges() -> None:
    assert following(EDGES) == {"a": ["b", "d"], "b": ["c"], "c": ["a", "d"], "e": ["d"]}
    assert preceding(EDGES) == {"b": ["a"], "c": ["b"], "a": ["c"], "d": ["c", "a", "e"]}


def test_a_cycle_is_walked_once() -> None:
    assert reached(following(EDGES), ["b"]) == {"a", "b", "c", "d"}
    assert reached(preceding(EDGES), ["d"]) == {"a", "b", "c", "d", "e"}
    assert reached(following(EDGES), []) == frozenset()


def test_a_way_than_which_none_is_shorter() -> None:
    before = shortest(following(EDGES), ["b", "e"])
    assert way_to("d", before) == ("e", "d")
    assert way_to("a", before) == ("b", "c", "a")
    assert way_to("b", before) == ("b",)
