"""The usual cause of what a function does wrong, and the cure, told by what its code names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.check.impure import clocks, random_numbers, stopwatches
from drivers.check.reached import Reached, reached
from onedag.graph import FunctionNode

__all__ = ["KEEPS", "NULLS", "ROUNDING", "Cause", "advice", "reads_clock"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a function answers as it does, and what to write instead."""

    why: str
    cure: str

    def __str__(self) -> str:
        return f"Usual cause: {self.why}. Cure: {self.cure}."


_ONE_VALUE = "make it a function of its own, annotated `-> float`, or use @aggregate"
_ONE_FITTED = "fit it by a function of its own, and use what it returns"
_REDUCTIONS = {
    "mean": "a mean",
    "std": "a deviation",
    "var": "a variance",
    "sum": "a sum",
    "max": "a maximum",
    "min": "a minimum",
    "median": "a median",
    "quantile": "a quantile",
    "mode": "a mode",
    "count": "a count",
    "any": "any()",
    "all": "all()",
    "nunique": "a number of distinct values",
    "value_counts": "a count of values",
    "unique": "a list of distinct values",
}
_ANOTHER_ROW = "use @latest for the value before"
_INDEX = Cause(
    "the index only counts the rows in hand, from 0",
    "carry what you need as a column, or use event_timestamp",
)
_LENGTH = Cause(
    "the number of rows is that of a chunk in training and of a request in serving",
    "use @aggregate with over= for a count that means something",
)
_BY_NAME: Mapping[str, Cause] = {
    "get_dummies": Cause(
        "get_dummies makes columns of the values it sees", "write `x == value` for each value"
    ),
    "factorize": Cause("factorize numbers the values it sees", "use a fixed mapping"),
    "rank": Cause(
        "a rank depends on the other rows",
        "use thresholds, fitted by a function of its own that returns a list",
    ),
    "shift": Cause("shift takes another row's value", _ANOTHER_ROW),
    "diff": Cause("diff takes another row's value", _ANOTHER_ROW),
    "pct_change": Cause("pct_change takes another row's value", _ANOTHER_ROW),
    "ffill": Cause("ffill takes another row's value", "use @latest, or fillna() with a value"),
    "bfill": Cause("bfill takes another row's value", "fillna() with a value"),
    "interpolate": Cause("interpolate takes other rows' values", "fillna() with a value"),
    "rolling": Cause("a rolling window depends on the rows before", "use @aggregate with over="),
    "expanding": Cause("an expanding window depends on the rows before", "use @aggregate"),
    "ewm": Cause("a weighted mean depends on the rows before", "use @aggregate with over="),
    "sort_values": Cause("sort_values changes the order of rows", "leave the rows as they are"),
    "sort_index": Cause("sort_index changes the order of rows", "leave the rows as they are"),
    "groupby": Cause("groupby looks across rows", "use @aggregate by= an entity"),
    "duplicated": Cause("duplicated looks across rows", "use @aggregate to count"),
    "drop_duplicates": Cause("drop_duplicates drops rows", "use @aggregate to count"),
    "dropna": Cause("dropna drops rows", "use where() or fillna()"),
    "cut": Cause(
        "cut chooses bins by the values it sees, unless it is given the edges, and names them by "
        "the dtype that it sees, unless it is given labels",
        "give it edges and labels",
    ),
    "qcut": Cause("qcut chooses bins by the values it sees", "fit the edges on the training frame"),
    "merge": Cause(
        "merge drops, adds or moves rows where keys are missing or there twice",
        "map() the key with a table of one row each",
    ),
    "fit_transform": Cause("it is fitted on the rows in hand", _ONE_FITTED),
    "fit": Cause("it is fitted on the rows in hand", _ONE_FITTED),
    "percentile": Cause("a percentile looks across rows", _ONE_VALUE),
    "cat": Cause(
        "a category's code is its place among the values there are, unless they are given",
        "give them: pd.CategoricalDtype([…]), or a fixed mapping",
    ),
    "sample": Cause("sample draws rows", "leave the rows as they are"),
    "argsort": Cause("argsort looks across rows", "use thresholds"),
    "index": _INDEX,
    "loc": _INDEX,
    "iloc": Cause("iloc takes a row by where it stands", "use the columns whole"),
    "reset_index": _INDEX,
    "reindex": _INDEX,
    "len": _LENGTH,
    "size": _LENGTH,
    "shape": _LENGTH,
}
NULLS = Cause(
    "where another row is null pandas makes floats of integers, and computes with them otherwise",
    "say the dtype of what may be null before computing with it, as astype('float64')",
)
ROUNDING = Cause(
    "the two differ in rounding alone: NumPy adds up a product of matrices, or a sum over an axis, "
    "in an order that depends on the number of rows",
    "write it as products and sums of columns",
)
KEEPS = Cause(
    "the training job and each server process begin anew, and see other rows first",
    "write a fixed table, or fit it by a function of its own that returns a dict",
)
_RUNNING = Cause("a running total depends on the rows before", "use @aggregate")
_DEFAULTS: Mapping[str, Cause] = {
    "row-wise": Cause(
        "it looks at the other rows in hand, at their number or at their order",
        "use @aggregate or @latest for what comes from other rows, and a function annotated "
        "`-> float` for what is fitted on the training frame",
    ),
    "index": _INDEX,
    "dtype": Cause(
        "pandas takes the dtype from the values it sees",
        "say the dtype, for example with astype(), so that it doesn't depend on the values",
    ),
    "mutation": Cause(
        "it writes into what it is given", "work on a copy (x = x.copy()), or use where()"
    ),
    "random": Cause(
        "it draws random numbers, or keeps something from one call for the next",
        "compute it from the row, for example from a hash of a key "
        "(pd.util.hash_array), or carry it in the request",
    ),
    "clock": Cause(
        "it reads the wall clock, which says another time in training than in serving",
        "take event_timestamp as an input: the row's own time",
    ),
}


def advice(step: FunctionNode, kind: str, seen: Cause | None = None) -> str:
    """What the code of a function and of its helpers suggests: causes and cures, as sentences.

    Args:
        step: the function.
        kind: of the problem, as `Problem` has it.
        seen: what the example itself shows, which the code needn't name.
    """
    found = reached(step.code)
    causes = [str(cause) for cause in ([seen] if seen else _causes(found, kind))]
    reads = [*clocks(found), *stopwatches(found), *random_numbers(found)]
    named = f" It calls {', '.join(reads)}." if reads and kind in ("clock", "random") else ""
    return named + "".join(f" {cause}" for cause in causes)


def reads_clock(step: FunctionNode) -> bool:
    """Whether a function, or a helper of it, calls any clock."""
    found = reached(step.code)
    return bool(clocks(found) or stopwatches(found))


def _causes(found: Reached, kind: str) -> list[Cause]:
    default = _DEFAULTS.get(kind)
    if kind in ("mutation", "random", "clock"):
        return [default] if default else []
    named = [*_of_names(found.names)]
    if kind == "dtype":  # a name says why the values differ, and the cure is about the dtype
        named = [cause for cause in named if cause not in (_INDEX, _LENGTH)]
        return [*named, _DEFAULTS["dtype"]]
    if kind == "index":
        named = [cause for cause in named if cause is _INDEX]
    return list(dict.fromkeys(named)) or ([default] if default else [])


def _of_names(names: set[str]) -> list[Cause]:
    found = [cause for name, cause in _BY_NAME.items() if name in names]
    found += [
        Cause(f"{what} looks across rows", _ONE_VALUE)
        for name, what in _REDUCTIONS.items()
        if name in names
    ]
    if any(name.startswith("cum") for name in names):
        found.append(_RUNNING)
    return found
