"""Preferences (small values by key, store/models/preferences.py): reading and putting them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.clinic import EMERGENCY_SENTENCE
from controller.store.models import Flow, FlowVersion, Preference
from controller.store.zones import ZONE

ORGANISATION = "organisation"
"""The organisation's name."""
LANGUAGES = "languages"
"""The languages that callers are offered, first the one they are spoken to in before they choose."""

DEFAULT_FLOW = "default_flow"
"""The flow (its id) that answers calls to numbers without one: the default line."""
PAUSE_REASONS = "pause_reasons"
"""What people who pause choose their reason from."""
INTERPRETERS = "interpreter_lines"
"""Language to the number (E.164) at which interpreters are reached."""
DISPATCH = "dispatch_lines"
"""Location (its id) to the number (E.164) of the emergency dispatch there."""
OF_THE_PAGE = (INTERPRETERS, DISPATCH, PAUSE_REASONS, ORGANISATION, LANGUAGES, DEFAULT_FLOW, ZONE, EMERGENCY_SENTENCE)


def value(session: Session, key: str, location: str | None = None) -> Any:
    """A preference's value; None without one."""
    row = _row(session, key, location)
    return None if row is None else row.value


def put(session: Session, key: str, value: Any, location: str | None = None) -> None:
    """Set a preference; None takes it away."""
    row = _row(session, key, location)
    if value is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(Preference(key=key, location_id=location, value=value))
    else:
        row.value = value


def languages(session: Session) -> list[str]:
    """The languages that callers are offered: as preferred, or those of the flows that are live."""
    chosen = value(session, LANGUAGES)
    if isinstance(chosen, list) and chosen:
        return [str(one) for one in chosen]
    live = select(FlowVersion.document).join(Flow, Flow.live_version_id == FlowVersion.id).order_by(Flow.id)
    offered = [language for document in session.scalars(live) for language in document.get("languages", ())]
    return list(dict.fromkeys(offered)) or ["en"]


def _row(session: Session, key: str, location: str | None) -> Preference | None:
    at = Preference.location_id.is_(None) if location is None else Preference.location_id == location
    return session.scalar(select(Preference).where(Preference.key == key, at))
