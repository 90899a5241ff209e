"""How moments, durations, numbers and docstrings are written on pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from onedag.durations import to_utc

__all__ = [
    "FILTERS",
    "ago",
    "bytes_",
    "duration",
    "first_line",
    "many",
    "moment",
    "number",
    "paragraphs",
    "share",
    "short",
]

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_BYTES = ("bytes", "kB", "MB", "GB", "TB")
_DIGITS = 12
_SIGNIFICANT = 4
_INDENTED = re.compile(r"^(?:    |\t|>>> |\.\.\. )")


def moment(when: datetime | None) -> Markup:
    """A moment in UTC, to the minute; the seconds are in the element's ``datetime``.

    >>> str(moment(datetime(2013, 10, 1, 6, 30)))
    '<time datetime="2013-10-01T06:30:00+00:00">2013-10-01 06:30 UTC</time>'
    """
    if when is None:
        return Markup(NOTHING)
    utc = to_utc(when)
    return Markup('<time datetime="{}">{}</time>').format(
        utc.isoformat(), f"{utc:%Y-%m-%d %H:%M} UTC"
    )


def duration(length: timedelta | float) -> str:
    """The two largest units of a duration, or of a number of seconds.

    >>> duration(timedelta(days=3, hours=4, minutes=59)), duration(0.25)
    ('3 d 4 h', '0.25 s')
    """
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if seconds < 0:
        return f"{MINUS}{duration(-seconds)}"
    if seconds < 1:
        return f"{seconds:.2g} s"
    parts: list[tuple[int, str]] = []
    left = round(seconds)
    for unit, size in _UNITS:
        if left >= size or parts:
            parts.append((left // size, unit))
            left %= size
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count)


def ago(when: datetime, at: datetime) -> str:
    """How long before a moment another one was.

    >>> ago(datetime(2013, 10, 1), datetime(2013, 10, 2, 1)), ago(datetime.max, datetime.min)
    ('1 d 1 h ago', 'in the future')
    """
    passed = to_utc(at) - to_utc(when)
    if passed < timedelta(0):
        return "in the future"
    return "just now" if passed < timedelta(seconds=1) else f"{duration(passed)} ago"


def number(value: float | int | None) -> str:
    """A number to read: thousands apart, and no more digits than tell something.

    >>> number(336776), number(0.123456), number(12345.678), number(1e-9), number(None) == NOTHING
    ('336,776', '0.1235', '12,346', '1e-09', True)
    """
    if value is None:
        return NOTHING
    if isinstance(value, int):
        return f"{value:,}"
    if value.is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 10**_SIGNIFICANT and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.{_SIGNIFICANT}g}"


def share(value: float | None) -> str:
    """A share as a percentage; one that isn't 0 or all is never written as if it were.

    >>> share(0.0), share(0.1234), share(0.00001), share(0.99999), share(1.0)
    ('0 %', '12.3 %', '< 0.1 %', '> 99.9 %', '100 %')
    """
    if value is None:
        return NOTHING
    if 0 < value < 0.001:
        return "< 0.1 %"
    if 0.999 < value < 1:
        return "> 99.9 %"
    return f"{100 * value:.1f}".removesuffix(".0") + " %"


def bytes_(size: int) -> str:
    """A size of so many bytes.

    >>> bytes_(1), bytes_(20_500)
    ('1 byte', '20.5 kB')
    """
    if size == 1:
        return "1 byte"
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_BYTES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.3g} {_BYTES[unit]}"


def many(count: int, one: str, more: str = "") -> str:
    """A count with its noun.

    >>> many(1, "feature"), many(1200, "feature"), many(0, "entity", "entities")
    ('1 feature', '1,200 features', '0 entities')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def short(digits: str) -> str:
    """The first digits of a hash, as many as nobody mistakes."""
    return digits[:_DIGITS]


def first_line(doc: str) -> str:
    """The summary of a docstring."""
    return doc.strip().partition("\n")[0]


def paragraphs(doc: str) -> Markup:
    """A docstring, as snapshots keep it, in paragraphs; indented lines and examples stay lines.

    Nothing in it is taken for HTML.

    >>> str(paragraphs("How late.\\n\\nIn <b>minutes</b>."))
    '<p>How late.</p>\\n<p>In &lt;b&gt;minutes&lt;/b&gt;.</p>'
    """
    blocks = re.split(r"\n\s*\n", doc.strip())
    return Markup("\n").join(_block(block) for block in blocks if block)


def _block(block: str) -> Markup:
    lines = block.splitlines()
    if any(_INDENTED.match(line) for line in lines):
        return Markup("<pre>{}</pre>").format(block)
    return Markup("<p>{}</p>").format(_spoken(" ".join(line.strip() for line in lines)))


def _spoken(text: str) -> Markup:
    """Text with ``code`` set as code."""
    escaped = str(escape(text))  # so that what follows is the only HTML in it
    return Markup(re.sub(r"``(.+?)``|`(.+?)`", _code, escaped))


def _code(found: re.Match[str]) -> str:
    return f"<code>{found[1] or found[2]}</code>"


FILTERS = tuple(name for name in __all__ if name != "FILTERS")
