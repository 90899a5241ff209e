"""Why a value that was served isn't what history says now."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["FAILING", "MEANS", "Cause"]


class Cause(StrEnum):
    """One reason; a cell may have several."""

    CODE = "code"
    LATE_DATA = "late-data"
    STALE_STORE = "stale-store"
    EARLY_ROW = "early-row"
    STORE_DOWN = "store-down"
    MODEL_RUN = "model-run"
    UNEXPLAINED = "unexplained"


MEANS: Mapping[Cause, str] = {
    Cause.CODE: "a function, or a package that computes, isn't the one that served or stored it",
    Cause.LATE_DATA: (
        "rows came, changed or went after the store was filled, with times before that: the value "
        "that was stored isn't the one that the same code finds now"
    ),
    Cause.STALE_STORE: (
        "the store was filled before the row's time, and what came in between isn't in it"
    ),
    Cause.EARLY_ROW: "the row's time lies before the moment as of which the store was filled",
    Cause.STORE_DOWN: "the store couldn't be read, and the service answers without it",
    Cause.MODEL_RUN: (
        "the run that is published now has other fitted values, with which the feature would be "
        "another"
    ),
    Cause.UNEXPLAINED: (
        "the same code gives another value for the same inputs: it isn't row-wise, or reads what "
        "isn't an input (run `onedag check`), or onedag is wrong: please report it"
    ),
}
"""What each cause says, for people."""

FAILING = frozenset((Cause.CODE, Cause.UNEXPLAINED))
"""The causes that fail a replay unless somebody says otherwise: the others are of operation."""
