"""Queues in a rehearsal: as it states, or, where it states nothing, as they are set up with nobody waiting and everybody free.

A caller in line waits as long as stated; then the agents are rung one after another, and do what the rehearsal says of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import Answer
from controller.flows.clinic import Opening, PersonAnswer, QueueAnswer
from controller.queues.rules import Strategy
from controller.queues.states import EntryState, Outcome, Tried
from controller.queues.waiting import Outlook, Refused, Ringing, Standing, Superseded, Ticket, Wait, Wish

if TYPE_CHECKING:
    from controller.flows.clinic import Clinic


class QueueScript(BaseModel):
    """How it is with a queue when the call comes; what is not given is as the queue is set up. Times in seconds.

    `wait`: what somebody who comes now has to expect; none: it follows from who is free. `agents`: signed in; `free`: of
    those. `joined`: callers in the last hour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wait: float | None = Field(default=None, ge=0, le=14400)
    waiting: int = Field(default=0, ge=0, le=1000)
    longest: float | None = Field(default=None, ge=0, le=14400)
    agents: int | None = Field(default=None, ge=0, le=1000)
    free: int | None = Field(default=None, ge=0, le=1000)
    joined: int = Field(default=0, ge=0, le=10000)
    open: bool | None = None


@dataclass
class _Entry:
    """A caller in line. `free_at`: when an agent is free for them; None: not for as long as can be said."""

    id: str
    wish: Wish
    queue: QueueAnswer
    joined_at: datetime
    ahead: int
    free_at: datetime | None
    state: EntryState = EntryState.WAITING
    generation: int = 0
    tried: int = 0
    """How many agents have been rung."""
    offers: list[Ringing] = field(default_factory=list)
    outcome: Outcome | None = None
    person: str | None = None
    wakes: list[Callable[[], None]] = field(default_factory=list)


class RehearsedQueues:
    """Implements `queues.waiting.Queues`. One for a rehearsal: it outlives controllers, as SQL does."""

    def __init__(
        self,
        clinic: Clinic,
        stated: Mapping[str, QueueScript],
        now: Callable[[], datetime],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        """`later` has something done after so many seconds."""
        self._clinic = clinic
        self._stated = stated
        self._now = now
        self._later = later
        self._entries: dict[str, _Entry] = {}

    def outlook(
        self, queue: str, *, rank: int = 0, required: Mapping[str, int] = {}, preferred: Mapping[str, int] = {}
    ) -> Outlook | None:
        """As stated; skills make no difference."""
        known = self._clinic.queue(queue)
        if known is None:
            return None
        script = self._script(known)
        agents = len(self._staff(known)) if script.agents is None else script.agents
        # Somebody waits only where nobody is free.
        free = (0 if script.waiting or script.wait else agents) if script.free is None else min(script.free, agents)
        wait = script.wait if script.wait is not None else 0.0 if free else None
        longest = script.longest if script.longest is not None else (wait or 0.0) if script.waiting else 0.0
        return Outlook(
            open=self._open(known) if script.open is None else script.open,
            waiting=script.waiting,
            longest=longest,
            agents=agents,
            free=free,
            joined=script.joined,
            wait=None if wait is None or not agents else Wait(mean=wait, p50=wait, p90=wait),
        )

    def _script(self, queue: QueueAnswer) -> QueueScript:
        return self._stated.get(queue.id) or self._stated.get(queue.name) or QueueScript()

    def _staff(self, queue: QueueAnswer, wait: float = 0.0) -> list[PersonAnswer]:
        """Everybody of the teams that answer it now who takes calls and has a telephone, in their order."""
        members = [
            person
            for team in queue.teams
            if team.joins_after is None or team.joins_after < wait
            for person in self._clinic.team(team.team) or ()
            if person.available and person.phones
        ]
        return list({person.id: person for person in members}.values())

    def _open(self, queue: QueueAnswer) -> bool:
        if queue.hours is None:
            return True
        hours = self._clinic.hours(queue.hours, self._now())
        return hours is None or hours.state is Opening.OPEN

    # -- a caller in line

    def join(self, wish: Wish) -> Standing | Refused:
        id = f"{wish.call}:{wish.step}"
        known = self._entries.get(id)
        if known is not None:
            known.generation += 1
            return self._standing(known)
        queue, outlook = self._clinic.queue(wish.queue), self.outlook(wish.queue)
        if queue is None or outlook is None:
            return Refused.GONE
        if not outlook.open:
            return Refused.CLOSED
        if queue.rules.capacity and outlook.waiting >= queue.rules.capacity:
            return Refused.FULL
        if not outlook.agents:
            return Refused.NOBODY
        wait = None if outlook.wait is None else outlook.wait.mean
        free_at = None if wait is None else self._now() + timedelta(seconds=wait)
        entry = self._entries[id] = _Entry(id, wish, queue, self._now(), outlook.waiting, free_at)
        if wait == 0:
            self._ring_next(entry)
        elif wait is not None:
            self._later(wait, lambda: self._ring_next(entry))
        return self._standing(entry)

    def _ring_next(self, entry: _Entry) -> None:
        """Somebody is free: whoever is next, or everybody."""
        if entry.state is not EntryState.WAITING:
            return
        waited = (self._now() - entry.joined_at).total_seconds()
        staff = self._staff(entry.queue, waited)
        if not staff:
            return
        at_once = entry.queue.rules.strategy is Strategy.RING_ALL
        rung = staff if at_once else [staff[entry.tried % len(staff)]]
        entry.tried += len(rung)
        entry.ahead, entry.state = 0, EntryState.OFFERED
        seconds = float(entry.queue.rules.ring_seconds)
        for person in rung:
            id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{entry.id}:{entry.tried}:{person.id}"))
            entry.offers.append(Ringing(id, person.id, seconds))
        self._changed(entry)

    def _changed(self, entry: _Entry) -> None:
        entry.generation += 1
        for wake in list(entry.wakes):
            wake()

    def _back_in_line(self, entry: _Entry) -> None:
        """Nobody has taken the call: the next is rung; when all have been, the first again once they are no longer set aside."""
        entry.state, entry.person = EntryState.WAITING, None
        everybody = len(self._staff(entry.queue, (self._now() - entry.joined_at).total_seconds()))
        if everybody and entry.tried % everybody:
            self._ring_next(entry)
        else:
            self._later(entry.queue.rules.set_aside_seconds, lambda: self._ring_next(entry))

    def _standing(self, entry: _Entry) -> Standing:
        now, longest = self._now(), entry.queue.rules.longest_seconds
        left = None if entry.free_at is None else max(0.0, (entry.free_at - now).total_seconds())
        return Standing(
            ticket=Ticket(entry.id, entry.generation),
            state=entry.state,
            queue=entry.queue.id,
            joined_at=entry.joined_at,
            position=entry.ahead + 1,
            offers=tuple(entry.offers),
            wait=None if left is None else Wait(left, left, left),
            until=entry.joined_at + timedelta(seconds=longest) if longest else None,
            outcome=entry.outcome,
            person=entry.person,
        )

    def standing(self, entry: str) -> Standing | None:
        known = self._entries.get(entry)
        return None if known is None else self._standing(known)

    def watch(self, entry: str, wake: Callable[[], None]) -> Callable[[], None]:
        wakes = self._entries[entry].wakes
        wakes.append(wake)
        return lambda: wakes.remove(wake)

    def _held(self, ticket: Ticket) -> _Entry:
        entry = self._entries[ticket.entry]
        if entry.generation != ticket.generation:
            raise Superseded
        return entry

    def answered(self, ticket: Ticket, offer: str, answer: Answer) -> Standing:
        entry = self._held(ticket)
        ringing = next((one for one in entry.offers if one.id == offer), None)
        if ringing is None:
            raise Superseded
        entry.offers.remove(ringing)
        if answer is Answer.ACCEPTED:
            entry.offers, entry.state, entry.person = [], EntryState.JOINING, ringing.person
        elif not entry.offers:
            self._back_in_line(entry)
        return self._standing(entry)

    def talking(self, ticket: Ticket, offer: str) -> None:
        self._held(ticket).state = EntryState.TALKING

    def not_joined(self, ticket: Ticket, offer: str) -> Standing:
        entry = self._held(ticket)
        if entry.state is EntryState.JOINING:
            self._back_in_line(entry)
        return self._standing(entry)

    def talked(self, entry: str) -> None:
        self._end(self._entries.get(entry), Outcome.ANSWERED)

    def leave(self, ticket: Ticket, outcome: Outcome) -> None:
        self._end(self._held(ticket), outcome)

    def gone(self, call: str) -> None:
        for entry in self._entries.values():
            if entry.wish.call == call:
                self._end(entry, Outcome.ABANDONED)

    def _end(self, entry: _Entry | None, outcome: Outcome) -> None:
        if entry is not None and entry.state is not EntryState.OVER:
            entry.state, entry.offers, entry.outcome = EntryState.OVER, [], outcome

    def announced(
        self, ticket: Ticket, *, wait: Wait | None, position: int, least: float | None, most: float | None
    ) -> None:
        """Nobody holds it against what comes."""

    def hold(self, ticket: Ticket, number: str, bookmark: str, *, dialled: str = "") -> bool:
        """The caller leaves; nobody is called back in a rehearsal."""
        self._end(self._held(ticket), Outcome.CALLBACK)
        return True

    @property
    def callbacks(self) -> _Callbacks:
        return _Callbacks(self._clinic, self._now)


class _Callbacks:
    """In a rehearsal nobody is called back: it ends when the place is kept. Implements `queues.waiting.Callbacks`."""

    def __init__(self, clinic: Clinic, now: Callable[[], datetime]) -> None:
        self._clinic = clinic
        self._now = now

    def allowed(self, queue: str) -> bool:
        known = self._clinic.queue(queue)
        hours = (known.callback_hours or known.hours) if known else None
        if hours is None:
            return known is not None
        found = self._clinic.hours(hours, self._now())
        return found is None or found.state is Opening.OPEN

    def kept(self, queue: str, number: str) -> str | None:
        return None

    def withdraw(self, place: str) -> bool:
        return False

    def reached(self, place: str, call: str, step: int) -> bool:
        return False

    def not_reached(self, place: str, call: str, said: Tried) -> None:
        """Nobody was called."""
