"""Agents with a phone on the switch who are free, or on a call of their own: see controller/own_calls.py."""

from __future__ import annotations

from sqlalchemy import select

from controller.own_calls import AtDesk
from controller.queues.states import AgentMode
from controller.store.engine import Database
from controller.store.models import Agent, Phone


def at_desks(database: Database) -> list[AtDesk]:
    """One for each of their phones."""
    query = (
        select(Agent.person_id, Agent.mode, Phone.sip_user)
        .join(Phone, Phone.person_id == Agent.person_id)
        .where(Agent.mode.in_((AgentMode.AVAILABLE, AgentMode.BUSY)), Phone.sip_user.isnot(None))
    )
    with database.read() as session:
        return [AtDesk(row.person_id, row.mode, row.sip_user) for row in session.execute(query)]
