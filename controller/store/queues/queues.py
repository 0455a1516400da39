"""What calls in line ask of the queues (queues/waiting.py), over SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select

from controller.calls.call import Answer
from controller.queues.states import AgentMode, EntryKind, EntryState, OfferState, Outcome, Told
from controller.queues.waiting import Outlook, Refused, Standing, Superseded, Ticket, Wait, Wish
from controller.store import clock
from controller.store.bus import Bus
from controller.store.engine import Database
from controller.store.models import Agent, Announced, Entry, new_id
from controller.store.notices import Notice
from controller.store.queues import held
from controller.store.queues.acting import Acting
from controller.store.queues.callbacks import SqlCallbacks
from controller.store.queues.dispatch import Dispatch
from controller.store.queues.setup import TOPICS, QueueSetup, Setup, able, is_open
from controller.store.queues.standing import IN_LINE, standing
from controller.store.queues.sweep import Sweeper
from controller.store.queues.sweeping import Sweeping
from controller.store.queues.waits import Waits
from controller.store.queues.watching import Watchers

AHEAD = 24 * 3600
"""Seconds of head start of a transfer that comes back to who sent it: ahead of the line."""

_REFUSED: Mapping[Answer, tuple[OfferState, Told | None]] = {
    Answer.DECLINED: (OfferState.DECLINED, Told.DECLINED),
    Answer.NO_ANSWER: (OfferState.MISSED, Told.MISSED),
    Answer.UNREACHABLE: (OfferState.UNREACHABLE, Told.UNREACHABLE),
    Answer.BUSY: (OfferState.UNREACHABLE, Told.BUSY),
    Answer.CANCELLED: (OfferState.CANCELLED, None),
}
_ENTRIES = Entry.__table__.c
_AGENTS = Agent.__table__.c
_SIGNED_IN = select(Agent.person_id, Agent.mode).where(Agent.mode != AgentMode.SIGNED_OUT)


class SqlQueues:
    """Implements `queues.waiting.Queues`. One per controller; `start` it, so that whoever watches is woken also by what others
    do, and `stop` it."""

    def __init__(self, database: Database, controller: str = "", acting: Acting | None = None) -> None:
        self.acting = acting or Acting(database, controller)
        self._database = database
        self._controller = controller
        self._watchers = Watchers()
        self.acting.listeners.append(lambda told, soonest: self._watchers.hear(told))
        self._ends: list[Callable[[], None]] = []
        self._callbacks = SqlCallbacks(database, self.acting, controller)
        self._sweeper = Sweeper(self.acting)
        self._sweeping = Sweeping(self.acting, self.sweep)
        self._waits = Waits(self.acting)

    def start(self, bus: Bus) -> None:
        """Hear what other processes do, and see to it that nothing sticks."""
        self._ends.append(bus.subscribe(lambda notice: self._watchers.hear([notice]), Entry.__tablename__))
        self._ends.append(bus.subscribe(self.acting.heard, *TOPICS))
        self._sweeping.start()
        self._waits.start()

    def stop(self) -> None:
        """Hear no more, and sweep no more."""
        self._waits.stop()
        self._sweeping.stop()
        for end in self._ends:
            end()
        self._ends.clear()

    def sweep(self) -> float:
        """Bring what is past its deadline, or has lost its call or controller, to where it belongs; and have whoever watches here
        look at the place in line, if lines have changed. Returns the seconds until something is due again. Raises the
        database's errors."""
        self._watchers.wake()
        return self._sweeper.sweep()

    # -- the line

    def join(self, wish: Wish) -> Standing | Refused:
        """See Queues. A call that waits in another line, or for another step, has left that one."""
        returned = wish.wanted is not None and wish.wanted == wish.sent_by

        def where(setup: Setup) -> Sequence[str]:
            return [setup.component(wish.queue, wish.wanted)]

        def change(dispatch: Dispatch) -> Standing | Refused:
            known = self._known(dispatch, wish)
            if known is not None:
                return self._taken_over(dispatch, known)
            queue = dispatch.setup.queues.get(wish.queue)
            if queue is None:
                return Refused.GONE
            refused = _refused(dispatch, queue, wish)
            if refused is not None:
                return refused
            entry = self._enter(dispatch, queue, wish, returned)
            dispatch.match()
            return self._after(dispatch, entry)

        found = self.acting.act(where, change)
        return found if isinstance(found, Refused) else self._with_wait(found)

    def _with_wait(self, standing: Standing) -> Standing:
        """With how long they are expected to wait, where they do; estimated outside every transaction."""
        if standing.state is not EntryState.WAITING:
            return standing
        return replace(standing, wait=self._waits.of(standing.ticket.entry))

    def _known(self, dispatch: Dispatch, wish: Wish) -> Row[Any] | None:
        theirs = (
            select(Entry.__table__)
            .where(_ENTRIES.call_id == wish.call, _ENTRIES.ended_at.is_(None) | (_ENTRIES.step == wish.step))
            .order_by(_ENTRIES.id)
            .with_for_update()
        )
        found = None
        for entry in dispatch.connection.execute(theirs).all():
            if entry.step != wish.step:
                dispatch.end_entry(entry, Outcome.LOST)  # the call has gone on without leaving that line
            elif found is None or found.ended_at is not None:
                found = entry
        return found

    def _taken_over(self, dispatch: Dispatch, entry: Row[Any]) -> Standing:
        if entry.ended_at is None:
            dispatch.set_entry(entry, generation=entry.generation + 1, holder=self._controller)
        return self._after(dispatch, entry.id)

    def _enter(self, dispatch: Dispatch, queue: QueueSetup, wish: Wish, returned: bool) -> str:
        now = dispatch.now
        joined = min(now, wish.waited_since) if wish.waited_since else now
        head_start = AHEAD if returned else queue.rules.head_start(wish.rank)
        kind = EntryKind.RETURNED if returned else EntryKind.CALL
        longest = queue.rules.longest(kind, wish.wanted)
        until = now + timedelta(seconds=longest) if longest else None
        id = new_id()
        row = {
            "id": id,
            "queue_id": queue.id,
            "kind": kind,
            "call_id": wish.call,
            "step": wish.step,
            "location_id": wish.location,
            "caller": wish.caller[:64] if wish.caller else None,
            "caller_name": wish.caller_name.replace("\0", "")[:200],
            "language": wish.language[:8],
            "joined_at": joined,
            "entered_at": now,
            "head_start": head_start,
            "place_at": joined - timedelta(seconds=head_start),
            "required": dict(wish.required),
            "preferred": dict(wish.preferred),
            "wanted_id": wish.wanted,
            "state": EntryState.WAITING,
            "since": now,
            "deadline_at": until,
            "generation": 0,
            "holder": self._controller,
            "note": wish.note.replace("\0", "")[:2000],
            "sent_by": wish.sent_by,
            "test": wish.test,
        }
        dispatch.add_entry(row)
        self.acting.entry_is_in(id, queue.id, wish.wanted)
        return id

    def standing(self, entry: str) -> Standing | None:
        setup = self.acting.setup()
        with self._database.read() as session:
            found = standing(session.connection(), setup, entry)
        return None if found is None else self._with_wait(found)

    def watch(self, entry: str, wake: Callable[[], None]) -> Callable[[], None]:
        return self._watchers.watch(entry, wake)

    # -- ringing

    def answered(self, ticket: Ticket, offer: str, answer: Answer) -> Standing:
        """See Queues. Said again of an offer that was accepted, it is accepted still."""

        def change(dispatch: Dispatch) -> Standing:
            entry = _held(dispatch, ticket)
            found = dispatch.offer(offer)
            if found is None or found.entry_id != entry.id:
                raise Superseded
            if answer is Answer.ACCEPTED:
                dispatch.accept(entry, found)
                dispatch.match()  # whoever else was rung is free again
            elif found.ended_at is None:
                state, why = _REFUSED[answer]
                dispatch.refuse(entry, found, state, why)
                dispatch.match()
            return self._after(dispatch, entry.id)

        return self._with_wait(self.acting.act(self.acting.of_entry(ticket.entry), change))

    def talking(self, ticket: Ticket, offer: str) -> None:
        def change(dispatch: Dispatch) -> None:
            entry = _held(dispatch, ticket)
            if entry.state is EntryState.TALKING:
                return
            if entry.state is not EntryState.JOINING:
                raise Superseded
            dispatch.talking(entry)
            held.no_longer_needed(dispatch, entry)

        self.acting.act(self.acting.of_entry(ticket.entry), change)

    def not_joined(self, ticket: Ticket, offer: str) -> Standing:
        """See Queues. An agent whose phone went did not take the call: it counts as one missed."""

        def change(dispatch: Dispatch) -> Standing:
            entry = _held(dispatch, ticket)
            if entry.state is EntryState.JOINING:
                dispatch.unjoin(entry, Told.WENT)
                dispatch.match()
            return self._after(dispatch, entry.id)

        return self._with_wait(self.acting.act(self.acting.of_entry(ticket.entry), change))

    # -- leaving

    def talked(self, entry: str) -> None:
        def change(dispatch: Dispatch) -> None:
            found = dispatch.entry(entry)
            if found is not None and found.state in (EntryState.TALKING, EntryState.JOINING):
                dispatch.talked(found)
                dispatch.match()

        self.acting.act(self.acting.of_entry(entry), change)

    def leave(self, ticket: Ticket, outcome: Outcome) -> None:
        """See Queues. Whoever has left already may say so again."""

        def change(dispatch: Dispatch) -> None:
            entry = _held(dispatch, ticket)
            if entry.state is EntryState.TALKING:
                raise Superseded
            if entry.state is not EntryState.OVER:
                dispatch.leave(entry, outcome)
                dispatch.match()

        self.acting.act(self.acting.of_entry(ticket.entry), change)

    def gone(self, call: str) -> None:
        found = select(Entry.queue_id, Entry.wanted_id).where(Entry.call_id == call, Entry.ended_at.is_(None))
        with self._database.read() as session:
            row = session.execute(found).one_or_none()
        if row is None:
            return

        def change(dispatch: Dispatch) -> None:
            entry = dispatch.open_entry_of(call)
            if entry is None:
                return
            dispatch.gone(entry)
            dispatch.match()

        self.acting.act(lambda setup: [setup.component(row.queue_id, row.wanted_id)], change)

    # -- what is said, and kept

    def announced(
        self, ticket: Ticket, *, wait: Wait | None, position: int, least: float | None, most: float | None
    ) -> None:
        with self._database.connect(Notice(Announced.__tablename__, ticket.entry)) as connection:
            queue = connection.execute(select(Entry.queue_id).where(Entry.id == ticket.entry)).scalar_one()
            said = {
                "entry_id": ticket.entry,
                "queue_id": queue,
                "at": self.acting.adjusted(clock.now(connection)),
                "position": position,
                "mean": wait.mean if wait else None,
                "p50": wait.p50 if wait else None,
                "p90": wait.p90 if wait else None,
                "least": least,
                "most": most,
            }
            connection.execute(insert(Announced), {"id": new_id(), **said})

    def hold(self, ticket: Ticket, number: str, bookmark: str, *, dialled: str = "") -> bool:
        """See Queues. The place goes on in an entry of its own, so that the call's entry is over."""

        def change(dispatch: Dispatch) -> bool:
            entry = _held(dispatch, ticket)
            if entry.state not in (*IN_LINE, EntryState.JOINING):
                raise Superseded
            kept = held.keep(dispatch, entry, number=number, bookmark=bookmark, dialled=dialled)
            dispatch.match()
            return kept is not None

        return self.acting.act(self.acting.of_entry(ticket.entry), change)

    @property
    def callbacks(self) -> SqlCallbacks:
        return self._callbacks

    def outlook(
        self, queue: str, *, rank: int = 0, required: Mapping[str, int] = {}, preferred: Mapping[str, int] = {}
    ) -> Outlook | None:
        setup = self.acting.setup()
        known = setup.queues.get(queue)
        if known is None:
            return None
        with self._database.read() as session:
            now = self.acting.adjusted(clock.now(session.connection()))
            line = select(func.count(), func.min(Entry.joined_at)).where(
                Entry.queue_id == queue, Entry.ended_at.is_(None), Entry.state.in_(IN_LINE)
            )
            waiting, first = session.execute(line).one()
            recent = Entry.ended_at.is_(None) | (Entry.ended_at > now - timedelta(hours=1))
            joined = session.scalar(
                select(func.count()).where(
                    Entry.queue_id == queue,
                    recent,
                    Entry.entered_at > now - timedelta(hours=1),
                    Entry.kind != EntryKind.HELD,
                )
            )
            doing = {row.person_id: row.mode for row in session.execute(_SIGNED_IN)}
        modes = [doing[person] for person in able(setup, known, required) if person in doing]
        longest = max(0.0, (now - first).total_seconds()) if first else 0.0
        free = sum(mode is AgentMode.AVAILABLE for mode in modes)
        wait = self._waits.of_newcomer(queue, known.rules.head_start(rank), required)
        return Outlook(is_open(known, now), waiting, longest, len(modes), free, joined or 0, wait)

    def _after(self, dispatch: Dispatch, entry: str) -> Standing:
        found = standing(dispatch.connection, dispatch.setup, entry)
        assert found is not None
        return found


def _held(dispatch: Dispatch, ticket: Ticket) -> Row[Any]:
    """The entry, while it is the ticket's. Raises Superseded."""
    entry = dispatch.entry(ticket.entry)
    if entry is None or entry.generation != ticket.generation:
        raise Superseded
    return entry


def _refused(dispatch: Dispatch, queue: QueueSetup, wish: Wish) -> Refused | None:
    if wish.wanted is not None:
        return None if _somebody(dispatch, queue, wish) else Refused.NOBODY
    if not is_open(queue, dispatch.now):
        return Refused.CLOSED
    if queue.rules.capacity:
        waiting = select(func.count()).where(
            _ENTRIES.queue_id == queue.id, _ENTRIES.ended_at.is_(None), _ENTRIES.state.in_(IN_LINE)
        )
        if (dispatch.connection.execute(waiting).scalar() or 0) >= queue.rules.capacity:
            return Refused.FULL
    return None if _somebody(dispatch, queue, wish) else Refused.NOBODY


def _somebody(dispatch: Dispatch, queue: QueueSetup, wish: Wish) -> bool:
    """Whether anybody is signed in who might ever answer. Whoever was found last is asked about first: mostly they still are."""
    if wish.wanted is not None:
        return dispatch.is_signed_in(wish.wanted)
    key = (dispatch.setup.seen, queue.id, *sorted(wish.required.items()))
    last = dispatch.answering.get(key)
    if last is not None and dispatch.is_signed_in(last):
        return True
    signed_in = dispatch.signed_in()
    found = next((person for person in able(dispatch.setup, queue, wish.required) if person in signed_in), None)
    if found is not None:
        if len(dispatch.answering) > 1000:
            dispatch.answering.clear()
        dispatch.answering[key] = found
    return found is not None
