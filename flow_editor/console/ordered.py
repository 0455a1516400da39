"""Orders about the call in hand: given by whoever has it, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.calls.call import RecordingState
from controller.queues.orders import Failure, Handling
from controller.queues.states import AgentMode, EntryState
from controller.store import clock
from controller.store.models import Agent, CallStep, Entry, Flow, Order, Person, Phone, Queue
from controller.store.orders import SqlOrders
from controller.texts import T
from flow_editor.console.schemas import OrderAsked, ThirdOut
from flow_editor.console.targets import lines
from flow_editor.editor import editor, language
from flow_editor.errors import Conflict, Refusal

SAID = timedelta(seconds=20)
"""For so long it is said why something was not done."""

_THIRD = (Handling.CONSULT, Handling.BRING_IN)
_ON_HOLD = {Handling.HOLD: True, Handling.CONSULT: True, Handling.TAKE_BACK: False, Handling.LET_GO: False}
_RECORDING = {Handling.PAUSE_RECORDING: RecordingState.PAUSED, Handling.RECORD_ON: RecordingState.ON}


@dataclass(frozen=True)
class Doing:
    """How the call in hand stands by what was ordered."""

    held: bool = False
    recording: RecordingState = RecordingState.OFF
    third: ThirdOut | None = None
    busy: bool = False
    failed: str = ""


def standing(session: Session, person: str, entry: Entry, language: str) -> Doing:
    """What the orders about somebody's call have come to."""
    if entry.state is not EntryState.TALKING:
        return Doing()
    orders = _given(session, entry.id, person)
    held, recording = False, _recording(session, entry.call_id)
    for order in orders:
        what = Handling(order.what)
        if order.done_at is None or order.failed:
            continue
        held = _ON_HOLD.get(what, held) and not (what is Handling.CONSULT and "ended" in order.detail)
        recording = _RECORDING.get(what, recording)
    third = _third(orders)
    last = orders[-1] if orders else None
    failed = ""
    if last is not None and last.failed and last.done_at and clock.now(session.connection()) - last.done_at < SAID:
        failed = Failure(last.failed).words.render(language)
    return Doing(
        held=held,
        recording=recording,
        third=ThirdOut(
            name=str(third.detail.get("name") or ""),
            colleague=third.what == Handling.CONSULT,
            there=third.done_at is not None,
        )
        if third is not None
        else None,
        busy=last is not None and last.done_at is None and last is not third,
        failed=failed,
    )


def give(person: str, asked: OrderAsked) -> None:
    """Have it done by whichever controller has the call. Raises Refusal."""
    with editor().database.read() as session:
        entry = session.get(Entry, asked.entry)
        if entry is None or entry.person_id != person or entry.state is not EntryState.TALKING or not entry.call_id:
            raise Conflict(T("You are not talking to this caller any more."))
        third = _third(_given(session, entry.id, person))
        detail = _detail(session, person, asked, entry, third)
        call = entry.call_id
    SqlOrders(editor().database).give(Handling(asked.what), person, call=call, entry=asked.entry, **detail)


def _detail(session: Session, person: str, asked: OrderAsked, entry: Entry, third: Order | None) -> dict[str, Any]:
    match Handling(asked.what):
        case Handling.SEND:
            _nobody_else(third)
            return _sent(session, person, asked, entry)
        case Handling.CONSULT:
            _nobody_else(third)
            colleague = _colleague(session, person, asked.id)
            return {"id": colleague.id, "name": colleague.name}
        case Handling.BRING_IN:
            _nobody_else(third)
            line = next((one for one in lines(session, entry) if one.line == asked.line), None)
            if line is None:
                raise Refusal(T("No number is known for this. A lead can add it, under Preferences."))
            name = line.name.render(language())
            return {"number": line.number, "name": name, "location": entry.location_id}
        case Handling.LET_GO:
            return {"which": _there(third).id}
        case Handling.HAND_OVER:
            colleague_order = _there(third)
            if colleague_order.what != Handling.CONSULT or colleague_order.done_at is None:
                raise Conflict(T("They have not answered yet."))
            to = {"to": "person", "id": colleague_order.detail["id"], "which": colleague_order.id}
            return {**_along(session, asked, entry), **to}
        case _:
            return {}


def _nobody_else(third: Order | None) -> None:
    if third is not None:
        raise Conflict(T("Somebody else is in this call. Let them go first."))


def _there(third: Order | None) -> Order:
    if third is None:
        raise Conflict(T("They are no longer there."))
    return third


def _sent(session: Session, person: str, asked: OrderAsked, entry: Entry) -> dict[str, Any]:
    to: str | None = asked.to
    if to == "person":
        colleague = _colleague(session, person, asked.id)
        agent = session.get(Agent, colleague.id)
        to = "agent" if agent is not None and agent.mode is not AgentMode.SIGNED_OUT else "person"
    elif (to == "queue" and session.get(Queue, asked.id) is None) or (to == "flow" and not _is_live(session, asked.id)):
        raise Refusal(T("This is not here any more. Choose another one."))
    elif to is None:
        raise Refusal(T("Choose whom the call goes to."))
    along = _along(session, asked, entry)
    return {**along, "to": to, "id": asked.id, "language": asked.language, "rank": asked.rank}


def _along(session: Session, asked: OrderAsked, entry: Entry) -> dict[str, Any]:
    """What goes along: the note, the time waited, and where the call was."""
    since = clock.now(session.connection()) - timedelta(seconds=entry.waited or 0.0)
    note = asked.note.replace("\0", "")
    return {"note": note, "since": since.isoformat(), "queue": entry.queue_id, "of": entry.id}


def _colleague(session: Session, me: str, id: str) -> Person:
    colleague = session.get(Person, id)
    if colleague is None or id == me:
        raise Refusal(T("This is not here any more. Choose another one."))
    if session.scalar(select(Phone.id).where(Phone.person_id == id).limit(1)) is None:
        raise Refusal(T("{name} has no phone.", name=colleague.name))
    return colleague


def _is_live(session: Session, flow: str) -> bool:
    found = session.get(Flow, flow)
    return found is not None and found.live_version_id is not None


def _given(session: Session, entry: str, person: str) -> Sequence[Order]:
    query = select(Order).where(Order.entry_id == entry, Order.made_by == person).order_by(Order.made_at, Order.id)
    return session.scalars(query).all()


def _third(orders: Sequence[Order]) -> Order | None:
    """Who is there beside the caller, or is being rung."""
    found = next((order for order in reversed(orders) if order.what in _THIRD), None)
    return None if found is None or found.failed or "ended" in found.detail else found


def _recording(session: Session, call: str | None) -> RecordingState:
    """How the call's flow has left it."""
    state = RecordingState.OFF
    notes = select(CallStep.notes).where(CallStep.call_id == call).order_by(CallStep.step)
    for noted in session.scalars(notes):
        for note in noted or ():
            if note.get("what") == "recording":
                state = RecordingState(note["state"])
    return state
