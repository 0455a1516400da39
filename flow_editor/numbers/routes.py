"""The pages of numbers: the numbers themselves, the calls that come to one, those that nobody answers, the default line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.store.models import CallRecord, Flow
from controller.store.snapshot import DEFAULT_FLOW
from controller.telephone import NotATelephoneNumber, e164, without_parameters
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotFound
from flow_editor.numbers.numbers import Numbers
from flow_editor.preferences import service as preferences
from flow_editor.things import changes
from flow_editor.things.numbers import shown
from flow_editor.things.schemas import DoneOut
from flow_editor.things.serving import serve
from flow_editor.things.thing import country, may_see

blueprint = APIBlueprint("numbers", __name__, url_prefix="/api")
NUMBERS = Numbers()
serve(blueprint, NUMBERS)

LATELY = timedelta(days=30)
"""How far back calls that nobody answers are looked for."""
SHOWN = 5
"""Calls to a number that its page shows."""


class NumberCall(BaseModel):
    """A call to a number. `dialled`: the form in which the trunk sent the number; `caller`: for those who may see it."""

    id: str
    began_at: datetime
    ended_at: datetime | None
    dialled: str
    caller: str
    test: bool


class NumberCalls(BaseModel):
    """The last ones. `now`: the server's time, by which "just now" is told."""

    items: list[NumberCall]
    now: datetime


class Unanswered(BaseModel):
    """Calls to a number that has no flow. `number`: in E.164, when it can be one; `known`: the id of ours."""

    dialled: str
    number: str
    shown: str
    known: str | None
    calls: int
    last_at: datetime


class UnansweredNumbers(BaseModel):
    items: list[Unanswered]


class DefaultLine(BaseModel):
    """The flow that answers calls for which there is no other; none: their backup lines only."""

    model_config = ConfigDict(extra="forbid")

    flow: str | None = None


@blueprint.get("/numbers/unanswered")
@needs(Permission.SEE_CALLS)
@blueprint.output(UnansweredNumbers)
def unanswered() -> UnansweredNumbers:
    """Numbers that were called lately and that no flow of their own answers."""
    since = datetime.now(UTC) - LATELY
    counted = (
        select(CallRecord.dialled, CallRecord.number_id, func.count(), func.max(CallRecord.began_at))
        .where(CallRecord.began_at > since, CallRecord.flow_id.is_(None), CallRecord.test.is_(False))
        .group_by(CallRecord.dialled, CallRecord.number_id)
        .order_by(func.max(CallRecord.began_at).desc())
        .limit(50)
    )
    items = []
    with editor().database.read() as session:
        for dialled, known, calls, last_at in session.execute(counted):
            try:
                number = e164(without_parameters(dialled), country())
            except NotATelephoneNumber:
                number = ""
            items.append(
                Unanswered(
                    dialled=dialled,
                    number=number,
                    shown=shown(number) or dialled,
                    known=known,
                    calls=calls,
                    last_at=last_at,
                )
            )
    return UnansweredNumbers(items=items)


@blueprint.get("/numbers/<id>/calls")
@needs(Permission.SEE_CALLS)
@blueprint.output(NumberCalls)
def calls(id: str) -> NumberCalls:
    """The last calls to a number, as they come."""
    with editor().database.read() as session:
        row = changes.get(session, NUMBERS, id)
        sees = may_see(Permission.SEE_CALLERS, row.location_id)
        found = select(CallRecord).where(CallRecord.number_id == id).order_by(CallRecord.began_at.desc()).limit(SHOWN)
        items = [
            NumberCall(
                id=call.id,
                began_at=call.began_at,
                ended_at=call.ended_at,
                dialled=call.dialled,
                caller=shown(call.caller) if sees else "",
                test=call.test,
            )
            for call in session.scalars(found)
        ]
    return NumberCalls(items=items, now=datetime.now(UTC))


@blueprint.get("/default-line")
@needs(Permission.SEE_SETUP)
@blueprint.output(DefaultLine)
def default_line() -> DefaultLine:
    """Which flow answers calls for which there is no other."""
    with editor().database.read() as session:
        return DefaultLine(flow=preferences.value(session, DEFAULT_FLOW))


@blueprint.put("/default-line")
@needs(Permission.CHANGE_SETUP)
@blueprint.input(DefaultLine)
@blueprint.output(DoneOut)
def put_default_line(json_data: DefaultLine) -> DoneOut:
    """Choose it."""
    must(Permission.CHANGE_SETUP, None)

    def work(session: Session) -> DoneOut:
        if json_data.flow is not None and session.get(Flow, json_data.flow) is None:
            raise NotFound
        preferences.put(session, DEFAULT_FLOW, json_data.flow)
        session.flush()
        return DoneOut(id="", revision=0, change=str(session.info.get("change") or ""))

    return editor().database.transact(work, visitor().person)
