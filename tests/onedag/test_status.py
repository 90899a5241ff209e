from __future__ import annotations

import numpy as np

from onedag import Status
from onedag.status import of_codes, worst


def test_statuses_are_ordered_from_good_to_bad() -> None:
    assert [status.value for status in Status] == ["PRESENT", "NULL", "STALE", "MISSING"]
    assert [status.code for status in Status] == [0, 1, 2, 3]


def test_codes_and_back() -> None:
    codes = np.array([status.code for status in Status], np.int8)
    assert of_codes(codes) == list(Status)
    assert of_codes(np.array([], np.int8)) == []


def test_the_worst_wins_in_each_row_and_nothing_is_written_to() -> None:
    first = np.array([0, 1, 3, 0], np.int8)
    second = np.array([2, 0, 1, 0], np.int8)
    result = worst([first, second], 4)
    assert result.tolist() == [2, 1, 3, 0]
    assert result.dtype == np.int8
    assert first.tolist() == [0, 1, 3, 0]
    assert second.tolist() == [2, 0, 1, 0]


def test_what_comes_from_nothing_is_present() -> None:
    assert worst([], 2).tolist() == [0, 0]
    assert worst([], 0).tolist() == []
