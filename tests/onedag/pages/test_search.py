from __future__ import annotations

import pytest

from onedag.pages.search import KINDS, Entry, entries, find, nearest

ENTRIES = (
    Entry("service", "late", "services/late"),
    Entry("feature", "late_rate_7d", "features/late_rate_7d", owner="ML Team", tags=("pii",)),
    Entry("feature", "carrier_late", "features/carrier_late", about="Share of late ones"),
    Entry("feature", "translate", "features/translate"),
    Entry("feature", "distance", "features/distance", words="How late is not said here"),
    Entry("column", "late", "sources/flights", "column-late"),
    Entry("view", "carrier_landings", "views/carrier_landings"),
)


def names(query: str) -> list[str]:
    return [f"{entry.kind} {entry.name}" for entry in find(ENTRIES, query)]


def test_names_come_before_parts_of_names_and_those_before_words():
    assert names("LATE") == [
        "service late",
        "column late",
        "feature late_rate_7d",
        "feature carrier_late",
        "feature translate",
        "feature distance",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("late 7d", ["feature late_rate_7d"]),
        ("owner:ml-team", ["feature late_rate_7d"]),
        ("tag:pii", ["feature late_rate_7d"]),
        ("pii", ["feature late_rate_7d"]),
        ("kind:view carrier", ["view carrier_landings"]),
        ("other:thing", []),
        ("late nothing", []),
        ("   ", []),
        ("", []),
        ("(.*", []),
    ],
)
def test_find(query: str, found: list[str]) -> None:
    assert names(query) == found


def test_nearest_knows_what_was_mistyped():
    assert nearest(ENTRIES, "carier_late")[0].name == "carrier_late"
    assert nearest(ENTRIES, "xyz") == []


def test_everything_of_a_catalog_can_be_found(catalog):
    found = {(entry.kind, entry.name): entry for entry in entries(catalog)}
    assert {kind for kind, _ in found} == set(KINDS) - {"function"} | {"function"}
    assert found["column", "amount"].page == "sources/orders"
    assert found["column", "amount"].anchor == "column-amount"
    assert found["column", "amount"].tags == ("pii",)
    assert found["request field", "price"].anchor == "field-price"
    assert found["fitted value", "mean_price"].about == "Mean price."
    assert found["function", "is_big"].about == "Whether it is big."
    assert find(entries(catalog), "least 100")[0].name == "is_big"


def test_a_thousand_features_are_found_at_once():
    many = tuple(
        Entry("feature", f"spent_{n}_7d", f"features/spent_{n}_7d", owner=f"team {n % 10}")
        for n in range(1000)
    )
    assert find(many, "999")[0].name == "spent_999_7d"
    assert len(find(many, "spent")) == 1000


def test_words_of_a_query_count_once_and_only_the_first_dozen():
    assert names("late late") == names("late")
    assert names(" ".join(["late", *"abcdefghijkl"])) == []
    dozen = [f"a{n}" for n in range(12)]
    one = (Entry("feature", "_".join(dozen), "features/x"),)
    assert find(one, " ".join([*dozen, "nothing"])) == list(one)
