"""Who is rung for whom: waiting entries and free agents to offers. Pure.

In line goes by the time at which somebody joined less their head start, then by id: an urgent caller is as one who came so much
earlier, and nobody is passed by those who come later than that. Each in turn gets, of the agents left who answer the queue and
have the skills still required, whoever suits the call best: by the skills required and preferred, then by the queue's strategy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from controller.queues.rules import QueueRules, Strategy


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry in line. `wanted`: only this person may answer. `refused_by`: who did not take it when last rung: they come
    last. `ringing`: agents are being rung for it already, which only happens where all are rung. `one`: one person is enough,
    also where all are rung: they are reserved for a patient who is yet to be called."""

    id: str
    queue: str
    joined_at: datetime
    head_start: int = 0
    required: Mapping[str, int] = field(default_factory=dict)
    preferred: Mapping[str, int] = field(default_factory=dict)
    wanted: str | None = None
    refused_by: frozenset[str] = frozenset()
    ringing: bool = False
    one: bool = False

    @property
    def place(self) -> tuple[datetime, str]:
        """What the line is ordered by."""
        return self.joined_at - timedelta(seconds=self.head_start), self.id

    def waited(self, now: datetime) -> float:
        """Seconds; never negative, should the clock have stepped back."""
        return max(0.0, (now - self.joined_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Free:
    """An agent who can be rung. `skills`: skill id to level. `calls`: answered today."""

    person: str
    skills: Mapping[str, int]
    idle_since: datetime
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A queue: its rules, and who answers it at present, each with their place in the order of teams and members."""

    rules: QueueRules
    order: Mapping[str, int]


class Match(NamedTuple):
    """These people are to be rung for an entry: one, or several where all are rung."""

    entry: str
    people: tuple[str, ...]


def match(waiting: Iterable[Waiting], free: Sequence[Free], lines: Mapping[str, Line], now: datetime) -> list[Match]:
    """Whom to ring for whom; nobody is in two matches. In the order of the line."""
    by_person = {agent.person: agent for agent in free}
    left = set(by_person)
    queues: dict[str, list[Free]] = {}
    ranked: dict[tuple[Any, ...], _Ranked] = {}
    found = []
    for entry in sorted(waiting, key=lambda entry: entry.place):
        if not left:
            break
        line = lines.get(entry.queue)
        if line is None or (entry.ringing and line.rules.strategy is not Strategy.RING_ALL):
            continue
        if entry.wanted is not None:
            if entry.wanted in left and not entry.ringing:
                left.discard(entry.wanted)
                found.append(Match(entry.id, (entry.wanted,)))
            continue
        required = line.rules.relaxed(dict(entry.required), entry.waited(now)) if entry.required else {}
        signature = (entry.queue, *map(_hashable, (required, entry.required, entry.preferred)))
        candidates = ranked.get(signature)
        if candidates is None:
            if entry.queue not in queues:
                queues[entry.queue] = [agent for agent in free if agent.person in line.order]
            able = [agent for agent in queues[entry.queue] if can_answer(agent.skills, required)]
            candidates = ranked[signature] = _Ranked(rank(able, entry, line))
        people = candidates.take(
            left, entry.refused_by, everybody=line.rules.strategy is Strategy.RING_ALL and not entry.one
        )
        if people:
            left.difference_update(people)
            found.append(Match(entry.id, people))
    return found


def can_answer(skills: Mapping[str, int], required: Mapping[str, int]) -> bool:
    """Whether somebody with these skills has all that is required, each at its level."""
    return all(skills.get(skill, 0) >= level for skill, level in required.items())


def rank(able: Iterable[Free], entry: Waiting, line: Line) -> list[str]:
    """Those who may answer an entry, best first."""
    wanted = {**entry.preferred, **entry.required}

    def fit(agent: Free) -> int:
        return sum(min(level, agent.skills.get(skill, 0)) for skill, level in wanted.items())

    def ability(agent: Free) -> int:
        return sum(agent.skills.get(skill, 0) for skill in wanted)

    order = line.order
    keys: dict[Strategy, Any] = {
        Strategy.LONGEST_IDLE: lambda agent: (-fit(agent), agent.idle_since, agent.person),
        Strategy.FEWEST_CALLS: lambda agent: (-fit(agent), agent.calls, agent.idle_since, agent.person),
        Strategy.BEST_SKILL: lambda agent: (-fit(agent), -ability(agent), agent.idle_since, agent.person),
        Strategy.IN_ORDER: lambda agent: (-fit(agent), order[agent.person], agent.person),
        Strategy.RING_ALL: lambda agent: (-fit(agent), order[agent.person], agent.person),
    }
    return [agent.person for agent in sorted(able, key=keys[line.rules.strategy])]


def helps(joins_after: int | None, leaves_below: int | None, helping: bool, wait: float) -> bool:
    """Whether a team answers a queue where `wait` seconds are to be expected. It comes in above one bound and leaves below the
    other (none given: the same), so that it does not come and go with every caller."""
    if joins_after is None:
        return True
    if helping:
        return wait >= (joins_after if leaves_below is None else min(leaves_below, joins_after))
    return wait > joins_after


class _Ranked:
    """Agents in order of suitability for entries that are alike; those taken are passed once and for all."""

    __slots__ = ("_at", "_people")

    def __init__(self, people: list[str]) -> None:
        self._people = people
        self._at = 0

    def take(self, left: set[str], refused_by: frozenset[str], *, everybody: bool) -> tuple[str, ...]:
        people = self._people
        while self._at < len(people) and people[self._at] not in left:
            self._at += 1
        if self._at == len(people):
            return ()
        if everybody:
            return tuple(person for person in people[self._at :] if person in left)
        for person in people[self._at :] if refused_by else ():
            if person in left and person not in refused_by:
                return (person,)
        return (people[self._at],)


def _hashable(levels: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(levels.items())) if levels else ()
