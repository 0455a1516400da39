"""Where something is used, and putting another one in its place: in flows (in_flows.py) and in tables (in_tables.py)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from flow_editor.things import in_flows, in_tables
from flow_editor.things.in_flows import Turned
from flow_editor.things.use import Use


def uses(session: Session, table: str, id: str, *, but: frozenset[str] = frozenset()) -> list[Use]:
    """Everything that refers to a row. `but`: tables whose rows do not count. What belongs to the row itself does not."""
    noun = in_tables.noun_of(table)
    flows = in_flows.uses(session, noun, id) if noun is not None else ()
    return [*flows, *in_tables.uses(session, table, id, but)]


def replace(session: Session, table: str, old: str, new: str, now: datetime, who: str) -> list[Turned]:
    """Put another row in the place of one, everywhere. A flow that is live gets a new version that is live at once: returns
    such versions, which whoever calls sees to be fit for callers (proving.py).

    Raises NotAllowed where whoever asks may not change what refers to it.
    """
    noun = in_tables.noun_of(table)
    turned: list[Turned] = []
    if noun is not None:
        turned = in_flows.turn(session, noun, old, new, in_tables.name_of(session, table, new), now, who)
    in_tables.turn(session, table, old, new)
    return turned


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)
