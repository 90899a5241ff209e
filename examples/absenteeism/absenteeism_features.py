"""Features for predicting how long an absence from work will be: plain Hamilton, nothing else.

Nothing here says where a column comes from. `age` may be sent by the caller or kept in a store; the
functions don't know, and don't change.
"""

from __future__ import annotations

import pandas as pd
from hamilton.function_modifiers import parameterize, value

SEASONS = (1, 2, 3, 4)
WORKDAYS = (2, 3, 4, 5, 6)  # Monday to Friday


def age_mean(age: pd.Series) -> float:
    """Mean age of the training rows, in years."""
    return age.mean()


def age_std_dev(age: pd.Series) -> float:
    """Sample standard deviation of the training rows' ages, in years."""
    return age.std()


def age_zero_mean(age: pd.Series, age_mean: float) -> pd.Series:
    """Years above the training rows' mean age."""
    return age - age_mean


def age_zero_mean_unit_variance(age_zero_mean: pd.Series, age_std_dev: float) -> pd.Series:
    """Age in standard deviations above the training rows' mean."""
    return age_zero_mean / age_std_dev


# One comparison for each category, and not `pd.get_dummies(seasons)`: that makes a column for each
# value among the rows in hand, so one row gets one column where many rows get four.
@parameterize(**{f"seasons_{season}": {"season": value(season)} for season in SEASONS})
def seasons_one_hot(seasons: pd.Series, season: int) -> pd.Series:
    """Whether the season is {season}."""
    return seasons == season


@parameterize(**{f"day_of_the_week_{day}": {"day": value(day)} for day in WORKDAYS})
def day_of_the_week_one_hot(day_of_the_week: pd.Series, day: int) -> pd.Series:
    """Whether the day of the week is {day}: 2 for Monday to 6 for Friday."""
    return day_of_the_week == day


def has_children(son: pd.Series) -> pd.Series:
    """Whether the employee has children."""
    return son > 0


def has_pet(pet: pd.Series) -> pd.Series:
    """Whether the employee has a pet."""
    return pet > 0


def is_summer(month: pd.Series) -> pd.Series:
    """Whether the month is in the southern summer: December to February."""
    # Not isin(): it calls a missing month False, and missing is missing.
    return (month == 12) | (month == 1) | (month == 2)
