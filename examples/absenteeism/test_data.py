"""The generator, and what is made of a CSV."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest


def written(records: pd.DataFrame, path: Path, separator: str = ";") -> Path:
    records.to_csv(path, sep=separator, index=False)
    return path


# Generator ----------------------------------------------------------------------------------------


def test_a_seed_gives_one_file(generate: ModuleType) -> None:
    pd.testing.assert_frame_equal(generate.generate(seed=3), generate.generate(seed=3))
    assert not generate.generate(seed=3).equals(generate.generate(seed=4))


def test_generated_records_have_the_schema(generate: ModuleType, services: ModuleType) -> None:
    records = generate.generate(employees=12)
    assert list(records.columns) == list(services.COLUMNS)
    assert set(records["ID"]) == set(range(1, 13))
    assert not records.duplicated(["ID", "Date of absence"]).any()
    dates = pd.to_datetime(records["Date of absence"])
    assert dates.is_monotonic_increasing
    assert (dates.dt.month == records["Month of absence"]).all()
    assert (dates.dt.day_of_week + 2 == records["Day of the week"]).all()
    assert set(records["Day of the week"]) == {2, 3, 4, 5, 6}
    assert set(records["Seasons"]) == {1, 2, 3, 4}


def test_generated_employees_change(generate: ModuleType) -> None:
    values = generate.generate().groupby("ID")[["Age", "Son", "Pet"]].nunique()
    assert (values.max() > 1).all()


# CSV ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ","])
def test_a_file_of_the_generator_is_read_as_it_was(
    generate: ModuleType, prepare: ModuleType, tmp_path: Path, separator: str
) -> None:
    records = generate.generate()
    read = prepare.read_records(written(records, tmp_path / "absences.csv", separator))
    assert read["Date of absence"].dt.strftime("%Y-%m-%d").tolist() == list(
        records["Date of absence"]
    )
    for name in records.columns.drop("Date of absence"):
        assert read[name].tolist() == records[name].tolist()


def test_whole_numbers_written_with_a_fraction_are_whole(
    generate: ModuleType, prepare: ModuleType, tmp_path: Path
) -> None:
    records = generate.generate()
    fractional = records.assign(**{"Day of the week": records["Day of the week"].astype("float64")})
    read = prepare.read_records(written(fractional, tmp_path / "absences.csv"))
    assert "5.0" in (tmp_path / "absences.csv").read_text(encoding="utf-8")
    assert read["Day of the week"].dtype == "Int64"
    assert read["Day of the week"].tolist() == records["Day of the week"].tolist()


def test_names_with_blanks_and_a_byte_order_mark_are_read(
    generate: ModuleType, prepare: ModuleType, tmp_path: Path
) -> None:
    records = generate.generate().rename(
        columns={"Work load Average/day": "Work load Average/day "}
    )
    path = tmp_path / "absences.csv"
    records.to_csv(path, sep=";", index=False, encoding="utf-8-sig")
    assert len(prepare.read_records(path)) == len(records)


def test_an_empty_cell_is_missing(
    generate: ModuleType, prepare: ModuleType, tmp_path: Path
) -> None:
    records = generate.generate().astype({"Age": "Int64"})
    records.loc[4, "Age"] = pd.NA
    read = prepare.read_records(written(records, tmp_path / "absences.csv"))
    assert read["Age"].isna().tolist() == [row == 4 for row in range(len(read))]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (
            "Day of the week",
            "5.5",
            "Column 'Day of the week' is '5.5' in line 4, not a whole number",
        ),
        ("Age", "old", "Column 'Age' is 'old' in line 4, not a whole number"),
        (
            "Work load Average/day",
            "x",
            "Column 'Work load Average/day' is 'x' in line 4, not a num",
        ),
        ("ID", None, "Column 'ID' is empty in line 4"),
        ("Date of absence", "31.01.", "Column 'Date of absence' is '31.01.' in line 4, not a date"),
    ],
)
def test_a_value_that_cant_be_is_named(
    generate: ModuleType,
    prepare: ModuleType,
    tmp_path: Path,
    column: str,
    value: str | None,
    message: str,
) -> None:
    records = generate.generate().astype({column: "object"})
    records.loc[2, column] = value
    path = written(records, tmp_path / "absences.csv")
    with pytest.raises(prepare.UnusableRecords, match=message):
        prepare.read_records(path)


def test_a_column_that_isnt_there_is_named(
    generate: ModuleType, prepare: ModuleType, tmp_path: Path
) -> None:
    path = written(generate.generate().drop(columns=["Pet", "Age"]), tmp_path / "absences.csv")
    with pytest.raises(prepare.UnusableRecords, match="no column 'Age', 'Pet'"):
        prepare.read_records(path)


# Dates of a file without any ----------------------------------------------------------------------


def dates_for(prepare: ModuleType, months: list[int]) -> list[str]:
    records = pd.DataFrame({"Month of absence": pd.Series(months, dtype="Int64")})
    return prepare.derived_dates(records).dt.strftime("%Y-%m-%d").tolist()  # type: ignore[no-any-return]


def test_dates_follow_the_months_and_the_order(prepare: ModuleType) -> None:
    #     month   11          12          1 (a year later)    3
    #     row     0     1     2           3     4     5       6
    assert dates_for(prepare, [11, 11, 12, 1, 1, 1, 3]) == [
        "2007-11-01",
        "2007-11-16",
        "2007-12-01",
        "2008-01-01",
        "2008-01-11",
        "2008-01-21",
        "2008-03-01",
    ]


def test_a_month_that_isnt_known_is_that_above(prepare: ModuleType) -> None:
    assert dates_for(prepare, [0, 7, 0]) == ["2007-07-01", "2007-07-11", "2007-07-21"]


def test_dates_are_distinct_and_in_the_month(generate: ModuleType, prepare: ModuleType) -> None:
    undated = generate.generate(employees=300).drop(columns="Date of absence")
    cleaned = prepare.clean(undated)
    assert cleaned["Date of absence"].is_unique
    assert (cleaned["Date of absence"].dt.month == cleaned["Month of absence"]).all()
    assert cleaned["ID"].tolist() == undated["ID"].tolist()


def test_a_month_that_cant_be_is_named(generate: ModuleType, prepare: ModuleType) -> None:
    undated = generate.generate().drop(columns="Date of absence")
    undated.loc[1, "Month of absence"] = 13
    with pytest.raises(prepare.UnusableRecords, match="month 13 in line 3"):
        prepare.clean(undated)
