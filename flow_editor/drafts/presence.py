"""Who has a draft open, in SQL: for other editor processes, and for the list of flows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from controller.store.models import DraftPresence
from controller.store.notices import tell
from flow_editor.drafts.schemas import Somebody, Whereabouts

TOPIC = DraftPresence.__tablename__
"""The topic of notices about who draws; the key is the flow's id."""
FORGOTTEN = timedelta(seconds=45)
"""Whoever has not been renewed for so long is of a process that died."""


def enter(session: Session, flow: str, process: str, who: Somebody, now: datetime) -> None:
    """Somebody has opened a draft."""
    leave(session, flow, who.client)
    session.add(
        DraftPresence(
            client=who.client,
            flow_id=flow,
            process=process,
            person_id=who.person,
            name=who.name,
            state=who.at.model_dump(mode="json"),
            seen_at=now,
        )
    )
    tell(session, TOPIC, flow)


def move(session: Session, flow: str, client: str, at: Whereabouts, now: datetime) -> None:
    """They are elsewhere in it."""
    changed = update(DraftPresence).where(DraftPresence.client == client)
    session.execute(changed.values(state=at.model_dump(mode="json"), seen_at=now))
    tell(session, TOPIC, flow)


def leave(session: Session, flow: str, client: str) -> None:
    """They have closed it."""
    session.execute(delete(DraftPresence).where(DraftPresence.client == client))
    tell(session, TOPIC, flow)


def leave_all(session: Session, process: str) -> None:
    """A process ends: everybody at it has closed everything."""
    for flow in session.scalars(select(DraftPresence.flow_id).where(DraftPresence.process == process).distinct()):
        tell(session, TOPIC, flow)
    session.execute(delete(DraftPresence).where(DraftPresence.process == process))


def renew(session: Session, process: str, now: datetime) -> None:
    """A process is still there, and those at it; those of processes that died are swept."""
    session.execute(update(DraftPresence).where(DraftPresence.process == process).values(seen_at=now))
    session.execute(delete(DraftPresence).where(DraftPresence.seen_at < now - 2 * FORGOTTEN))


def elsewhere(session: Session, flow: str, process: str, now: datetime) -> list[Somebody]:
    """Who has a draft open at other processes."""
    rows = select(DraftPresence).where(
        DraftPresence.flow_id == flow, DraftPresence.process != process, DraftPresence.seen_at > now - FORGOTTEN
    )
    return [
        Somebody(client=row.client, person=row.person_id, name=row.name, at=Whereabouts.model_validate(row.state))
        for row in session.scalars(rows.order_by(DraftPresence.client))
    ]


def drawing(session: Session, now: datetime) -> dict[str, list[str]]:
    """Flow to the names of those who have its draft open."""
    rows = select(DraftPresence.flow_id, DraftPresence.name).where(DraftPresence.seen_at > now - FORGOTTEN)
    found: dict[str, list[str]] = {}
    for row in session.execute(rows.order_by(DraftPresence.name).distinct()):
        found.setdefault(row.flow_id, []).append(row.name)
    return found
