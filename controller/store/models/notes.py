"""What staff have written about a call: one note for each call and person, kept for whoever speaks to the caller next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base, new_id


class CallNote(Base):
    """`caller`: by whom earlier notes are found (E.164; empty: withheld). `location_id`: who may read it goes by that. No
    foreign keys: a note outlives the person who wrote it, and the call."""

    __tablename__ = "call_notes"
    __table_args__ = (UniqueConstraint("call_id", "person_id"), Index(None, "caller", "made_at"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)
    call_id: Mapped[str] = mapped_column(String(64))
    entry_id: Mapped[str | None] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(40))
    location_id: Mapped[str | None] = mapped_column(String(40))
    caller: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(String(4000))
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
