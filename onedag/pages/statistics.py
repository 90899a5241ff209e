"""What pages say of a feature's training values, besides the histogram."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onedag.statistics import Categories, FeatureStatistics, Number, Numbers, shown_number
from onedag.status import Status

__all__ = ["STATUSES", "Fact", "facts_of", "share"]

STATUSES = {
    Status.PRESENT: "all that it is made of was there",
    Status.NULL: "something that it is made of was empty in the data",
    Status.STALE: "something that it is made of was older than its greatest allowed age",
    Status.MISSING: "nothing was known yet of what was looked up",
}
"""What statuses mean, in words."""

_QUANTILES = ((0.05, "5 % quantile"), (0.25, "25 % quantile"), (0.5, "median"))
_UPPER = ((0.75, "75 % quantile"), (0.95, "95 % quantile"))


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a list of facts.

    Attributes:
        name: what it is.
        value: for people.
        hint: what the name means, for those who don't know; may be empty.
    """

    name: str
    value: str
    hint: str = ""


def facts_of(of: FeatureStatistics) -> tuple[Fact, ...]:
    """Rows, missing values, statuses, and how the values lie; in an order to read."""
    return tuple(_facts(of))


def share(count: int, total: int) -> str:
    """A part of rows in percent; none of no rows.

    >>> share(1, 3), share(1, 100_000), share(0, 0)
    ('33.3 %', '< 0.1 %', '0 %')
    """
    percent = 100 * count / total if total else 0.0
    if 0 < percent < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if 99.95 <= percent < 100 else f"{percent:.3g} %"


def _facts(of: FeatureStatistics) -> Iterator[Fact]:
    yield Fact("rows", f"{of.rows:,}", "rows of the training frame")
    missing = f"{of.nulls:,} ({share(of.nulls, of.rows)})"
    yield Fact("without a value", missing, "rows in which the feature is null")
    yield from _statuses(of)
    if isinstance(of.values, Numbers):
        yield from _numbers(of.values, of.type)
    elif isinstance(of.values, Categories):
        yield from _distinct(of.values.distinct)


def _statuses(of: FeatureStatistics) -> Iterator[Fact]:
    for status, meaning in STATUSES.items():
        if count := of.statuses.get(status.value):
            yield Fact(f"status {status}", f"{count:,} ({share(count, of.rows)})", meaning)


def _numbers(values: Numbers, arrow: str) -> Iterator[Fact]:
    yield from _distinct(values.distinct)
    yield from _measured("mean", values.mean, arrow)
    if not arrow.startswith("timestamp"):  # a spread of times is a duration
        yield from _measured("standard deviation", values.std, arrow)
    yield from _measured("minimum", values.minimum, arrow)
    for at, name in (*_QUANTILES, *_UPPER):
        yield from _measured(name, values.quantile(at), arrow)
    yield from _measured("maximum", values.maximum, arrow)
    infinite = values.negative_infinities + values.positive_infinities
    if infinite:
        yield Fact("infinite", f"{infinite:,}", "rows whose value is infinite")


def _distinct(count: int | None) -> Iterator[Fact]:
    if count is not None:
        yield Fact("different values", f"{count:,}", "in a sample of up to 65,536 rows")


def _measured(name: str, value: Number | None, arrow: str) -> Iterator[Fact]:
    if value is not None:
        yield Fact(name, shown_number(value, arrow))
