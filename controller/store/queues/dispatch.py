"""Matching, within a transaction on the queues: who is free, who waits, and whom that lets be rung."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, text, update

from controller.queues import matching
from controller.queues.rules import Strategy
from controller.queues.states import AgentMode, EntryKind, EntryState, OfferState
from controller.store.models import Agent, Entry, HelpingTeam, QueueOffer
from controller.store.queues import held
from controller.store.queues.changes import Changes
from controller.store.queues.rows import Raced
from controller.store.queues.setup import QueueSetup

REFUSED_FOR = timedelta(minutes=10)
"""For so long whoever did not take a call is rung for it only when nobody else is free."""
ENOUGH = 50
"""So much of the line is read at first, and twice as many as agents are free ..."""
EVERYBODY = 1_000_000
"""... and all of it when that has not given everybody free a call."""

_ENTRIES = Entry.__table__.c
_OFFERS = QueueOffer.__table__.c
_AGENTS = Agent.__table__.c
_HELPERS = HelpingTeam.__table__.c

_FREE = text("SELECT person_id, idle_since, calls, day, generation, misses FROM agents WHERE mode = 'available'")
_WAITING = text(
    "SELECT id, queue_id, joined_at, head_start, CAST(required AS TEXT), CAST(preferred AS TEXT), wanted_id, state, kind"
    " FROM entries WHERE ended_at IS NULL AND state IN ('waiting', 'offered')"
    " AND (queue_id IN :queues OR wanted_id IS NOT NULL) ORDER BY place_at, id LIMIT :most"
).bindparams(bindparam("queues", expanding=True))
_LONGEST = text(
    "SELECT queue_id, min(joined_at) FROM entries WHERE ended_at IS NULL AND state IN ('waiting', 'offered')"
    " AND kind <> 'held' AND queue_id IN :queues GROUP BY queue_id"
).bindparams(bindparam("queues", expanding=True))
_RING = (
    update(Agent)
    .where(
        _AGENTS.person_id == bindparam("whose"),
        _AGENTS.generation == bindparam("known"),
        _AGENTS.mode == AgentMode.AVAILABLE,
    )
    .values(
        mode=AgentMode.OFFERED,
        since=bindparam("at"),
        deadline_at=bindparam("until"),
        offer_id=bindparam("offer"),
        entry_id=bindparam("entry"),
        generation=_AGENTS.generation + 1,
    )
)
_OFFER_ENTRY = (
    update(Entry)
    .where(
        _ENTRIES.id == bindparam("which"),
        # Not IN, which cannot be said for many rows at once.
        or_(_ENTRIES.state == EntryState.WAITING, _ENTRIES.state == EntryState.OFFERED),
    )
    .values(state=EntryState.OFFERED, since=bindparam("at"), deadline_at=bindparam("until"))
)


_HELPING = select(_HELPERS.queue_id, _HELPERS.team_id).where(_HELPERS.queue_id.in_(bindparam("queues", expanding=True)))


class Dispatch(Changes):
    """One transaction: changes, then `match`."""

    def match(self) -> None:
        """Ring whoever is free for whoever is next; and see which teams help out.

        The line is read from its head, as far as it may matter: whom the first ones get does not hang on those behind them."""
        free, generations = self._free_agents()
        helped = self.setup.helped_in(self.components)
        helping = self._helping(helped) if helped else {}
        most = ENOUGH + 2 * len(free)
        while free:
            waiting, whole = self._waiting(free, most)
            found = matching.match(waiting, free, self._lines(waiting, helping), self.now)
            if whole or sum(len(people) for _, people in found) == len(free):
                if found:
                    self._offer(found, {entry.id: entry.queue for entry in waiting}, generations)
                return
            most = EVERYBODY

    def _lines(
        self, waiting: Iterable[matching.Waiting], helping: Mapping[str, frozenset[str]]
    ) -> dict[str, matching.Line]:
        queues = {id: self.setup.queues.get(id) for id in {entry.queue for entry in waiting}}
        return {
            id: matching.Line(queue.rules, queue.order(helping[id]) if id in helping else queue.own_order)
            for id, queue in queues.items()
            if queue is not None
        }

    def _helping(self, helped: Sequence[QueueSetup]) -> Mapping[str, frozenset[str]]:
        """The teams that help out now, by queue; and SQL knows it. Goes by the wait that is expected, or, when nobody knows what
        to expect, by the longest that anybody has waited."""
        queues = {"queues": [queue.id for queue in helped]}
        first = {queue: _moment(at) for queue, at in self.connection.execute(_LONGEST, queues).all()}
        stored: defaultdict[str, set[str]] = defaultdict(set)
        for queue, team in self.connection.execute(_HELPING, queues).all():
            stored[queue].add(team)
        found = {}
        for queue in helped:
            wait = 0.0
            if queue.id in first:
                wait = self.expected.get(queue.id, max(0.0, (self.now - first[queue.id]).total_seconds()))
            before = stored[queue.id]
            now = frozenset(
                team.id
                for team in queue.helpers
                if matching.helps(team.joins_after, team.leaves_below, team.id in before, wait)
            )
            for team in now - before:
                self.connection.execute(insert(HelpingTeam), {"queue_id": queue.id, "team_id": team, "since": self.now})
            for team in before - now:
                self.connection.execute(
                    delete(HelpingTeam).where(_HELPERS.queue_id == queue.id, _HELPERS.team_id == team)
                )
            if now != before:
                self.helping = True
            found[queue.id] = now
        return found

    def _free_agents(self) -> tuple[list[matching.Free], dict[str, int]]:
        setup, today = self.setup, self.today
        free, generations = [], {}
        self._refusing: set[str] = set()
        for person, idle_since, calls, day, generation, misses in self.connection.execute(_FREE).all():
            if setup.component_of(person) not in self.components or person in setup.away:
                continue
            calls_today = calls if _day(day) == today else 0
            free.append(matching.Free(person, setup.skills_of(person), _moment(idle_since), calls_today))
            generations[person] = generation
            if misses:
                self._refusing.add(person)
        return free, generations

    def _waiting(self, free: Sequence[matching.Free], most: int) -> tuple[list[matching.Waiting], bool]:
        """Who waits for any of these agents, from the head of the line; and whether that is all of it."""
        setup = self.setup
        self._attempts: dict[str, int] = {}
        refused = self._refused([agent.person for agent in free if agent.person in self._refusing])
        queues = {queue for agent in free for queue in setup.answers.get(agent.person, ())}
        rows = self.connection.execute(_WAITING, {"queues": list(queues) or [""], "most": most}).all()
        found, places = [], []
        for id, queue, joined_at, head_start, required, preferred, wanted, state, kind in rows:
            if setup.component(queue, wanted) not in self.components:
                continue
            if kind == EntryKind.HELD:
                if state == EntryState.WAITING:
                    places.append(id)
                continue
            if state == EntryState.OFFERED:
                known = setup.queues.get(queue)
                if known is None or known.rules.strategy is not Strategy.RING_ALL:
                    continue
            found.append(
                matching.Waiting(
                    id,
                    queue,
                    _moment(joined_at),
                    head_start,
                    _levels(required),
                    _levels(preferred),
                    wanted,
                    frozenset(refused.get(id, ())),
                    state == EntryState.OFFERED,
                )
            )
        if places:
            found.extend(self._to_call_back(frozenset(places), refused))
        return found, len(rows) < most

    def _to_call_back(self, places: frozenset[str], refused: Mapping[str, set[str]]) -> Iterable[matching.Waiting]:
        """Those of these whose place is kept who may be called back now; which attempt it would be is in `_attempts`."""
        for row in held.due(self):
            if row.id in places:
                self._attempts[row.id] = row.attempts + 1
                yield matching.Waiting(
                    row.id,
                    row.queue_id,
                    row.joined_at,
                    row.head_start,
                    row.required,
                    row.preferred,
                    row.wanted_id,
                    frozenset(refused.get(row.id, ())),
                    one=True,
                )

    def _refused(self, people: list[str]) -> dict[str, set[str]]:
        """Entry to whoever did not take it of late; only agents who have not taken a call since can have."""
        found: dict[str, set[str]] = {}
        if people:
            query = select(_OFFERS.entry_id, _OFFERS.person_id).where(
                _OFFERS.person_id.in_(people),
                _OFFERS.ended_at > self.now - REFUSED_FOR,
                _OFFERS.state.in_((OfferState.DECLINED, OfferState.MISSED, OfferState.UNREACHABLE)),
            )
            for entry, person in self.connection.execute(query):
                found.setdefault(entry, set()).add(person)
        return found

    def _offer(self, found: Sequence[matching.Match], queue_of: dict[str, str], generations: dict[str, int]) -> None:
        offers: list[dict[str, Any]] = []
        agents, entries = [], []
        for entry, people in found:
            rules = self.setup.queues[queue_of[entry]].rules
            last = self.now
            for person in people:
                until = held.until(rules, self.now) if entry in self._attempts else self.ringing_until(rules, person)
                last = max(last, until)
                id = str(uuid.uuid4())
                offers.append(
                    {
                        "id": id,
                        "entry_id": entry,
                        "queue_id": queue_of[entry],
                        "person_id": person,
                        "made_at": self.now,
                        "deadline_at": until,
                        "state": OfferState.RINGING,
                    }
                )
                agents.append(
                    {
                        "whose": person,
                        "known": generations[person],
                        "at": self.now,
                        "until": until,
                        "offer": id,
                        "entry": entry,
                    }
                )
            entries.append({"which": entry, "at": self.now, "until": last})
            self._deadline(last)
            self.queues.add(queue_of[entry])
        attempts = [
            (offer["entry_id"], offer["deadline_at"]) for offer in offers if offer["entry_id"] in self._attempts
        ]
        if attempts:
            begun = held.begin(self, [(entry, self._attempts[entry], until) for entry, until in attempts])
            if begun != len(attempts):
                raise Raced
        self.connection.execute(insert(QueueOffer), offers)
        if self.connection.execute(_RING, agents).rowcount != len(agents):
            raise Raced
        if self.connection.execute(_OFFER_ENTRY, entries).rowcount != len(entries):
            raise Raced
        self.entries.update(entry for entry, _ in found)
        self.agents.update(person for _, people in found for person in people)
        self.rung.update(person for _, people in found for person in people)


@lru_cache(maxsize=4096)
def _parsed(levels: str) -> dict[str, int]:
    return dict(json.loads(levels))


_NONE: dict[str, int] = {}


def _levels(stored: str) -> dict[str, int]:
    return _NONE if stored == "{}" else _parsed(stored)


def _moment(stored: Any) -> datetime:
    """A time as the driver gives it: SQLite's is text without a zone."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored


def _day(stored: Any) -> date | None:
    return date.fromisoformat(stored) if isinstance(stored, str) else stored
