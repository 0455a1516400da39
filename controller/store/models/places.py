"""Locations, and the numbers that patients dial."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from controller.store.models.base import Base, Kept, Telephone, known_zone


class Location(Kept, Base):
    """A place of the clinic. `zone`: IANA name; `number`: what calls from here show; `address`: for emergency calls."""

    __tablename__ = "locations"
    noun: ClassVar = "location"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    zone: Mapped[str] = mapped_column(String(64))
    number: Mapped[str | None] = mapped_column(Telephone)
    address: Mapped[str] = mapped_column(String(500), default="")
    area_codes: Mapped[list[str]] = mapped_column(default=list)
    post_codes: Mapped[list[str]] = mapped_column(default=list)

    @validates("zone")
    def _known_zone(self, key: str, zone: str | None) -> str | None:
        return known_zone(zone)


class Number(Kept, Base):
    """A number that patients dial, and the flow that answers it. `backup`: whom the switch rings when no controller does."""

    __tablename__ = "numbers"

    number: Mapped[str] = mapped_column(Telephone, unique=True)
    label: Mapped[str] = mapped_column(String(200), default="")
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True)
    flow_id: Mapped[str | None] = mapped_column(ForeignKey("flows.id"), index=True)
    backup: Mapped[str | None] = mapped_column(Telephone)
    published: Mapped[bool] = mapped_column(default=True)
    """Printed where patients read it: its flow must say the clinic's emergency sentence first."""
