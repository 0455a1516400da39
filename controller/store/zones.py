"""In whose time something is: its location's, its own, the organisation's."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Location, Preference

log = structlog.get_logger(__name__)

ZONE = "zone"
"""Preference: the organisation's zone (IANA), for hours and rotas without a location."""
UTC_ZONE = ZoneInfo("UTC")


def known(zone: object) -> ZoneInfo:
    """The zone of this name, or UTC: one wrong preference must not keep everything else from working."""
    try:
        return ZoneInfo(zone)  # type: ignore[arg-type]
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        log.error("zone_unknown", zone=zone)
        return UTC_ZONE


def zone_of(session: Session, location: str | None, zone: str | None = None) -> ZoneInfo:
    """The zone of what belongs to a location, or to none and has perhaps one of its own."""
    if location is not None and (at := session.get(Location, location)) is not None:
        return ZoneInfo(at.zone)
    if zone is None:
        zone = session.scalar(select(Preference.value).where(Preference.key == ZONE, Preference.location_id.is_(None)))
    return UTC_ZONE if zone is None else known(zone)


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """When the day began there, in the zone in which `now` was given."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
