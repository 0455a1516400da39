"""When which version of a flow is live: what was put live, what is planned, and by whom. And work that is due (jobs/)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base, Word, new_id


class Occasion(StrEnum):
    """Why a version goes live."""

    PUBLISH = "publish"
    ROLL_BACK = "roll_back"
    RETURN = "return"  # the one before it was live for a time only, which is over


class Standing(StrEnum):
    """Where a publication stands."""

    PLANNED = "planned"
    LIVE = "live"
    OVER = "over"  # another one has taken its place, at its end or before
    CANCELLED = "cancelled"


class Publication(Base):
    """A version being live, from `starts_at` until another one is.

    `ends_at`: then `replaced_version_id`, the version that was live before it began, is live again by itself.
    `base_version_id`: the version that was live when it was planned. `reason`: why it is live although `failed` rehearsals
    (their titles) did not end as expected.
    """

    __tablename__ = "publications"
    __table_args__ = (Index(None, "flow_id", "standing"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)
    flow_id: Mapped[str] = mapped_column(String(40))
    """No foreign key, as in FlowVersion."""
    version_id: Mapped[str] = mapped_column(ForeignKey("flow_versions.id"))
    occasion: Mapped[Occasion] = mapped_column(Word(Occasion), default=Occasion.PUBLISH)
    standing: Mapped[Standing] = mapped_column(Word(Standing), default=Standing.PLANNED)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    base_version_id: Mapped[str | None] = mapped_column(String(40))
    replaced_version_id: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(500), default="")
    failed: Mapped[list[str]] = mapped_column(default=list)


class Job(Base):
    """Something to be done once, at `due_at` or as soon as possible afterwards; gone when it has been done.

    `about`: the id of the row that it is about; there is one job of a kind about a row. `attempts`: how often it failed.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "due_at"),)

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    about: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
