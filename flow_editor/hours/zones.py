"""Zones as staff choose them."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from controller.texts import T
from flow_editor.errors import Refusal


def checked(zone: str | None, field: str = "zone") -> str | None:
    """The zone's name; None for none. Raises Refusal for one that is not known."""
    if not zone:
        return None
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError):
        text = T("Please choose a time zone from the list.")
        raise Refusal(text, fields={field: text}) from None


def every() -> list[str]:
    """Every zone that is a place: "America/Chicago"."""
    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
