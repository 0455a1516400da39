"""Locations, and the numbers that patients dial."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from controller.choices import Choices
from controller.store.models.base import Base, Kept, Telephone, Word, known_zone, titled
from controller.texts import T


class Location(Kept, Base):
    """A place of the clinic. `zone`: IANA name; `number`: what calls from here show; `address`: for emergency calls."""

    __tablename__ = "locations"
    noun: ClassVar = "location"

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    zone: Mapped[str] = mapped_column(String(64), info=titled(T("time zone")))
    number: Mapped[str | None] = mapped_column(Telephone, info=titled(T("number shown")))
    address: Mapped[str] = mapped_column(String(500), default="", info=titled(T("address")))
    area_codes: Mapped[list[str]] = mapped_column(default=list, info=titled(T("area codes")))
    post_codes: Mapped[list[str]] = mapped_column(default=list, info=titled(T("post codes")))

    @validates("zone")
    def _known_zone(self, key: str, zone: str | None) -> str | None:
        return known_zone(zone)


class NumberState(Choices):
    """How far a number is, and so what becomes of a call to it.

    The provider sends calls to live numbers and to those being tested: their flows answer, and calls to the latter count as
    tests. A planned number, or one being ported, is still somebody else's: our own phones call it by way of the provider;
    should a call to it arrive here already, its flow answers. A retired one goes to the default line.
    """

    PLANNED = "planned", T("Planned")
    PORTING = "porting", T("Being ported")
    TESTING = "testing", T("Being tested")
    LIVE = "live", T("Live")
    RETIRED = "retired", T("Retired")


class Number(Kept, Base):
    """A number that patients dial, and the flow that answers it. `backup`: whom the switch rings when no controller does."""

    __tablename__ = "numbers"
    called: ClassVar = T("number")

    number: Mapped[str] = mapped_column(Telephone, unique=True, info=titled(T("number")))
    label: Mapped[str] = mapped_column(String(200), default="", info=titled(T("label")))
    state: Mapped[NumberState] = mapped_column(
        Word(NumberState), default=NumberState.LIVE, server_default=NumberState.LIVE.value, info=titled(T("state"))
    )
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    flow_id: Mapped[str | None] = mapped_column(ForeignKey("flows.id"), index=True, info=titled(T("call flow")))
    backup: Mapped[str | None] = mapped_column(Telephone, info=titled(T("backup line")))
    published: Mapped[bool] = mapped_column(default=True, info=titled(T("published")))
    """Printed where patients read it: its flow must say the clinic's emergency sentence first."""

    @property
    def known_as(self) -> str:
        return self.label or self.number
