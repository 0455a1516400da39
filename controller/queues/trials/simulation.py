"""Simulated queues: teams that share callers, priorities, staff that come and go, any handling time and patience.

What happens is told to the estimator as a controller would tell it, and to the ring of predictors. The same seed gives the same
day.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from controller.queues.estimate import WaitEstimator
from controller.queues.trials.predictors import Ring, Sight
from controller.queues.trials.scores import Result

Draw = Callable[[random.Random], float]


@dataclass(frozen=True)
class Team:
    """Agents who take callers of the same queues: how many, from which second on; the list begins anew after `cycle` seconds."""

    queues: tuple[str, ...]
    staff: tuple[tuple[float, int], ...]
    cycle: float = 0.0


@dataclass(frozen=True)
class Kind:
    """A share of the callers: the queue they join, and their head start in seconds."""

    queue: str
    share: float = 1.0
    head_start: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """What is simulated. Rates are callers a second; `rates` holds from the given second on and begins anew after `cycle`."""

    teams: tuple[Team, ...]
    kinds: tuple[Kind, ...]
    rates: tuple[tuple[float, float], ...]
    handling: Draw
    mean_handling: float
    patience: Draw | None = None
    mean_patience: float | None = None
    cycle: float = 0.0
    ends: float = math.inf
    """After this second nobody comes."""
    unseen: Draw | None = None
    """Work after each call that is no part of handling and that nobody is told of."""


def exponential(mean: float) -> Draw:
    """Times with this mean, in seconds."""
    return lambda luck: luck.expovariate(1 / mean)


def log_normal(mean: float, deviation: float) -> Draw:
    """Times with this mean and standard deviation, in seconds."""
    sigma = math.sqrt(math.log(1 + (deviation / mean) ** 2))
    mu = math.log(mean) - sigma * sigma / 2
    return lambda luck: luck.lognormvariate(mu, sigma)


def surviving(steps: Sequence[tuple[float, float]]) -> Draw:
    """Times of which the given shares last longer than the given seconds, with a constant hazard between and after these."""
    known = [(0.0, 0.0), *((seconds, -math.log(share)) for seconds, share in steps)]

    def draw(luck: random.Random) -> float:
        risen = luck.expovariate(1.0)
        for (before, low), (after, high) in itertools.pairwise(known):
            if risen <= high:
                return before + (risen - low) * (after - before) / (high - low)
        return after + (risen - high) * (after - before) / (high - low)

    return draw


class Call(NamedTuple):
    """What became of a simulated call, as a trace has it."""

    queue: str
    arrived_at: float
    waited: float
    answered: bool
    handled: float


@dataclass(slots=True)
class _Agent:
    number: int
    team: int
    busy: bool = False
    leaving: bool = False
    free_since: float = 0.0


@dataclass(slots=True, order=True)
class _Caller:
    key: float
    number: int
    joined: float = field(compare=False)
    kind: Kind = field(compare=False)
    waiting: bool = field(compare=False, default=True)


@dataclass
class Simulation:
    """One run."""

    scenario: Scenario
    estimator: WaitEstimator
    ring: Ring
    seed: int = 1
    calls: list[Call] | None = None
    """Filled with what became of each caller, where a list is given."""

    def run(self, callers: int | None = None) -> Result:
        """Until so many callers have come, or the scenario ends."""
        scenario = self.scenario
        self._luck = random.Random(self.seed)  # noqa: S311 - a simulation, to be repeatable
        self._handling_luck = random.Random(self.seed + 1_000_003)  # noqa: S311
        self._events: list[tuple[float, int, Callable[[float, object], None], object]] = []
        self._count = 0
        self._agents: dict[int, _Agent] = {}
        self._agent_numbers = 0
        self._line: list[_Caller] = []
        self._came = 0
        self._wanted = math.inf if callers is None else callers
        self._staffed = {kind.queue: 0 for kind in scenario.kinds}
        self._sharing = {
            kind.queue: {queue for team in scenario.teams if kind.queue in team.queues for queue in team.queues}
            for kind in scenario.kinds
        }
        self._peak = max(rate for _, rate in scenario.rates)
        for number, team in enumerate(scenario.teams):
            for at, count in team.staff:
                self._at(at, self._staff, (number, count))
        self._at(self._luck.expovariate(self._peak), self._arrival, None)
        while self._events and (self._line or self._came < self._wanted):
            at, _, what, about = heapq.heappop(self._events)
            what(at, about)
        return self.ring.result()

    def _at(self, at: float, what: Callable[[float, object], None], about: object) -> None:
        self._count += 1
        heapq.heappush(self._events, (at, self._count, what, about))

    def _staff(self, at: float, about: object) -> None:
        assert isinstance(about, tuple)
        number, count = about
        team = self.scenario.teams[number]
        if team.cycle:
            self._at(at + team.cycle, self._staff, about)
        there = [agent for agent in self._agents.values() if agent.team == number and not agent.leaving]
        for agent in sorted(there, key=lambda each: each.busy)[: max(0, len(there) - count)]:
            self.estimator.off_duty(agent.number)
            self._counted(agent, -1)
            agent.leaving = True
            if not agent.busy:
                del self._agents[agent.number]
        for _ in range(count - len(there)):
            self._agent_numbers += 1
            agent = _Agent(self._agent_numbers, number, free_since=at)
            self._agents[agent.number] = agent
            self._counted(agent, 1)
            self.estimator.on_duty(agent.number, team.queues)
            self._serve_next(agent, at)

    def _counted(self, agent: _Agent, by: int) -> None:
        for queue in self.scenario.teams[agent.team].queues:
            if queue in self._staffed:
                self._staffed[queue] += by

    def _arrival(self, at: float, _: object) -> None:
        if self._came >= self._wanted or at > self.scenario.ends:
            return
        luck, scenario = self._luck, self.scenario
        self._at(at + luck.expovariate(self._peak), self._arrival, None)
        if luck.random() * self._peak >= _holding(scenario.rates, at % scenario.cycle if scenario.cycle else at):
            return
        kinds = scenario.kinds
        kind = kinds[0] if len(kinds) == 1 else luck.choices(kinds, [each.share for each in kinds])[0]
        self._came += 1
        caller = _Caller(at - kind.head_start, self._came, at, kind)
        patience = scenario.patience(luck) if scenario.patience else None
        self.estimator.joined(caller.number, kind.queue, at, kind.head_start)
        agent = self._free_agent(kind.queue)
        if agent is not None:
            self.ring.joined(caller.number, kind.queue, at, None)
            self._serve(caller, agent, at)
            return
        self.ring.joined(caller.number, kind.queue, at, self._sight(caller, at))
        insort(self._line, caller)
        if patience is not None:
            self._at(at + patience, self._gives_up, caller)

    def _sight(self, caller: _Caller, at: float) -> Sight:
        sharing = self._sharing[caller.kind.queue]
        ahead = [each for each in self._line if each < caller and each.kind.queue in sharing]
        scenario = self.scenario
        head = next((each for each in self._line if each.kind.queue == caller.kind.queue), None)
        return Sight(
            len(ahead),
            self._staffed[caller.kind.queue],
            scenario.mean_handling,
            scenario.mean_patience,
            0.0 if head is None else at - head.joined,
        )

    def _free_agent(self, queue: str) -> _Agent | None:
        free = [
            agent
            for agent in self._agents.values()
            if not agent.busy and queue in self.scenario.teams[agent.team].queues
        ]
        return min(free, key=lambda agent: (agent.free_since, agent.number)) if free else None

    def _serve(self, caller: _Caller, agent: _Agent, at: float) -> None:
        caller.waiting = False
        agent.busy = True
        handled = self.scenario.handling(self._handling_luck)
        self.estimator.answered(caller.number, agent.number, at)
        self.ring.answered(caller.number, caller.kind.queue, at - caller.joined)
        if self.calls is not None:
            self.calls.append(Call(caller.kind.queue, caller.joined, at - caller.joined, True, handled))
        self._at(at + handled, self._has_talked if self.scenario.unseen else self._is_free, agent)

    def _has_talked(self, at: float, about: object) -> None:
        assert isinstance(about, _Agent)
        assert self.scenario.unseen is not None
        self.estimator.ended(about.number, at)
        self._at(at + self.scenario.unseen(self._handling_luck), self._is_free, about)

    def _is_free(self, at: float, about: object) -> None:
        assert isinstance(about, _Agent)
        about.busy = False
        about.free_since = at
        self.estimator.ended(about.number, at)
        if about.leaving:
            del self._agents[about.number]
        else:
            self._serve_next(about, at)

    def _serve_next(self, agent: _Agent, at: float) -> None:
        queues = self.scenario.teams[agent.team].queues
        for place, caller in enumerate(self._line):
            if caller.kind.queue in queues:
                del self._line[place]
                self._serve(caller, agent, at)
                return

    def _gives_up(self, at: float, about: object) -> None:
        assert isinstance(about, _Caller)
        if not about.waiting:
            return
        about.waiting = False
        self._line.remove(about)
        self.estimator.abandoned(about.number, at)
        self.ring.gone(about.number)
        if self.calls is not None:
            self.calls.append(Call(about.kind.queue, about.joined, at - about.joined, False, 0.0))


def _holding(rates: Sequence[tuple[float, float]], at: float) -> float:
    """The rate that holds at this second."""
    held = rates[0][1]
    for since, rate in rates:
        if since > at:
            break
        held = rate
    return held


def simulate(scenario: Scenario, *, callers: int, learn: int, seed: int) -> Result:
    """Run a scenario with a new estimator; the first `learn` callers are not scored."""
    estimator = WaitEstimator(seed=seed)
    return Simulation(scenario, estimator, Ring(estimator, learn=learn, mean_is_known=True), seed).run(callers)
