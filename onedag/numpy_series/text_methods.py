"""`.str` of a stand-in.

pandas runs text through Arrow's kernels. They agree with Python's `str` wherever only positions and
substrings count, and on ASCII in all that is done here; whether a character is a letter, and what
its capital is, they say differently for some others. So those go through the same kernels, and
regular expressions through pandas itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onedag.numpy_series import convert
from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries

__all__ = ["TextMethods", "bools", "texts"]

_STR = pd.StringDtype(na_value=np.nan)
_BOOL, _INT, _FLOAT = np.dtype(np.bool_), np.dtype(np.int64), np.dtype(np.float64)
_SPECIAL = frozenset(".^$*+?{}[]\\|()")  # a pattern without any of them means itself
_FAR = 2**31  # positions beyond are no longer what Arrow's kernels take


def texts(values: Sequence[str | None]) -> NumpySeries:
    """A column of text; None for missing."""
    array = np.empty(len(values), object)
    array[:] = values
    return NumpySeries(array, "s", _STR)


def bools(values: Sequence[bool]) -> NumpySeries:
    """A column of NumPy bools."""
    return NumpySeries(np.array(values, _BOOL), "b", _BOOL)


def numbers(values: Sequence[int | None]) -> NumpySeries:
    """A column of int64, or of float64 if there is a None, which is NaN."""
    if None in values:
        return NumpySeries(np.array(values, _FLOAT), "f", _FLOAT)
    return NumpySeries(np.array(values, _INT), "i", _INT)


class TextMethods:
    """What ``Series.str`` offers.

    Raises:
        Refused: not a column of text; or a method that gives lists, frames or objects.
    """

    __slots__ = ("_column",)
    __iter__ = None  # as in pandas; Python would else count up through __getitem__ for ever

    def __init__(self, column: NumpySeries) -> None:
        if column._kind != "s":
            raise Refused(".str", column)
        self._column = column

    def __getattr__(self, name: str) -> Any:
        raise Refused(f".str.{name}", self._column)

    def __getitem__(self, key: Any) -> NumpySeries:
        if type(key) is slice:
            return self.slice(key.start, key.stop, key.step)
        return self.get(key)

    def lower(self) -> NumpySeries:
        return self._texts("lower", str.lower)

    def upper(self) -> NumpySeries:
        return self._texts("upper", str.upper)

    def title(self) -> NumpySeries:
        return self._texts("title", str.title)

    def capitalize(self) -> NumpySeries:
        return self._texts("capitalize", str.capitalize)

    def swapcase(self) -> NumpySeries:
        return self._texts("swapcase", str.swapcase)

    def strip(self, to_strip: Any = None) -> NumpySeries:
        return self._stripped("trim", str.strip, to_strip)

    def lstrip(self, to_strip: Any = None) -> NumpySeries:
        return self._stripped("ltrim", str.lstrip, to_strip)

    def rstrip(self, to_strip: Any = None) -> NumpySeries:
        return self._stripped("rtrim", str.rstrip, to_strip)

    def isalnum(self) -> NumpySeries:
        return self._flags("is_alnum", str.isalnum)

    def isalpha(self) -> NumpySeries:
        return self._flags("is_alpha", str.isalpha)

    def isdecimal(self) -> NumpySeries:
        return self._flags("is_decimal", str.isdecimal)

    def isdigit(self) -> NumpySeries:
        return self._flags("is_digit", str.isdigit)

    def islower(self) -> NumpySeries:
        return self._flags("is_lower", str.islower)

    def isnumeric(self) -> NumpySeries:
        return self._flags("is_numeric", str.isnumeric)

    def isspace(self) -> NumpySeries:
        return self._flags("is_space", str.isspace)

    def istitle(self) -> NumpySeries:
        return self._flags("is_title", str.istitle)

    def isupper(self) -> NumpySeries:
        return self._flags("is_upper", str.isupper)

    def len(self) -> NumpySeries:
        return numbers([None if v is None else len(v) for v in self._values()])

    def count(self, pat: Any, flags: int = 0) -> NumpySeries:
        if flags or not pat or not _literal(pat):
            return self._pandas("count", pat, flags)
        return numbers([None if v is None else v.count(pat) for v in self._values()])

    def find(self, sub: Any, start: Any = 0, end: Any = None) -> NumpySeries:
        if type(sub) is not str or start != 0 or end is not None:
            return self._pandas("find", sub, start, end)
        return numbers([None if v is None else v.find(sub) for v in self._values()])

    def contains(
        self, pat: Any, case: bool = True, flags: int = 0, na: Any = None, regex: bool = True
    ) -> NumpySeries:
        plain = type(pat) is str if not regex else _literal(pat)
        values = self._values()
        sure = plain and (case is True or (_ascii(values) and pat.isascii()))
        if not sure or flags or not _is_na(na):
            return self._pandas("contains", pat, case, flags, na, regex)
        if not case:
            pat = pat.lower()
            values = [None if v is None else v.lower() for v in values]
        missing = na is True
        return bools([missing if v is None else pat in v for v in values])

    def startswith(self, pat: Any, na: Any = None) -> NumpySeries:
        return self._edge("startswith", str.startswith, pat, na)

    def endswith(self, pat: Any, na: Any = None) -> NumpySeries:
        return self._edge("endswith", str.endswith, pat, na)

    def match(self, pat: Any, case: Any = True, flags: int = 0, na: Any = None) -> NumpySeries:
        if case is not True or flags or not _is_na(na) or not _literal(pat):
            return self._pandas("match", pat, case, flags, na)
        return self._edge("startswith", str.startswith, pat, na)

    def fullmatch(self, pat: Any, case: Any = True, flags: int = 0, na: Any = None) -> NumpySeries:
        if case is not True or flags or not _is_na(na) or not _literal(pat):
            return self._pandas("fullmatch", pat, case, flags, na)
        missing = na is True
        return bools([missing if v is None else v == pat for v in self._values()])

    def replace(
        self,
        pat: Any,
        repl: Any = None,
        n: int = -1,
        case: Any = None,
        flags: int = 0,
        regex: bool = False,
    ) -> NumpySeries:
        plain = type(pat) is str and type(repl) is str and type(n) is int and n == -1
        if regex and plain:
            plain = bool(pat) and _literal(pat) and "\\" not in repl
        if not plain or case is not None or flags:
            return self._pandas("replace", pat, repl, n=n, case=case, flags=flags, regex=regex)
        return texts([None if v is None else v.replace(pat, repl) for v in self._values()])

    def removeprefix(self, prefix: Any) -> NumpySeries:
        self._refuse_unless(type(prefix) is str, "removeprefix")
        return texts([None if v is None else v.removeprefix(prefix) for v in self._values()])

    def removesuffix(self, suffix: Any) -> NumpySeries:
        self._refuse_unless(type(suffix) is str, "removesuffix")
        return texts([None if v is None else v.removesuffix(suffix) for v in self._values()])

    def slice(self, start: Any = None, stop: Any = None, step: Any = None) -> NumpySeries:
        self._refuse_unless(_near(start) and _near(stop) and _near(step) and step != 0, "slice")
        key = slice(start, stop, step)
        return texts([None if v is None else v[key] for v in self._values()])

    def get(self, i: Any) -> NumpySeries:
        self._refuse_unless(i is not None and _near(i), "get")
        return texts(
            [None if v is None or not -len(v) <= i < len(v) else v[i] for v in self._values()]
        )

    def zfill(self, width: Any) -> NumpySeries:
        self._refuse_unless(width is not None and _near(width), "zfill")
        return texts([None if v is None else v.zfill(width) for v in self._values()])

    def pad(self, width: Any, side: Any = "left", fillchar: Any = " ") -> NumpySeries:
        self._refuse_unless(type(side) is str and side in _PADS, "pad")
        self._refuse_unless(width is not None and _near(width), "pad")
        self._refuse_unless(type(fillchar) is str and len(fillchar) == 1, "pad")
        pad = _PADS[side]
        return texts([None if v is None else pad(v, width, fillchar) for v in self._values()])

    def ljust(self, width: Any, fillchar: Any = " ") -> NumpySeries:
        return self.pad(width, "right", fillchar)

    def rjust(self, width: Any, fillchar: Any = " ") -> NumpySeries:
        return self.pad(width, "left", fillchar)

    def center(self, width: Any, fillchar: Any = " ") -> NumpySeries:
        return self.pad(width, "both", fillchar)

    def _values(self) -> list[str | None]:
        return self._column._values.tolist()  # type: ignore[no-any-return]

    def _refuse_unless(self, sure: bool, name: str) -> None:
        if not sure:
            raise Refused(f".str.{name}", self._column)

    def _texts(self, name: str, of: Callable[[str], str]) -> NumpySeries:
        values = self._values()
        if _ascii(values):
            return texts([None if v is None else of(v) for v in values])
        return texts(_kernel(name, values))

    def _flags(self, name: str, of: Callable[[str], bool]) -> NumpySeries:
        values = self._values()
        if _ascii(values):
            return bools([v is not None and of(v) for v in values])
        return bools([v is True for v in _kernel(name, values)])

    def _stripped(self, name: str, of: Callable[..., str], characters: Any) -> NumpySeries:
        if characters is None:
            return self._texts(f"{name}_whitespace", of)
        self._refuse_unless(type(characters) is str, "strip")
        return texts([None if v is None else of(v, characters) for v in self._values()])

    def _edge(self, name: str, of: Callable[..., bool], pat: Any, na: Any) -> NumpySeries:
        plain = all(type(p) is str for p in pat) if type(pat) is tuple else type(pat) is str
        if not plain or not _is_na(na):
            return self._pandas(name, pat, na)
        missing = na is True
        return bools([missing if v is None else of(v, pat) for v in self._values()])

    def _pandas(self, name: str, *args: Any, **options: Any) -> NumpySeries:
        """The method of pandas: exact, and several times slower than one of the above."""
        try:
            series = getattr(convert.to_series(self._column).str, name)(*args, **options)
        except Exception as error:  # whatever it is, the function will meet it in pandas again
            raise Refused(f".str.{name}", self._column) from error
        if not isinstance(series, pd.Series):
            raise Refused(f".str.{name}", self._column)
        return convert.from_series(series)


_PADS: dict[str, Callable[..., str]] = {"left": str.rjust, "right": str.ljust, "both": str.center}


def _ascii(values: Sequence[str | None]) -> bool:
    for value in values:  # all() with a generator takes three times as long for one row
        if value is None or value.isascii():
            continue
        return False
    return True


def _kernel(name: str, values: Sequence[str | None]) -> list[Any]:
    answers: list[Any] = getattr(pc, f"utf8_{name}")(
        pa.array(values, pa.large_string())
    ).to_pylist()
    return answers


def _literal(pattern: Any) -> bool:
    return type(pattern) is str and _SPECIAL.isdisjoint(pattern)


def _is_na(na: Any) -> bool:
    return na is None or na is True or na is False or (type(na) is float and na != na)


def _near(position: Any) -> bool:
    return position is None or (type(position) is int and -_FAR < position < _FAR)
