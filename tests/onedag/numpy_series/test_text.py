"""Text in the stand-in against pandas."""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.onedag.numpy_series.harness import SETTINGS, answered, make

Operation = Callable[..., Any]

# Letters whose capitals are longer, digits that aren't decimal, combined and wide characters,
# spaces that only Unicode knows, ASCII that only some call a space.
HARD = (
    *("ßa", "ǆ", "Ǆ", "ǅ", "ﬁ", "İ", "\u0131", "K", "é", "e\u0301", "٣", "²", "½", "Ⅷ", "ª", "ʰ"),
    *("\u00a0a\u2003", "\x1ca\x85", "\u200b", "😀a", "中", "ά", "ς", "ΑΣ", "\ufeff", "áb c"),
)
EASY = ("", "a", "Ab ", "o'neil", " 12", "1.5", "-7", "nan", "inf", "1e5", "1_0", "a,b", "a.b")
TEXTS = st.one_of(
    st.text(max_size=5),
    st.sampled_from(HARD + EASY),
    st.text(alphabet="abAB1 .-'ßéÉ٣\x00\t\n", max_size=6),
)
ASCII = st.one_of(st.sampled_from(EASY), st.text(st.characters(max_codepoint=127), max_size=5))
PLAIN = (
    *("lower", "upper", "title", "capitalize", "swapcase", "strip", "lstrip", "rstrip", "len"),
    *("isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace"),
    *("istitle", "isupper"),
)
PATTERNS = (
    *("", "a", "A", "b ", "é", "^a", "a$", "[ab]", "a|b", "\\d", "\\s", "(a)", "a.b", ".", "a*"),
    *("(?i)A", "\\w+", "a{2}", "[", "("),
)
BINARY = (
    *(operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge),
    *(operator.add, operator.sub, operator.mul, operator.mod, operator.truediv),
)


def column(values: st.SearchStrategy[str], length: int | None = None) -> Any:
    rows = st.one_of(values, values, st.none())
    some = (
        st.lists(rows, max_size=4)
        if length is None
        else st.lists(rows, min_size=length, max_size=length)
    )
    return some.map(lambda each: make("str", each))


COLUMNS = st.one_of(column(TEXTS), column(ASCII))


@SETTINGS
@given(texts=COLUMNS)
def test_methods_without_arguments_are_those_of_pandas(texts: pd.Series) -> None:
    for name in PLAIN:
        assert answered(lambda s, name=name: getattr(s.str, name)(), texts), name


def test_all_of_ascii_is_as_in_pandas() -> None:
    characters = [chr(code) for code in range(128)]
    texts = make("str", characters + ["".join(pair) for pair in product(characters, repeat=2)])
    for name in PLAIN:
        assert answered(lambda s, name=name: getattr(s.str, name)(), texts), name
    assert answered(lambda s: s < "aZ", texts)


@SETTINGS
@given(texts=COLUMNS, key=st.tuples(*[st.one_of(st.none(), st.integers(-6, 6))] * 3))
def test_positions_are_those_of_pandas(
    texts: pd.Series, key: tuple[int | None, int | None, int | None]
) -> None:
    start, stop, step = key
    done = answered(lambda s: s.str[start:stop:step], texts)
    assert done == (step != 0)
    assert answered(lambda s: s.str.slice(start, stop), texts)
    width = start or 0
    assert answered(lambda s: s.str[width], texts)
    assert answered(lambda s: s.str.get(width), texts)
    assert answered(lambda s: s.str.zfill(width), texts)
    for side, fill in product(("left", "right", "both"), (" ", "*", "é")):
        assert answered(lambda s, side=side, fill=fill: s.str.pad(width, side, fill), texts)
    assert answered(lambda s: s.str.ljust(width), texts)
    assert answered(lambda s: s.str.rjust(width, "0"), texts)
    assert answered(lambda s: s.str.center(width), texts)


NA = st.sampled_from(({}, {"na": True}, {"na": False}, {"na": np.nan}, {"na": None}, {"na": 0}))


@SETTINGS
@given(texts=COLUMNS, part=st.one_of(TEXTS, st.sampled_from(PATTERNS)), other=TEXTS, na=NA)
def test_substrings_and_patterns_are_those_of_pandas(
    texts: pd.Series, part: str, other: str, na: dict[str, Any]
) -> None:
    for name in ("strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "find"):
        assert answered(lambda s, name=name: getattr(s.str, name)(part), texts)
    for name in ("startswith", "endswith"):
        answered(lambda s, name=name: getattr(s.str, name)(part, **na), texts)
        answered(lambda s, name=name: getattr(s.str, name)((part, other), **na), texts)
        answered(lambda s, name=name: getattr(s.str, name)((), **na), texts)
    for name, case in product(("contains", "match", "fullmatch"), (True, False)):
        answered(lambda s, n=name, c=case: getattr(s.str, n)(part, case=c, **na), texts)
    answered(lambda s: s.str.contains(part, flags=2), texts)
    answered(lambda s: s.str.contains(part, False, regex=False, **na), texts)
    assert answered(lambda s: s.str.contains(part, regex=False), texts)
    answered(lambda s: s.str.count(part), texts)
    answered(lambda s: s.str.find(part, 1, 3), texts)
    assert answered(lambda s: s.str.replace(part, other), texts)
    answered(lambda s: s.str.replace(part, other, regex=True), texts)
    answered(lambda s: s.str.replace(part, "<\\1>", n=1, regex=True), texts)
    answered(lambda s: s.str.replace(part, other, n=1), texts)


@SETTINGS
@given(
    pair=st.sampled_from((0, 1, 3)).flatmap(lambda n: st.tuples(*[column(TEXTS, n)] * 2)),
    text=TEXTS,
)
def test_operators_are_those_of_pandas(pair: tuple[pd.Series, pd.Series], text: str) -> None:
    for of in BINARY:
        answered(of, *pair)
        answered(lambda s, of=of: of(s, text), pair[0])
        for other in (1, 1.5, None, True, np.nan, pd.NA, pd.Timestamp("2020"), b"a"):
            answered(lambda s, of=of, other=other: of(s, other), pair[0])
    for of in BINARY[:7]:
        assert answered(of, *pair)
        assert answered(lambda s, of=of: of(s, text), pair[0])
        assert answered(lambda s, of=of: of(text, s), pair[0])


@SETTINGS
@given(texts=COLUMNS, first=TEXTS, second=TEXTS)
def test_value_methods_are_those_of_pandas(texts: pd.Series, first: str, second: str) -> None:
    some: npt.NDArray[np.bool_] = np.arange(len(texts)) % 2 == 0
    turned = texts[::-1].reset_index(drop=True)
    assert answered(lambda s: s.fillna(first), texts)
    assert answered(lambda a, b: a.fillna(b), texts, turned)
    for wanted in ([first, second], (first,), {first, second}, [], [None], [np.nan, first]):
        assert answered(lambda s, wanted=wanted: s.isin(wanted), texts)
    for wanted in ([1, first], first, [pd.NA, first], [None, 1.5]):
        answered(lambda s, wanted=wanted: s.isin(wanted), texts)
    assert answered(lambda s: s.where(some), texts)
    assert answered(lambda s: s.mask(some, first), texts)
    assert answered(lambda a, b: a.where(some, b), texts, turned)
    for other in (None, 1, np.nan, pd.NA, True):
        answered(lambda s, other=other: s.where(some, other), texts)


NUMBERS = st.sampled_from((1, 2.5, True, 2**53 + 1, 2**63, float("nan"), None, "x", -0.0))


@SETTINGS
@given(texts=COLUMNS, first=TEXTS, values=st.tuples(NUMBERS, NUMBERS))
def test_maps_have_the_dtype_of_pandas(
    texts: pd.Series, first: str, values: tuple[Any, Any]
) -> None:
    answered(lambda s: s.map(dict(zip((first, "a"), values, strict=True))), texts)
    answered(lambda s: s.map({first: values[0]}), texts)
    answered(lambda s: s.map({None: values[0], 1: values[1]}), texts)
    answered(lambda s: s.map({}), texts)
    answered(lambda s: s.map(len), texts)
    for mapping in ({first: "b"}, {first: 1, "": 2}, {first: 1.5}, {first: 1, "b": 1.5}):
        assert answered(lambda s, mapping=mapping: s.map(mapping), texts)


@settings(SETTINGS, max_examples=300)
@given(texts=COLUMNS)
def test_casts_are_those_of_pandas(texts: pd.Series) -> None:
    assert answered(lambda s: s.astype("str"), texts)
    for dtype in (float, "float64", "float32", int, "int64", bool, "category", object, str):
        answered(lambda s, dtype=dtype: s.astype(dtype), texts)


WORDS = make("str", ["New York", None, "zürich"])
ORDINARY: tuple[Operation, ...] = (
    lambda s: s.str.lower() == "new york",
    lambda s: s.str.strip().str.title().str.len(),
    lambda s: s.str.contains("york", case=False, na=False),
    lambda s: s.str.contains("^N.w", regex=True),
    lambda s: s.str.replace(r"[aeiou]", "", regex=True),
    lambda s: s.str.startswith(("N", "z")),
    lambda s: s.str[:3].str.upper().fillna("?"),
    lambda s: s.str.get(0).map({"N": 1, "z": 2}),
    lambda s: s.str.zfill(10).str.slice(0, 2).isin(["00", "Ne"]),
    lambda s: s + "/" + s.str.lower(),
    lambda s: "<" + s,
)


@pytest.mark.parametrize("operation", ORDINARY)
def test_ordinary_operations_are_not_refused(operation: Operation) -> None:
    for texts in (WORDS, WORDS[:1], WORDS[:0], WORDS[1:2].reset_index(drop=True)):
        assert answered(operation, texts)


def test_what_gives_objects_is_refused() -> None:
    for operation in (
        lambda s: s.str.split(" ").str[0],
        lambda s: s.str.cat(s),
        lambda s: s.str.get_dummies(),
        lambda s: s.str.findall("a"),
        lambda s: s.str["a"],
    ):
        assert not answered(operation, WORDS)


def test_numbers_have_no_text() -> None:
    assert not answered(lambda s: s.str.lower(), pd.Series([1.0]))
