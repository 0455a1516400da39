"""The formulas, against exact values (handling 180 s)."""

from __future__ import annotations

import pytest

from controller.queues import formulas


@pytest.mark.parametrize(
    ("agents", "ahead", "patience", "mean", "p90"),
    [
        (5, 0, None, 36, 82.9),
        (5, 0, 348, 36, 82.9),
        (5, 4, None, 180, 287.8),
        (5, 4, 348, 151.4, 242.6),
        (10, 9, None, 180, 255.7),
        (10, 9, 348, 148.2, 211.0),
    ],
)
def test_mean_and_p90_are_exact(agents: int, ahead: int, patience: float | None, mean: float, p90: float) -> None:
    assert formulas.qlm(ahead, agents, 180, patience) == pytest.approx(mean, abs=0.05)
    assert formulas.quantile(0.9, ahead, agents, 180, patience) == pytest.approx(p90, abs=0.05)


def test_ql_and_qlm_agree_when_nobody_gives_up() -> None:
    assert formulas.ql(7, 3, 200) == pytest.approx(formulas.qlm(7, 3, 200, None))


def test_quantiles_of_a_long_line_are_stable() -> None:
    # 100 stages of equal rate, one second each: a gamma distribution.
    assert formulas.quantile(0.9, 99, 100, 100) == pytest.approx(113.02, abs=0.05)
