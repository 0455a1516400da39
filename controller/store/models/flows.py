"""Flows and their versions. A version never changes; which one is live is a pointer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base, Kept, new_id, titled
from controller.texts import T


class Flow(Kept, Base):
    """A flow by name. `live_version_id` has no foreign key: the two tables would need each other to exist."""

    __tablename__ = "flows"
    noun: ClassVar = "flow"

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    live_version_id: Mapped[str | None] = mapped_column(String(40), info=titled(T("live version")))


class FlowVersion(Base):
    """A published document (flows.document.Document), as it was. `number` counts from 1 within its flow."""

    __tablename__ = "flow_versions"
    __table_args__ = (UniqueConstraint("flow_id", "number"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)
    flow_id: Mapped[str] = mapped_column(String(40))
    """No foreign key: versions stay, for the calls that walked them, and a flow whose deletion is undone has them again."""
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(String(500), default="")
    published_at: Mapped[datetime]
    published_by: Mapped[str | None] = mapped_column(String(200))
