"""Calling back, over SQL: what flows ask (queues.waiting.Callbacks), and what whoever makes the calls goes by (callbacks.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from controller.callbacks import Attempt
from controller.queues.rules import CallbackRules
from controller.queues.states import EntryKind, HeldState, Outcome, Tried
from controller.store import clock
from controller.store.engine import Database
from controller.store.models import Entry, HeldPlace
from controller.store.notices import Notice
from controller.store.queues import held
from controller.store.queues.acting import Acting
from controller.store.queues.dispatch import Dispatch

_HELD = HeldPlace.__table__.c
_ENTRIES = Entry.__table__.c
_UNDER_WAY = (
    select(
        *(_HELD[name] for name in ("entry_id", "call_id", "number", "dialled", "bookmark")),
        *(_HELD[name] for name in ("called_by", "called_at", "switch")),
        *(_ENTRIES[name] for name in ("queue_id", "location_id", "caller_name", "test")),
    )
    .select_from(HeldPlace.__table__.join(Entry.__table__, _ENTRIES.id == _HELD.entry_id))
    .where(_HELD.ended_at.is_(None), _HELD.state == HeldState.CALLING)
    .order_by(_HELD.until, _HELD.entry_id)
)
_CANCELLED = (
    select(_HELD.call_id, _HELD.switch)
    .select_from(HeldPlace.__table__.join(Entry.__table__, _ENTRIES.id == _HELD.entry_id))
    .where(_HELD.called_by != "", _ENTRIES.kind == EntryKind.HELD, _ENTRIES.outcome == Outcome.CANCELLED)
)
ENDED_LATELY = timedelta(minutes=2)
"""For so long after somebody has ended a held place it is seen to that no call of it is being made any more."""


class SqlCallbacks:
    """One per process, beside the `SqlQueues`. `controller`: who makes calls here."""

    def __init__(self, database: Database, acting: Acting, controller: str = "") -> None:
        self._database = database
        self._acting = acting
        self._controller = controller

    # -- what flows ask (queues.waiting.Callbacks)

    def allowed(self, queue: str) -> bool:
        """See Callbacks."""
        setup = self._acting.setup()
        with self._database.read() as session:
            now = self._acting.adjusted(clock.now(session.connection()))
        return held.allowed(setup.queues.get(queue), now)

    def kept(self, queue: str, number: str) -> str | None:
        """See Callbacks."""
        with self._database.read() as session:
            return session.scalar(held.kept_for(queue, number).with_only_columns(_HELD.entry_id))

    def withdraw(self, place: str) -> bool:
        """See Callbacks."""

        def change(dispatch: Dispatch) -> bool:
            found = dispatch.held_place(place)
            done = found is not None and found.ended_at is None and held.withdraw(dispatch, found)
            dispatch.match()
            return done

        return self._acting.act(self._acting.of_entry(place), change)

    def reached(self, place: str, call: str, step: int) -> bool:
        """See Callbacks."""

        def change(dispatch: Dispatch) -> bool:
            found = dispatch.held_place(place)
            done = (
                found is not None
                and found.ended_at is None
                and held.reached(dispatch, found, call=call, step=step, holder=self._controller)
            )
            dispatch.match()
            return done

        return self._acting.act(self._acting.of_entry(place), change)

    def not_reached(self, place: str, call: str, said: Tried) -> None:
        """See Callbacks."""

        def change(dispatch: Dispatch) -> None:
            found = dispatch.held_place(place)
            if found is None or found.ended_at is not None:
                return
            if found.state is HeldState.CALLING and found.call_id == call:
                held.not_reached(dispatch, found, said)
                dispatch.match()

        self._acting.act(self._acting.of_entry(place), change)

    # -- what whoever makes the calls goes by

    def attempts(self) -> Sequence[Attempt]:
        """Those under way: an agent is reserved, and the patient is to be called, or is being called."""
        rules = self._acting.setup().queues
        with self._database.read() as session:
            rows = session.execute(_UNDER_WAY).all()
        return [
            Attempt(
                place=row.entry_id,
                call=row.call_id or "",
                number=row.number,
                dialled=row.dialled,
                bookmark=row.bookmark,
                location=row.location_id,
                name=row.caller_name,
                ring_seconds=(
                    rules[row.queue_id].rules.callback if row.queue_id in rules else CallbackRules()
                ).ring_seconds,
                by=row.called_by,
                switch=row.switch,
                since=row.called_at,
            )
            for row in rows
        ]

    def claim(self, attempt: Attempt, switch: str) -> bool:
        """Take it upon us to make this call, on a switch; False when somebody else has meanwhile, or it is over."""
        mine = (
            _HELD.entry_id == attempt.place,
            _HELD.ended_at.is_(None),
            _HELD.state == HeldState.CALLING,
            _HELD.call_id == attempt.call,
            _HELD.called_by == attempt.by,
            _HELD.called_at.is_(None) if attempt.since is None else _HELD.called_at == attempt.since,
        )
        with self._database.connect(Notice(HeldPlace.__tablename__)) as connection:
            now: datetime = self._acting.adjusted(clock.now(connection))
            done = connection.execute(
                update(HeldPlace).where(*mine),
                {"called_by": self._controller, "called_at": now, "switch": switch},
            )
            return bool(done.rowcount)

    def cancelled(self) -> Sequence[tuple[str, str]]:
        """(call, switch) of held places that staff ended lately: nobody is to be called for them any more."""
        with self._database.read() as session:
            now = self._acting.adjusted(clock.now(session.connection()))
            rows = session.execute(_CANCELLED.where(_HELD.ended_at > now - ENDED_LATELY)).all()
        return [(row.call_id, row.switch) for row in rows if row.call_id]
