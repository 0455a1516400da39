"""Estimates corrected by what happened."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from controller.queues.calibration import Calibration, read, weighted

FUTURES = 200


def expected(mean: float) -> np.ndarray:
    """A spread of exponential waits."""
    spread = -np.log1p(-(np.arange(FUTURES) + 0.5) / FUTURES)
    return spread * mean / spread.mean()


def taught(true: float, constant: float = 0.0, callers: int = 6000) -> Calibration:
    """Of callers who wait `true` times as long as expected, and so many seconds."""
    calibration, luck = Calibration(), random.Random(1)
    for _ in range(callers):
        mean = luck.uniform(20, 300)
        calibration.observe(expected(mean), constant + true * luck.expovariate(1 / mean))
    return calibration


def test_estimates_that_are_right_are_left_alone() -> None:
    calibration = taught(1.0)
    assert calibration.shift(100.0) == pytest.approx(0, abs=3)
    assert calibration.quantiles(expected(100.0)) == pytest.approx([69.3, 230.3], rel=0.15)


@pytest.mark.parametrize(("true", "constant"), [(1.6, 0.0), (0.5, 0.0), (0.7, 60.0)])
def test_means_that_are_off_are_corrected(true: float, constant: float) -> None:
    calibration = taught(true, constant)
    for mean in (50.0, 100.0, 250.0):
        assert mean + calibration.shift(mean) == pytest.approx(constant + true * mean, rel=0.2)


def test_what_is_promised_is_kept_nine_times_in_ten_whatever_the_model_is_worth() -> None:
    for deviation in (0.1, 1.0):
        calibration, luck, kept = Calibration(), random.Random(2), []
        for _ in range(5000):
            mean = luck.uniform(20, 300)
            spread, waited = expected(mean), mean * luck.lognormvariate(0, deviation)
            kept.append(waited <= calibration.quantiles(spread)[1])
            calibration.observe(spread, waited)
        assert sum(kept[1500:]) / len(kept[1500:]) == pytest.approx(0.9, abs=0.02)


def test_nothing_is_corrected_before_much_was_seen() -> None:
    calibration = taught(3.0, callers=100)
    assert calibration.shift(100.0) == 0


def test_a_summary_goes_on_where_it_was() -> None:
    one, other = taught(1.5, callers=1500), Calibration()
    other.restore(json.loads(json.dumps(one.summary())))
    for each in (one, other):
        each.observe(expected(100.0), 50.0)
    assert other.shift(80.0) == pytest.approx(one.shift(80.0))
    assert other.quantiles(expected(80.0)) == pytest.approx(one.quantiles(expected(80.0)))


def test_quantiles_of_a_spread() -> None:
    assert read(np.arange(100.0), 0.5) == pytest.approx(49.5)
    assert read(np.arange(100.0), 0.0) == 0
    assert read(np.arange(100.0), 1.0) == 99


def test_likelier_values_count_for_more() -> None:
    values = np.arange(1000.0)
    found = weighted(values, np.exp(-values / 100))
    assert found.mean() == pytest.approx(100, rel=0.05)
    assert weighted(values, np.zeros(1000)) is values
