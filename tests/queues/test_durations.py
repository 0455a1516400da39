"""Durations learned from observations that ended and from ones that were still going on."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from controller.queues.durations import Durations, Prior
from controller.queues.futures import Luck


def learned(*observations: tuple[float, bool]) -> Durations:
    durations = Durations(Prior(mean=500.0))
    for seconds, ended in observations:
        durations.observe(seconds, ended=ended)
    return durations


def test_nothing_seen_is_as_assumed() -> None:
    assert learned().curve.mean() == pytest.approx(500)


@pytest.mark.parametrize("mean", [1.0, 180.0, 7200.0])
def test_any_scale_is_learned(mean: float) -> None:
    luck = random.Random(1)
    durations = learned(*((luck.expovariate(1 / mean), True) for _ in range(2000)))
    assert durations.curve.mean() == pytest.approx(mean, rel=0.06)


def test_what_was_not_seen_to_end_counts_only_while_it_was_watched() -> None:
    luck = random.Random(2)
    seen = []
    for _ in range(4000):  # patience 600 s on average, but an agent comes after 200 s
        patience, answered = luck.expovariate(1 / 600), luck.expovariate(1 / 200)
        seen.append((min(patience, answered), patience < answered))
    assert learned(*seen).curve.mean() == pytest.approx(600, rel=0.1)


def test_nobody_ever_ended() -> None:
    durations = learned(*((30.0, False) for _ in range(100)))
    assert not durations.curve.ends
    assert np.isinf(durations.curve.whole(np.ones(3))).all()


def test_a_log_normal_shape_is_learned() -> None:
    luck = random.Random(3)
    curve = learned(*((luck.lognormvariate(4.607, 1.219), True) for _ in range(4000))).curve
    assert curve.mean() == pytest.approx(216, rel=0.1)  # a mean of exp(4.607 + 1.219^2 / 2) s, with a heavy tail
    assert curve.survival(100) == pytest.approx(0.5, abs=0.04)
    # Who has talked for ten minutes will talk on for longer than who has just begun.
    rest = curve.rest([10.0, 600.0], Luck().rows(2)).mean(axis=1)
    assert rest[1] > 1.6 * rest[0]


def test_samples_follow_the_curve() -> None:
    luck = random.Random(4)
    curve = learned(*((luck.gammavariate(4, 50), True) for _ in range(3000))).curve
    samples = curve.whole(Luck(futures=1000).rows(20))
    assert samples.mean() == pytest.approx(curve.mean(), rel=0.02)
    assert (samples > 200).mean() == pytest.approx(curve.survival(200), abs=0.01)


def test_older_observations_fade() -> None:
    durations = Durations(Prior(mean=100.0), half_life=200)
    for mean in (100, 300):
        luck = random.Random(5)
        for _ in range(1500):
            durations.observe(luck.expovariate(1 / mean))
    assert durations.curve.mean() == pytest.approx(300, rel=0.1)


def test_a_summary_goes_on_where_it_was() -> None:
    luck = random.Random(6)
    one = learned(*((luck.expovariate(1 / 90), luck.random() < 0.7) for _ in range(500)))
    other = Durations(Prior(mean=500.0))
    other.restore(json.loads(json.dumps(one.summary())))
    assert other.observations == pytest.approx(one.observations)
    for durations in (one, other):
        for _ in range(20):  # enough for both to be worked out anew
            durations.observe(90.0)
    assert other.curve.mean() == pytest.approx(one.curve.mean(), rel=1e-3)


def test_a_queue_with_little_of_its_own_borrows_from_the_whole() -> None:
    luck = random.Random(7)
    whole = Durations(Prior(mean=500.0))
    busy, quiet = Durations(Prior(mean=500.0), parent=whole), Durations(Prior(mean=500.0), parent=whole)
    for _ in range(1000):
        busy.observe(luck.expovariate(1 / 120))
    assert quiet.curve.mean() == pytest.approx(120, rel=0.15)
    for _ in range(500):
        quiet.observe(luck.expovariate(1 / 600))
    assert quiet.curve.mean() > 400
