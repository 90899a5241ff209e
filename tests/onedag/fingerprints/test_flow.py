"""Code is told in the order of control flow, however its expressions are broken into lines."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FunctionType

import pytest

from onedag import Query, Source
from onedag.fingerprints import Fingerprint, Fingerprints, fingerprint
from tests.onedag.meanings.mutants import exploded

HEAD = "def f(a, b, c, *rest):\n"
ONE_LINE = {
    "a loop's condition": "    return [x for x in rest if (a and x in b and x not in c)]\n",
    "two names": "    (x, y) = a(b), c(b)\n    return [x, y]\n",
    "three names": "    (x, y, z) = a(b), c(b), a(c)\n    return [x, y, z]\n",
    "names in their places": "    (a, b) = b(1), a(2)\n    return [a, b]\n",
}
"""What Python 3.11 compiles to other instructions where it is broken into lines."""
OTHERS = {
    "a condition in a loop": "    for x in rest:\n        if (x in a and x not in b or x is c):\n"
    "            a = x\n    return a\n",
    "or": "    return [1 if (a and b) or c else 2]\n",
    "or and": "    return (a or b) and (c or a) or (b and not c)\n",
    "while": "    while (a and b) or c:\n        a = b\n    else:\n        c = a\n    return a\n",
    "for ever": "    while True:\n        pass\n",
    "for ever after": "    if a:\n        while True:\n            a(b)\n    return a\n",
    "try": "    try:\n        a = b(c)\n    except (TypeError, ValueError) as error:\n"
    "        return error\n    except KeyError:\n        raise\n    else:\n        c = a\n"
    "    finally:\n        b(a)\n    return [c, (a if b else c)]\n",
    "with": "    with a(b) as x, b(x) as y:\n        if (x and y):\n            return y\n"
    "    return c\n",
    "match": "    match a:\n        case {'x': [1, *more]} if more:\n            return more\n"
    "        case b.C(x=1) | str():\n            return (b and c)\n        case _:\n"
    "            return a\n",
    "generator": "    for x in a:\n        yield (x if x and b else c)\n    yield from b\n"
    "    return c\n",
    "chained": "    return (a < b <= c != a) or (a in b in c)\n",
    "keywords": "    return a(b, c, x=1, y=(b or c), **dict(z=a))\n",
    "format": "    return f'{a!r:>{b}} {c and a}'\n",
    "walrus": "    return (x := a(b)) and [y for z in c if (y := z(x))]\n",
    "assert": "    assert a and (b or c), (a, b)\n    del a, b\n    return c\n",
}


def function_of(source: str) -> FunctionType:
    scope: dict[str, FunctionType] = {}
    exec(compile(source, "<written>", "exec", dont_inherit=True), {"__name__": "written"}, scope)
    return scope["f"]


def told(body: str) -> Fingerprint:
    return fingerprint(function_of(HEAD + body))


def code_of(body: str) -> bytes:
    def nested(code: object) -> bytes:
        inner = getattr(code, "co_consts", ())
        return getattr(code, "co_code", b"") + b"".join(map(nested, inner))

    return nested(function_of(HEAD + body).__code__)


@pytest.mark.parametrize("body", ONE_LINE.values(), ids=ONE_LINE)
def test_line_breaks_move_instructions_and_change_no_fingerprint(body: str) -> None:
    if sys.version_info[:2] == (3, 11):
        assert code_of(exploded(body)) != code_of(body)
    assert told(exploded(body)) == told(body)


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
def test_line_breaks_change_no_fingerprint(body: str) -> None:
    assert told(exploded(body)) == told(body)
    assert told(body).certain


def test_all_are_told_apart() -> None:
    bodies = [*ONE_LINE.values(), *OTHERS.values()]
    assert len({told(body).text for body in bodies}) == len(bodies)


DIFFERING = {
    "which operand is tested first": ("a and b or c", "b and a or c"),
    "and for or": ("a and b or c", "a or b and c"),
    "not": ("1 if a and b else 2", "1 if not (a and b) else 2"),
    "which names are bound": ("(lambda x, y: [x, y])(a, b)", "(lambda x, y: [y, x])(a, b)"),
    "which keyword": ("a(x=b, y=c)", "a(y=b, x=c)"),
    "which global": ("[len, max]", "[max, len]"),
    "none": ("a is None", "a is not None"),
}


@pytest.mark.parametrize(("one", "other"), DIFFERING.values(), ids=DIFFERING)
def test_what_flows_otherwise_is_told_otherwise(one: str, other: str) -> None:
    assert told(f"    return {one}\n").text != told(f"    return {other}\n").text


def test_what_is_bound_in_another_order_is_told_otherwise() -> None:
    one, other = (told(f"    {names} = b(1), c(2)\n    return x\n") for names in ("x, y", "y, x"))
    assert one.text != other.text
    same, twice = (told(f"    {names} = b(1), c(2)\n    return x\n") for names in ("x, x", "x, y"))
    assert same.text != twice.text


BY_NAME = ["frame.query('x > @{0}')", "vars()['{0}']", "dir().index('{0}')"]


@pytest.mark.parametrize("by_name", BY_NAME)
def test_names_count_where_something_may_see_them(by_name: str) -> None:
    source = "def f(frame):\n    {0}, {1} = 1, 2\n    return " + by_name.format("low")
    one = fingerprint(function_of(source.format("low", "high")))
    other = fingerprint(function_of(source.format("high", "low")))
    assert one.text != other.text


def test_a_frame_that_is_queried_may_take_any_global() -> None:
    assert not fingerprint(function_of("def f(x):\n    return x.query('a > @LIMIT')")).certain


def test_the_name_of_a_helper_counts_where_it_is_asked_for() -> None:
    texts = set()
    for name in ("one", "two"):
        scope = {"__name__": "written", name: function_of("def f(x):\n    return x")}
        exec(f"def f(x):\n    return {name}.__name__", scope)
        texts.add(fingerprint(scope["f"]).text)
    assert len(texts) == 2


def test_paths_below_the_project_are_told_from_there() -> None:
    def of(root: str, folder: str) -> str:
        values = [
            Path(f"{folder}/a.csv"),
            Source("a", f"{folder}/a.csv", "t"),
            Source("b", Path(folder) / "a.csv", "t"),
            Source("c", Query("SELECT 1", f"{folder}/a.db"), "t"),
        ]
        return Fingerprints(Path(root)).of(*values).text

    assert of("/one", "/one/data") == of("/two/place", "/two/place/data")
    assert of("/one", "/one/data") != of("/one", "/two/data")
    assert of("/one", "/one/data") != of("/one", "/one/other")
