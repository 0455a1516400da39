"""What belongs to a place of the clinic: its hours, its zone. A place is a location, or hours that belong to none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Hours, Location
from controller.store.zones import zone_of
from flow_editor.errors import NotFound
from flow_editor.home.schemas import PlaceKind


@dataclass(frozen=True)
class Place:
    """`location`: None for hours that belong to the whole organisation. `hours`: first those that flows ask."""

    kind: PlaceKind
    id: str
    name: str
    zone: ZoneInfo
    location: str | None
    hours: Sequence[Hours]


def places(session: Session) -> list[Place]:
    """Every location by name, then the hours that belong to none."""
    hours = session.scalars(select(Hours).order_by(Hours.id)).all()
    found = [
        Place(
            PlaceKind.LOCATION,
            at.id,
            at.name,
            ZoneInfo(at.zone),
            at.id,
            [one for one in hours if one.location_id == at.id],
        )
        for at in session.scalars(select(Location))
    ]
    found.sort(key=lambda place: place.name.casefold())
    alone = [one for one in hours if one.location_id is None]
    for one in sorted(alone, key=lambda one: one.name.casefold()):
        found.append(Place(PlaceKind.HOURS, one.id, one.name, zone_of(session, None, one.zone), None, [one]))
    return found


def place(session: Session, kind: PlaceKind, id: str) -> Place:
    """One of them. Raises NotFound."""
    for found in places(session):
        if (found.kind, found.id) == (kind, id):
            return found
    raise NotFound
