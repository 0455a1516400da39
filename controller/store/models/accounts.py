"""Who may do what, who is signed in, and links that work once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.choices import Choices
from controller.store.models.base import UNKEPT, Base, Kept, Word, titled
from controller.texts import T


class Role(Choices):
    """What somebody may do; flow_editor/accounts/permissions.py says what each is allowed."""

    OWNER = "owner", T("Owner")
    LEAD = "lead", T("Front-office lead")
    AGENT = "agent", T("Staff")
    AUDITOR = "auditor", T("Auditor")
    WALLBOARD = "wallboard", T("Screen on the wall")


class HeldRole(Kept, Base):
    """A role that a person has, at one location or (None) for the whole organisation."""

    __tablename__ = "roles"
    called: ClassVar = T("role")
    owner: ClassVar = "person_id"
    __table_args__ = (UniqueConstraint("person_id", "role", "location_id"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(Word(Role), info=titled(T("role")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))

    @property
    def known_as(self) -> str:
        return str(self.role.words)


class SignIn(Base):
    """Somebody is signed in at a browser. `id`: SHA-256 of the token that the browser has, which is kept nowhere.

    Over when `ends_at` has come, when nothing was done for too long since `seen_at`, or when it was ended (`ended_at`).
    """

    __tablename__ = "sign_ins"
    __table_args__ = (Index(None, "person_id", "began_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    csrf: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    browser: Mapped[str] = mapped_column(String(300), default="")


class Purpose(StrEnum):
    """What a link is for."""

    OWNER = "owner"  # the first person of an installation makes themselves its owner
    PASSWORD = "password"  # noqa: S105 - a person chooses their password
    DEMO = "demo"  # signs in as the demo's lead; works until it expires


class Link(Base):
    """A link that lets somebody in without a password. `id`: SHA-256 of the token in it."""

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(Word(Purpose))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Screen(Kept, Base):
    """A screen on a wall that shows the wallboard: a device that is signed in, and no person. Deleted, it is signed out.

    It is let in once by a `code` (SHA-256 of it, until `code_until`), and has a `token` (SHA-256) from then on. `language`: in
    which it speaks; None: its browser's.
    """

    __tablename__ = "screens"
    called: ClassVar = T("screen")

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    language: Mapped[str | None] = mapped_column(String(8), info=titled(T("language")))
    code: Mapped[str | None] = mapped_column(String(64), unique=True, info=UNKEPT)
    code_until: Mapped[datetime | None] = mapped_column(info=UNKEPT)
    token: Mapped[str | None] = mapped_column(String(64), unique=True, info=UNKEPT)
    csrf: Mapped[str] = mapped_column(String(64), default="", info=UNKEPT)
    opened_at: Mapped[datetime | None] = mapped_column(info=UNKEPT)
    seen_at: Mapped[datetime | None] = mapped_column(info=UNKEPT)
    address: Mapped[str] = mapped_column(String(64), default="", info=UNKEPT)
