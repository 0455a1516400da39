"""An agent's own page: what they are doing, the call in hand, and what they write about it."""

from __future__ import annotations

from apiflask import APIBlueprint
from sqlalchemy import select

from controller.store.models import Phone
from controller.store.queues import Desk
from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.console import notes, ordered, reading, targets
from flow_editor.console.schemas import ConsoleNow, NoteAsked, OrderAsked, PhoneAsked, StatusAsked, TargetsOut
from flow_editor.editor import editor, language, visitor
from flow_editor.errors import Refusal

blueprint = APIBlueprint("console", __name__, url_prefix="/api/console")


def _now() -> ConsoleNow:
    parts = editor()
    with parts.database.read() as session:
        return reading.now(session, parts.clinic, visitor(), language())


@blueprint.get("")
@needs(Permission.TAKE_CALLS)
@blueprint.output(ConsoleNow)
def console() -> ConsoleNow:
    """What I am doing, the call I have, who is to be called back."""
    return _now()


@blueprint.post("/status")
@needs(Permission.TAKE_CALLS)
@blueprint.input(StatusAsked)
@blueprint.output(ConsoleNow)
def status(json_data: StatusAsked) -> ConsoleNow:
    """Take calls, or none for a while, or no more; have more time after a call."""
    desk, me = Desk(editor().database), visitor().person
    match json_data.what:
        case "sign_in":
            _can_be_rung(me)
            desk.sign_in(me)
        case "sign_out":
            desk.sign_out(me)
        case "pause":
            desk.pause(me, json_data.reason)
        case "ready":
            desk.ready(me)
        case "more_time":
            desk.more_time(me)
    return _now()


@blueprint.put("/phone")
@needs(Permission.TAKE_CALLS)
@blueprint.input(PhoneAsked)
@blueprint.output(ConsoleNow)
def phone(json_data: PhoneAsked) -> ConsoleNow:
    """Choose which of my phones is rung."""
    me = visitor().person
    if json_data.phone is not None:
        with editor().database.read() as session:
            row = session.get(Phone, json_data.phone)
            if row is None or row.person_id != me:
                text = T("This phone is not one of yours any more. Choose another one.")
                raise Refusal(text, fields={"phone": text})
    Desk(editor().database).use_phone(me, json_data.phone)
    return _now()


@blueprint.put("/note")
@needs(Permission.TAKE_CALLS)
@blueprint.input(NoteAsked)
def note(json_data: NoteAsked) -> tuple[str, int]:
    """Keep what I write about a call of mine."""
    notes.keep(visitor().person, json_data.entry, json_data.text)
    return "", 204


@blueprint.get("/targets")
@needs(Permission.TAKE_CALLS)
@blueprint.output(TargetsOut)
def whom_to() -> TargetsOut:
    """Whom a call may be sent to."""
    with editor().database.read() as session:
        return targets.targets(session, visitor().person, language())


@blueprint.post("/orders")
@needs(Permission.TAKE_CALLS)
@blueprint.input(OrderAsked)
@blueprint.output(ConsoleNow)
def order(json_data: OrderAsked) -> ConsoleNow:
    """Have something done with the call in hand."""
    ordered.give(visitor().person, json_data)
    return _now()


def _can_be_rung(person: str) -> None:
    with editor().database.read() as session:
        if session.scalar(select(Phone.id).where(Phone.person_id == person).limit(1)) is None:
            raise Refusal(T("You have no phone yet. Ask a lead to add one to you, under People."))
