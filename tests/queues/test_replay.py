"""Traces: who was on duty is inferred, in the order of events, and nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace as changed

from controller.queues.estimate import WaitEstimator
from controller.queues.trials.predictors import OURS, Ring
from controller.queues.trials.replay import Recorded, replay
from controller.queues.trials.scenarios import scenario
from controller.queues.trials.scores import Result
from controller.queues.trials.simulation import Call, Scenario, Simulation, exponential


def recorded(played: Scenario, callers: int, *, whole: bool = False) -> tuple[Result, list[Recorded]]:
    """A simulation's result and its trace; in whole seconds if wished."""
    calls: list[Call] = []
    estimator = WaitEstimator()
    result = Simulation(played, estimator, Ring(estimator, learn=500, mean_is_known=True), 3, calls).run(callers)

    def seconds(value: float) -> float:
        return float(int(value)) if whole else value

    found = [Recorded(c.queue, seconds(c.arrived_at), seconds(c.waited), c.answered, seconds(c.handled)) for c in calls]
    return result, sorted(found, key=lambda each: each.arrived_at)


def rrase(result: Result) -> dict[str, float]:
    return {name: score.rrase for name, score in result.scores.items()}


def test_whole_seconds_and_ties_do_no_harm() -> None:
    told, trace = recorded(scenario(teams=[(("front",), [6])], load=1.0, patience=2), 4000, whole=True)
    found = replay(trace, learn=500)
    assert rrase(found)[OURS] < 1.05 * rrase(told)[OURS]
    assert 0.86 < (found.scores[OURS].coverage or 0) < 0.94


def test_that_teams_share_their_agents_is_found_out() -> None:
    told, trace = recorded(scenario(teams=[(("a", "b"), [6])], load=1.0, patience=2), 5000)
    found = rrase(replay(trace, learn=1500))
    assert found[OURS] < 1.1 * rrase(told)[OURS]
    assert found[OURS] < 0.8 * min(found["qlm"], found["mean"], found["les"])


def test_that_teams_do_not_share_is_found_out_too() -> None:
    told, trace = recorded(scenario(teams=[(("a",), [3]), (("b",), [3])], load=1.0, patience=2), 5000)
    assert rrase(replay(trace, learn=1500))[OURS] < 1.06 * rrase(told)[OURS]


def test_work_after_calls_that_no_trace_mentions() -> None:
    played = scenario(teams=[(("front",), [6])], load=0.8, patience=3)
    _, trace = recorded(changed(played, unseen=exponential(40)), 5000)
    found = replay(trace, learn=1000)
    assert rrase(found)[OURS] < 0.95 * min(value for name, value in rrase(found).items() if name != OURS)
    assert 0.86 < (found.scores[OURS].coverage or 0) < 0.94


def test_nothing_from_the_future_is_used() -> None:
    _, trace = recorded(scenario(teams=[(("front",), [3])], load=1.0, patience=2), 900)
    cut = trace[450].arrived_at
    # Whatever comes after the cut is another world; what was scored until then must be the same.
    luck = random.Random(1)
    other = [
        each
        if each.arrived_at + each.waited + each.handled < cut
        else changed(each, handled=each.handled if each.arrived_at + each.waited < cut - 1 else luck.uniform(1, 900))
        for each in trace
    ]
    early = [each for each in trace if each.arrived_at + each.waited < cut]
    assert _sums(early) == _sums([each for each in other if each.arrived_at + each.waited < cut])


def _sums(callers: Sequence[Recorded]) -> tuple[float, int]:
    result = replay(list(callers), learn=0)
    return result.scores[OURS].off_squared, result.callers


def test_odd_callers_are_all_counted() -> None:
    trace = [
        Recorded("a", 0, 0, True, 0),  # no wait, no talk
        Recorded("a", 0, 0, False, 0),  # gave up at once
        Recorded("b", 0, 0, True, 50),
        Recorded("b", 0, 50, True, 0),
        Recorded("b", 0, 70, False, 0),
        Recorded("", 10, 20, True, 5),  # a queue without a name
    ]
    assert replay(trace, learn=0).callers == 2
