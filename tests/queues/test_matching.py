"""Who is rung for whom: against a slow model that is plainly right, and case by case."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.queues.matching import Free, Line, Match, Waiting, helps, match
from controller.queues.rules import QueueRules, Relaxation, Strategy

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RELAXATION = (Relaxation(after_seconds=30, levels=1), Relaxation(after_seconds=90, levels=3))


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def plainly(waiting: Sequence[Waiting], free: Sequence[Free], lines: Mapping[str, Line], now: datetime) -> list[Match]:
    """One caller after another, each time looking at everybody."""
    left = list(free)
    found = []
    for entry in sorted(waiting, key=lambda e: (e.joined_at - timedelta(seconds=e.head_start), e.id)):
        line = lines.get(entry.queue)
        if line is None:
            continue
        everybody = line.rules.strategy is Strategy.RING_ALL
        if entry.ringing and (not everybody or entry.wanted):
            continue
        able = [agent for agent in left if _may(agent, entry, line, now)]
        able.sort(key=lambda agent: _worth(agent, entry, line))
        if everybody and entry.wanted is None:
            chosen = able
        else:
            chosen = ([a for a in able if a.person not in entry.refused_by] or able)[:1]
        if chosen:
            left = [agent for agent in left if agent not in chosen]
            found.append(Match(entry.id, tuple(agent.person for agent in chosen)))
    return found


def _may(agent: Free, entry: Waiting, line: Line, now: datetime) -> bool:
    if entry.wanted is not None:
        return agent.person == entry.wanted
    waited = max(0.0, (now - entry.joined_at).total_seconds())
    less = max([step.levels for step in line.rules.relaxation if waited >= step.after_seconds], default=0)
    return agent.person in line.order and all(
        agent.skills.get(skill, 0) >= level - less for skill, level in entry.required.items()
    )


def _worth(agent: Free, entry: Waiting, line: Line) -> tuple[Any, ...]:
    asked = {**entry.preferred, **entry.required}
    fit = sum(min(level, agent.skills.get(skill, 0)) for skill, level in asked.items())
    by_strategy: Any = {
        Strategy.LONGEST_IDLE: agent.idle_since,
        Strategy.FEWEST_CALLS: (agent.calls, agent.idle_since),
        Strategy.BEST_SKILL: (-sum(agent.skills.get(skill, 0) for skill in asked), agent.idle_since),
        Strategy.IN_ORDER: line.order.get(agent.person),
        Strategy.RING_ALL: line.order.get(agent.person),
    }[line.rules.strategy]
    return -fit, by_strategy, agent.person


PEOPLE = [f"p{number}" for number in range(6)]
levels = st.dictionaries(st.sampled_from(["spanish", "billing"]), st.integers(1, 5), max_size=2)
some_people = st.lists(st.sampled_from(PEOPLE), unique=True)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Waiting], list[Free], dict[str, Line]]:
    lines = {
        queue: Line(
            QueueRules(strategy=draw(st.sampled_from(Strategy)), relaxation=draw(st.sampled_from([(), RELAXATION]))),
            {person: place for place, person in enumerate(draw(some_people))},
        )
        for queue in ("front", "billing")
    }
    free = [
        Free(person, draw(levels), ago(draw(st.integers(0, 3))), draw(st.integers(0, 2)))
        for person in draw(some_people)
    ]
    waiting = [
        Waiting(
            f"e{number}",
            draw(st.sampled_from(["front", "billing", "deleted"])),
            ago(draw(st.sampled_from([-5, 0, 10, 29, 31, 100]))),
            draw(st.sampled_from([0, 0, 300])),
            draw(levels),
            draw(levels),
            draw(st.sampled_from([None, None, None, *PEOPLE])),
            frozenset(draw(some_people)) if draw(st.booleans()) else frozenset(),
            draw(st.sampled_from([False, False, False, True])),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    return draw(st.permutations(waiting)), free, lines


@given(scenes())
def test_as_the_plain_model_says(scene: tuple[list[Waiting], list[Free], dict[str, Line]]) -> None:
    waiting, free, lines = scene
    found = match(waiting, free, lines, NOW)
    assert found == plainly(waiting, free, lines, NOW)
    rung = [person for one in found for person in one.people]
    assert len(rung) == len(set(rung))


@given(scenes())
def test_nobody_who_waits_longer_is_passed(scene: tuple[list[Waiting], list[Free], dict[str, Line]]) -> None:
    """Whoever is left has nobody among those rung for later callers who might have answered them."""
    waiting, free, lines = scene
    found = dict(match(waiting, free, lines, NOW))
    by_person = {agent.person: agent for agent in free}
    for entry in waiting:
        line = lines.get(entry.queue)
        if entry.id in found or line is None or entry.ringing:
            continue
        for other in waiting:
            if other.place > entry.place and other.id in found:
                assert not any(_may(by_person[person], entry, line, NOW) for person in found[other.id])


def test_a_head_start_is_no_more_than_that() -> None:
    lines = {"front": Line(QueueRules(), {"ann": 0})}
    free = [Free("ann", {}, ago(10))]
    urgent = Waiting("urgent", "front", ago(0), head_start=300)
    assert match([urgent, Waiting("early", "front", ago(299))], free, lines, NOW)[0].entry == "urgent"
    assert match([urgent, Waiting("early", "front", ago(301))], free, lines, NOW)[0].entry == "early"


def test_whoever_suits_best_is_rung() -> None:
    free = [Free("ann", {"spanish": 2}, ago(100)), Free("ben", {"spanish": 4}, ago(10)), Free("cleo", {}, ago(500))]
    lines = {"front": Line(QueueRules(), {"ann": 0, "ben": 1, "cleo": 2})}

    def rung(**asked: Mapping[str, int]) -> str:
        return match([Waiting("caller", "front", ago(5), **asked)], free, lines, NOW)[0].people[0]

    assert rung() == "cleo"
    assert rung(required={"spanish": 1}) == "ann"
    assert rung(preferred={"spanish": 3}) == "ben"
    assert rung(required={"spanish": 3}) == "ben"


@pytest.mark.parametrize(
    ("helping", "wait", "expected"),
    [(False, 60, False), (False, 61, True), (True, 31, True), (True, 30, True), (True, 29, False)],
)
def test_teams_do_not_come_and_go_with_every_caller(helping: bool, wait: float, expected: bool) -> None:
    assert helps(60, 30, helping, wait) is expected
    assert helps(None, None, helping, wait)


def test_a_thousand_agents_and_five_hundred_waiting() -> None:
    skills = ["a", "b", "c", "d"]
    free = [Free(f"p{n}", {skills[n % 4]: n % 5 + 1}, ago(n)) for n in range(1000)]
    lines = {f"q{n}": Line(QueueRules(), {f"p{p}": p for p in range(n, 1000, 3)}) for n in range(3)}
    waiting = [Waiting(f"e{n}", f"q{n % 3}", ago(n), required={skills[n % 4]: 2}) for n in range(500)]
    began = time.perf_counter()
    found = match(waiting, free, lines, NOW)
    assert len(found) == 500
    assert time.perf_counter() - began < 0.5  # some ms; here only that it does not look at each pair
