"""What agents do beside answering, and what supervisors do with callers and agents: signing in and out, pausing, moving a caller.

Each may be said twice. Nobody needs a controller for it: the flow editor does it by itself, and the controller that has the call
hears of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from controller.queues.agents import Doing
from controller.queues.states import AgentMode, EntryKind, EntryState, OfferState, Outcome
from controller.store.engine import Database
from controller.store.models import Agent, Person
from controller.store.queues.acting import Acting
from controller.store.queues.dispatch import Dispatch
from controller.store.queues.rows import doing_of

OWN_CALL = timedelta(hours=4)
"""For so long at most somebody is taken to be on a call of their own of which nothing more is heard."""

MORE_TIME = 60
"""Seconds that whoever needs more time after a call is given at once."""

Move = Callable[[Doing, datetime], Doing]


class Desk:
    """One per process, beside the `SqlQueues` where there is one (`acting` is then that one's)."""

    def __init__(self, database: Database, acting: Acting | None = None) -> None:
        self._database = database
        self._acting = acting or Acting(database)

    # -- agents; each returns what they are doing now, and raises NoSuchPerson

    def sign_in(self, person: str) -> Doing:
        """Take calls of all queues that their teams answer, from now on."""
        return self._move(person, lambda doing, now: doing.sign_in(now))

    def sign_out(self, person: str) -> Doing:
        """Take no more calls; after the one in hand, if there is one. Ringing stops, and the caller keeps the place."""
        return self._move(person, lambda doing, now: doing.sign_out(now))

    def pause(self, person: str, reason: str = "") -> Doing:
        """No calls for a while; after the one in hand, if there is one. `reason`: as they chose it, 200 characters at most."""
        return self._move(person, lambda doing, now: doing.pause(reason[:200], now))

    def ready(self, person: str) -> Doing:
        """Take calls again: after a pause, before the wrap-up is over, or when they were set aside."""
        return self._move(person, lambda doing, now: doing.ready(now))

    def more_time(self, person: str, seconds: int = MORE_TIME) -> Doing:
        """After-call work takes longer."""
        return self._move(person, lambda doing, now: doing.more_time(seconds, now))

    def own_call(self, person: str) -> Doing:
        """They are on the telephone outside the queues."""
        return self._move(person, lambda doing, now: doing.own_call(now + OWN_CALL, now))

    def own_call_over(self, person: str) -> Doing:
        """They have hung up."""
        return self._move(person, lambda doing, now: doing.over(now) if doing.mode is AgentMode.BUSY else doing)

    def use_phone(self, person: str, phone: str | None) -> Doing:
        """Where they want to be rung from the next call on; None: on their phones, in order."""
        return self._move(person, lambda doing, now: doing.using(phone))

    def doing(self, person: str) -> Doing | None:
        """What they are doing; None for whoever has never signed in."""
        with self._database.read() as session:
            row = session.execute(select(Agent.__table__).where(Agent.person_id == person)).one_or_none()
        return None if row is None else doing_of(row)[0]

    def _move(self, person: str, move: Move) -> Doing:
        def change(dispatch: Dispatch) -> Doing:
            found = dispatch.agent(person)
            before, generation = found or (Doing.signed_out(dispatch.now), 0)
            after = move(before, dispatch.now)
            if found is None:
                if dispatch.connection.execute(select(Person.id).where(Person.id == person)).one_or_none() is None:
                    raise NoSuchPerson(person)
                dispatch.new_agent(person, after)
            elif after != before:
                if before.mode is AgentMode.OFFERED and after.mode is not AgentMode.OFFERED:
                    self._stop_ringing(dispatch, before)
                    generation = dispatch.generation_of(person)
                dispatch.set_agent(person, after, generation)
            dispatch.match()
            now = dispatch.agent(person) if person in dispatch.rung else None
            return now[0] if now else after

        return self._acting.act(lambda setup: [setup.component_of(person)], change)

    def _stop_ringing(self, dispatch: Dispatch, before: Doing) -> None:
        offer = dispatch.offer(before.offer_id) if before.offer_id else None
        entry = dispatch.entry(before.entry_id) if before.entry_id else None
        if offer is not None and offer.ended_at is None and entry is not None:
            dispatch.refuse(entry, offer, OfferState.CANCELLED, None)

    # -- callers, by supervisors: each returns whether there was something to be done

    def cancel(self, entry: str, by: str | None = None) -> bool:
        """Take a caller out of the line, or a held place: the call leaves by the exit for it."""

        def change(dispatch: Dispatch) -> bool:
            found = dispatch.entry(entry)
            if found is None or found.state in (EntryState.TALKING, EntryState.OVER):
                return False
            if found.kind in (EntryKind.HELD, EntryKind.BACK):
                dispatch.end_held(found.id, by)
            dispatch.leave(found, Outcome.CANCELLED, generation=found.generation + 1)
            dispatch.match()
            return True

        return self._acting.act(self._acting.of_entry(entry), change)

    def move(self, entry: str, queue: str) -> bool:
        """Let a caller wait in another queue, with the time that they have waited. Nobody is rung for them any more by the old
        one. Raises NoSuchQueue."""
        of_entry = self._acting.of_entry(entry)

        def change(dispatch: Dispatch) -> bool:
            if queue not in dispatch.setup.queues:
                raise NoSuchQueue(queue)
            found = dispatch.entry(entry)
            if found is None or found.state not in (EntryState.WAITING, EntryState.OFFERED) or found.queue_id == queue:
                return False
            dispatch.cancel_offers(entry)
            moved = {"queue_id": queue, "entered_at": dispatch.now, "generation": found.generation + 1}
            dispatch.set_entry(
                found,
                state=EntryState.WAITING,
                deadline_at=dispatch.until_in(queue, found.kind, found.wanted_id),
                **moved,
            )
            dispatch.queues.add(queue)
            dispatch.match()
            self._acting.entry_is_in(entry, queue, found.wanted_id)
            return True

        return self._acting.act(lambda setup: [*of_entry(setup), setup.component(queue)], change)


class NoSuchPerson(LookupError):
    """There is nobody of this id."""


class NoSuchQueue(LookupError):
    """There is no queue of this id."""
