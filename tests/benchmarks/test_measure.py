"""Races: who runs when, and what is compared."""

from __future__ import annotations

from benchmarks.measure import Contestant, Measured, race


def noted(name: str, notes: list[str], rounds: int | None = None) -> Contestant:
    return Contestant(
        name, lambda: notes.append(name), rounds, reset=lambda: notes.append(f"reset {name}")
    )


def test_each_round_begins_with_another_contestant() -> None:
    notes: list[str] = []
    race([noted(name, notes) for name in "abc"], rounds=3)
    assert "".join(note for note in notes if "reset" not in note) == "abcbcacab"


def test_a_slow_peer_runs_in_the_first_rounds_only() -> None:
    notes: list[str] = []
    found = race([noted("a", notes), noted("slow", notes, rounds=1)], rounds=3)
    assert notes.count("slow") == 1
    assert len(found.timings["a"].seconds) == 3
    assert len(found.timings["slow"].seconds) == 1


def test_a_contestant_is_reset_before_each_run() -> None:
    notes: list[str] = []
    race([noted("a", notes)], rounds=2)
    assert notes == ["reset a", "a", "reset a", "a"]


def test_a_contestant_may_measure_itself() -> None:
    seconds = iter([5.0, 1.0, 3.0])
    contestants = [
        Contestant("a", lambda: Measured(next(seconds), "answer")),
        Contestant("peer", lambda: Measured(1.5)),
    ]
    found = race(contestants, rounds=3)
    assert found.timings["a"].median == 3.0
    assert found.ratio("a", "peer") == 2.0
    assert found.ratio("a", "absent") is None
    assert found.answers["a"] == "answer"
