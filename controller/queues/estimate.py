"""How long a caller will wait: a pure model, told no parameters, that learns from what happens in the queues.

It is fed events in the order of time (callers join, are answered, give up; handling ends; agents come, pause and go), learns how
long handling takes, how long callers wait before they give up and how often callers come who go first, and plays the line forward
from where it stands (`futures`). What it said is compared with what happened, which corrects later estimates (`calibration`).

Times are seconds on one clock, of any origin; head starts and waits are seconds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from controller.queues.calibration import Calibration, weighted
from controller.queues.durations import Durations, Floats, Prior
from controller.queues.futures import InLine, Luck, Overtaking, Server, waits
from controller.queues.scene import Arrivals, Expected, OnDuty, Waiting, order

FORMAT = 1
"""Of the summary."""
_HANDLING = Prior(mean=180.0)
_PATIENCE = Prior(mean=600.0, weight=2.0)
_GAPS_KEPT = 49
_GAPS_NEEDED = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a caller will still wait, in seconds from the moment it was asked for, if they stay."""

    mean: float
    p50: float
    """Half of the callers wait no longer."""
    p90: float
    """Nine callers in ten wait no longer: what may be promised."""
    spread: Floats = field(repr=False, compare=False)
    """Possible waits, equally likely, in ascending order: as the model has them, before it is corrected by what happened."""
    ahead: int
    """Callers in line now who will be served first."""
    agents: int
    """Agents on duty who may take the caller."""


@dataclass(slots=True)
class _Queue:
    handling: Durations
    patience: Durations
    calibration: Calibration = field(default_factory=Calibration)
    arrivals: dict[float, Arrivals] = field(default_factory=dict)  # by head start


class WaitEstimator:
    """Learns from events, and estimates. Events of callers and agents that it does not know are taken as they come."""

    def __init__(self, *, enough: int = 5, seed: int = 1) -> None:
        """With fewer than `enough` calls handled, ever, it says nothing."""
        self._enough = enough
        self._luck = Luck(seed)
        self._handling = Durations(_HANDLING)
        self._handling.going_on = self._talking
        self._patience = Durations(_PATIENCE)
        self._patience.going_on = self._waiting
        self._queues: dict[str, _Queue] = {}
        self._agents: dict[Hashable, OnDuty] = {}
        self._callers: dict[Hashable, Waiting] = {}
        self._eligible: dict[tuple[str, frozenset[str]], frozenset[Hashable]] = {}
        self._gaps: deque[float] = deque(maxlen=_GAPS_KEPT)
        self._gaps_sorted: list[float] | None = None
        self._numbers = 0
        self._changes = 0
        self._now = -math.inf

    # What happens

    def on_duty(self, agent: Hashable, queues: Iterable[str], skills: Iterable[str] = ()) -> None:
        """An agent came, or answers other queues now."""
        self._changes += 1
        known = self._agents.setdefault(agent, OnDuty(frozenset(), frozenset()))
        known.queues, known.skills, known.leaving, known.paused = frozenset(queues), frozenset(skills), False, False
        self._eligible.clear()

    def paused(self, agent: Hashable) -> None:
        """An agent takes no callers for now; a call in hand goes on."""
        self._changes += 1
        if agent in self._agents:
            self._agents[agent].paused = True
            self._eligible.clear()

    def resumed(self, agent: Hashable) -> None:
        """An agent takes callers again."""
        self._changes += 1
        if agent in self._agents:
            self._agents[agent].paused = False
            self._eligible.clear()

    def off_duty(self, agent: Hashable) -> None:
        """An agent goes, at once or after the call in hand."""
        self._changes += 1
        known = self._agents.get(agent)
        if known is not None and known.busy_since is not None:
            known.leaving = True
        else:
            self._agents.pop(agent, None)
        self._eligible.clear()

    def joined(
        self,
        caller: Hashable,
        queue: str,
        at: float,
        head_start: float = 0.0,
        skills: Iterable[str] = (),
        later: Iterable[tuple[float, Iterable[str]]] = (),
    ) -> None:
        """A caller joined a line, asking for an agent with `skills`; with fewer ones after so many seconds in line (`later`)."""
        self._changes += 1
        self._now = at
        relaxed = tuple((after, frozenset(fewer)) for after, fewer in later)
        self._numbers += 1
        known = Waiting(queue, at, head_start, frozenset(skills), relaxed, self._numbers)
        self._callers[caller] = known
        self._queue(queue).arrivals.setdefault(head_start, Arrivals()).came(at)
        if self._who_may(known) and (self.gap > 0 or not self._somebody_free(known)):
            found = self._spread(known, at)
            known.said = Expected(at, self._changes, found)

    def moved(self, caller: Hashable, queue: str, head_start: float) -> None:
        """A caller waits in another line, or with another head start, now; the place goes by the moment of joining still."""
        self._changes += 1
        if caller in self._callers:
            known = self._callers[caller]
            known.queue, known.head_start, known.said = queue, head_start, None

    def answered(self, caller: Hashable, agent: Hashable, at: float) -> None:
        """A caller reached an agent."""
        self._now = at
        self._changes += 1
        known = self._callers.pop(caller, None)
        if known is None:
            return
        waited = max(0.0, at - known.joined)
        queue = self._queue(known.queue)
        queue.patience.observe(waited, ended=False)
        if known.said is not None and waited > 0:
            queue.calibration.observe(known.said.spread, waited)
        if agent not in self._agents:
            self.on_duty(agent, (known.queue,))
        by = self._agents[agent]
        if by.busy_since is None and known.joined <= by.free_since:
            self._gaps_sorted = None
            self._gaps.append(at - by.free_since)  # the caller was there already when the agent became free
        by.busy_since, by.busy_with, by.ready_at = at, known.queue, None

    def abandoned(self, caller: Hashable, at: float) -> None:
        """A caller gave up."""
        self._now = at
        self._changes += 1
        known = self._callers.pop(caller, None)
        if known is not None:
            self._queue(known.queue).patience.observe(max(0.0, at - known.joined))

    def left(self, caller: Hashable, at: float) -> None:
        """A caller left the line otherwise: for a callback, voicemail, another line."""
        self._now = at
        self._changes += 1
        known = self._callers.pop(caller, None)
        if known is not None:
            self._queue(known.queue).patience.observe(max(0.0, at - known.joined), ended=False)

    def ended(self, agent: Hashable, at: float) -> None:
        """Handling a call is over, wrap-up included: the agent is free."""
        self._now = at
        self._changes += 1
        known = self._agents.get(agent)
        if known is None or known.busy_since is None:
            return
        self._queue(known.busy_with).handling.observe(max(0.0, at - known.busy_since))
        known.busy_since, known.ready_at, known.free_since = None, None, at
        if known.leaving:
            del self._agents[agent]
            self._eligible.clear()

    def free(self, agent: Hashable, since: float) -> None:
        """An agent on duty has been free since then."""
        self._changes += 1
        if agent in self._agents:
            self._agents[agent].free_since = since

    def resume(self, agents: Mapping[Hashable, OnDuty], callers: Mapping[Hashable, Waiting], now: float) -> None:
        """It stands so, now: for whoever comes anew, or keeps the state elsewhere. Nothing is learned from it."""
        self._changes += 1
        self._now = now
        for name, caller in callers.items():
            if caller.said is None and (known := self._callers.get(name)) is not None:
                caller.said = known.said  # what was expected then is compared with what will have happened
        self._agents, self._callers = dict(agents), dict(callers)
        self._numbers = max((caller.number for caller in callers.values()), default=self._numbers)
        self._eligible.clear()

    # What to expect

    def estimate(self, caller: Hashable, now: float) -> Estimate | None:
        """How long this caller in line will still wait; None when nobody is on duty for them, or too little is known."""
        known = self._callers.get(caller)
        return None if known is None else self._estimate(known, now)

    def would_wait(
        self, queue: str, now: float, head_start: float = 0.0, skills: Iterable[str] = ()
    ) -> Estimate | None:
        """The same for a caller who would join now."""
        return self._estimate(Waiting(queue, now, head_start, frozenset(skills), (), self._numbers + 1), now)

    def estimates(self, now: float) -> dict[Hashable, Estimate | None]:
        """The same for everybody in line, at the cost of little more than one of them."""
        names = {id(caller): name for name, caller in self._callers.items()}
        found: dict[Hashable, Estimate | None] = {}
        for last in sorted(self._callers.values(), key=order, reverse=True):
            if names[id(last)] in found:
                continue
            if not self._may_estimate(last):
                found[names[id(last)]] = None
                continue
            # Whoever is in this line shares its agents, and what is behind them in it does not matter to them.
            line = [*self._ahead(last), last]
            alike = len({self._who_may(caller) for caller in line}) == 1
            for place, (caller, spread) in enumerate(zip(line, self._spreads(line, now), strict=True)):
                if names[id(caller)] not in found:
                    ahead = place if alike else len(self._ahead(caller))
                    found[names[id(caller)]] = self._made(caller, spread, ahead)
        return found

    @property
    def gap(self) -> float:
        """Seconds from being free to answering a caller who waits: ringing, and whatever nobody tells us of."""
        usual = self._usual_gaps()
        return usual[len(usual) // 2] if usual else 0.0

    def _usual_gaps(self) -> list[float]:
        """The last ones but for the longest, which are no gaps; none where there usually is no gap."""
        if self._gaps_sorted is None:
            ascending = sorted(self._gaps)
            usual = len(ascending) >= _GAPS_NEEDED and ascending[len(ascending) // 2] > 0
            self._gaps_sorted = ascending[: len(ascending) * 9 // 10] if usual else []
        return self._gaps_sorted

    def _may_estimate(self, caller: Waiting) -> bool:
        return bool(self._who_may(caller)) and self._handling.observations >= self._enough

    def _estimate(self, caller: Waiting, now: float) -> Estimate | None:
        if not self._may_estimate(caller):
            return None
        said = caller.said
        known = said is not None and said.at == now and said.changes == self._changes
        return self._made(
            caller, said.spread if said and known else self._spread(caller, now), len(self._ahead(caller))
        )

    def _made(self, caller: Waiting, spread: Floats, ahead: int) -> Estimate:
        calibration = self._queue(caller.queue).calibration
        mean = float(spread.mean())
        shift = calibration.shift(mean)
        p50, p90 = calibration.quantiles(spread)
        return Estimate(mean + shift, p50, p90, spread, ahead, len(self._who_may(caller)))

    def _spread(self, caller: Waiting, now: float) -> Floats:
        spread: Floats = self._spreads([*self._ahead(caller), caller], now, last_only=True)[-1]
        return spread

    def _spreads(self, line: Sequence[Waiting], now: float, *, last_only: bool = False) -> Floats:
        """Possible waits from now on of each caller in a line, or of the last one, in ascending order."""
        names = sorted(set().union(*(self._who_may(each) for each in line)), key=str)
        place = {name: i for i, name in enumerate(names)}
        waiting_since = min(each.joined for each in line)
        servers = [self._server(self._agents[name], waiting_since, now) for name in names]
        callers = [self._in_line(each, place, now) for each in line]
        found = waits(servers, callers, self._overtaking(line[-1], place, now), self._luck, self._usual_gaps())
        if last_only:
            found, callers = found[-1:], callers[-1:]
        found.sort(axis=1)
        # Not every caller in such a place waits long enough to be answered. Of those who are, fewer had to wait long.
        for row, each in zip(found, callers, strict=True):
            if each.patience.ends:
                row[:] = weighted(row, each.patience.staying(each.waited, row))
        return found

    def _server(self, agent: OnDuty, waiting_since: float, now: float) -> Server:
        curve = self._queue(agent.busy_with).handling.curve if agent.busy_with else self._handling.curve
        if agent.busy_since is None:
            been = now - max(agent.free_since, waiting_since)
            return Server(None, curve, [gap - been for gap in self._usual_gaps() if gap > been] or 0.0)
        if agent.ready_at is not None:
            left = max(0.0, agent.ready_at - now)
            return Server(None, curve, [left + gap for gap in self._usual_gaps()] or left)
        return Server(max(0.0, now - agent.busy_since), curve)

    def _in_line(self, caller: Waiting, place: Mapping[Hashable, int], now: float) -> InLine:
        queue = self._queue(caller.queue)
        able = self._able(caller.queue, caller.skills)
        later = tuple(
            (place[name], max(0.0, caller.joined + after - now))
            for after, skills in caller.later
            for name in self._able(caller.queue, skills) - able
        )
        return InLine(
            caller.key - now,
            max(0.0, now - caller.joined),
            queue.handling.curve,
            queue.patience.curve,
            None if len(able) == len(place) else [place[name] for name in able],
            later,
        )

    def _overtaking(self, caller: Waiting, place: Mapping[Hashable, int], now: float) -> list[Overtaking]:
        """Callers to come who would go before this one."""
        found = []
        for name, queue in self._queues.items():
            able = [place[agent] for agent in self._able(name, frozenset()) if agent in place]
            for head_start, arrivals in queue.arrivals.items():
                if able and caller.key - now + head_start > 0:
                    found.append(
                        Overtaking(
                            arrivals.rate(now),
                            head_start,
                            queue.handling.curve,
                            queue.patience.curve,
                            None if len(able) == len(place) else able,
                        )
                    )
        return found

    def _ahead(self, caller: Waiting) -> list[Waiting]:
        """Callers in line who go first and whose agents this caller needs, or who need agents of such callers."""
        mine = order(caller)
        first = [each for each in self._callers.values() if order(each) < mine]
        agents = set(self._who_may(caller))
        found: list[Waiting] = []
        while True:
            more = [each for each in first if not agents.isdisjoint(self._who_may(each))]
            if len(more) == len(found):
                return sorted(found, key=order)
            found = more
            agents.update(*(self._who_may(each) for each in found))

    def _who_may(self, caller: Waiting) -> frozenset[Hashable]:
        able = self._able(caller.queue, caller.skills)
        return able.union(*(self._able(caller.queue, skills) for _, skills in caller.later)) if caller.later else able

    def _able(self, queue: str, skills: frozenset[str]) -> frozenset[Hashable]:
        """The agents on duty who may take callers of a queue who need these skills."""
        found = self._eligible.get((queue, skills))
        if found is None:
            found = frozenset(
                name
                for name, agent in self._agents.items()
                if queue in agent.queues and skills <= agent.skills and not agent.paused and not agent.leaving
            )
            self._eligible[queue, skills] = found
        return found

    def _somebody_free(self, caller: Waiting) -> bool:
        return any(self._agents[name].busy_since is None for name in self._able(caller.queue, caller.skills))

    def _queue(self, name: str) -> _Queue:
        found = self._queues.get(name)
        if found is None:
            found = _Queue(Durations(_HANDLING, parent=self._handling), Durations(_PATIENCE, parent=self._patience))
            found.handling.going_on = lambda: self._talking(name)
            found.patience.going_on = lambda: self._waiting(name)
            self._queues[name] = found
        return found

    def _talking(self, queue: str | None = None) -> list[float]:
        """How long the calls in hand have lasted, of one queue or of all."""
        return [
            max(0.0, self._now - agent.busy_since)
            for agent in self._agents.values()
            if agent.busy_since is not None and queue in (None, agent.busy_with)
        ]

    def _waiting(self, queue: str | None = None) -> list[float]:
        """How long the callers in line have waited."""
        return [
            max(0.0, self._now - caller.joined) for caller in self._callers.values() if queue in (None, caller.queue)
        ]

    # What is kept

    def summary(self) -> dict[str, Any]:
        """What was learned, small, as JSON has it. Who waits and who is on duty is no part of it."""
        return {
            "format": FORMAT,
            "handling": self._handling.summary(),
            "patience": self._patience.summary(),
            "gaps": [round(gap, 2) for gap in self._gaps],
            "queues": {
                name: {
                    "handling": queue.handling.summary(),
                    "patience": queue.patience.summary(),
                    "calibration": queue.calibration.summary(),
                    "arrivals": [[head_start, each.count, each.seconds] for head_start, each in queue.arrivals.items()],
                }
                for name, queue in self._queues.items()
            },
        }

    def restore(self, summary: Mapping[str, Any]) -> None:
        """Go on from what `summary` gave; one of another format is left alone, and learning begins anew."""
        if summary.get("format") != FORMAT:
            return
        self._handling.restore(summary["handling"])
        self._patience.restore(summary["patience"])
        self._gaps_sorted = None
        self._gaps = deque(summary["gaps"], _GAPS_KEPT)
        for name, kept in summary["queues"].items():
            queue = self._queue(name)
            queue.handling.restore(kept["handling"])
            queue.patience.restore(kept["patience"])
            queue.calibration.restore(kept["calibration"])
            queue.arrivals = {
                head_start: Arrivals(None, count, seconds) for head_start, count, seconds in kept["arrivals"]
            }
