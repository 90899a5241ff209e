from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from onedag import Clock, FixedClock, SystemClock


def test_the_system_clock_tells_aware_utc() -> None:
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    told = clock.now()
    assert told.tzinfo is UTC
    assert before <= told <= datetime.now(UTC)


def test_a_fixed_clock_stands_still_until_it_is_set() -> None:
    clock = FixedClock(datetime(2024, 1, 1, 12))
    checked: Clock = clock
    assert checked.now() == checked.now() == datetime(2024, 1, 1, 12, tzinfo=UTC)
    clock.set(datetime(2024, 1, 2, 12, tzinfo=timezone(timedelta(hours=-5))))
    assert checked.now() == datetime(2024, 1, 2, 17, tzinfo=UTC)
    assert checked.now().tzinfo is UTC
