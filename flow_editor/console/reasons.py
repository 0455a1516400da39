"""Why people pause: a list that the organisation keeps among its preferences."""

from __future__ import annotations

from sqlalchemy.orm import Session

from controller.texts import T
from flow_editor.preferences.service import PAUSE_REASONS, value

USUAL = (T("Break"), T("Lunch"), T("Meeting"), T("Paperwork"))
"""Until the organisation has a list of its own."""


def reasons(session: Session, language: str) -> list[str]:
    """What there is to choose from."""
    kept = value(session, PAUSE_REASONS)
    if isinstance(kept, list) and kept:
        return [str(one) for one in kept]
    return [one.render(language) for one in USUAL]
