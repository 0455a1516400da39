"""Opening hours: a calendar (flows/hours.py says what it means) in a location's zone."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from controller.flows.hours import Calendar
from controller.store.models.base import Base, Document, Kept, known_zone, titled
from controller.texts import T


class Hours(Kept, Base):
    """`zone` counts only without a location; neither: the organisation's (preference "zone"), or UTC."""

    __tablename__ = "hours"
    noun: ClassVar = "hours"

    name: Mapped[str] = mapped_column(String(200), info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    zone: Mapped[str | None] = mapped_column(String(64), info=titled(T("time zone")))
    calendar: Mapped[Calendar] = mapped_column(Document(Calendar), default=Calendar, info=titled(T("opening hours")))

    @validates("zone")
    def _known_zone(self, key: str, zone: str | None) -> str | None:
        return known_zone(zone)
