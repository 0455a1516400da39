"""What a test call walks, what can be chosen for it, and the rehearsal that one makes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.document import Document
from controller.flows.upgrades import DocumentRefused, from_json
from controller.store.engine import Database
from controller.store.models import Flow, FlowVersion, Hours, Location, Number, TestCall, WebServices
from controller.store.models.base import new_id
from controller.store.test_calls import Kind, SqlTestCalls
from controller.store.zones import zone_of
from controller.telephone import NotATelephoneNumber, e164
from controller.texts import T
from flow_editor.drafts.store import NewerDraft, NoSuchFlow, document_of
from flow_editor.errors import NotFound, Refusal
from flow_editor.testcalls.schemas import BeginTest, NamedHours, NumberToDial, TestChoices, WebServicesChoice


def prepare(database: Database, asked: BeginTest, *, who: str, now: datetime, country: str) -> TestCall:
    """Keep what is to be walked, as it is at this moment. Raises Refusal."""
    caller = _number(asked.caller, country, "caller") if asked.caller.strip() else None
    dialled = _number(asked.dialled, country, "dialled") if asked.dialled.strip() else ""
    with database.write(who) as session:
        flow, document = _walked(session, asked, dialled, now)
        if not dialled:
            dialled = _first_number(session, flow)
    if document.start not in document.nodes:
        raise Refusal(T("There is nothing to call yet: draw a first step, and say that calls begin there."))
    call = TestCall(
        id=f"test-{new_id()}",
        flow_id=flow,
        document=document.model_dump(mode="json"),
        at=asked.at or now,
        dialled=dialled,
        caller=caller,
        caller_name=asked.caller_name.strip(),
        hours={name: state.value for name, state in asked.hours.items()},
        web_services=asked.web_services,
        who=who,
        began_at=now,
    )
    SqlTestCalls(database).make(call)
    return call


def _number(given: str, country: str, field: str) -> str:
    try:
        return e164(given, country)
    except NotATelephoneNumber:
        wrong = T("This is not a telephone number.")
        raise Refusal(wrong, fields={field: wrong}) from None


def _walked(session: Session, asked: BeginTest, dialled: str, now: datetime) -> tuple[str, Document]:
    flow = asked.flow
    if flow is None:
        flow = session.scalar(select(Number.flow_id).where(Number.number == dialled))
        if flow is None:
            raise Refusal(T("Nothing answers this number yet: choose a flow for it first."))
    try:
        if asked.flow is not None and not asked.live:
            return flow, document_of(session, flow, now)[0]
        row = session.get(Flow, flow)
        version = session.get(FlowVersion, row.live_version_id) if row and row.live_version_id else None
        if version is None:
            raise Refusal(T("Nothing of this flow is live yet: put it live, or call its draft."))
        return flow, from_json(version.document)
    except NoSuchFlow:
        raise NotFound from None
    except NewerDraft as newer:
        raise Refusal(newer.reason) from newer
    except DocumentRefused as refused:
        raise Refusal(refused.reason) from refused


def _first_number(session: Session, flow: str) -> str:
    """The number by which a flow is called: its own, or any, or none."""
    own = select(Number.number).where(Number.flow_id == flow).order_by(Number.number)
    return session.scalar(own) or session.scalar(select(Number.number).order_by(Number.number)) or ""


def location_of(database: Database, asked: BeginTest, country: str) -> str | None:
    """The location that what is called belongs to."""
    with database.read() as session:
        if asked.flow is not None:
            return session.scalar(select(Flow.location_id).where(Flow.id == asked.flow))
        try:
            dialled = e164(asked.dialled, country)
        except NotATelephoneNumber:
            return None
        return session.scalar(select(Number.location_id).where(Number.number == dialled))


def choices(database: Database, language: str) -> TestChoices:
    """What can be chosen for a test call."""
    with database.read() as session:
        places = {place.id: place.name for place in session.scalars(select(Location))}
        flows = {flow.id: flow.name for flow in session.scalars(select(Flow))}
        numbers = [
            NumberToDial(
                number=row.number,
                location=places.get(row.location_id or ""),
                flow=flows.get(row.flow_id or ""),
            )
            for row in session.scalars(select(Number).order_by(Number.number))
        ]
        hours = [NamedHours(id=row.id, name=row.name) for row in session.scalars(select(Hours).order_by(Hours.name))]
        zone = zone_of(session, None).key
    services = [WebServicesChoice(value=one, words=one.words.render(language)) for one in WebServices]
    return TestChoices(numbers=numbers, hours=hours, web_services=services, zone=zone)


def own(database: Database, id: str, who: str) -> TestCall:
    """A test call that this person made. Raises NotFound."""
    found = SqlTestCalls(database).find(id)
    if found is None or found.who != who:
        raise NotFound
    return found


def sound(database: Database, data_dir: Path, id: str, number: int, who: str) -> Path:
    """The file of something that was played in a test call that this person made. Raises NotFound."""
    own(database, id, who)
    event = SqlTestCalls(database).event(id, number)
    if event is None or event.kind != Kind.HEARD or not event.detail["path"]:
        raise NotFound
    root = data_dir.resolve()
    path: Path = (root / str(event.detail["path"])).resolve()
    if not path.is_relative_to(root) or path.suffix != ".wav" or not path.is_file():
        raise NotFound
    return path
