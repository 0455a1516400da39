"""Mailboxes, and the messages left in them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base, Kept, new_id, titled
from controller.texts import T


class Mailbox(Kept, Base):
    """Where messages are left. `greeting`: text by language; `recordings`: file by language, under the data folder."""

    __tablename__ = "mailboxes"
    noun: ClassVar = "mailbox"

    name: Mapped[str] = mapped_column(String(200), info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    greeting: Mapped[dict[str, str]] = mapped_column(default=dict, info=titled(T("greeting")))
    recordings: Mapped[dict[str, str]] = mapped_column(default=dict, info=titled(T("recordings")))
    most_seconds: Mapped[int] = mapped_column(default=180, info=titled(T("longest message, in seconds")))


class Message(Base):
    """A message that a caller left; one for each call and step, whatever happens meanwhile. `path`: under the data folder."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("call_id", "step"), Index(None, "mailbox_id", "left_at"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)
    mailbox_id: Mapped[str] = mapped_column(ForeignKey("mailboxes.id"))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True)
    call_id: Mapped[str] = mapped_column(String(64))
    step: Mapped[int]
    path: Mapped[str] = mapped_column(String(500))
    seconds: Mapped[float]
    left_at: Mapped[datetime]
    caller: Mapped[str | None] = mapped_column(String(64))
    caller_name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(8))
    urgent: Mapped[bool] = mapped_column(default=False)
    heard_at: Mapped[datetime | None]
    heard_by: Mapped[str | None] = mapped_column(String(40))


class Listening(Base):
    """Somebody has listened to a message: written down each time, and kept when the person is gone."""

    __tablename__ = "listenings"
    __table_args__ = (Index(None, "message_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    person_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
