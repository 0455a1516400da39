"""The estimator as a controller uses it: told what happens, asked what to expect."""

from __future__ import annotations

import json
import random

import pytest

from controller.queues import formulas
from controller.queues.estimate import WaitEstimator
from controller.queues.scene import OnDuty, Waiting


def taught(handling: float = 180.0, calls: int = 300, queue: str = "front") -> WaitEstimator:
    """An estimator that has seen so many calls handled, one after the other, and now has nobody on duty."""
    estimator, luck, at = WaitEstimator(), random.Random(1), -1e7
    estimator.on_duty("teacher", [queue])
    for number in range(calls):
        estimator.joined(number, queue, at)
        estimator.answered(number, "teacher", at)
        at += luck.expovariate(1 / handling)
        estimator.ended("teacher", at)
    estimator.off_duty("teacher")
    return estimator


def with_everybody_busy(estimator: WaitEstimator, agents: int, queues: tuple[str, ...] = ("front",)) -> WaitEstimator:
    for number in range(agents):
        name = f"{'+'.join(queues)} {number}"
        estimator.on_duty(name, queues)
        estimator.joined(name, queues[0], -1.0)
        estimator.answered(name, name, -1.0)
    return estimator


def test_it_says_nothing_when_nobody_is_on_duty() -> None:
    estimator = taught()
    estimator.joined("ann", "front", 0.0)
    assert estimator.estimate("ann", 0.0) is None
    estimator.on_duty("eve", ["billing"])
    assert estimator.estimate("ann", 0.0) is None
    estimator.on_duty("eve", ["front"])
    assert estimator.estimate("ann", 0.0) is not None
    estimator.paused("eve")
    assert estimator.estimate("ann", 0.0) is None
    estimator.resumed("eve")
    assert estimator.estimate("ann", 0.0) is not None
    estimator.off_duty("eve")
    assert estimator.estimate("ann", 0.0) is None


def test_it_says_nothing_before_a_handful_of_calls_was_handled() -> None:
    estimator = with_everybody_busy(WaitEstimator(), 2)
    estimator.joined("ann", "front", 0.0)
    assert estimator.estimate("ann", 0.0) is None


def test_of_somebody_it_does_not_know_it_says_nothing() -> None:
    assert taught().estimate("nobody", 0.0) is None


def test_the_wait_goes_by_the_place_in_line() -> None:
    estimator = with_everybody_busy(taught(), 5)
    for name in "abcde":
        estimator.joined(name, "front", 0.0)
    found = {name: estimator.estimate(name, 0.0) for name in "abcde"}
    for place, name in enumerate("abcde"):
        estimate = found[name]
        assert estimate is not None
        assert (estimate.ahead, estimate.agents) == (place, 5)
        # Nobody has had to wait yet: callers are taken to be as patient as usual, ten minutes on average.
        assert estimate.mean == pytest.approx(formulas.qlm(place, 5, 180, 600), rel=0.15)
        assert estimate.p50 < estimate.p90
    together = estimator.estimates(0.0)
    for name in "abcde":
        one, other = found[name], together[name]
        assert one is not None
        assert other is not None
        assert other.mean == pytest.approx(one.mean, rel=0.15)
        assert (other.ahead, other.agents) == (one.ahead, one.agents)


def test_a_head_start_goes_first_and_the_rest_is_told() -> None:
    estimator = with_everybody_busy(taught(), 3)
    estimator.joined("ann", "front", 0.0)
    before = estimator.estimate("ann", 1.0)
    estimator.joined("urgent", "front", 1.0, head_start=600.0)
    urgent, after = estimator.estimate("urgent", 1.0), estimator.estimate("ann", 1.0)
    assert before is not None
    assert urgent is not None
    assert after is not None
    assert (urgent.ahead, after.ahead) == (0, 1)
    assert after.mean > 1.5 * before.mean
    estimator.moved("urgent", "front", 0.0)
    again = estimator.estimate("ann", 1.0)
    assert again is not None
    assert again.ahead == 0


def test_skills_are_needed() -> None:
    estimator = with_everybody_busy(taught(), 4)
    estimator.on_duty("front 0", ["front"], ["spanish"])
    estimator.joined("ana", "front", 0.0, skills=["spanish"])
    one = estimator.estimate("ana", 0.0)
    anyone = estimator.would_wait("front", 0.0)
    assert one is not None
    assert anyone is not None
    assert (one.agents, anyone.agents) == (1, 4)
    assert one.mean > 2 * anyone.mean
    estimator.joined("later", "front", 0.0, skills=["german"], later=[(60.0, [])])
    relaxed = estimator.estimate("later", 0.0)
    assert relaxed is not None
    assert relaxed.spread.min() >= 60


def test_teams_that_share_agents_share_the_line() -> None:
    estimator = with_everybody_busy(taught(), 2, ("front", "billing"))
    estimator.joined("ann", "front", 0.0)
    estimator.joined("bob", "billing", 1.0)
    bob = estimator.estimate("bob", 1.0)
    assert bob is not None
    assert bob.ahead == 1
    assert bob.mean == pytest.approx(180, rel=0.2)


def test_an_agent_who_leaves_takes_no_more_callers() -> None:
    estimator = with_everybody_busy(taught(), 2)
    estimator.joined("ann", "front", 0.0)
    estimator.off_duty("front 0")
    estimate = estimator.estimate("ann", 0.0)
    assert estimate is not None
    assert estimate.agents == 1
    estimator.ended("front 0", 5.0)
    assert estimator.estimate("ann", 5.0) is not None


def test_who_leaves_the_line_is_no_longer_ahead() -> None:
    estimator = with_everybody_busy(taught(), 2)
    for name in ("ann", "bob", "cem"):
        estimator.joined(name, "front", 0.0)
    estimator.abandoned("ann", 20.0)
    estimator.left("bob", 21.0)
    estimate = estimator.estimate("cem", 22.0)
    assert estimate is not None
    assert estimate.ahead == 0


def test_callers_and_agents_it_never_heard_of_do_no_harm() -> None:
    estimator = WaitEstimator()
    estimator.answered("nobody", "eve", 1.0)
    estimator.abandoned("nobody", 1.0)
    estimator.left("nobody", 1.0)
    estimator.ended("eve", 1.0)
    estimator.paused("eve")
    estimator.resumed("eve")
    estimator.off_duty("eve")
    estimator.moved("nobody", "front", 1.0)
    assert estimator.estimates(2.0) == {}


def test_a_summary_is_small_and_goes_on_where_it_was() -> None:
    estimator = taught(handling=90.0)
    text = json.dumps(estimator.summary())
    assert len(text) < 6000
    other = WaitEstimator()
    other.restore(json.loads(text))
    for each in (estimator, other):
        with_everybody_busy(each, 3)
        each.joined("ann", "front", 0.0)
    one, same = estimator.estimate("ann", 0.0), other.estimate("ann", 0.0)
    assert one is not None
    assert same is not None
    assert same.mean == pytest.approx(one.mean, rel=0.05)
    other.restore({"format": 0})  # of another version: learning begins anew, nothing breaks


def test_a_state_kept_elsewhere_is_taken_over() -> None:
    told = with_everybody_busy(taught(), 4)
    for place, name in enumerate(("ann", "bob")):
        told.joined(name, "front", float(place), head_start=600.0 * place)
    taken = taught()
    learned = taken.summary()
    front = frozenset(["front"])
    taken.resume(
        {number: OnDuty(front, busy_since=-1.0, busy_with="front") for number in range(4)},
        {
            "ann": Waiting("front", 0.0, number=1),
            "bob": Waiting("front", 1.0, head_start=600.0, number=2),
        },
        30.0,
    )
    assert taken.summary() == learned
    for name, ahead in (("ann", 1), ("bob", 0)):
        one, other = told.estimate(name, 30.0), taken.estimate(name, 30.0)
        assert one is not None
        assert other is not None
        assert one.ahead == other.ahead == ahead
        assert other.mean == pytest.approx(one.mean, rel=0.15)
