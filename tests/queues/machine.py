"""The queues under whatever may happen, in any order: three controllers on one database, and what must hold all the while.

What the machine itself remembers is little: which calls are on the line, and who holds them. All else is read from the tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import delete, select

from controller.calls.call import Answer
from controller.flows.hours import Calendar
from controller.queues.rules import QueueRules, Relaxation, Strategy
from controller.queues.states import AgentMode, EntryKind, EntryState, OfferState, Outcome
from controller.queues.waiting import Refused, Superseded, Ticket
from controller.store.engine import Database
from controller.store.models import (
    Agent,
    CallRecord,
    Change,
    ControllerRecord,
    Entry,
    HeldPlace,
    HelpingTeam,
    Hours,
    Person,
    PersonSkill,
    Phone,
    Queue,
    QueueOffer,
    QueueTeam,
    Skill,
    Team,
    TeamMember,
)
from controller.store.queues import Desk, SqlQueues
from controller.store.queues.acting import Acting
from controller.store.queues.sweep import LOST_AFTER, NOBODY_AFTER, Sweeper
from tests.queues.clinic import set_up, wish

CONTROLLERS = ("one", "two", "three")
PEOPLE = ("ann", "ben", "cleo", "dan")
QUEUES = {"front": ("ann", "ben", "cleo"), "billing": ("ben", "dan"), "nurse": ("cleo",)}
SKILLS = {"ann": {"spanish": 3}, "ben": {"spanish": 1}, "dan": {"spanish": 5}}
LONGEST = 900
STATE = (QueueOffer, Entry, HeldPlace, HelpingTeam, Agent, CallRecord, ControllerRecord)
SET_UP = (QueueTeam, Queue, TeamMember, Team, PersonSkill, Skill, Phone, Person, Hours)

people = st.sampled_from(PEOPLE)
queue_names = st.sampled_from(tuple(QUEUES))
controllers = st.sampled_from(CONTROLLERS)
any_call = st.integers(0, 1_000_000)


class Line:
    """A call on the line, as its controller knows it."""

    def __init__(self, call: str, queue: str, controller: str, ticket: Ticket) -> None:
        self.call, self.queue, self.controller, self.ticket = call, queue, controller, ticket
        self.old: list[Ticket] = []


class Machine(RuleBasedStateMachine):
    """Three controllers, three queues that share agents."""

    def __init__(self, databases: Sequence[Database]) -> None:
        """`databases`: the same one, as each of the controllers has opened it."""
        super().__init__()
        self.databases = databases
        self.moved = timedelta()
        self.own_clock = 0.0
        self.dead: set[str] = set()
        self.lines: dict[str, Line] = {}
        """Calls on the line, by call."""
        self.settled = True
        """Whether nothing but what somebody did has happened since the queues last were looked at."""
        self.offers_seen: set[str] = set()
        self.calls = 0

    @initialize(strategy=st.sampled_from(Strategy), misses=st.integers(1, 2), there=st.sets(people, min_size=2))
    def begin(self, strategy: Strategy, misses: int, there: set[str]) -> None:
        with self.databases[0].engine.begin() as connection:
            for table in (*STATE, *SET_UP, Change):
                connection.execute(delete(table))
        rules = QueueRules(
            strategy=strategy,
            misses=misses,
            longest_seconds=LONGEST,
            relaxation=(Relaxation(after_seconds=60, levels=2),),
        )
        set_up(self.databases[0], QUEUES, rules=rules, skills=SKILLS)
        with self.databases[0].write() as session:
            session.add(Hours(id="never", name="Never", calendar=Calendar()))
            session.add_all(
                ControllerRecord(name=name, address="", began_at=datetime.now(UTC), beat_at=datetime.now(UTC))
                for name in CONTROLLERS
            )
        actings = [Acting(db, name, self._adjusted) for db, name in zip(self.databases, CONTROLLERS, strict=True)]
        self.queues = {a.controller: SqlQueues(a.database, a.controller, a) for a in actings}
        self.desks = {a.controller: Desk(a.database, a) for a in actings}
        self.sweepers = {a.controller: Sweeper(a, lambda: self.own_clock) for a in actings}
        for person in there:
            self.desks["one"].sign_in(person)

    def _adjusted(self, now: datetime) -> datetime:
        return now + self.moved

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    # -- callers

    @rule(
        queue=queue_names,
        who=controllers,
        rank=st.integers(0, 2),
        skilled=st.sampled_from([0, 0, 1, 3]),
        back=st.booleans(),
    )
    def joins(self, queue: str, who: str, rank: int, skilled: int, back: bool) -> None:
        """`back`: a transfer that comes back to who sent it."""
        self.calls += 1
        call = f"call-{self.calls}"
        person = PEOPLE[self.calls % len(PEOPLE)] if back else None
        required = {"spanish": skilled} if skilled else {}
        asked = wish(queue, call=call, rank=rank, required=required, wanted=person, sent_by=person)
        found = self.queues[self._alive(who)].join(asked)
        if not isinstance(found, Refused):
            self.lines[call] = Line(call, queue, self._alive(who), found.ticket)

    @rule(queue=queue_names, who=controllers)
    def also_joins(self, queue: str, who: str) -> None:
        """Most callers want nothing special."""
        self.joins(queue, who, 0, 0, False)

    @precondition(lambda self: self.lines)
    @rule(which=any_call, who=controllers)
    def is_taken_over(self, which: int, who: str) -> None:
        line = self._line(which)
        taker = self._alive(who)
        found = self.queues[taker].join(wish(line.queue, call=line.call))
        assert not isinstance(found, Refused)
        if found.state is EntryState.OVER:
            del self.lines[line.call]
            return
        assert found.ticket.entry == line.ticket.entry
        assert found.ticket.generation > line.ticket.generation
        line.old.append(line.ticket)
        line.controller, line.ticket = taker, found.ticket

    @precondition(lambda self: self.lines)
    @rule(which=any_call, who=controllers)
    def hangs_up(self, which: int, who: str) -> None:
        line = self._line(which)
        self.queues[self._alive(who)].gone(line.call)
        del self.lines[line.call]

    @precondition(lambda self: self.lines)
    @rule(which=any_call)
    def hangs_up_unseen(self, which: int) -> None:
        line = self._line(which)
        with self.databases[0].write() as session:
            session.add(
                CallRecord(
                    id=line.call,
                    began_at=self.now,
                    ended_at=self.now,
                    dialled="",
                    switch="",
                    controller="",
                    step=1,
                    phase="",
                    test=False,
                    caller_name="",
                    cause="",
                )
            )
        del self.lines[line.call]
        self.sweeps("one")

    @precondition(lambda self: self.lines)
    @rule(which=any_call, outcome=st.sampled_from([Outcome.KEY, Outcome.TOO_LONG]))
    def leaves(self, which: int, outcome: Outcome) -> None:
        line = self._line(which)
        if self._try(lambda: self.queues[line.controller].leave(line.ticket, outcome)):
            del self.lines[line.call]

    @precondition(lambda self: self.lines)
    @rule(which=any_call)
    def asks_to_be_called_back(self, which: int) -> None:
        line = self._line(which)
        if self._try(lambda: self.queues[line.controller].hold(line.ticket, "+13125550100", "")):
            del self.lines[line.call]

    # -- ringing

    @precondition(lambda self: self.lines)
    @rule(which=any_call, answer=st.sampled_from([Answer.ACCEPTED, *Answer]), offer=st.integers(0, 3))
    def is_answered(self, which: int, answer: Answer, offer: int) -> None:
        line = self._line(which)
        queues = self.queues[line.controller]
        found = queues.standing(line.ticket.entry)
        assert found is not None
        if found.offers:
            ringing = found.offers[offer % len(found.offers)]
            self._try(lambda: queues.answered(line.ticket, ringing.id, answer))

    @precondition(lambda self: self.lines)
    @rule()
    def all_accept(self) -> None:
        """Every phone that rings is answered."""
        for which in range(len(self.lines)):
            self.is_answered(which, Answer.ACCEPTED, 0)

    @precondition(lambda self: self.lines)
    @rule(which=any_call, hear=st.booleans())
    def is_joined(self, which: int, hear: bool) -> None:
        line = self._line(which)
        offer = self._accepted(line)
        if offer:
            queues = self.queues[line.controller]
            self._try(lambda: queues.talking(line.ticket, offer) if hear else queues.not_joined(line.ticket, offer))

    @precondition(lambda self: self.lines)
    @rule(which=any_call, who=controllers)
    def has_talked(self, which: int, who: str) -> None:
        line = self._line(which)
        self.queues[self._alive(who)].talked(line.ticket.entry)
        if self._entry(line.ticket.entry).ended_at is not None:
            del self.lines[line.call]

    @precondition(lambda self: any(line.old for line in self.lines.values()))
    @rule(which=any_call, who=controllers)
    def an_old_ticket_counts_for_nothing(self, which: int, who: str) -> None:
        with_old = [line for line in self.lines.values() if line.old]
        line = with_old[which % len(with_old)]
        before = self._entry(line.ticket.entry)
        for act in (
            lambda: self.queues[who].leave(line.old[-1], Outcome.KEY),
            lambda: self.queues[who].talking(line.old[-1], ""),
            lambda: self.queues[who].answered(line.old[-1], "", Answer.ACCEPTED),
        ):
            assert not self._try(act)
        assert self._entry(line.ticket.entry) == before

    # -- agents, and those who supervise them

    @rule(person=people, who=controllers)
    def signs_in(self, person: str, who: str) -> None:
        self.desks[who].sign_in(person)

    @rule(
        person=people,
        who=controllers,
        what=st.sampled_from(["sign_out", "pause", "ready", "own_call", "own_call_over"]),
    )
    def an_agent_does(self, person: str, who: str, what: str) -> None:
        getattr(self.desks[who], what)(person)

    @precondition(lambda self: self.lines)
    @rule(which=any_call, queue=queue_names, who=controllers)
    def is_moved(self, which: int, queue: str, who: str) -> None:
        line = self._line(which)
        if self._there(queue) and self.desks[who].move(line.ticket.entry, queue):
            line.old.append(line.ticket)
            found = self.queues[line.controller].standing(line.ticket.entry)
            assert found is not None
            line.ticket, line.queue = found.ticket, queue

    @precondition(lambda self: self.lines)
    @rule(which=any_call, who=controllers)
    def is_cancelled(self, which: int, who: str) -> None:
        line = self._line(which)
        if self.desks[who].cancel(line.ticket.entry):
            del self.lines[line.call]

    # -- trouble

    @rule(seconds=st.sampled_from([1, 31, 61, 121, LONGEST + 1]))
    def time_goes_by(self, seconds: int) -> None:
        self.moved += timedelta(seconds=seconds)
        self.own_clock += seconds
        with self.databases[0].write() as session:  # those alive say so
            for name in CONTROLLERS:
                if name not in self.dead:
                    session.get_one(ControllerRecord, name).beat_at = self.now
        self.settled = False

    @rule(seconds=st.sampled_from([-3600, -30, 3600]))
    def the_clock_steps(self, seconds: int) -> None:
        self.moved += timedelta(seconds=seconds)
        self.settled = False

    @precondition(lambda self: len(self.dead) < len(CONTROLLERS) - 1)
    @rule(who=controllers)
    def a_controller_is_killed(self, who: str) -> None:
        self.dead.add(who)

    @precondition(lambda self: self.dead)
    @rule()
    def controllers_are_back(self) -> None:
        self.dead.clear()

    @rule(queue=queue_names, closed=st.booleans())
    def staff_open_and_close(self, queue: str, closed: bool) -> None:
        with self.databases[1].write("test") as session:
            if (found := session.get(Queue, queue)) is not None:
                found.hours_id = "never" if closed else None
        self.settled = False

    @rule(queue=queue_names)
    def staff_delete_a_queue(self, queue: str) -> None:
        with self.databases[1].write("test") as session:
            if (found := session.get(Queue, queue)) is not None:
                session.delete(found)
        self.settled = False

    @rule(queue=queue_names, team=queue_names)
    def staff_change_who_answers(self, queue: str, team: str) -> None:
        with self.databases[2].write("test") as session:
            if (found := session.get(Queue, queue)) is None:
                found = Queue(id=queue, name=queue, rules=QueueRules(longest_seconds=LONGEST))
                session.add(found)
            elif any(one.team_id == f"team-{team}" for one in found.teams):
                found.teams = [one for one in found.teams if one.team_id != f"team-{team}"]
            else:
                found.teams.append(QueueTeam(team_id=f"team-{team}", position=5))
        self.settled = False

    @rule(who=controllers)
    def sweeps(self, who: str) -> None:
        sweeper = self.sweepers[self._alive(who)]
        for _ in range(4):  # what a sweep does may make something else due: a look later it is done
            sweeper.sweep()
        self.settled = True
        self._those_who_left()
        self._nothing_is_late()

    # -- what must hold

    @invariant()
    def everything_agrees(self) -> None:
        if not hasattr(self, "queues"):
            return
        with self.databases[0].read() as session:
            connection = session.connection()
            entries = {row.id: row for row in connection.execute(select(Entry.__table__))}
            offers = list(connection.execute(select(QueueOffer.__table__)))
            agents = {row.person_id: row for row in connection.execute(select(Agent.__table__))}
        ringing = [offer for offer in offers if offer.ended_at is None]
        open_ = {id: entry for id, entry in entries.items() if entry.ended_at is None}
        # Nobody is rung twice, or while they talk; who rings and who is rung agree.
        assert max(Counter(offer.person_id for offer in ringing).values(), default=0) <= 1
        for offer in ringing:
            assert agents[offer.person_id].mode is AgentMode.OFFERED
            assert agents[offer.person_id].offer_id == offer.id
            assert entries[offer.entry_id].state is EntryState.OFFERED
        assert {p for p, a in agents.items() if a.mode is AgentMode.OFFERED} == {o.person_id for o in ringing}
        assert {id for id, e in open_.items() if e.state is EntryState.OFFERED} == {o.entry_id for o in ringing}
        # Nobody has two callers.
        having = {id: e.person_id for id, e in open_.items() if e.state in (EntryState.JOINING, EntryState.TALKING)}
        assert max(Counter(having.values()).values(), default=0) <= 1
        assert {a.entry_id: p for p, a in agents.items() if a.mode is AgentMode.TALKING} == having
        # No caller is lost or there twice.
        calls = Counter(e.call_id for e in open_.values() if e.kind is not EntryKind.HELD)
        assert max(calls.values(), default=0) <= 1
        assert set(calls) <= set(self.lines)
        for line in self.lines.values():
            if line.call not in calls:
                self._left_for_a_reason(entries[line.ticket.entry])
        for entry in entries.values():
            assert (entry.state is EntryState.OVER) == (entry.ended_at is not None)
            assert entry.outcome is not None or entry.ended_at is None
        self._in_order(offers, entries, agents)

    def _in_order(self, offers: list[Any], entries: dict[str, Any], agents: dict[str, Any]) -> None:
        """Whoever is newly rung is rung for the first in line of those whom they may answer; nobody free is left unasked."""
        new = [offer for offer in offers if offer.id not in self.offers_seen]
        self.offers_seen.update(offer.id for offer in offers)
        setup = self.queues["one"].acting.setup()
        waiting = [e for e in entries.values() if e.state is EntryState.WAITING and e.kind is not EntryKind.HELD]
        for offer in new:
            if offer.state is not OfferState.RINGING or not self.settled:
                continue
            rung_for = entries[offer.entry_id]
            for other in waiting:
                if (other.place_at, other.id) < (rung_for.place_at, rung_for.id):
                    assert not _may_answer(setup, offer.person_id, other, offer.made_at), (offer, other)
        if self.settled:
            free = [p for p, a in agents.items() if a.mode is AgentMode.AVAILABLE]
            for entry in waiting:
                for person in free:
                    assert not _may_answer(setup, person, entry, entry.since), (person, entry)

    def _left_for_a_reason(self, entry: Any) -> None:
        """Somebody whom a sweep took out of the line."""
        assert entry.outcome in (Outcome.TOO_LONG, Outcome.CLOSED, Outcome.NOBODY, Outcome.LOST), entry
        if entry.outcome is Outcome.TOO_LONG:
            assert entry.ended_at >= entry.entered_at + timedelta(seconds=LONGEST)
        if entry.outcome is Outcome.LOST:
            assert self.own_clock > LOST_AFTER
        if entry.outcome is Outcome.NOBODY:
            assert entry.ended_at - entry.entered_at >= NOBODY_AFTER

    def _those_who_left(self) -> None:
        """Controllers look at the calls that they hold."""
        for line in list(self.lines.values()):
            if self._entry(line.ticket.entry).ended_at is not None:
                del self.lines[line.call]
            else:
                found = self.queues[line.controller].standing(line.ticket.entry)
                assert found is not None
                if found.ticket != line.ticket:
                    line.old.append(line.ticket)
                    line.ticket = found.ticket

    def _nothing_is_late(self) -> None:
        now = self.now - timedelta(seconds=1)
        with self.databases[0].read() as session:
            for table in (Entry, QueueOffer, Agent):
                late = select(table).where(table.deadline_at < now)
                if table is not Agent:
                    late = late.where(table.ended_at.is_(None))
                if table is Entry:
                    late = late.where(Entry.state != EntryState.OFFERED)
                assert session.scalars(late).all() == []
            calls = select(Entry.queue_id).where(
                Entry.ended_at.is_(None), Entry.state == EntryState.WAITING, Entry.kind == EntryKind.CALL
            )
            setup = self.queues["one"].acting.setup()
            for queue in session.scalars(calls):
                assert queue in setup.queues
                assert setup.queues[queue].hours is None

    # --

    def _alive(self, who: str) -> str:
        return who if who not in self.dead else next(name for name in CONTROLLERS if name not in self.dead)

    def _line(self, which: int) -> Line:
        return list(self.lines.values())[which % len(self.lines)]

    def _there(self, queue: str) -> bool:
        with self.databases[0].read() as session:
            return session.get(Queue, queue) is not None

    def _entry(self, id: str) -> Any:
        with self.databases[0].read() as session:
            return session.execute(select(Entry.__table__).where(Entry.id == id)).one()

    def _accepted(self, line: Line) -> str | None:
        with self.databases[0].read() as session:
            accepted = select(QueueOffer.id).where(
                QueueOffer.entry_id == line.ticket.entry, QueueOffer.state == OfferState.ACCEPTED
            )
            return session.scalars(accepted.order_by(QueueOffer.made_at.desc())).first()

    def _try(self, act: Any) -> bool:
        try:
            act()
        except Superseded:
            return False
        return True


def _may_answer(setup: Any, person: str, entry: Any, at: datetime) -> bool:
    """The rules once more, plainly."""
    queue = setup.queues.get(entry.queue_id)
    if queue is None:
        return False
    if entry.wanted_id is not None:
        return bool(entry.wanted_id == person)
    waited = max(0.0, (at - entry.joined_at).total_seconds())
    required = {
        skill: level - (2 if waited >= 60 and queue.rules.relaxation else 0) for skill, level in entry.required.items()
    }
    members = {member for team in queue.teams for member in team.members}
    return person in members and all(SKILLS.get(person, {}).get(skill, 0) >= level for skill, level in required.items())
