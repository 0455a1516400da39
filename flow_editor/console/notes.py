"""Notes on calls: one for each call and person, by whoever has or had the call."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.store import clock, notices
from controller.store.models import CallNote, Entry
from flow_editor.editor import editor
from flow_editor.errors import NotFound


def keep(person: str, entry: str, text: str) -> None:
    """Keep what somebody has written about their call. Raises NotFound for a call that is none of theirs."""

    def work(session: Session) -> None:
        found = session.get(Entry, entry)
        if found is None or found.person_id != person or found.call_id is None:
            raise NotFound
        written = text.replace("\0", "").rstrip()
        row = session.scalar(
            select(CallNote).where(CallNote.call_id == found.call_id, CallNote.person_id == person).with_for_update()
        )
        now = clock.now(session.connection())
        if not written:
            session.execute(delete(CallNote).where(CallNote.call_id == found.call_id, CallNote.person_id == person))
        elif row is not None:
            row.text, row.changed_at = written, now
        else:
            session.add(
                CallNote(
                    call_id=found.call_id,
                    entry_id=found.id,
                    person_id=person,
                    location_id=found.location_id,
                    caller=found.caller,
                    text=written,
                    made_at=now,
                    changed_at=now,
                )
            )
        notices.tell(session, CallNote.__tablename__, found.call_id)

    editor().database.transact(work, person)
