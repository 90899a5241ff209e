"""Formulas: from a feature back to raw columns and fields."""

from __future__ import annotations

from onedag.audit import Audit, Subject
from onedag.audit.formulas import LONG
from onedag.audit.steps import AuditedFeature
from tests.onedag.audit.conftest import Audited

SHOP = '''
def is_big(amount: pd.Series) -> pd.Series:
    """Whether it is big."""
    return amount >= 100

@aggregate(orders, by=user, over="1d", refresh="1h")
def big_share(is_big: pd.Series) -> float:
    """Share of big orders."""
    return is_big.mean()

@latest(orders, by=user, max_age="2d")
def last_amount(amount: pd.Series) -> pd.Series:
    return amount

@aggregate(orders, by=None)
def all_orders(amount: pd.Series) -> float:
    return amount.sum()

def mean_price(price: pd.Series) -> float:
    return price.mean()

def above(price: pd.Series, mean_price: float, last_amount: pd.Series) -> pd.Series:
    return price - mean_price - last_amount

def hour(event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.hour

def one() -> float:
    return 1.0

class Request(pydantic.BaseModel):
    user_id: int
    price: float

s = FeatureService(
    "s", ["price", "big_share_1d", "above", "age", "hour", "last_amount", "all_orders"], Request
)
'''


def feature(audit: Audit, name: str) -> AuditedFeature:
    return next(each for each in audit.features if each.name == name)


def told(audit: Audit, name: str) -> list[str]:
    """The formula as indented lines."""
    return [f"{'  ' * s.depth}{s.name}: {s.said}" for s in feature(audit, name).formula]


def test_a_stored_feature_leads_to_columns(audited: Audited) -> None:
    assert told(audited(SHOP), "big_share_1d") == [
        "big_share_1d: from all rows of orders of the same user_id of the last 1 day, made anew "
        "every 1 hour",
        "  is_big: computed for each row of the source, before the request",
        "    orders.amount: column of a source",
    ]


def test_a_computed_feature_leads_to_what_it_is_given(audited: Audited) -> None:
    assert told(audited(SHOP), "above") == [
        "above: computed for the request",
        "  request.price: carried by the request",
        "  mean_price: learnt once from the training rows",
        "    request.price: carried by the request",
        "  last_amount: from the newest known row of orders of the same user_id, if that is at "
        "most 2 days old",
        "    orders.amount: column of a source",
    ]


def test_a_column_that_is_looked_up_as_it_is(audited: Audited) -> None:
    assert told(audited(SHOP), "age") == [
        "age: as it is in the newest known row of profiles of the same user_id",
        "  profiles.age: column of a source",
    ]


def test_times_and_everything(audited: Audited) -> None:
    audit = audited(SHOP)
    assert told(audit, "hour")[1:] == ["  request.event_timestamp: time of the request"]
    assert told(audit, "all_orders")[0] == "all_orders: from all rows of orders known so far"


def test_a_sentence_says_what_it_comes_from(audited: Audited) -> None:
    audit = audited(SHOP)
    assert {each.name: each.sentence for each in audit.features} == {
        "price": "It is carried by the request as it is.",
        "big_share_1d": "It comes from orders.amount. What is stored is looked up by "
        "request.user_id.",
        "above": "It comes from orders.amount and request.price. What is stored is looked up by "
        "request.user_id.",
        "age": "It comes from profiles.age. What is stored is looked up by request.user_id.",
        "hour": "It comes from request.event_timestamp.",
        "last_amount": "It comes from orders.amount. What is stored is looked up by "
        "request.user_id.",
        "all_orders": "It comes from orders.amount.",
    }
    assert [(raw.name, raw.type) for raw in feature(audit, "above").raw] == [
        ("orders.amount", "double"),
        ("request.price", "double"),
    ]


def test_what_is_met_again_is_told_once(audited: Audited) -> None:
    source = """
def a(x: pd.Series) -> pd.Series:
    return x

def b(a: pd.Series) -> pd.Series:
    return a

def c(a: pd.Series, b: pd.Series, x: pd.Series) -> pd.Series:
    return a + b + x

class Request(pydantic.BaseModel):
    x: float

s = FeatureService("s", ["c"], Request)
"""
    formula = feature(audited(source), "c").formula
    assert [(step.depth, step.name, step.told) for step in formula] == [
        (0, "c", "here"),
        (1, "a", "here"),
        (2, "request.x", "here"),
        (1, "b", "here"),
        (2, "a", "above"),
        (1, "request.x", "here"),
    ]


def chain(length: int, features: list[str]) -> str:
    steps = [
        f"def n{i}(n{i - 1}: pd.Series) -> pd.Series:\n    return n{i - 1}"
        for i in range(1, length)
    ]
    fields = "class Request(pydantic.BaseModel):\n    n0: float"
    return "\n".join([*steps, fields, f's = FeatureService("s", {features}, Request)'])


def test_a_long_formula_leaves_features_to_themselves(audited: Audited) -> None:
    audit = audited(chain(LONG + 5, ["n10", f"n{LONG + 4}"]))
    long = feature(audit, f"n{LONG + 4}").formula
    assert (long[-1].name, long[-1].told) == ("n10", "apart")
    short = feature(audit, "n10").formula
    assert (short[-1].name, {step.told for step in short}) == ("request.n0", {"here"})


def test_a_formula_of_a_thousand_steps_is_told_to_its_end(audited: Audited) -> None:
    formula = feature(audited(chain(1200, ["n1199"])), "n1199").formula
    assert [step.depth for step in formula] == list(range(1200))
    assert formula[-1].name == "request.n0"


def test_a_service_of_the_name_of_its_key(audited: Audited) -> None:
    source = """
class Request(pydantic.BaseModel):
    user_id: int

user_id = FeatureService("user_id", ["age"], Request)
"""
    [age] = audited(source, Subject("user_id")).features
    assert age.looked_up_by == ("request.user_id",)
