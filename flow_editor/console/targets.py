"""Whom calls may be sent to, and who can be brought in as a third party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.flows.languages import language_name
from controller.queues.states import AgentMode, EntryState
from controller.store.models import Agent, Entry, Flow, Location, Person, Phone, Queue
from controller.texts import T, Text
from flow_editor.console.schemas import TargetOut, TargetsOut
from flow_editor.preferences.service import DISPATCH, INTERPRETERS, languages, value


@dataclass(frozen=True)
class ThirdLine:
    """A third party who can be brought in by one button. `number`: E.164."""

    line: Literal["interpreter", "dispatch"]
    name: Text
    number: str


def lines(session: Session, entry: Entry) -> list[ThirdLine]:
    """The interpreters of the caller's language, and the emergency dispatch of the call's location, as far as they are known."""
    found = []
    interpreters, dispatch = value(session, INTERPRETERS) or {}, value(session, DISPATCH) or {}
    if number := interpreters.get(entry.language):
        name = T("Interpreter: {language}", language=language_name(entry.language))
        found.append(ThirdLine("interpreter", name, number))
    place = session.get(Location, entry.location_id) if entry.location_id else None
    if place is not None and (number := dispatch.get(place.id)):
        found.append(ThirdLine("dispatch", T("Emergency dispatch: {location}", location=place.name), number))
    return found


def targets(session: Session, me: str, language: str) -> TargetsOut:
    """Everybody with a phone, those who are free first; every queue; every flow that is live."""
    return TargetsOut(
        people=_people(session, me, language),
        queues=_queues(session, language),
        flows=[
            TargetOut(id=row.id, name=row.name, about="", ready=True)
            for row in session.scalars(select(Flow).where(Flow.live_version_id.isnot(None)).order_by(Flow.name))
        ],
        languages=languages(session),
    )


def _people(session: Session, me: str, language: str) -> list[TargetOut]:
    modes = {row.person_id: row.mode for row in session.execute(select(Agent.person_id, Agent.mode))}
    query = (
        select(Person.id, Person.name, Person.available, Location.name.label("place"))
        .outerjoin(Location, Location.id == Person.location_id)
        .where(Person.id != me, Person.id.in_(select(Phone.person_id)))
        .order_by(Person.name)
    )
    found = []
    for row in session.execute(query):
        mode = modes.get(row.id, AgentMode.SIGNED_OUT)
        words = mode.words.render(language) if mode is not AgentMode.SIGNED_OUT else ""
        about = " · ".join(it for it in (row.place, words) if it)
        out = TargetOut(id=row.id, name=row.name, about=about, ready=mode is AgentMode.AVAILABLE)
        if row.available:
            found.append(out)
    return sorted(found, key=lambda one: not one.ready)


def _queues(session: Session, language: str) -> list[TargetOut]:
    line = (
        select(Entry.queue_id, func.count().label("waiting"))
        .where(Entry.ended_at.is_(None), Entry.state.in_((EntryState.WAITING, EntryState.OFFERED)))
        .group_by(Entry.queue_id)
    )
    waiting = {row.queue_id: row.waiting for row in session.execute(line)}
    query = select(Queue, Location.name).outerjoin(Location, Location.id == Queue.location_id).order_by(Queue.name)
    found = []
    for queue, place in session.execute(query):
        count = T("{count} waiting", count=waiting.get(queue.id, 0)).render(language)
        about = " · ".join(it for it in (place, count) if it)
        found.append(TargetOut(id=queue.id, name=queue.name, about=about, ready=not waiting.get(queue.id)))
    return found
