"""Known callers, and lists of callers (blocked, VIP ...)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from controller.store.models.base import Base, Kept, Telephone, titled
from controller.texts import T


class Contact(Kept, Base):
    """A patient, a pharmacy, a hospital. `attributes`: what flows may compare ("doctor": "Dr. Ruiz")."""

    __tablename__ = "contacts"
    called: ClassVar = T("contact")

    name: Mapped[str] = mapped_column(String(200), info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    language: Mapped[str | None] = mapped_column(String(8), info=titled(T("language")))
    attributes: Mapped[dict[str, str]] = mapped_column(default=dict, info=titled(T("details")))

    numbers: Mapped[list[ContactNumber]] = relationship(back_populates="contact", cascade="all, delete-orphan")
    entries: Mapped[list[ListEntry]] = relationship(back_populates="contact", cascade="all, delete-orphan")


class ContactNumber(Kept, Base):
    """A contact's number. Families share one: the contact known longest (the smallest id) answers for it."""

    __tablename__ = "contact_numbers"
    called: ClassVar = T("number")
    owner: ClassVar = "contact_id"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(Telephone, index=True, info=titled(T("number")))
    label: Mapped[str] = mapped_column(String(40), default="", info=titled(T("label")))

    contact: Mapped[Contact] = relationship(back_populates="numbers")

    @property
    def known_as(self) -> str:
        return self.number


class ContactList(Kept, Base):
    """A list that flows ask about: blocked, VIP, pharmacies."""

    __tablename__ = "contact_lists"
    noun: ClassVar = "list"

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))

    entries: Mapped[list[ListEntry]] = relationship(back_populates="list", cascade="all, delete-orphan")


class ListEntry(Kept, Base):
    """A number or a contact on a list, why, and until when (None: until taken off)."""

    __tablename__ = "list_entries"
    called: ClassVar = T("entry")
    owner: ClassVar = "list_id"
    __table_args__ = (CheckConstraint("(number IS NULL) <> (contact_id IS NULL)", name="number_or_contact"),)

    list_id: Mapped[str] = mapped_column(ForeignKey("contact_lists.id", ondelete="CASCADE"), index=True)
    number: Mapped[str | None] = mapped_column(Telephone, index=True, info=titled(T("number")))
    contact_id: Mapped[str | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True, info=titled(T("contact"))
    )
    reason: Mapped[str] = mapped_column(String(500), default="", info=titled(T("reason")))
    expires_at: Mapped[datetime | None] = mapped_column(info=titled(T("until")))

    list: Mapped[ContactList] = relationship(back_populates="entries")
    contact: Mapped[Contact | None] = relationship(back_populates="entries")

    @property
    def known_as(self) -> str:
        return self.number or (self.contact.name if self.contact else "")
