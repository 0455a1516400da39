"""What an agent's page shows, read from SQL: their own state, the call in hand, who is to be called back."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.clinic import Clinic
from controller.queues.agents import Doing
from controller.queues.states import AgentMode, EntryKind, EntryState
from controller.store import clock
from controller.store.models import (
    Agent,
    CallNote,
    Contact,
    ContactNumber,
    Entry,
    HeldPlace,
    Location,
    Person,
    Phone,
    Queue,
    QueueTeam,
    TeamMember,
)
from controller.store.queues.rows import doing_of
from controller.store.zones import zone_of
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.calls.listed import told_steps
from flow_editor.console import ordered
from flow_editor.console.reasons import reasons
from flow_editor.console.schemas import (
    CallbackNow,
    CallInHand,
    ConsoleNow,
    ContactOut,
    LineOut,
    NoteOut,
    PhoneOut,
    StatusNow,
    StepTold,
)
from flow_editor.console.targets import lines
from flow_editor.things.numbers import shown

EARLIER = 10
"""Notes of earlier calls that are shown, the newest first."""


def now(session: Session, clinic: Clinic, visitor: Visitor, language: str) -> ConsoleNow:
    """Everything, as it is now."""
    at = clock.now(session.connection())
    row = session.execute(select(Agent.__table__).where(Agent.person_id == visitor.person)).one_or_none()
    doing = doing_of(row)[0] if row is not None else Doing.signed_out(at)
    mine = (
        select(Queue.id, Queue.name)
        .join(QueueTeam, QueueTeam.queue_id == Queue.id)
        .join(TeamMember, TeamMember.team_id == QueueTeam.team_id)
        .where(TeamMember.person_id == visitor.person)
        .distinct()
        .order_by(Queue.name)
    )
    queues = {row.id: row.name for row in session.execute(mine)}
    entry = session.get(Entry, doing.entry_id) if doing.entry_id else None
    return ConsoleNow(
        at=at,
        queues=list(queues.values()),
        phones=_phones(session, visitor.person, language),
        phone=doing.phone_id,
        reasons=reasons(session, language),
        status=_status(doing, at.astimezone(zone_of(session, None)).date(), language),
        call=_in_hand(session, clinic, visitor, language, entry) if entry is not None else None,
        callbacks=_callbacks(session, visitor, queues),
    )


def _status(doing: Doing, today: date, language: str) -> StatusNow:
    return StatusNow(
        mode=doing.mode,
        words=doing.mode.words.render(language),
        since=doing.since,
        until=doing.deadline_at if doing.mode is not AgentMode.OFFERED else None,
        reason=doing.reason,
        then=doing.then,
        then_reason=doing.then_reason,
        told=doing.told.words.render(language) if doing.told else "",
        calls=doing.calls_on(today),
    )


def _phones(session: Session, person: str, language: str) -> list[PhoneOut]:
    rows = session.scalars(select(Phone).where(Phone.person_id == person).order_by(Phone.position, Phone.id))
    return [
        PhoneOut(
            id=row.id,
            label=row.label or row.kind.words.render(language),
            kind=row.kind.words.render(language),
            address=row.sip_user or shown(row.number),
        )
        for row in rows
    ]


def _in_hand(session: Session, clinic: Clinic, visitor: Visitor, language: str, entry: Entry) -> CallInHand:
    queue = session.get(Queue, entry.queue_id)
    place = session.get(Location, entry.location_id) if entry.location_id else None
    sender = session.get(Person, entry.sent_by) if entry.sent_by else None
    steps = told_steps(session, clinic, language, entry.call_id) if entry.call_id else []
    notes = _notes(session, visitor, entry)
    doing = ordered.standing(session, visitor.person, entry, language)
    return CallInHand(
        entry=entry.id,
        call=entry.call_id,
        kind=entry.kind,
        state=EntryState.OVER if entry.ended_at is not None else entry.state,
        queue=queue.name if queue else "",
        location=place.name if place else "",
        caller=shown(entry.caller),
        caller_name=entry.caller_name,
        language=entry.language,
        rank=_rank(queue, entry),
        joined_at=entry.joined_at,
        answered_at=entry.answered_at,
        talked_until=entry.talked_until,
        waited=entry.waited,
        note=entry.note,
        sent_by=sender.name if sender else "",
        contact=_contact(session, entry.caller),
        path=[
            StepTold(title=step.title, notes=step.notes, way=step.way if step.exit else "", at=step.entered_at)
            for step in steps
        ],
        notes=notes,
        mine=session.scalar(
            select(CallNote.text).where(CallNote.call_id == entry.call_id, CallNote.person_id == visitor.person)
        )
        or "",
        held=doing.held,
        recording=doing.recording,
        third=doing.third,
        lines=[
            LineOut(line=line.line, name=line.name.render(language), number=shown(line.number))
            for line in lines(session, entry)
        ],
        busy=doing.busy,
        failed=doing.failed,
    )


def _rank(queue: Queue | None, entry: Entry) -> int:
    if queue is None or entry.kind is EntryKind.RETURNED:
        return 0  # it is ahead of the line, and no more urgent for that
    return queue.rules.rank(entry.head_start)


def _contact(session: Session, caller: str | None) -> ContactOut | None:
    if not caller:
        return None
    found = session.scalar(
        select(Contact).join(ContactNumber).where(ContactNumber.number == caller).order_by(Contact.id).limit(1)
    )
    if found is None:
        return None
    return ContactOut(id=found.id, name=found.name, language=found.language, details=dict(found.attributes))


def _notes(session: Session, visitor: Visitor, entry: Entry) -> list[NoteOut]:
    """What others have written about this call, then about earlier ones of the same number, where they may see callers."""
    query = select(CallNote, Person.name).outerjoin(Person, Person.id == CallNote.person_id)
    query = query.order_by(CallNote.made_at.desc()).limit(EARLIER)
    this = query.where(CallNote.call_id == entry.call_id, CallNote.person_id != visitor.person)
    rows = list(session.execute(this)) if entry.call_id else []
    if entry.caller:
        earlier = query.where(CallNote.caller == entry.caller, CallNote.call_id != (entry.call_id or ""))
        where = visitor.where(Permission.SEE_CALLERS)
        if where is not None:
            earlier = earlier.where(CallNote.location_id.in_(where))
        rows += session.execute(earlier)
    return [
        NoteOut(who=name or "", at=note.made_at, text=note.text, this_call=note.call_id == entry.call_id)
        for note, name in rows
    ]


def _callbacks(session: Session, visitor: Visitor, queues: dict[str, str]) -> list[CallbackNow]:
    if not queues:
        return []
    query = (
        select(HeldPlace, Entry)
        .join(Entry, Entry.id == HeldPlace.entry_id)
        .where(HeldPlace.ended_at.is_(None), Entry.ended_at.is_(None), Entry.queue_id.in_(queues))
        .order_by(Entry.place_at, Entry.id)
        .limit(50)
    )
    found = []
    for held, entry in session.execute(query):
        sees = visitor.may(Permission.SEE_CALLERS, entry.location_id)
        found.append(
            CallbackNow(
                id=entry.id,
                queue=queues[entry.queue_id],
                number=shown(held.number) if sees else "",
                caller_name=entry.caller_name if sees else "",
                language=entry.language,
                state=held.state,
                since=entry.joined_at,
                next_at=held.next_at,
                attempts=held.attempts,
                said=held.said,
            )
        )
    return found
