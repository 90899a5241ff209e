"""The form that asks a service: sent to the real endpoint, and answered by it."""

from __future__ import annotations

import json
import sys

import pytest
from playwright.sync_api import expect

from onedag import FeatureService
from online_api import create_app
from tests.browser.accessible import assert_accessible
from tests.browser.served import served
from tests.online_api.going import GoingStore
from tests.online_api.shop import Shop

REFUSED = "422 (Unprocessable"
FILLED = {"name": "Ann", "late": "false", "cabin": "economy", "day": "2024-02-29"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("shop"), "browsed_shop")
    shop.write_model(shop.publish())
    yield shop
    del sys.modules[shop.module]


@pytest.fixture(scope="module")
def shop_site(shop, serve):
    return serve(create_app(shop.project, clock=shop.clock))


@pytest.fixture(scope="module")
def odd_site(odd, serve):
    return serve(create_app(odd.project, clock=odd.clock))


def opened(page, site, service):
    page.goto(f"{site}/catalog/services/{service}")
    return page.locator(".try")


def filled(form, **values):
    for name, value in values.items():
        field = form.locator(f"#try-{name}")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def send(form):
    form.locator("[type=submit]").click()


def row_of(form, feature):
    return form.locator(f'tbody tr:has(th .name:text-is("{feature}"))')


def test_a_prediction_is_shown_with_where_each_value_came_from(page, shop_site):
    form = opened(page, shop_site, "buys")
    filled(form, basket="60")
    send(form)
    expect(form.locator(".try-figure")).to_contain_text("0.986006 prediction")
    expect(form.get_by_role("status")).to_contain_text("5 features")
    stored = row_of(form, "last_amount")
    expect(stored).to_contain_text("30.5")
    expect(stored.locator(".badge")).to_have_text("PRESENT")
    expect(stored.locator(".origin")).to_have_text("store")
    expect(stored).to_contain_text("customer_orders by customer_id")
    expect(stored).to_contain_text("12 h old")
    expect(stored.locator("time").first).to_have_attribute("datetime", "2024-03-10T00:00:00Z")
    centred = row_of(form, "basket_centred")
    expect(centred.locator(".origin").first).to_have_text("computed")
    centred.locator("summary").click()
    expect(centred.locator("li")).to_have_text(
        ["request basket = 60, as sent", "fitted basket_mean = 50"]
    )
    assert_accessible(page, ".try")


def test_a_name_in_the_answer_leads_to_its_page(page, shop_site):
    form = opened(page, shop_site, "buys")
    send(form)
    row_of(form, "spent_7d").get_by_role("link", name="spent_7d").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("spent_7d")


def test_a_value_that_is_stale_and_a_key_that_is_unknown_say_so(page, shop_site):
    form = opened(page, shop_site, "buys")
    filled(form, customer_id="2")
    send(form)
    expect(row_of(form, "last_amount").locator(".badge")).to_have_text("STALE")
    expect(row_of(form, "last_amount")).to_contain_text("6 d 12 h old")
    filled(form, customer_id="99")
    send(form)
    expect(row_of(form, "last_amount").locator(".badge")).to_have_text("MISSING")
    expect(form.locator(".try-tally")).to_contain_text("MISSING 2")
    filled(form, customer_id="1", event_timestamp="2024-03-09 12:00")
    send(form)
    expect(row_of(form, "last_amount")).to_contain_text("12 h after the row's time")


def test_what_the_endpoint_refuses_is_said_at_the_field(page, watched, shop_site):
    watched.allow(REFUSED)
    form = opened(page, shop_site, "buys")
    filled(form, customer_id="one", basket="-3")
    send(form)
    said = form.locator("#try-customer_id-wrong")
    expect(said).to_have_text("Input should be a valid integer")
    expect(form.locator("#try-basket-wrong")).to_contain_text("greater than or equal to 0")
    expect(form.get_by_role("alert")).to_contain_text("marked fields")
    wrong = form.locator("#try-customer_id")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    assert "try-customer_id-wrong" in wrong.get_attribute("aria-describedby")
    expect(form.locator(".try-answer")).to_be_hidden()
    assert_accessible(page, ".try")
    filled(form, customer_id="1", basket="3")
    expect(said).to_be_hidden()
    expect(wrong).to_have_attribute("aria-invalid", "false")
    send(form)
    expect(form.locator(".try-figure")).to_be_visible()
    expect(form.get_by_role("alert")).to_be_empty()


def test_values_are_sent_as_the_json_that_they_are(page, odd_site):
    form = opened(page, odd_site, "odd")
    filled(form, **FILLED, at="2024-03-10 13:00")
    form.get_by_label("null for share").check()
    expect(form.locator("#try-share")).to_be_disabled()
    with page.expect_request("**/v1/services/odd/features?*") as sent:
        send(form)
    assert sent.value.post_data == (
        '{"rows": [{"id": 9007199254740993, "name": "Ann", "late": false, "cabin": "economy", '
        '"day": "2024-02-29", "share": null, "at": "2024-03-10T13:00Z"}]}'
    )
    expect(row_of(form, "next_id")).to_contain_text("9007199254740994")
    expect(row_of(form, "balance")).to_contain_text("1.5")
    expect(row_of(form, "late")).to_contain_text("false")
    expect(row_of(form, "at")).to_contain_text("2024-03-10T13:00:00Z")
    expect(row_of(form, "share").locator(".badge")).to_have_text("NULL")
    expect(row_of(form, "days_ago").locator("td").first).to_have_text("10")


@pytest.mark.parametrize(
    ("said", "sent"),
    {
        "2024-03-10T13:00:00.25+02:00": "2024-03-10T13:00:00.25+02:00",
        "2024-03-10   13:00": "2024-03-10T13:00Z",
        "yesterday": "yesterday",
    }.items(),
)
def test_a_time_is_utc_unless_it_says_otherwise(page, watched, odd_site, said, sent):
    watched.allow(REFUSED)
    form = opened(page, odd_site, "odd")
    filled(form, at=said)
    form.locator("#try-share").fill("")
    with page.expect_request("**/v1/services/odd/features?*") as request:
        send(form)
    row = json.loads(request.value.post_data)["rows"][0]
    assert row["at"] == sent
    assert "share" not in row
    expect(form.locator("#try-share-wrong")).to_have_text("Field required")
    assert "name" not in row, "no name of the training rows is shown, so nothing is sent"


def test_text_is_never_taken_for_html(page, odd_site):
    form = opened(page, odd_site, "odd")
    title = page.title()
    filled(form, **FILLED | {"name": "<img src=x onerror=\"document.title='taken'\">"})
    form.get_by_label("null for share").check()
    send(form)
    expect(row_of(form, "name")).to_contain_text("<img src=x")
    expect(row_of(form, "motto")).to_contain_text("<img src=x")
    assert form.locator("img").count() == 0
    assert page.title() == title


def test_what_was_sent_and_answered_can_be_read_as_it_was(page, odd_site):
    form = opened(page, odd_site, "odd")
    filled(form, **FILLED | {"name": "O'Hara"})
    form.get_by_label("null for share").check()
    with page.expect_response("**/v1/services/odd/features?*") as answered:
        send(form)
    form.get_by_text("Request and answer as they were sent").click()
    command, answer = (each.text_content() for each in form.locator("pre").all())
    assert f"curl -X POST '{odd_site}/v1/services/odd/features?statuses=true" in command
    assert "O'\\''Hara" in command
    assert json.loads(answer) == answered.value.json()
    assert '"next_id": 9007199254740994' in answer


def test_the_keyboard_is_enough(page, shop_site):
    form = opened(page, shop_site, "buys")
    form.locator("#try-basket").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("30")
    page.keyboard.press("Enter")
    expect(row_of(form, "basket_centred")).to_contain_text("-20")
    summary = row_of(form, "basket_centred").locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(row_of(form, "basket_centred").locator("li").first).to_be_visible()


def test_a_phone_shows_the_answer_without_scrolling_to_the_side(page, at_width, shop_site):
    at_width(390)
    form = opened(page, shop_site, "buys")
    send(form)
    expect(form.locator(".try-figure")).to_be_visible()
    form.locator("summary").last.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert_accessible(page, ".try")


def test_a_model_that_cant_be_run_leaves_the_features(page, watched, tmp_path, monkeypatch):
    watched.allow("404 (Not Found)")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    shop = Shop(tmp_path, "shop_without_onnxruntime")
    shop.write_model(shop.publish())
    with served(create_app(shop.project, clock=shop.clock)) as site:
        form = opened(page, site, "buys")
        send(form)
        expect(form.locator("tbody tr")).to_have_count(5)
    expect(form.locator(".note")).to_contain_text("pip install 'onedag[onnx]'")
    expect(form.locator(".try-figure")).to_have_count(0)
    del sys.modules[shop.module]


def test_a_store_that_is_down_is_said_with_what_was_answered_without_it(page, tmp_path):
    shop, store = Shop(tmp_path, "shop_of_going_store"), GoingStore()
    kept = shop.features.buys
    shop.features.buys = FeatureService(
        "buys", kept.features, kept.request, on_store_error="missing"
    )
    shop.project = shop.at("memory://")
    shop.publish(store=store)
    with served(create_app(shop.project, clock=shop.clock, store=store)) as site:
        form = opened(page, site, "buys")
        store.down = True
        send(form)
        expect(form.locator(".note")).to_contain_text("can't be reached")
    expect(row_of(form, "spent_7d").locator(".badge")).to_have_text("MISSING")
    expect(form).to_contain_text("customer_orders couldn't be read")
    del sys.modules[shop.module]


def test_a_server_that_is_gone_is_said(page, watched, shop):
    watched.allow("ERR_CONNECTION_REFUSED")
    with served(create_app(shop.project, clock=shop.clock)) as site:
        form = opened(page, site, "buys")
    send(form)
    expect(form.get_by_role("alert")).to_contain_text("The server can't be reached")
    expect(form.get_by_role("status")).to_be_empty()
