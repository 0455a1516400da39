"""Who waits, who answers, and what is rung: the queues' state. Narrow rows, written several times a call, without history.

Whoever acts on an entry names the generation that they know. It is counted up when another controller takes the call over, when
staff act on the entry, and when what was begun with it was swept: so a controller thought dead cannot act twice. That of an
agent is counted up with every change. Times go by the database's clock. The rows of callers who have left stay, for reports.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState, OfferState, Outcome, Told
from controller.store.models.base import Base, Word, new_id

_NOT_OVER = text("ended_at IS NULL")
_NOT_DONE = text("done_at IS NULL")


class Agent(Base):
    """What a person is doing as an agent; no row: never signed in to take queues' calls.

    `deadline_at`: when the state is over by itself. `then`: what they go to after the call and its wrap-up, if they have said so.
    `offer_id`, `entry_id`: what they are being rung for, or talk to; `entry_id` stays while they work on after it.
    `idle_since`: longest idle goes by it. `calls`: answered on `day`. `misses`: calls not answered in a row. `told`: why they
    were set aside, for their own page. `phone_id`: where they want to be rung; none: on their phones, in order.
    """

    __tablename__ = "agents"
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[AgentMode] = mapped_column(Word(AgentMode), default=AgentMode.SIGNED_OUT)
    since: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(200), default="")
    then: Mapped[AgentMode | None] = mapped_column(Word(AgentMode))
    then_reason: Mapped[str] = mapped_column(String(200), default="")
    told: Mapped[Told | None] = mapped_column(Word(Told))
    phone_id: Mapped[str | None] = mapped_column(String(40))
    offer_id: Mapped[str | None] = mapped_column(String(40))
    entry_id: Mapped[str | None] = mapped_column(String(40))
    idle_since: Mapped[datetime]
    calls: Mapped[int] = mapped_column(default=0)
    day: Mapped[date | None]
    misses: Mapped[int] = mapped_column(SmallInteger, default=0)


class Entry(Base):
    """A caller in line, or one whose place is held. `joined_at`: since when they count as waiting (a transfer brings the time
    already waited along); `head_start`: seconds. In line goes by `place_at` (`joined_at` less `head_start`), then `id`.
    `entered_at`: when they came to this line. A call has one entry at most that is not over.

    `required`, `preferred`: skill id to level. `wanted_id`: only this person may answer (a call that comes back to who sent it).
    `holder`: the controller that has the call. `call_id`: empty while a place is held and nobody is on the line.
    `waited`: seconds, once it is over.
    """

    __tablename__ = "entries"
    __table_args__ = (
        Index("ix_entries_open", "queue_id", sqlite_where=_NOT_OVER, postgresql_where=_NOT_OVER),
        Index("uq_entries_one_a_call", "call_id", unique=True, sqlite_where=_NOT_OVER, postgresql_where=_NOT_OVER),
        Index(None, "call_id"),
        Index(None, "queue_id", "ended_at"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)
    queue_id: Mapped[str] = mapped_column(String(40))
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind), default=EntryKind.CALL)
    call_id: Mapped[str | None] = mapped_column(String(64))
    step: Mapped[int] = mapped_column(default=0)
    """Of the call: so the same node walked again after a takeover finds its entry."""
    location_id: Mapped[str | None] = mapped_column(String(40))
    caller: Mapped[str | None] = mapped_column(String(64))
    caller_name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(8), default="en")
    joined_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    head_start: Mapped[int] = mapped_column(default=0)
    place_at: Mapped[datetime]
    required: Mapped[dict[str, Any]] = mapped_column(default=dict)
    preferred: Mapped[dict[str, Any]] = mapped_column(default=dict)
    wanted_id: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[EntryState] = mapped_column(Word(EntryState), default=EntryState.WAITING)
    since: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str] = mapped_column(String(120), default="")
    person_id: Mapped[str | None] = mapped_column(String(40))
    """Who answered."""
    note: Mapped[str] = mapped_column(String(2000), default="")
    """What staff wrote for whoever answers."""
    sent_by: Mapped[str | None] = mapped_column(String(40))
    """The person who sent the call here, and gets it back when nobody answers."""
    test: Mapped[bool] = mapped_column(default=False)

    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    waited: Mapped[float | None]
    answered_at: Mapped[datetime | None]
    talked_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class QueueOffer(Base):
    """An agent being rung for an entry. An agent has at most one that is open; an entry has several where all are rung."""

    __tablename__ = "queue_offers"
    __table_args__ = (
        Index("ix_queue_offers_open", "entry_id", sqlite_where=_NOT_OVER, postgresql_where=_NOT_OVER),
        Index(
            "uq_queue_offers_one_an_agent",
            "person_id",
            unique=True,
            sqlite_where=_NOT_OVER,
            postgresql_where=_NOT_OVER,
        ),
        Index(None, "entry_id"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(40))
    queue_id: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    state: Mapped[OfferState] = mapped_column(Word(OfferState), default=OfferState.RINGING)
    ended_at: Mapped[datetime | None]


class Announced(Base):
    """What a caller was told of the wait, to be held against what came. `least`, `most`: seconds, as they were said (a range,
    rounded); empty: nothing was known. `mean`, `p90`: seconds, as they were estimated."""

    __tablename__ = "announced_waits"
    __table_args__ = (Index(None, "entry_id"), Index(None, "queue_id", "at"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)
    entry_id: Mapped[str] = mapped_column(String(40))
    queue_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    position: Mapped[int]
    mean: Mapped[float | None]
    p50: Mapped[float | None]
    p90: Mapped[float | None]
    least: Mapped[float | None]
    most: Mapped[float | None]


class HeldPlace(Base):
    """A place in line kept for somebody who is called back: what is to be dialled, and how often it was tried.

    `entry_id`: the entry that keeps the place. `call_id`: the call being made to the patient, derived from entry and attempt, so
    that it can be made only once; of the last attempt, when none is under way. `dialled`: the clinic's number that the patient
    had called, which is shown to them.
    """

    __tablename__ = "held_places"
    __table_args__ = (Index("ix_held_places_open", "state", sqlite_where=_NOT_OVER, postgresql_where=_NOT_OVER),)

    entry_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(16))
    state: Mapped[HeldState] = mapped_column(Word(HeldState), default=HeldState.HELD)
    made_at: Mapped[datetime]
    dialled: Mapped[str] = mapped_column(String(64), default="")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Begun so far."""
    missed: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Of those, in which the patient was not reached."""
    until: Mapped[datetime | None]
    """By when the attempt under way has come to something."""
    called_by: Mapped[str] = mapped_column(String(120), default="")
    """The controller that makes the call of the attempt under way; empty: none has taken it upon itself yet."""
    called_at: Mapped[datetime | None]
    """Since when it has."""
    switch: Mapped[str] = mapped_column(String(120), default="")
    """On which switch."""
    next_at: Mapped[datetime | None]
    """Not to be tried again before then."""
    call_id: Mapped[str | None] = mapped_column(String(64))
    bookmark: Mapped[str] = mapped_column(String(4096), default="")
    """Sealed: where the call that asked for it stood in its flow."""
    said: Mapped[str] = mapped_column(String(200), default="")
    """What came of the last attempt (states.Tried)."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(40))
    """The person who cancelled it."""


class HelpingTeam(Base):
    """A team that at present helps out in a queue, as the wait there is long (QueueTeam.joins_after)."""

    __tablename__ = "helping_teams"

    queue_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    team_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime]


class WaitModel(Base):
    """What the wait estimate has learnt of the queues that share agents: one document, by their common name (JSON)."""

    __tablename__ = "wait_models"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    learnt: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class Order(Base):
    """Something that staff have told a controller to do with a call or an agent's leg: hold, transfer, listen ... Done once by
    whichever controller has the link to the call's switch; `done_at` and `failed` say what came of it."""

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_open", "made_at", sqlite_where=_NOT_DONE, postgresql_where=_NOT_DONE),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)
    what: Mapped[str] = mapped_column(String(40))
    call_id: Mapped[str | None] = mapped_column(String(64))
    entry_id: Mapped[str | None] = mapped_column(String(40))
    person_id: Mapped[str | None] = mapped_column(String(40))
    """Whom it is about, where that is not who gave it."""
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    taken_by: Mapped[str | None] = mapped_column(String(120))
    done_at: Mapped[datetime | None]
    failed: Mapped[str] = mapped_column(String(300), default="")
    """Why not, in words; empty: it was done."""
