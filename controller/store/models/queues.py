"""Queues as staff set them up: who answers, in which order, by which skills; and providers with their care teams."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from controller.queues.rules import QueueRules
from controller.store.models.base import Base, Document, Kept, Telephone, titled
from controller.store.models.people import Person, Team
from controller.texts import T


class Skill(Kept, Base):
    """Something that some of the staff can do: a language, a kind of question."""

    __tablename__ = "skills"
    noun: ClassVar = "skill"

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))


class PersonSkill(Kept, Base):
    """How well a person can do it: 1 (a little) to 5 (an expert)."""

    __tablename__ = "person_skills"
    called: ClassVar = T("skill")
    owner: ClassVar = "person_id"
    shown_with: ClassVar = "skill_id"
    __table_args__ = (UniqueConstraint("person_id", "skill_id"), CheckConstraint("level BETWEEN 1 AND 5", name="level"))

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    skill_id: Mapped[str] = mapped_column(
        ForeignKey("skills.id", ondelete="CASCADE"), index=True, info=titled(T("skill"))
    )
    level: Mapped[int] = mapped_column(SmallInteger, default=3, info=titled(T("level")))

    person: Mapped[Person] = relationship(back_populates="skills")
    skill: Mapped[Skill] = relationship()

    @property
    def known_as(self) -> str:
        return self.skill.name


class Queue(Kept, Base):
    """A line of callers who wait for whoever of its teams is free. Without hours it is always open.

    `callback_hours_id`: when callers who kept their place are called back; none: as the queue is open.
    """

    __tablename__ = "queues"
    noun: ClassVar = "queue"

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    hours_id: Mapped[str | None] = mapped_column(ForeignKey("hours.id"), index=True, info=titled(T("opening hours")))
    callback_hours_id: Mapped[str | None] = mapped_column(
        ForeignKey("hours.id"), index=True, info=titled(T("hours of calling back"))
    )
    rules: Mapped[QueueRules] = mapped_column(Document(QueueRules), default=QueueRules, info=titled(T("rules")))

    teams: Mapped[list[QueueTeam]] = relationship(
        back_populates="queue", cascade="all, delete-orphan", order_by="QueueTeam.position"
    )


class QueueTeam(Kept, Base):
    """A team that answers a queue. `joins_after`: it helps out only while the wait to be expected (seconds, for whoever would
    come now) is longer than that; none: always. It leaves again below `leaves_below`."""

    __tablename__ = "queue_teams"
    called: ClassVar = T("team that answers")
    owner: ClassVar = "queue_id"
    __table_args__ = (UniqueConstraint("queue_id", "team_id"),)

    queue_id: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"))
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"), index=True, info=titled(T("team")))
    position: Mapped[int] = mapped_column(default=0, info=titled(T("place in the order")))
    joins_after: Mapped[int | None] = mapped_column(info=titled(T("helps out when the wait is over (seconds)")))
    leaves_below: Mapped[int | None] = mapped_column(info=titled(T("leaves when the wait is below (seconds)")))

    queue: Mapped[Queue] = relationship(back_populates="teams")
    team: Mapped[Team] = relationship()

    @property
    def known_as(self) -> str:
        return self.team.name


class Provider(Kept, Base):
    """A doctor, a therapist ...: callers who ask for one reach the queue of the care team, or the cover's while away.

    `person_id`: the provider as a member of staff, for calls that they expect. `spoken`: how the name is said, where it is not
    read as it is written.
    """

    __tablename__ = "providers"
    noun: ClassVar = "provider"

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    spoken: Mapped[str] = mapped_column(String(200), default="", info=titled(T("name as it is said")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True, info=titled(T("person")))
    queue_id: Mapped[str | None] = mapped_column(
        ForeignKey("queues.id"), index=True, info=titled(T("care team's queue"))
    )

    person: Mapped[Person | None] = relationship()
    absences: Mapped[list[Absence]] = relationship(
        back_populates="provider", cascade="all, delete-orphan", foreign_keys="Absence.provider_id"
    )
    expected: Mapped[list[ExpectedCall]] = relationship(back_populates="provider", cascade="all, delete-orphan")


class Absence(Kept, Base):
    """A provider is away: meanwhile callers reach the cover's care team; without a cover, the provider's own."""

    __tablename__ = "absences"
    called: ClassVar = T("absence")
    owner: ClassVar = "provider_id"

    provider_id: Mapped[str] = mapped_column(ForeignKey("providers.id", ondelete="CASCADE"), index=True)
    cover_id: Mapped[str | None] = mapped_column(ForeignKey("providers.id"), index=True, info=titled(T("cover")))
    begins: Mapped[datetime] = mapped_column(info=titled(T("away from")))
    ends: Mapped[datetime] = mapped_column(info=titled(T("away until")))

    provider: Mapped[Provider] = relationship(back_populates="absences", foreign_keys=[provider_id])
    cover: Mapped[Provider | None] = relationship(foreign_keys=[cover_id])

    @property
    def known_as(self) -> str:
        return self.cover.name if self.cover else ""


class ExpectedCall(Kept, Base):
    """A provider wants to be put through to a caller until then ("the hospital, until 3"): to whoever calls from a number, or
    from one of a list of callers; with neither, to everybody who asks for the provider."""

    __tablename__ = "expected_calls"
    called: ClassVar = T("expected call")
    owner: ClassVar = "provider_id"

    provider_id: Mapped[str] = mapped_column(ForeignKey("providers.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(200), default="", info=titled(T("who")))
    number: Mapped[str | None] = mapped_column(Telephone, info=titled(T("number")))
    list_id: Mapped[str | None] = mapped_column(
        ForeignKey("contact_lists.id", ondelete="CASCADE"), index=True, info=titled(T("list of callers"))
    )
    until: Mapped[datetime] = mapped_column(info=titled(T("until")))

    provider: Mapped[Provider] = relationship(back_populates="expected")

    @property
    def known_as(self) -> str:
        return self.label or self.number or ""
