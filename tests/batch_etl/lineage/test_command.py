"""``onedag lineage`` as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from onedag.lineage import from_json

Run: TypeAlias = Callable[..., tuple[int, str]]

SEEN = "clicks_seen_1d  [stored]  1d of clicks by user"
WHOLE = f"""\
buys  [service]
  {SEEN}
    weight  [column]  of clicks
    user_id  [column]  of clicks, key
  price_over_mean  [computed]
    price  [request]
    price_mean  [fitted]
      price  [request]
  user_id  [request]  key
"""
UP = f"{SEEN}\n  weight  [column]  of clicks\n  user_id  [column]  of clicks, key\n"
DOWN = f"weight  [column]  of clicks\n  {SEEN}\n    buys  [service]\n"
PRICE = "price_mean  [fitted]\n  price  [request]\n"
PRINTED = {
    "": WHOLE,
    "buys": WHOLE,
    "buys --upstream": WHOLE,
    "--upstream buys": WHOLE,
    "buys --collapse none": WHOLE,
    "clicks_seen": UP,
    "clicks_seen_1d --upstream": UP,
    "user_clicks": UP,
    "entity:user": UP,
    "clicks.weight": DOWN,
    "--downstream weight": DOWN,
    "weight --downstream --format tree": DOWN,
    "buys --upstream price_mean": PRICE,
    "buys --upstream price_mean --output -": PRICE,
    "--upstream price_over_mean --downstream price_mean": (
        "price_over_mean  [computed]\n  price_mean  [fitted]\n"
    ),
    "price_mean --upstream --downstream": (
        "Upstream:\nprice_mean  [fitted]\n  price  [request]\n"
        "Downstream:\nprice_mean  [fitted]\n  price_over_mean  [computed]\n    buys  [service]\n"
    ),
    "--path weight buys": (
        "weight goes into buys, through 3 nodes in all. Shortest ways:\n"
        "  clicks.weight -> clicks_seen_1d -> buys\n"
    ),
    "--path buys weight": (
        "Nothing of buys goes into weight.\nIt is the other way round: --path weight buys.\n"
    ),
    "--paths price weight": "Nothing of price goes into weight.\n",
    "--path clicks.at buys": (
        "clicks.at is a time of 'clicks': it says which rows count.\n"
        "source:clicks goes into buys, through 4 nodes in all. Shortest ways:\n"
        "  clicks.weight -> clicks_seen_1d -> buys\n"
        "  clicks.user_id -> clicks_seen_1d -> buys\n"
    ),
    "--uses clicks.user_id": (
        "buys uses clicks.user_id in 1 feature:\n"
        "  clicks.user_id -> clicks_seen_1d  [key: it says which value is looked up]\n"
    ),
    "price --impact": (
        "A change of price touches\n"
        "  2 other functions: price_mean, price_over_mean\n"
        "  1 fitted value, for which to train again: price_mean\n"
        "  1 service: buys\n"
    ),
    "--impact clicks_seen": (
        "A change of clicks_seen touches\n"
        "  1 stored feature: clicks_seen (1d)\n"
        "  1 view to materialize again: user_clicks\n"
        "  1 service: buys\n"
    ),
    "buys --service": (
        "buys reads\n"
        "  of the request:\n    price\n    user_id  [key]\n"
        "  of the store:\n"
        "    user_clicks, from clicks by user (user_id):\n      clicks_seen (1d)\n"
        "  of the training run: price_mean\n"
        "  of sources, when the store is filled:\n    clicks: user_id, weight\n"
    ),
    "--pii": "No feature of a service comes from what is tagged pii.\n",
    "--dead": "Every function is needed by a service.\n",
}


@pytest.mark.parametrize("typed", PRINTED)
def test_what_is_printed(run: Run, typed: str) -> None:
    code, said = run("lineage", *typed.split())
    assert (code, said) == (0, PRINTED[typed])


def test_a_time_stands_for_all_that_comes_from_its_source(run: Run) -> None:
    _, columns = run("lineage", "clicks")
    code, said = run("lineage", "clicks.at")
    assert code == 0
    assert said == f"{columns}clicks.at is a time of 'clicks': it says which rows count.\n"
    assert "    buys  [service]\n" in columns


@pytest.fixture
def edited(repository: Path) -> Path:
    """A repository with personal data, and with functions that no service needs."""
    [module] = repository.glob("features_of_*.py")
    text = module.read_text()
    text = text.replace('timestamp="at")', 'timestamp="at", tags={"weight": ["pii"]})')
    text = text.replace('over="1d"', 'over=["1d", "7d"]')
    text += '\n\ndef lonely(price: pd.Series) -> pd.Series:\n    """Alone."""\n    return price\n'
    module.write_text(text)
    return repository


def test_personal_data_and_dead_features(run: Run, edited: Path) -> None:
    assert run("lineage", "--pii")[1] == (
        "buys:\n  clicks.weight -> clicks_seen_1d  [not in may_use]\n"
    )
    assert run("lineage", "--dead")[1] == (
        "clicks_seen_7d  stored in user_clicks all the same: 7d of clicks by user\n"
        "lonely  nothing takes it\n"
    )
    _, tree = run("lineage", "buys")
    assert "weight  [column]  of clicks, pii\n" in tree
    assert "1d of clicks by user, carries pii\n" in tree
    _, said = run("lineage", "--dead", "--format", "mermaid")
    assert '"clicks_seen_7d"' in said
    assert '"clicks_seen_1d"' not in said


ANSWERS = {
    "--path weight buys": {
        "from": "weight",
        "to": "buys",
        "nodes": ["source:clicks:weight", "view:user_clicks:clicks_seen_1d", "service:buys"],
        "shortest": [["clicks.weight", "clicks_seen_1d", "buys"]],
        "notes": [],
    },
    "--uses weight": {
        "names": ["weight"],
        "uses": [
            {
                "service": "buys",
                "model": False,
                "feature": "clicks_seen_1d",
                "path": ["clicks.weight", "clicks_seen_1d"],
                "key": False,
                "nodes": ["source:clicks:weight", "view:user_clicks:clicks_seen_1d"],
            }
        ],
        "notes": [],
    },
    "--pii": {
        "flows": [
            {
                "service": "buys",
                "feature": "clicks_seen_1d",
                "origin": "weight",
                "path": ["clicks.weight", "clicks_seen_1d"],
                "allowed": False,
            }
        ]
    },
    "--dead": {
        "dead": [
            {"name": "clicks_seen_7d", "nodes": ["view:user_clicks:clicks_seen_7d"]},
            {"name": "lonely", "nodes": []},
        ]
    },
}


@pytest.mark.parametrize("typed", ANSWERS)
def test_answers_as_json(run: Run, edited: Path, typed: str) -> None:
    code, said = run("lineage", *typed.split(), "--format", "json")
    assert (code, json.loads(said)) == (0, ANSWERS[typed])
    assert run("lineage", *typed.split(), "--output", "of.json")[1] == "Wrote of.json\n"
    assert json.loads((edited / "of.json").read_text()) == ANSWERS[typed]


def test_a_project_that_computes_nothing(run: Run, repository: Path) -> None:
    [module] = repository.glob("features_of_*.py")
    module.write_text("import pandas as pd\ndef double(x: pd.Series) -> pd.Series: return 2 * x\n")
    nothing = "The project has no service and no stored feature, so nothing is computed.\n"
    nowhere = "double is computed nowhere: nothing takes it.\n"
    assert run("lineage") == (0, nothing)
    assert run("lineage", "--uses", "double") == (0, f"{nowhere}No service uses double.\n")
    no_path = f"{nowhere}Nothing of double goes into double.\n"
    assert run("lineage", "--path", "double", "double") == (0, no_path)


def test_the_part_that_a_question_is_about_is_drawn(run: Run, repository: Path) -> None:
    _, said = run("lineage", "--uses", "weight", "--format", "dot")
    assert '"view:user_clicks:clicks_seen_1d" -> "service:buys"' in said
    assert "price" not in said
    assert run("lineage", "--service", "buys", "--format", "tree")[1] == WHOLE
    run("lineage", "--impact", "price_mean", "--output", "of.html")
    assert "clicks_seen_1d" not in (repository / "of.html").read_text()
    assert run("lineage", "--uses", "weight", "--output", "of.txt")[1] == "Wrote of.txt\n"
    assert (repository / "of.txt").read_text().startswith("buys uses weight in 1 feature:\n")


def test_a_file_says_its_form_and_is_whole(run: Run, repository: Path) -> None:
    assert run("lineage", "--output", "kept/of.json") == (0, "Wrote kept/of.json\n")
    lineage = from_json(json.loads((repository / "kept" / "of.json").read_text()))
    assert lineage.services == ("buys",)
    assert run("lineage", "--output", "of.txt") == (0, "Wrote of.txt\n")
    assert (repository / "of.txt").read_text() == WHOLE
    assert run("lineage", "buys", "--output", "of.html") == (0, "Wrote of.html\n")
    page = (repository / "of.html").read_text()
    assert "Lineage of buys" in page
    assert repository.name in page


def test_collapsed(run: Run) -> None:
    _, said = run("lineage", "--collapse", "service")
    assert said.splitlines()[0].startswith("buys · 2 fields of the request, 1 fitted value of the")
    assert "  clicks_seen_1d  [stored]" in said
    _, said = run("lineage", "--collapse", "source", "--format", "mermaid")
    assert "clicks · 2 columns" in said
    assert run("lineage", "--collapse", "auto")[1] == WHOLE


MISTAKES = {
    "--upstream": "--upstream of what? Name a feature",
    "--impact": "--impact of what?",
    "--impact weight --pii": "--impact, --pii are questions of their own: ask one at a time.",
    "--path price buys weight": "weight: --path is asked of something else.",
    "buys --uses weight": "buys: --uses is asked of something else.",
    "buys --dead": "buys: --dead is asked of something else.",
    "--collapse modul": "Possible are module, view, entity, source, service, auto, none.",
    "--output of.gif": "of.gif: no form has the suffix '.gif', only .txt, .mmd",
    "--format html": "A page goes to a file: add --output FILE.",
    "--uses clicks.wait": "No node is named 'clicks.wait'. Did you mean 'clicks.weight'?",
    "--service buy": "No service is named 'buy'. Did you mean 'buys'?",
    "--service": "--service of what? Name a service.",
    "--service buys --service other": "tells of one service, not of buys, other",
    "--path weight buy": "No node is named 'buy'. Did you mean 'buys'?",
    "weigth": "Did you mean 'weight'?",
    "buys --upstream clicks_seen_7d": "Did you mean 'clicks_seen_1d'?",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_mistakes_are_one_message(run: Run, repository: Path, typed: str) -> None:
    before = sorted(repository.iterdir())
    code, said = run("lineage", *typed.split())
    assert code == 1
    assert MISTAKES[typed] in said
    assert "Traceback" not in said
    assert [path for path in sorted(repository.iterdir()) if path.name[0] != "_"] == before
