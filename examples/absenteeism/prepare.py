"""Turns a CSV with the columns of UCI's "Absenteeism at work" into the file that the source reads.

What is checked and changed:

- All columns are there, whatever blanks are around their names; `;` or `,` separates.
- Whole numbers are whole: 5.0 is written 5, and 5.5 is an error. An empty cell stays empty.
- A "Date of absence" is kept. UCI's file has none, and a row needs a time, so one is derived from
  what that file does tell: the order of its rows and their months. The first row is of 2007; where
  the month is lower than in the row above, a year has begun; the rows of one month are spread over
  it evenly, in their order. Month 0, UCI's "not known", counts as the month above. So order and
  month are right, and the day within the month is made up: it need not fall on the row's weekday.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from absenteeism_services import COLUMNS

DATE = "Date of absence"
FRACTIONAL = "Work load Average/day"
FIRST_YEAR = 2007


class UnusableRecords(ValueError):
    """The CSV isn't of the schema; the message says where."""


def read_records(path: Path) -> pd.DataFrame:
    """Read a CSV of the schema, with or without dates.

    Raises:
        UnusableRecords: a column is missing, or a value isn't of its column's type.
    """
    with path.open(encoding="utf-8-sig") as file:
        separator = ";" if ";" in file.readline() else ","
    raw = pd.read_csv(path, sep=separator, encoding="utf-8-sig", dtype="str")
    return clean(raw.rename(columns=str.strip))


def clean(raw: pd.DataFrame) -> pd.DataFrame:
    """Records in the schema's types and order of columns, by date; of one date, in their order.

    Raises:
        UnusableRecords: as `read_records`.
    """
    expected = [name for name in COLUMNS if name != DATE]
    if lacking := [name for name in expected if name not in raw.columns]:
        raise UnusableRecords(
            f"There is no column {', '.join(map(repr, lacking))}; "
            f"the columns are {', '.join(map(repr, raw.columns))}."
        )
    records = pd.DataFrame({name: _numbers(raw[name]) for name in expected})
    if records["ID"].isna().any():
        raise UnusableRecords(f"Column 'ID' is empty in {_line(records['ID'].isna())}.")
    records[DATE] = _dates(raw[DATE]) if DATE in raw.columns else derived_dates(records)
    return records.sort_values(DATE, kind="stable", ignore_index=True)


def derived_dates(records: pd.DataFrame) -> pd.Series:
    """Dates for records without any, as the module's docstring says; in the order of the rows."""
    month = records["Month of absence"]
    if (unknown := ~month.between(0, 12).fillna(False)).any():
        raise UnusableRecords(
            f"There is no {DATE!r}, and month {month[unknown].iloc[0]} in {_line(unknown)} "
            f"says nothing of the time; months are 1 to 12, or 0 where not known."
        )
    month = month.replace(0, pd.NA).ffill().bfill().fillna(1)
    year = FIRST_YEAR + (month.diff() < 0).fillna(False).cumsum()
    start = pd.to_datetime({"year": year, "month": month, "day": 1})
    rows = start.groupby(start)
    seconds = start.dt.days_in_month * 86_400 * rows.cumcount() // rows.transform("size")
    dates = start + pd.to_timedelta(seconds, unit="s")
    return dates.dt.as_unit("us").dt.tz_localize("UTC")


def _dates(texts: pd.Series) -> pd.Series:
    dates = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
    if dates.isna().any():
        wrong = dates.isna()
        raise UnusableRecords(
            f"Column {DATE!r} is {texts[wrong].iloc[0]!r} in {_line(wrong)}, "
            f"not a date such as 2023-01-31."
        )
    return dates.dt.as_unit("us")


def _numbers(texts: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(texts, errors="coerce").astype("Float64")
    whole = texts.name != FRACTIONAL
    wrong = numbers.isna() & texts.notna()
    if whole:
        wrong |= (numbers % 1 != 0).fillna(False)
    if wrong.any():
        kind = "a whole number" if whole else "a number"
        raise UnusableRecords(
            f"Column {texts.name!r} is {texts[wrong].iloc[0]!r} in {_line(wrong)}, not {kind}."
        )
    return numbers.astype("Int64" if whole else "float64")


def _line(wrong: pd.Series) -> str:
    """The first wrong row, as an editor counts lines: the header is line 1."""
    return f"line {int(np.argmax(wrong)) + 2}"
