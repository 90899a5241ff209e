"""Where the records lie, what a model takes, and the two requests that it can be asked with."""

from __future__ import annotations

import pydantic
from pydantic import Field

from onedag import Entity, FeatureService, Source

employee = Entity("employee", join_keys=["employee_id"])

COLUMNS = {
    "ID": "employee_id",
    "Reason for absence": "reason",
    "Month of absence": "month",
    "Day of the week": "day_of_the_week",
    "Seasons": "seasons",
    "Transportation expense": "transportation_expense",
    "Distance from Residence to Work": "distance_to_work",
    "Service time": "service_time",
    "Age": "age",
    "Work load Average/day": "work_load_average",
    "Hit target": "hit_target",
    "Disciplinary failure": "disciplinary_failure",
    "Education": "education",
    "Son": "son",
    "Social drinker": "social_drinker",
    "Social smoker": "social_smoker",
    "Pet": "pet",
    "Weight": "weight",
    "Height": "height",
    "Body mass index": "body_mass_index",
    "Absenteeism time in hours": "absent_hours",
    "Date of absence": "absent_on",
}
"""The names in the CSV, and as functions and requests say them."""

# A record says what was noted when the employee reported absent, so the newest one describes the
# employee: with key= a column that a request lacks is looked up there.
employee_records = Source(
    "employee_records",
    data="data/absences.parquet",
    timestamp="Date of absence",
    key=employee,
    columns=COLUMNS,
)


class EmployeeRequest(pydantic.BaseModel):
    """Scenario 2: the employee's id only."""

    employee_id: int = Field(description="Number of the employee.")


class AbsenceRequest(EmployeeRequest):
    """Scenario 1: all raw fields. Each has to be there, as null where it isn't known."""

    reason: int | None = Field(description="Code of the reason, 0 to 28.")
    month: int | None = Field(description="Month of absence, 1 to 12.")
    day_of_the_week: int | None = Field(description="2 for Monday to 6 for Friday.")
    seasons: int | None = Field(description="Season, 1 to 4.")
    transportation_expense: int | None
    distance_to_work: int | None = Field(description="Kilometres from home.")
    service_time: int | None = Field(description="Years with the company.")
    age: int | None = Field(description="Years.")
    work_load_average: float | None = Field(description="Work load a day.")
    hit_target: int | None = Field(description="Percent of the month's target that was reached.")
    disciplinary_failure: int | None = Field(description="1 for yes.")
    education: int | None = Field(description="1 high school, 2 graduate, 3 and 4 beyond.")
    son: int | None = Field(description="Number of children.")
    social_drinker: int | None = Field(description="1 for yes.")
    social_smoker: int | None = Field(description="1 for yes.")
    pet: int | None = Field(description="Number of pets.")
    weight: int | None = Field(description="Kilograms.")
    height: int | None = Field(description="Centimetres.")
    body_mass_index: int | None = Field(description="Kilograms per square metre.")


FEATURES = [
    "age_zero_mean_unit_variance",
    "has_children",
    "has_pet",
    "is_summer",
    "day_of_the_week_2",
    "day_of_the_week_3",
    "day_of_the_week_4",
    "day_of_the_week_5",
    "day_of_the_week_6",
]
"""What the model takes, in its order. The seasons are there for others; nobody computes them."""

absenteeism_from_fields = FeatureService(
    "absenteeism_from_fields", features=FEATURES, request=AbsenceRequest
)
absenteeism_from_id = FeatureService(
    "absenteeism_from_id", features=FEATURES, request=EmployeeRequest
)
