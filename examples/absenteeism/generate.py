"""Makes up absences from work in the columns of UCI's "Absenteeism at work", and with a date.

    python examples/absenteeism/generate.py absences.csv [--seed 0] [--employees 40]

The same seed gives the same file. Nobody in it exists: each employee is drawn once, and then ages,
has children and takes in pets, so that an employee's older records differ from the newer ones.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

FIRST_DAY = pd.Timestamp("2021-01-01")
LAST_DAY = pd.Timestamp("2023-12-31")


def generate(seed: int = 0, employees: int = 40) -> pd.DataFrame:
    """Absences of three years, a row each, by date. No employee is absent twice on one day."""
    random = np.random.default_rng(seed)
    staff = [_absences(number, random) for number in range(1, employees + 1)]
    records = pd.concat(staff).sort_values(["Date of absence", "ID"], ignore_index=True)
    records["Date of absence"] = records["Date of absence"].dt.strftime("%Y-%m-%d")
    return records


def _absences(number: int, random: np.random.Generator) -> pd.DataFrame:
    """All absences of one employee."""
    workdays = pd.bdate_range(FIRST_DAY, LAST_DAY)
    count = 1 + random.poisson(15)
    days = pd.DatetimeIndex(np.sort(random.choice(workdays, count, replace=False)))
    born = FIRST_DAY - pd.Timedelta(days=int(random.integers(22 * 365, 58 * 365)))
    hired = FIRST_DAY - pd.Timedelta(days=int(random.integers(1, 20 * 365)))
    height = int(random.integers(155, 196))
    weight = int(random.integers(52, 109))
    return pd.DataFrame(
        {
            "ID": number,
            "Reason for absence": random.integers(0, 29, count),
            "Month of absence": days.month,
            "Day of the week": days.day_of_week + 2,
            "Seasons": np.array([2, 3, 1, 4])[(days.month - 1) // 3],
            "Transportation expense": int(random.integers(118, 389)),
            "Distance from Residence to Work": int(random.integers(5, 53)),
            "Service time": (days - hired).days // 365,
            "Age": (days - born).days // 365,
            "Work load Average/day": np.round(random.uniform(205.0, 380.0, count), 3),
            "Hit target": random.integers(81, 101, count),
            "Disciplinary failure": (random.random(count) < 0.05).astype(int),
            "Education": int(random.choice([1, 2, 3, 4], p=[0.8, 0.1, 0.08, 0.02])),
            "Son": int(random.choice([0, 0, 1, 2])) + _happened(days, random),
            "Social drinker": int(random.random() < 0.55),
            "Social smoker": int(random.random() < 0.1),
            "Pet": int(random.choice([0, 0, 0, 1, 2])) + _happened(days, random),
            "Weight": weight,
            "Height": height,
            "Body mass index": round(weight / (height / 100) ** 2),
            "Absenteeism time in hours": random.choice([1, 2, 3, 4, 8, 8, 16, 24, 40], count),
            "Date of absence": days,
        }
    )


def _happened(days: pd.DatetimeIndex, random: np.random.Generator) -> np.ndarray:
    """1 from a day on that may lie in the three years, 0 before: one more child, one more pet."""
    day = FIRST_DAY + pd.Timedelta(days=int(random.integers(0, 5 * 365)))
    return (days >= day).astype(int)


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description="Make up absences from work.")
    parser.add_argument("csv", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--employees", type=int, default=40)
    arguments = parser.parse_args()
    records = generate(arguments.seed, arguments.employees)
    records.to_csv(arguments.csv, sep=";", index=False)
    print(f"{len(records)} absences of {arguments.employees} employees in {arguments.csv}")


if __name__ == "__main__":
    main()
