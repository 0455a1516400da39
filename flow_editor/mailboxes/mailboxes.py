"""Mailboxes as staff fill them in: a name, a greeting in each language, how long a message may be."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.flows.document import Language
from controller.store.models import Mailbox, Message
from flow_editor.preferences import service as preferences
from flow_editor.prompts.prompts import Voice, voices
from flow_editor.things.thing import Form, Line, Thing, basics


class MailboxForm(Form):
    """`greeting`: what callers hear before the tone, where no recording stands in its place."""

    name: str = Field(min_length=1, max_length=200)
    location: str | None = None
    greeting: dict[Language, str] = Field(default_factory=dict, max_length=20)
    most_seconds: int = Field(default=180, ge=10, le=1800)


class MailboxLine(Line):
    """`messages`: how many are in it, `unheard`: how many nobody has listened to."""

    voices: list[Voice]
    messages: int
    unheard: int


class Mailboxes(Thing[Mailbox, MailboxForm, MailboxLine]):
    path = "mailboxes"
    row = Mailbox
    form = MailboxForm
    line = MailboxLine

    def lines(self, session: Session, rows: Sequence[Mailbox]) -> list[MailboxLine]:
        languages = preferences.languages(session)
        counts = {
            box: (every, every - heard)
            for box, every, heard in session.execute(
                select(Message.mailbox_id, func.count(), func.count(Message.heard_at)).group_by(Message.mailbox_id)
            )
        }
        return [
            MailboxLine(
                **basics(row, self.changes),
                voices=voices(languages, row.recordings, row.greeting),
                messages=counts.get(row.id, (0, 0))[0],
                unheard=counts.get(row.id, (0, 0))[1],
            )
            for row in sorted(rows, key=lambda row: row.name.casefold())
        ]

    def read(self, session: Session, row: Mailbox) -> MailboxForm:
        return MailboxForm(
            name=row.name, location=row.location_id, greeting=row.greeting, most_seconds=row.most_seconds
        )

    def write(self, session: Session, row: Mailbox, form: MailboxForm) -> None:
        row.name, row.location_id, row.most_seconds = form.name, form.location, form.most_seconds
        row.greeting = {language: text for language, text in form.greeting.items() if text.strip()}
