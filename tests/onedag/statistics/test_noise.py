"""What chance alone does, against scipy's distributions; without scipy there is no p."""

from __future__ import annotations

import sys

import pytest
from scipy.stats import chi2, kstwobign

from onedag.statistics.bins import Bin
from onedag.statistics.ks import ks_noise, ks_p_value
from onedag.statistics.psi import psi_noise


@pytest.mark.parametrize("bins", [2, 3, 12, 52])
def test_noise_of_psi_is_a_quantile_of_chi_squared(bins: int) -> None:
    found = psi_noise([Bin(str(i), 30, 10) for i in range(bins)], 0.001)
    exact = chi2.isf(0.001, bins - 1) * (1 / (30 * bins) + 1 / (10 * bins))
    assert found == pytest.approx(exact, rel=0.04)


def test_bins_without_rows_do_not_count() -> None:
    two = [Bin("a", 5, 5), Bin("b", 5, 5)]
    assert psi_noise([*two, Bin("c", 0, 0)], 0.01) == psi_noise(two, 0.01)
    assert psi_noise(two[:1], 0.01) == 0.0


def test_noise_of_the_distance_is_a_quantile_of_kolmogorov() -> None:
    exact = kstwobign.isf(0.001) * (1 / 400 + 1 / 100) ** 0.5
    assert ks_noise(400, 100, 0.001) == pytest.approx(exact, rel=1e-3)


def test_without_scipy_there_is_no_p_value(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ks_p_value(0.5, 100, 100) is not None
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    assert ks_p_value(0.5, 100, 100) is None
