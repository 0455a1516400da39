"""A line played forward, beside what theory says exactly."""

from __future__ import annotations

import numpy as np
import pytest

from controller.queues import formulas
from controller.queues.durations import EDGES, Curve
from controller.queues.futures import InLine, Luck, Overtaking, Server, waits


def exponential(mean: float | None) -> Curve:
    return Curve([0.0 if mean is None else 1 / mean] * len(EDGES))


TALK = exponential(180)
NEVER = exponential(None)


def busy(count: int) -> list[Server]:
    return [Server(60.0, TALK)] * count


def line(count: int, patience: Curve = NEVER) -> list[InLine]:
    return [InLine(-1.0 * (count - i), 30.0, TALK, patience) for i in range(count)]


@pytest.mark.parametrize(("agents", "ahead"), [(5, 0), (5, 4), (10, 9), (2, 20), (100, 30)])
@pytest.mark.parametrize("patience", [None, 348.0])
def test_mean_and_p90_of_everybody_in_line(agents: int, ahead: int, patience: float | None) -> None:
    found = waits(busy(agents), line(ahead + 1, exponential(patience)), [], Luck(futures=8000, columns=300))
    for place in (0, ahead // 2, ahead):
        assert found[place].mean() == pytest.approx(formulas.qlm(place, agents, 180, patience), rel=0.03)
        p90 = formulas.quantile(0.9, place, agents, 180, patience)
        assert np.quantile(found[place], 0.9) == pytest.approx(p90, rel=0.04)


def test_a_free_agent_is_no_wait() -> None:
    assert waits([Server(None, TALK), *busy(3)], line(1), [], Luck()).max() == 0


def test_shared_agents_are_shared() -> None:
    # Two agents; the first in line needs agent 0, the second takes either, the third needs agent 0 too.
    talk = [InLine(-3, 0, TALK, NEVER, [0]), InLine(-2, 0, TALK, NEVER, [0, 1]), InLine(-1, 0, TALK, NEVER, [0])]
    first, second, third = waits(busy(2), talk, [], Luck(futures=8000, columns=300)).mean(axis=1)
    assert first == pytest.approx(180, rel=0.03)
    # At rate 1/90 somebody is free: agent 1 half of the time; else agent 0, who takes the first, and then again.
    assert second == pytest.approx(90 + 0.5 * 90, rel=0.03)
    assert third == pytest.approx(360 + 180 * 0.25, rel=0.04)


def test_a_caller_nobody_may_take_waits_forever() -> None:
    assert np.isinf(waits(busy(2), [InLine(-1, 0, TALK, NEVER, [])], [], Luck())).all()


def test_relaxed_skills_open_more_agents_later() -> None:
    caller = InLine(-1, 0, TALK, NEVER, [0], [(1, 40.0)])
    found = waits([Server(60.0, TALK), Server(None, TALK)], [caller], [], Luck(futures=4000))
    assert found.max() == pytest.approx(40)
    assert found.mean() == pytest.approx(180 * (1 - np.exp(-40 / 180)), rel=0.03)


@pytest.mark.parametrize(("rate", "agents"), [(1 / 400, 1), (1 / 40, 10)])
def test_callers_to_come_who_always_go_first(rate: float, agents: int) -> None:
    # Nonpreemptive priority: who waits, waits until all who come meanwhile are served; a busy period begun by one service.
    found = waits(busy(agents), line(1), [Overtaking(rate, 1e9, TALK, NEVER)], Luck(futures=6000, columns=700))
    load = rate * 180 / agents
    assert found.mean() == pytest.approx(180 / agents / (1 - load), rel=0.06)


def test_a_head_start_ends() -> None:
    # Only those overtake who come within ten seconds; at one every hundred seconds that is 0.1 on average, and 0.1 * 90 s.
    found = waits(busy(2), line(1), [Overtaking(0.01, 11.0, TALK, NEVER)], Luck(futures=8000, columns=400))
    assert 90 < found.mean() < 90 + 0.1 * 90 * 1.3
