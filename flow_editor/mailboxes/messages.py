"""Messages that callers left: the list, listening (every time is written down: who, when), heard and not heard."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store import notices
from controller.store.models import Listening, Mailbox, Message, Person
from controller.texts import T
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotFound
from flow_editor.prompts.recordings import data_dir
from flow_editor.things.numbers import shown

SHOWN = 200
"""Messages that a list shows, newest first."""


class MessageOut(BaseModel):
    """`caller`: as people read it, empty for who may not see callers or withheld their number."""

    id: str
    mailbox: str
    mailbox_name: str
    left_at: datetime
    seconds: float
    caller: str
    caller_name: str
    language: str
    urgent: bool
    heard_at: datetime | None
    heard_by: str
    call: str


class MessageList(BaseModel):
    """`unheard`: of all, not only of those listed. `may_handle`: may mark them heard or not."""

    items: list[MessageOut]
    more: bool
    may_handle: bool


class ListeningOut(BaseModel):
    who: str
    at: datetime


class Listenings(BaseModel):
    items: list[ListeningOut]


def listed(session: Session, mailbox: str | None, unheard: bool) -> MessageList:
    """The newest messages that whoever asks may see."""
    where = visitor().where(Permission.SEE_MESSAGES)
    query = select(Message, Mailbox.name).join(Mailbox).order_by(Message.left_at.desc(), Message.id.desc())
    if mailbox is not None:
        query = query.where(Message.mailbox_id == mailbox)
    if unheard:
        query = query.where(Message.heard_at.is_(None))
    if where is not None:
        query = query.where(Message.location_id.in_(where))
    rows = session.execute(query.limit(SHOWN + 1)).all()
    people = {row.id: row.name for row in session.execute(select(Person.id, Person.name))}
    items = []
    for row, name in rows[:SHOWN]:
        sees = visitor().may(Permission.SEE_CALLERS, row.location_id)
        items.append(
            MessageOut(
                id=row.id,
                mailbox=row.mailbox_id,
                mailbox_name=name,
                left_at=row.left_at,
                seconds=row.seconds,
                caller=(shown(row.caller) if row.caller else "") if sees else "",
                caller_name=row.caller_name if sees else "",
                language=row.language,
                urgent=row.urgent,
                heard_at=row.heard_at,
                heard_by=people.get(row.heard_by or "", ""),
                call=row.call_id,
            )
        )
    return MessageList(
        items=items, more=len(rows) > SHOWN, may_handle=visitor().may_somewhere(Permission.HANDLE_MESSAGES)
    )


def listen(id: str) -> Path:
    """The file of a message, once it is written down who listens; whoever handles messages has heard it then.

    Raises NotFound, NotAllowed.
    """

    def work(session: Session) -> Path:
        row = _one(session, id, Permission.SEE_MESSAGES)
        file = data_dir() / row.path
        if not file.is_file():
            raise NotFound(T("The sound of this message is not here any more."))
        me, now = visitor(), datetime.now(UTC)
        session.add(Listening(message_id=id, person_id=me.person, at=now))
        if row.heard_at is None and me.may(Permission.HANDLE_MESSAGES, row.location_id):
            row.heard_at, row.heard_by = now, me.person
            notices.tell(session, Message.__tablename__, row.mailbox_id)
        return file

    return editor().database.transact(work, visitor().person)


def mark(id: str, heard: bool) -> None:
    """Mark a message as heard, or as not heard: somebody else is to listen to it. Raises NotFound, NotAllowed."""

    def work(session: Session) -> None:
        row = _one(session, id, Permission.HANDLE_MESSAGES)
        row.heard_at = (row.heard_at or datetime.now(UTC)) if heard else None
        row.heard_by = visitor().person if heard else None
        notices.tell(session, Message.__tablename__, row.mailbox_id)

    editor().database.transact(work, visitor().person)


def listenings(session: Session, id: str) -> Listenings:
    """Who has listened to a message, newest first. Raises NotFound, NotAllowed."""
    row = _one(session, id, Permission.SEE_HISTORY)
    found = session.execute(
        select(Listening.at, Person.name, Listening.person_id)
        .outerjoin(Person, Person.id == Listening.person_id)
        .where(Listening.message_id == row.id)
        .order_by(Listening.id.desc())
    )
    return Listenings(items=[ListeningOut(who=name or person, at=at) for at, name, person in found])


def _one(session: Session, id: str, permission: Permission) -> Message:
    row = session.get(Message, id)
    if row is None or not visitor().may(Permission.SEE_MESSAGES, row.location_id):
        raise NotFound
    must(permission, row.location_id)
    return row
