"""What follows for all rows from what samples took."""

from __future__ import annotations

import pytest

from drivers.estimates.model import Cost, Sample, extrapolated


def sample(rows: int, keys: int, cpu_seconds: float, **others: float) -> Sample:
    put = others.get("put_seconds", 0.0)
    elapsed = others.get("elapsed", cpu_seconds + put)
    return Sample(rows, keys, 10 * keys, cpu_seconds, put, elapsed)


def test_what_it_takes_to_begin_isnt_counted_for_each_row() -> None:
    cost = extrapolated([sample(1_000, 5, 1.1), sample(2_000, 5, 1.2)], 1_000_000)
    assert cost == Cost(1_000_000, 5, 50, pytest.approx(101.0))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((100, 100), 100),  # all were seen: 16 carriers
        ((100, 200), 20_000),  # each row has its own
        ((100, 141), 1_390),  # a square root
        ((0, 0), 0),
        ((0, 3), 300),
    ],
)
def test_keys_grow_as_a_power_of_the_rows(keys: tuple[int, int], expected: int) -> None:
    samples = [sample(100, keys[0], 0.1), sample(200, keys[1], 0.2)]
    assert extrapolated(samples, 20_000).keys == pytest.approx(expected, rel=0.04)


def test_keys_that_a_store_knows_arent_guessed() -> None:
    cost = extrapolated([sample(100, 10, 0.1), sample(200, 20, 0.2)], 1_000, known_keys=33)
    assert (cost.keys, cost.bytes) == (33, 330)


def test_there_are_no_more_keys_than_rows() -> None:
    assert extrapolated([sample(10, 10, 0.1), sample(20, 20, 0.2)], 1_000).keys == 1_000


def test_staging_goes_with_the_keys() -> None:
    samples = [sample(100, 10, 1.0, put_seconds=0.1), sample(200, 10, 1.0, put_seconds=0.1)]
    more = extrapolated(samples, 400, known_keys=100).seconds - extrapolated(samples, 400).seconds
    assert more == pytest.approx(0.9)


def test_waiting_stretches_the_estimate() -> None:
    samples = [sample(100, 1, 1.0, elapsed=2.0), sample(200, 1, 2.0, elapsed=4.0)]
    assert extrapolated(samples, 400).seconds == pytest.approx(8.0)


def test_noise_that_hides_what_rows_take_makes_no_nonsense() -> None:
    samples = [sample(100, 1, 2.0), sample(200, 1, 1.0)]
    assert extrapolated(samples, 400).seconds == pytest.approx(2.0)


def test_one_sample_alone() -> None:
    assert extrapolated([sample(100, 10, 1.0)], 300) == Cost(300, 30, 300, pytest.approx(3.0))


def test_a_sample_of_all_rows_is_what_it_took() -> None:
    samples = [sample(100, 10, 1.0), sample(150, 12, 2.0, elapsed=3.0)]
    assert extrapolated(samples, 150, known_keys=99) == Cost(150, 12, 120, 3.0)
