"""What personal data begins at or flows into is marked, in a project of several services."""

from __future__ import annotations

from collections.abc import Callable

from onedag.lineage import By, Lineage, collapsed, flows_of

MakeLineage = Callable[..., Lineage]

TWO = """
from pydantic import Field
from hamilton.function_modifiers import tag

payments = Source(
    "payments",
    pd.DataFrame({"user_id": [1], "paid": [1.0], "at": pd.to_datetime([0], utc=True)}),
    timestamp="at",
    tags={"paid": ["pii"], "at": ["PII"]},
)

@aggregate(payments, by=user)
def mean_paid(paid: pd.Series) -> float: ...

@aggregate(payments, by=user, over="1d")
def unused(paid: pd.Series) -> float: ...

@latest(payments, by=user)
def last_paid_at(event_timestamp: pd.Series) -> pd.Series: ...

@tag(pii="false")
def pays_much(mean_paid: pd.Series) -> pd.Series: ...

class One(pydantic.BaseModel):
    user_id: int = Field(json_schema_extra={"tags": ["pii"]})

class Other(pydantic.BaseModel):
    user_id: int

one = FeatureService("one", ["mean_paid", "pays_much", "last_paid_at"], One, may_use=["paid"])
other = FeatureService("other", ["mean_paid", "age"], Other)
"""


def test_each_part_says_what_is_personal(whole_of: MakeLineage) -> None:
    lineage = whole_of(TWO, models=("one", "other"))
    personal = {node.id for node in lineage.nodes.values() if node.personal}
    assert personal == {
        "source:payments:paid",
        "source:payments:event_timestamp",
        "view:user_payments:mean_paid",
        "view:user_payments:unused_1d",
        "view:user_payments:last_paid_at",
        "service:one:user_id",
        "service:one",
        "service:other",
        "model:one",
        "model:other",
    }
    down = lineage.downstream(["mean_paid"])
    assert {node.id for node in down.nodes.values() if node.personal} <= personal
    assert down.nodes["view:user_payments:mean_paid"].personal
    merged = collapsed(lineage, By.VIEW).nodes["collapsed:user_payments:stored"]
    assert merged.personal


def test_flows_of_all_services(whole_of: MakeLineage) -> None:
    flows = flows_of(whole_of(TWO))
    assert {(f.service, f.feature, f.path, f.allowed) for f in flows} == {
        ("one", "mean_paid", ("payments.paid", "mean_paid"), True),
        ("one", "last_paid_at", ("payments.at", "last_paid_at"), False),
        ("other", "mean_paid", ("payments.paid", "mean_paid"), False),
    }
    assert [flow.service for flow in flows] == ["one", "one", "other"]
