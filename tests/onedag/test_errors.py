from __future__ import annotations

import builtins
import pickle
import re

import pytest

from onedag import errors
from onedag.errors import CyclicDependency, DuplicateName, OnedagError, RequestError, UnknownName

CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, OnedagError)
}


def drawn() -> dict[str, tuple[str | None, str | None]]:
    """The tree of the docstring: for each class its parent and the builtin named beside it."""
    found: dict[str, tuple[str | None, str | None]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r" {4}([│├└─ ]*)([A-Z]\w+)(?: \((\w+)\))?(?: .*)?", line)
        if match is None:
            continue
        depth = len(match[1]) // 4
        path[depth:] = [match[2]]
        found[match[2]] = (path[depth - 1] if depth else None, match[3])
    return found


def test_the_tree_that_is_drawn_is_the_tree() -> None:
    assert set(drawn()) == set(CLASSES) == set(errors.__all__)


@pytest.mark.parametrize("name", [name for name in drawn() if name != "OnedagError"])
def test_each_class_has_the_parent_and_the_builtin_that_are_drawn(name: str) -> None:
    parent, builtin = drawn()[name]
    assert parent is not None
    bases = CLASSES[name].__bases__
    assert bases[0] is CLASSES[parent]
    assert [base.__name__ for base in bases[1:]] == ([builtin] if builtin else [])
    assert all(issubclass(getattr(builtins, base.__name__), Exception) for base in bases[1:])


@pytest.mark.parametrize("error", CLASSES.values())
def test_each_says_why_it_is_there_and_shows_its_message_as_it_is(error: type[OnedagError]) -> None:
    assert error.__doc__
    assert str(error("one\n'two'")) == "one\n'two'"  # KeyError alone would show its repr
    assert str(error("")) == ""


@pytest.mark.parametrize("error", CLASSES.values())
def test_each_crosses_a_process(error: type[OnedagError]) -> None:
    again = pickle.loads(pickle.dumps(error("why")))
    assert (type(again), str(again)) == (error, "why")


def test_the_details_of_a_request_cross_a_process() -> None:
    error = RequestError("why", [{"row": 0, "field": "x", "message": "wrong"}])
    assert pickle.loads(pickle.dumps(error)).details == error.details
    assert RequestError("why").details == []


def test_unknown_name_offers_the_nearest() -> None:
    error = UnknownName.among("service", "departure_dely", ["arrival", "departure_delay"])
    assert str(error) == (
        "No service is named 'departure_dely'. Did you mean 'departure_delay'? "
        "Available: arrival, departure_delay."
    )


def test_unknown_name_lists_at_most_twenty_and_says_if_there_is_none() -> None:
    error = str(UnknownName.among("feature", "?", [f"f{i:02}" for i in range(25)]))
    assert error.endswith("f19, ….")
    assert "f20" not in error
    assert str(UnknownName.among("service", "x", [])).endswith("Available: (none).")


def test_a_cycle_is_shown_closed() -> None:
    assert "'a'" not in str(CyclicDependency.through(["a", "b"]))
    assert str(CyclicDependency.through(iter(["a", "b"]))).startswith(
        "These functions need each other: a -> b -> a. "
    )


def test_a_duplicate_names_both_places() -> None:
    error = str(DuplicateName.of("Function", "f", "one.f", "two.f"))
    assert error.startswith("Function 'f' is defined twice: in one.f and in two.f.")
