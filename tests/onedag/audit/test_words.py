"""Words for those who don't read code."""

from __future__ import annotations

import doctest

import pytest

from onedag.audit import words
from onedag.audit.words import in_words, known, type_in_words
from onedag.snapshots import SourceSnapshot


def test_examples_of_docstrings() -> None:
    failed, tried = doctest.testmod(words)
    assert tried
    assert not failed


@pytest.mark.parametrize(
    ("known_at", "delay", "said"),
    [
        (None, None, "from the time in its column “at” on"),
        (None, "90min", "90 minutes after the time in its column “at”"),
        ("seen", None, "at the time in its column “seen”"),
    ],
)
def test_when_a_row_is_known(known_at: str | None, delay: str | None, said: str) -> None:
    source = SourceSnapshot("s", "s.parquet", "at", known_at, delay, None, {}, {}, {}, "")
    assert known(source) == said


def test_a_duration_of_another_version_stays_as_it_is() -> None:
    assert in_words("1month") == "1month"


def test_types_that_have_no_words_stay_as_they_are() -> None:
    assert type_in_words("list<item: double>") == "list<item: double>"
    assert type_in_words("dictionary<values=string, indices=int32, ordered=0>").startswith("text (")
