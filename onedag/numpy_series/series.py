"""`NumpySeries`: an immutable column over NumPy arrays with the surface of `pd.Series`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.numpy_series import choices, methods, ufuncs
from onedag.numpy_series.kinds import BOOL
from onedag.numpy_series.only import MANY, fill, is_missing, only
from onedag.numpy_series.operators import flexible_method, operator_method, wrap
from onedag.numpy_series.refusal import Refused

__all__ = ["NumpySeries"]


def _method(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A method that `methods` or `choices` has for numbers, and `text` and `times` for theirs."""

    def method(self: NumpySeries, *args: Any, **options: Any) -> Any:
        try:
            if self._kind == "s":
                return self._text(name, self, *args, **options)
            if self._kind in "Mm":
                return self._times(name, self, *args, **options)
            return function(self, *args, **options)
        except (TypeError, ValueError, OverflowError) as error:  # what was given is unfit
            raise Refused(f"{name}: {error}", self) from error

    return method


def _refused(what: str) -> Callable[..., Any]:
    def method(self: NumpySeries, *args: Any) -> NoReturn:
        raise Refused(what, self, *args)

    return method


class NumpySeries:
    """A column of ``n`` rows under a ``RangeIndex``, without a name.

    | kind | dtype                       | values                            | mask        |
    |------|-----------------------------|-----------------------------------|-------------|
    | biuf | NumPy's                     | of that dtype                     | None        |
    | BIUF | boolean, Int8 …, Float64    | of the NumPy dtype; any if null   | True = null |
    | s    | str                         | object: str, None for missing     | None        |
    | M    | datetime64[us, zone or not] | M8[us] in UTC, NaT                | None        |
    | m    | timedelta64[us]             | m8[us], NaT                       | None        |

    It is never written to, so columns may share arrays, and one column may be given to several
    functions.
    """

    # Of a column of one row `_only` is the value, and the arrays are made when they are asked for.
    __slots__ = ("_dtype", "_kind", "_mask", "_only", "_values")

    def __init__(
        self,
        values: npt.NDArray[Any],
        kind: str,
        dtype: Any,
        mask: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self._only = MANY
        self._values = values
        self._kind = kind
        self._dtype = dtype
        self._mask = mask

    def __len__(self) -> int:
        return len(self._values) if self._only is MANY else 1

    def __getattr__(self, name: str) -> Any:
        if name in ("_values", "_mask"):
            fill(self)
            return object.__getattribute__(self, name)
        if name.startswith("__") and not hasattr(pd.Series, name):
            raise AttributeError(name)  # NumPy and others ask what protocols there are
        raise Refused(f".{name}", self)

    def __repr__(self) -> str:
        return repr(convert.to_series(self))

    @property  # type: ignore[misc]  # in Python it can be set
    def __class__(self) -> type:
        """`pd.Series`, so that a function's ``isinstance`` has the answer that it has in batch."""
        return pd.Series

    __add__ = operator_method("add")
    __radd__ = operator_method("radd")
    __sub__ = operator_method("sub")
    __rsub__ = operator_method("rsub")
    __mul__ = operator_method("mul")
    __rmul__ = operator_method("rmul")
    __truediv__ = operator_method("truediv")
    __rtruediv__ = operator_method("rtruediv")
    __floordiv__ = operator_method("floordiv")
    __rfloordiv__ = operator_method("rfloordiv")
    __mod__ = operator_method("mod")
    __rmod__ = operator_method("rmod")
    __pow__ = operator_method("pow")
    __rpow__ = operator_method("rpow")
    __and__ = operator_method("and")
    __rand__ = operator_method("rand")
    __or__ = operator_method("or")
    __ror__ = operator_method("ror")
    __xor__ = operator_method("xor")
    __rxor__ = operator_method("rxor")
    __eq__ = operator_method("eq")
    __ne__ = operator_method("ne")
    __lt__ = operator_method("lt")
    __le__ = operator_method("le")
    __gt__ = operator_method("gt")
    __ge__ = operator_method("ge")

    add = flexible_method("add")
    radd = flexible_method("radd")
    sub = flexible_method("sub")
    rsub = flexible_method("rsub")
    mul = flexible_method("mul")
    rmul = flexible_method("rmul")
    truediv = flexible_method("truediv")
    rtruediv = flexible_method("rtruediv")
    floordiv = flexible_method("floordiv")
    rfloordiv = flexible_method("rfloordiv")
    mod = flexible_method("mod")
    rmod = flexible_method("rmod")
    pow = flexible_method("pow")
    rpow = flexible_method("rpow")
    eq = flexible_method("eq")
    ne = flexible_method("ne")
    lt = flexible_method("lt")
    le = flexible_method("le")
    gt = flexible_method("gt")
    ge = flexible_method("ge")
    subtract, multiply = sub, mul
    div, divide, rdiv = truediv, truediv, rtruediv

    __iadd__ = _refused("an operation in place")
    __isub__ = _refused("an operation in place")
    __imul__ = _refused("an operation in place")
    __itruediv__ = _refused("an operation in place")
    __ifloordiv__ = _refused("an operation in place")
    __imod__ = _refused("an operation in place")
    __ipow__ = _refused("an operation in place")
    __iand__ = _refused("an operation in place")
    __ior__ = _refused("an operation in place")
    __ixor__ = _refused("an operation in place")
    __divmod__ = _refused("divmod")
    __rdivmod__ = _refused("divmod")
    __matmul__ = _refused("@")
    __rmatmul__ = _refused("@")
    __bool__ = _refused("bool()")
    __iter__ = _refused("iteration")
    __getitem__ = _refused("[]")
    __setitem__ = _refused("[] =")
    __delitem__ = _refused("del []")
    __contains__ = _refused("in")
    __float__ = _refused("float()")
    __int__ = _refused("int()")
    __index__ = _refused("an index")
    __complex__ = _refused("complex()")
    __hash__ = _refused("hash()")
    __reduce_ex__ = _refused("pickling")

    def __neg__(self) -> NumpySeries:
        return self._inverted() if self._kind in "bB" else self._unary(np.negative)

    def __pos__(self) -> NumpySeries:
        return self._unary(np.positive) if self._kind not in "bB" else self

    def __abs__(self) -> NumpySeries:
        return self._unary(np.absolute)

    def __invert__(self) -> NumpySeries:
        return self._inverted()

    def __round__(self, decimals: int = 0) -> NumpySeries:
        return self.round(decimals)  # type: ignore[no-any-return]

    def __copy__(self) -> NumpySeries:
        return self

    def __deepcopy__(self, memo: Any) -> NumpySeries:
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if dtype is not None or copy is False:
            raise Refused("np.asarray", self)
        array = ufuncs.as_array(self)
        return array.copy() if copy else array

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any
    ) -> NumpySeries:
        return ufuncs.apply_ufunc(self, ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return ufuncs.apply_function(self, function, args, options)

    def _unary(self, ufunc: np.ufunc) -> NumpySeries:
        if self._kind == "m":
            return self._times(ufunc.__name__, self)  # type: ignore[no-any-return]
        if self._kind in "sM":
            raise Refused(f"np.{ufunc.__name__}", self)
        return wrap(self, ufunc(self._values), self._mask)

    def _inverted(self) -> NumpySeries:
        if self._kind not in "biuBIU":
            raise Refused("~", self)
        return wrap(self, ~self._values, self._mask)

    def _text(self, name: str, *args: Any, **options: Any) -> Any:
        return _of(text, name, self)(*args, **options)

    def _times(self, name: str, *args: Any, **options: Any) -> Any:
        return _of(times, name, self)(*args, **options)

    @property
    def dtype(self) -> Any:
        """The pandas dtype."""
        return self._dtype

    @property
    def name(self) -> None:
        """None: a row function's result is named after the function, whatever it is called."""

    @property
    def index(self) -> pd.RangeIndex:
        return pd.RangeIndex(len(self._values))

    @property
    def ndim(self) -> int:
        return 1

    @property
    def size(self) -> int:
        return len(self._values)

    @property
    def shape(self) -> tuple[int]:
        return (len(self._values),)

    @property
    def empty(self) -> bool:
        return not len(self._values)

    @property
    def values(self) -> npt.NDArray[Any]:
        """The array, not to be written to; NumPy's dtypes only."""
        if self._kind not in "biuf":
            raise Refused(".values", self)
        return ufuncs.as_array(self)

    @property
    def str(self) -> text.TextMethods:
        return text.TextMethods(self)

    @property
    def dt(self) -> times.TimeMethods:
        return times.TimeMethods(self)

    def isna(self) -> NumpySeries:
        """Whether each value is null or NaN; dtype bool."""
        if (missing := is_missing(self)) is not None:
            return only(NumpySeries, missing, "b")
        return NumpySeries(choices.missing(self), "b", BOOL)

    def notna(self) -> NumpySeries:
        """Whether each value is neither null nor NaN; dtype bool."""
        if (missing := is_missing(self)) is not None:
            return only(NumpySeries, not missing, "b")
        return NumpySeries(~choices.missing(self), "b", BOOL)

    isnull, notnull = isna, notna

    where = _method("where", choices.where)
    mask = _method("mask", choices.mask)
    fillna = _method("fillna", choices.fillna)
    clip = _method("clip", choices.clip)
    abs = __abs__
    round = _method("round", methods.round_values)
    between = _method("between", methods.between)
    isin = _method("isin", methods.isin)
    map = _method("map", methods.map_values)
    astype = _method("astype", methods.astype)

    def copy(self, deep: bool = True) -> NumpySeries:
        return self

    def pipe(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """What a function gives for the column and some arguments."""
        return function(self, *args, **options)

    def to_numpy(self, *args: Any, **options: Any) -> npt.NDArray[Any]:
        """The values, not to be written to; NumPy's dtypes only: others would let them be."""
        if args or options or self._kind not in "biuf":
            raise Refused("to_numpy", self)
        return ufuncs.as_array(self)

    tolist = _method("tolist", methods.tolist)
    to_list = tolist


def _of(module: Any, name: str, column: NumpySeries) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if function is None:
        raise Refused(f"{name}()", column)
    return function  # type: ignore[no-any-return]


# They make columns themselves, and so need the class.
from onedag.numpy_series import convert, text, times  # noqa: E402
