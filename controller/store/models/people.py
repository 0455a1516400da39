"""People, their phones, and teams (people who share work)."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from controller.choices import Choices
from controller.store.models.accounts import HeldRole
from controller.store.models.base import UNKEPT, Base, Kept, Telephone, Word, titled
from controller.texts import T

if TYPE_CHECKING:
    from controller.store.models.queues import PersonSkill


class PhoneKind(Choices):
    """What a phone is. Desk phones and browsers are users of the switch; the others are numbers outside."""

    DESK = "desk", T("Desk phone")
    MOBILE = "mobile", T("Mobile phone")
    OUTSIDE = "outside", T("Number outside")
    BROWSER = "browser", T("Phone in the browser")


class Person(Kept, Base):
    """A member of staff: sign-in, agent state and phones belong to this one row."""

    __tablename__ = "people"
    noun: ClassVar = "person"

    name: Mapped[str] = mapped_column(String(200), info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    languages: Mapped[list[str]] = mapped_column(default=list, info=titled(T("languages")))
    available: Mapped[bool] = mapped_column(default=True, info=titled(T("takes calls")))
    email: Mapped[str | None] = mapped_column(String(200), unique=True, info=titled(T("e-mail address")))
    """What they sign in with, in small letters; None: they do not sign in."""
    reads: Mapped[str | None] = mapped_column(String(8), info=titled(T("language of the pages")))
    """The language of the pages they see; None: their browser's."""
    password_hash: Mapped[str | None] = mapped_column(String(200), info=UNKEPT)
    last_answered_at: Mapped[datetime | None] = mapped_column(info=UNKEPT)
    """When this person last took a call: longest idle goes by it."""

    phones: Mapped[list[Phone]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="Phone.position"
    )
    memberships: Mapped[list[TeamMember]] = relationship(back_populates="person", cascade="all, delete-orphan")
    skills: Mapped[list[PersonSkill]] = relationship(back_populates="person", cascade="all, delete-orphan")
    roles: Mapped[list[HeldRole]] = relationship(cascade="all, delete-orphan")


def new_secret() -> str:
    """A SIP password nobody chose."""
    return secrets.token_urlsafe(24)


class Phone(Kept, Base):
    """A phone: a user of the switch (`sip_user`, `secret`) or a number outside; `position` is its place when rung in order.

    Without a person it is a place's phone (the front desk). `location_id`: where it stands, for emergency calls.
    `secret` is not kept in history: a deleted phone that is brought back has a new one and must be set up again.
    """

    __tablename__ = "phones"
    called: ClassVar = T("phone")
    owner: ClassVar = "person_id"
    __table_args__ = (
        CheckConstraint("(number IS NULL) <> (sip_user IS NULL)", name="number_or_sip_user"),
        Index(None, "person_id", "position"),
    )

    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    kind: Mapped[PhoneKind] = mapped_column(Word(PhoneKind), info=titled(T("kind")))
    label: Mapped[str] = mapped_column(String(200), default="", info=titled(T("label")))
    number: Mapped[str | None] = mapped_column(Telephone, index=True, info=titled(T("number")))
    sip_user: Mapped[str | None] = mapped_column(String(64), unique=True, info=titled(T("extension")))
    secret: Mapped[str] = mapped_column(String(64), default=new_secret, info=UNKEPT)
    position: Mapped[int] = mapped_column(default=0, info=titled(T("place in the order")))

    person: Mapped[Person | None] = relationship(back_populates="phones")

    @property
    def known_as(self) -> str:
        return self.label or self.sip_user or self.number or ""


class Team(Kept, Base):
    """People who share work."""

    __tablename__ = "teams"
    noun: ClassVar = "team"

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))

    members: Mapped[list[TeamMember]] = relationship(
        back_populates="team", cascade="all, delete-orphan", order_by="TeamMember.position"
    )


class TeamMember(Kept, Base):
    """A person's place in a team's order."""

    __tablename__ = "team_members"
    called: ClassVar = T("member")
    owner: ClassVar = "team_id"
    __table_args__ = (UniqueConstraint("team_id", "person_id"),)

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    person_id: Mapped[str] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True, info=titled(T("person"))
    )
    position: Mapped[int] = mapped_column(default=0, info=titled(T("place in the order")))

    team: Mapped[Team] = relationship(back_populates="members")
    person: Mapped[Person] = relationship(back_populates="memberships")

    @property
    def known_as(self) -> str:
        return self.person.name
