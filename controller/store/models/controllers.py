"""Which controllers there are, and which live versions each of them has taken up (store/acknowledgements.py writes both).

No history and no foreign keys: these are signs of life, gone when their controller is.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base


class ControllerRecord(Base):
    """A controller that takes calls; `beat_at` is the last time it said so, by the database's clock."""

    __tablename__ = "controllers"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    address: Mapped[str] = mapped_column(String(120))
    began_at: Mapped[datetime]
    beat_at: Mapped[datetime]


class Registration(Base):
    """A phone that has signed in to a switch, as a controller last saw (store/registrations.py); `since`: when it first did."""

    __tablename__ = "registrations"

    switch: Mapped[str] = mapped_column(String(120), primary_key=True)
    sip_user: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64), default="")


class Acknowledgement(Base):
    """The version of a flow that new calls take on this controller."""

    __tablename__ = "acknowledgements"

    controller: Mapped[str] = mapped_column(String(120), primary_key=True)
    flow_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
