"""On-call rotas: a plan (flows/rotas.py says what it means) in a location's zone; and whose turn it is in rotations."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from controller.flows.rotas import Plan
from controller.store.models.base import Base, Document, Kept, known_zone, titled
from controller.texts import T


class Rota(Kept, Base):
    """`zone` counts only without a location; neither: the organisation's (preference "zone"), or UTC."""

    __tablename__ = "rotas"
    noun: ClassVar = "rota"

    name: Mapped[str] = mapped_column(String(200), info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    zone: Mapped[str | None] = mapped_column(String(64), info=titled(T("time zone")))
    plan: Mapped[Plan] = mapped_column(Document(Plan), default=Plan, info=titled(T("plan")))

    @validates("zone")
    def _known_zone(self, key: str, zone: str | None) -> str | None:
        return known_zone(zone)


class Turn(Base):
    """How often a rotation has been asked, shared by all controllers (Clinic.turn)."""

    __tablename__ = "turns"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger, default=0)
