"""Where the bars of a histogram lie, and what is said of them."""

from __future__ import annotations

import pytest

from onedag.pages.histogram import Columns, Rows, picture_of
from onedag.statistics import Categories, FeatureStatistics, Histogram, Numbers


def numbers(drawn: Histogram | None, arrow: str = "double") -> FeatureStatistics:
    rows = 0 if drawn is None else drawn.below + sum(drawn.counts) + drawn.above
    values = Numbers((), (rows,), 0, 0, None, None, None, None, None, drawn)
    return FeatureStatistics(arrow, rows, 0, {}, values)


def categories(counts: dict[str, int], other: int = 0) -> FeatureStatistics:
    values = Categories(counts, other, None)
    return FeatureStatistics("string", values.present, 0, {}, values)


def columns_of(drawn: Histogram, arrow: str = "double") -> Columns:
    picture = picture_of("delay", numbers(drawn, arrow))
    assert isinstance(picture, Columns)
    return picture


def rows_of(counts: dict[str, int], other: int = 0) -> Rows:
    picture = picture_of("carrier", categories(counts, other))
    assert isinstance(picture, Rows)
    return picture


def test_columns_are_as_high_as_their_counts() -> None:
    picture = columns_of(Histogram(0.0, 3.0, (10, 40, 20), 0, 0))
    assert [bar.height for bar in picture.bars] == [21.0, 84.0, 42.0]
    assert picture.top == "57.1 %"


def test_columns_stand_on_their_part_of_the_axis() -> None:
    picture = columns_of(Histogram(0.0, 4.0, (1, 1, 1, 1), 0, 0))
    starts = [bar.start for bar in picture.bars]
    assert starts == pytest.approx([12 + 74 * place for place in range(4)])
    assert [tick.label for tick in picture.ticks] == ["0", "1", "2", "3", "4"]


def test_each_column_says_its_bin_count_and_share() -> None:
    picture = columns_of(Histogram(-1.5, 1.5, (1, 0, 3), 0, 0))
    assert [bar.said for bar in picture.bars] == ["-1.5 to -0.5: 1 (25 %)", "0.5 to 1.5: 3 (75 %)"]


def test_one_row_among_many_is_still_seen() -> None:
    picture = columns_of(Histogram(0.0, 2.0, (1_000_000, 1), 0, 0))
    assert picture.bars[1].height == 1.0
    assert picture.bars[1].said == "1 to 2: 1 (< 0.1 %)"


def test_what_lies_outside_has_bars_of_its_own() -> None:
    picture = columns_of(Histogram(0, 100, (5, 5), 2, 8))
    below, *_, above = picture.bars
    assert (below.said, below.apart) == ("below 0: 2 (10 %)", True)
    assert (above.said, above.apart) == ("above 100: 8 (40 %)", True)
    assert above.start + above.width <= picture.width
    assert picture.top == "40 %"
    assert "10 values lie beside the bars" in picture.said


def test_the_sentence_names_the_tallest_bar() -> None:
    picture = columns_of(Histogram(0.0, 3.0, (1, 6, 1), 0, 0))
    assert picture.said == "Histogram of delay: 8 values. The tallest bar is 1 to 2, with 75 %."


def test_equal_values_are_one_bin() -> None:
    picture = columns_of(Histogram(5.0, 5.0, (7,), 0, 0))
    assert [bar.said for bar in picture.bars] == ["5: 7 (100 %)"]
    assert [tick.label for tick in picture.ticks] == ["5"]


def test_times_are_dates() -> None:
    start, day = 1_380_585_600_000_000, 86_400_000_000  # 2013-10-01
    picture = columns_of(Histogram(start, start + 10 * day, (1, 2), 0, 0), "timestamp[us, tz=UTC]")
    assert [tick.label for tick in picture.ticks] == ["2013-10-01", "2013-10-11"]
    assert picture.bars[0].said == "2013-10-01 00:00:00 to 2013-10-06 00:00:00: 1 (33.3 %)"


def test_categories_are_rows_with_their_counts() -> None:
    picture = rows_of({"UA": 30, "": 10}, other=40)
    said = ["UA: 30 (37.5 %)", "(empty): 10 (12.5 %)", "all others: 40 (50 %)"]
    assert [bar.said for bar in picture.bars] == said
    assert [bar.width for bar in picture.bars] == [240.0, 80.0, 320.0]
    assert [bar.apart for bar in picture.bars] == [False, False, True]
    assert picture.said == f"Shares of carrier: {'; '.join(said)}."


def test_many_categories_are_counted_with_the_others() -> None:
    picture = rows_of({f"c{number}": 1 for number in range(20)}, other=5)
    assert len(picture.bars) == 13
    assert picture.bars[-1].said == "all others: 13 (52 %)"


def test_a_long_category_is_cut_where_it_is_drawn_and_whole_where_it_is_said() -> None:
    name = "x" * 100
    [bar] = rows_of({name: 1}).bars
    assert bar.label == "x" * 23 + "…"
    assert name in bar.said


@pytest.mark.parametrize(
    "of",
    [
        numbers(None),
        numbers(Histogram(0.0, 1.0, (0,), 0, 0)),
        categories({"true": 0, "false": 0}),
        FeatureStatistics("list<item: double>", 5, 0, {}, None),
    ],
    ids=["infinities alone", "no rows", "no categories", "neither"],
)
def test_without_values_there_is_no_picture(of: FeatureStatistics) -> None:
    assert picture_of("feature", of) is None
