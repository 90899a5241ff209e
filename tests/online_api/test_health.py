"""Health, and readiness in each state of the store."""

from __future__ import annotations

from online_api import create_app


def test_health_says_that_the_process_is_up(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_names_the_run_and_the_model_of_each_service(shop, run_app):
    run = shop.publish()
    shop.write_model(run)
    without_model = shop.publish("tests_items")
    with run_app(create_app(shop.project)) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["services"] == {
        "buys": {"run_id": run.run_id, "model": run.run_id},
        "tests_items": {"run_id": without_model.run_id, "model": None},
    }


def test_a_service_that_was_never_published_is_not_in_the_way(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        nothing = client.get("/readyz")
        run = shop.publish()
        published = client.get("/readyz")
    assert nothing.status_code == 200
    assert nothing.json()["services"]["buys"] == {"run_id": None, "model": None}
    assert published.json()["services"]["buys"] == {"run_id": run.run_id, "model": None}


def test_readiness_follows_the_published_run(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project)) as client:
        client.get("/readyz")
        run = shop.publish(baskets=(0.0, 20.0))
        answer = client.get("/readyz")
    assert answer.json()["services"]["buys"]["run_id"] == run.run_id


def test_redis_serves_as_well(shop, run_app, redis_url):
    project = shop.at(f"{redis_url}?namespace=online_api")
    shop.project = project
    run = shop.publish()
    shop.write_model(run)
    with run_app(create_app(project, clock=shop.clock)) as client:
        ready = client.get("/readyz")
        answers = [client.predict("buys", {"customer_id": 1, "basket": 60.0}) for _ in range(3)]
    assert ready.json()["services"]["buys"]["model"] == run.run_id
    assert [answer.status_code for answer in answers] == [200, 200, 200]
