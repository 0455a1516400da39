"""The wait estimate: its error beside the best of the usual predictors, told everything; its coverage; and what it costs."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import Any

from controller.queues.estimate import WaitEstimator
from controller.queues.trials.predictors import OURS, Ring
from controller.queues.trials.replay import Recorded, replay
from controller.queues.trials.scenarios import clinic_days, scenario
from controller.queues.trials.scores import Result
from controller.queues.trials.simulation import Call, Scenario, Simulation, exponential, simulate
from tests.bench.row import Row

FRONT = ("front",)
LOG_NORMAL = {"handling": 179.6, "deviation": 217.9}

# Table of Ibrahim and Whitt's models, by simulation of millions of callers: QL, QLm, HOL, LES, mean.
TABLE: dict[str, tuple[int, float, float | None, dict[str, float]]] = {
    "M/M/100, .95": (100, 0.95, None, {"ql": 0.222, "hol": 0.313, "les": 0.320, "mean": 1.006}),
    "M/M/100, .90": (100, 0.90, None, {"ql": 0.317, "hol": 0.447, "les": 0.467, "mean": 1.004}),
    "M/M/10, .90": (10, 0.90, None, {"ql": 0.312, "hol": 0.441, "les": 0.460, "mean": 1.03}),
    "M/M/10+M, .9, theta .5": (10, 0.9, 2.0, {"ql": 0.593, "qlm": 0.552, "hol": 0.778, "les": 0.856, "mean": 0.845}),
    "M/M/10+M, 1.4, theta 1": (10, 1.4, 1.0, {"ql": 0.652, "qlm": 0.457, "hol": 0.633, "les": 0.682, "mean": 0.669}),
    "M/M/100+M, 1.4, theta 1": (100, 1.4, 1.0, {"ql": 0.280, "qlm": 0.159, "hol": 0.224, "les": 0.227, "mean": 0.301}),
}
MORE: dict[str, Scenario] = {
    "2 agents": scenario(teams=[(FRONT, [2])], load=0.85),
    "3 agents, patience 2": scenario(teams=[(FRONT, [3])], load=1.1, patience=2),
    "5 agents": scenario(teams=[(FRONT, [5])], load=0.9),
    "2 agents, log-normal": scenario(teams=[(FRONT, [2])], load=0.8, **LOG_NORMAL),
    "5 agents, log-normal": scenario(teams=[(FRONT, [5])], load=0.9, **LOG_NORMAL),
    "5 agents, log-normal, patience 2": scenario(teams=[(FRONT, [5])], load=1.1, patience=2, **LOG_NORMAL),
    "staff 4,8,5,10,3, log-normal, patience": scenario(
        teams=[(FRONT, [4, 8, 5, 10, 3])], load=0.95, patience=2.5, shift=2400, **LOG_NORMAL
    ),
    "5 agents, a fifth urgent": scenario(teams=[(FRONT, [5])], load=0.9, urgent=0.2, head_start=300),
    "three teams share two queues": scenario(
        teams=[(("a",), [2]), (("b",), [2]), (("a", "b"), [2])], load=0.9, patience=4, **LOG_NORMAL
    ),
}


class _Untold:
    """An estimator that is told nothing: for the formulas alone."""

    def __getattr__(self, _: str) -> Any:
        return lambda *__, **___: None


def _compared(what: str, result: Result, at_most: float) -> Iterator[Row]:
    usual = {name: score.rrase for name, score in result.scores.items() if name != OURS and score.callers}
    best = min(usual, key=lambda name: usual[name])
    ours = result.scores[OURS]
    label = f"{what}: {ours.rrase:.3f} over {best.upper()} {usual[best]:.3f}, mean {usual['mean']:.3f}"
    yield Row(label, ours.rrase / usual[best], "", at_most=at_most)
    yield Row(f"{what}: p90 kept {ours.coverage:.1%}, off .90 by", abs((ours.coverage or 0) - 0.9), "", at_most=0.03)


def _trace(scenario: Scenario, seed: int) -> list[Recorded]:
    """What a simulated centre would have recorded, in whole seconds."""
    calls: list[Call] = []
    nobody: Any = _Untold()
    Simulation(scenario, nobody, Ring(nobody, learn=0, mean_is_known=True), seed, calls).run()
    found = [Recorded(c.queue, int(c.arrived_at), int(c.waited), c.answered, int(c.handled)) for c in calls]
    return sorted(found, key=lambda each: each.arrived_at)


def _costs() -> Iterator[Row]:
    estimator = WaitEstimator()
    for number in range(300):
        estimator.joined(number, "front", number * 200.0)
        estimator.answered(number, number % 10, number * 200.0)
        estimator.ended(number % 10, number * 200.0 + 20 + number % 17 * 20)
    for number in range(10):
        estimator.joined(-number, "front", 70_000.0)
        estimator.answered(-number, number, 70_000.0)
    for number in range(50):
        estimator.joined(1000 + number, "front", 70_000.0 + number)
    for what, ask, bound in (
        ("estimates for a whole line of 50, 10 agents", lambda: estimator.estimates(70_060.0), 20.0),
        ("estimate for the last of them alone", lambda: estimator.estimate(1049, 70_060.0), 10.0),
    ):
        spent = []
        for _ in range(50):
            began = time.process_time()
            ask()
            spent.append(time.process_time() - began)
        yield Row(f"{what}, median", sorted(spent)[25] * 1000, "ms", at_most=bound)


def run() -> Iterator[Row]:
    """Ratios of errors (at most 1.03 where the other is told all and best), coverage, and milliseconds."""
    yield from _costs()
    for what, (agents, load, patience, known) in TABLE.items():
        played = scenario(teams=[(FRONT, [agents])], load=load, patience=patience)
        nobody: Any = _Untold()
        plain = Simulation(played, nobody, Ring(nobody, learn=20_000, mean_is_known=True), 1).run(120_000)
        for name, value in known.items():
            off = abs(plain.scores[name].rrase / value - 1)
            yield Row(
                f"{what}: {name.upper()} {plain.scores[name].rrase:.3f}, off {value} by",
                off,
                "",
                at_most=0.2 if patience is None else 0.05,
            )
        yield from _compared(what, simulate(played, callers=8_000, learn=500, seed=3), 1.03)
    for what, played in MORE.items():
        yield from _compared(what, simulate(played, callers=8_000, learn=500, seed=5), 1.03)
    month = clinic_days(28, 4)
    for what, played in {
        "a month like a real centre's": month,
        "the same, with 20 s of work unseen": dataclasses.replace(month, unseen=exponential(20)),
    }.items():
        callers = _trace(played, 4)
        result = replay(callers, learn=len(callers) // 2)
        yield from _compared(what, result, 1.0)
        yield Row(f"{what}: over the mean", result.scores[OURS].rrase / result.scores["mean"].rrase, "", at_most=0.84)
