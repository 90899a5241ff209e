"""The document: what is measured, what isn't known, and text that is no HTML."""

from __future__ import annotations

import re
from dataclasses import replace

from onedag.audit import Audit, to_document
from onedag.catalog import MeasuredDrift, MeasuredSkew, ModelScore, ServedModel, TestedModel
from onedag.pages.audit import audit_page
from onedag.statistics import Categories, FeatureStatistics
from tests.onedag.audit.conftest import NOW, Audited

SOURCE = '''
def is_big(amount: pd.Series) -> pd.Series:
    """Whether it is <i>big</i>.

    A second paragraph."""
    return amount >= 100

class Request(pydantic.BaseModel):
    """Asks."""

    amount: float = pydantic.Field(1.5, description="<img src=x onerror=alert(1)>")

s = FeatureService("s", ["is_big"], Request)
'''
COUNTS = Categories({"true": 30, "false": 10}, 0, 2)
STATISTICS = FeatureStatistics("bool", 40, 0, {"PRESENT": 40}, COUNTS)
DRIFT = MeasuredDrift(NOW, 1200, 0.31, None, "drifted")
SKEW = MeasuredSkew(NOW, 900, 7, {"late data": 7})
SCORES = (ModelScore("s", 1, 0.75, 0.5), ModelScore("base rate", 0, 0.5, 0.69))
TESTED = TestedModel("defaulted", NOW, 1000, 200, 0.25, SCORES)
MODEL = ServedModel("s", "s-1", "s.onnx", 20_500, "ab" * 32, NOW, True, tested=TESTED)


def measured(audited: Audited) -> Audit:
    audit = audited(SOURCE)
    [feature] = audit.features
    feature = replace(feature, statistics=STATISTICS, drift=DRIFT, skew=SKEW)
    return replace(audit, features=(feature,), model=MODEL)


def text_of(html: str) -> str:
    """What is read: without elements, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<main")[2]).split())


def test_what_was_measured(audited: Audited) -> None:
    said = text_of(audit_page(measured(audited)))
    assert "Later rows are drifted : population stability index 0.31, of 1,200 rows" in said
    assert "Of 900 served values 7 differ from what history says: late data 7;" in said
    assert "It predicts defaulted . It was trained on 1,000 rows before 2024-03-10" in said
    assert "base rate 0 0.5 0.69" in said
    assert "true: 30 (75 %)" in audit_page(measured(audited))


def test_what_people_wrote_is_text(audited: Audited) -> None:
    html = audit_page(audited(SOURCE))
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
    assert "<p>Whether it is &lt;i&gt;big&lt;/i&gt;.</p>\n<p>A second paragraph.</p>" in html


def test_nothing_is_fetched(audited: Audited) -> None:
    html = audit_page(audited(SOURCE))
    assert re.findall(r"<(?:link|img|iframe|script)[^>]*(?:src|href)=\"(?!data:)", html) == []
    assert "@import" not in html
    assert "url(" not in html


def test_without_a_run_nothing_is_invented(audited: Audited) -> None:
    said = text_of(audit_page(audited(SOURCE)))
    assert "Training run none is known" in said
    assert "Model file there is none" in said
    assert "Whether the code has changed isn't known: there is no run to compare it with." in said
    assert "No statistics are known: there is no run." in said
    assert "no, else 1.5" in said


def test_json_has_all_that_was_measured(audited: Audited) -> None:
    told = to_document(measured(audited))
    [feature] = told["features"]
    assert feature["drift"]["psi"] == 0.31
    assert feature["skew"]["causes"] == {"late data": 7}
    assert feature["statistics"]["categories"]["counts"] == {"true": 30, "false": 10}
    assert told["model"]["tested"]["scores"][0]["auc"] == 0.75
