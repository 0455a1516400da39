"""How far a clinic is set up, as SQL tells: the steps of the wizard, and what must be so before patients call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.checks import check
from controller.flows.clinic import Clinic
from controller.flows.registry import Severity
from controller.flows.walker import Version
from controller.store.acknowledgements import controllers
from controller.store.clinic import EMERGENCY_SENTENCE
from controller.store.engine import Database
from controller.store.models import CallRecord, Flow, Hours, Location, Number, Person, Phone, TestCall
from controller.store.models.places import NumberState
from controller.store.zones import ZONE
from controller.texts import T, Text
from flow_editor.flows.service import FlowRefused, rehearse_all
from flow_editor.preferences import service as preferences
from flow_editor.setup.schemas import GoLiveItem, StepName, StepOut
from flow_editor.things.numbers import shown

SKIPPED = "set_up_skipped"
"""Preference of the organisation: the steps that somebody chose to skip."""


def steps(session: Session) -> list[StepOut]:
    """Every step in order; those that are done, or skipped, need nobody."""
    skipped = preferences.value(session, SKIPPED) or []
    found = {
        StepName.ORGANISATION: _organisation(session),
        StepName.LOCATIONS: _names(session, select(Location.name)),
        StepName.HOURS: [] if _without_hours(session) else _names(session, select(Hours.name)),
        StepName.PEOPLE: _names(session, select(Person.name).where(Person.phones.any())),
        StepName.NUMBER: [shown(number) for number in session.scalars(select(Number.number).order_by(Number.number))],
        StepName.FLOW: _names(session, select(Flow.name).where(Flow.live_version_id.isnot(None))),
        StepName.TEST_CALL: [""] if _tested(session) else [],
        StepName.GO_LIVE: [],
    }
    return [
        StepOut(name=name, done=bool(things), skipped=name in skipped, things=[thing for thing in things if thing])
        for name, things in found.items()
    ]


def skip(session: Session, step: StepName, skipped: bool) -> None:
    """Leave a step aside, or take it up again."""
    others = [name for name in preferences.value(session, SKIPPED) or [] if name != step]
    preferences.put(session, SKIPPED, [*others, step.value] if skipped else others or None)


def go_live(database: Database, clinic: Clinic, language: str, now: datetime) -> list[GoLiveItem]:
    """What must be so before patients call, each looked at as things are."""
    found: list[GoLiveItem] = []

    def item(code: str, text: Text, missing: list[str] | None, step: StepName | None) -> None:
        """`missing`: what is; None: there is nothing at all yet."""
        done = missing is not None and not missing
        found.append(GoLiveItem(code=code, text=text.render(language), done=done, missing=missing or [], step=step))

    with database.read() as session:
        numbers = session.scalars(select(Number).where(Number.state == NumberState.LIVE).order_by(Number.number)).all()
        closed = _without_hours(session)
        places = session.scalar(select(Location.id).limit(1))
        phones = session.scalar(select(Phone.id).limit(1))
        sentence = preferences.value(session, EMERGENCY_SENTENCE)
        tested = _tested(session)
        named = _organisation(session)
    said = {number.id: f"{number.label} {shown(number.number)}".strip() for number in numbers}
    item("organisation", T("Your clinic has its name and time zone"), [] if named else None, StepName.ORGANISATION)
    item("hours", T("Every location has opening hours"), closed if places else None, StepName.HOURS)
    item("phones", T("Somebody has a telephone that can be rung"), [] if phones else None, StepName.PEOPLE)
    item("number", T("A number is live"), [] if numbers else None, StepName.NUMBER)
    item(
        "backup",
        T("Every live number has a backup line, for when no controller answers"),
        [said[number.id] for number in numbers if not number.backup] if numbers else None,
        StepName.NUMBER,
    )
    versions = {number.id: clinic.live_version(number.flow_id) if number.flow_id else None for number in numbers}
    unanswered = [said[id] for id, version in versions.items() if version is None]
    item("flow", T("The flow of every live number is published"), unanswered if numbers else None, StepName.FLOW)
    live = {version.id: version for version in versions.values() if version is not None}
    problems = {id: check(version.document, clinic, now, version.flow) for id, version in live.items()}
    errors = [
        f"{live[id].document.name}: {problem.text.render(language)}"
        for id, these in problems.items()
        for problem in these
        if problem.severity is Severity.ERROR and problem.code != "emergency_unsaid"
    ]
    item("problems", T("Nothing is wrong with these flows"), errors if live else None, StepName.FLOW)
    unsaid = [
        live[id].document.name for id, these in problems.items() if any(it.code == "emergency_unsaid" for it in these)
    ]
    item(
        "emergency",
        T("Callers hear your emergency sentence first"),
        unsaid if live and sentence else None,
        StepName.FLOW if sentence else StepName.ORGANISATION,
    )
    item("rehearsals", T("Rehearsals of these flows pass"), list(_unrehearsed(live, clinic, language)) if live else None,
         StepName.FLOW)  # fmt: skip
    item("test_call", T("Somebody has made a test call"), [] if tested else None, StepName.TEST_CALL)
    item("controller", T("A controller has been seen"), [] if controllers(database) else None, None)
    return found


def _unrehearsed(live: dict[str, Version], clinic: Clinic, language: str) -> Iterator[str]:
    for version in live.values():
        name = version.document.name
        try:
            results = rehearse_all(version, clinic)
        except FlowRefused as refused:
            yield f"{name}: {refused}"
            continue
        if not results:
            yield T("{flow}: no rehearsal yet", flow=name).render(language)
        yield from (f"{name}: {result.rehearsal.title}" for result in results if not result.passed)


def _without_hours(session: Session) -> list[str]:
    """Locations that have no opening hours of their own, by name."""
    timed = select(Hours.location_id).where(Hours.location_id.isnot(None))
    return list(session.scalars(select(Location.name).where(Location.id.not_in(timed)).order_by(Location.name)))


def _tested(session: Session) -> bool:
    """Whether somebody has called from the browser, or a number that is being tested."""
    from_browser = session.scalar(select(TestCall.id).limit(1))
    return from_browser is not None or session.scalar(select(CallRecord.id).where(CallRecord.test).limit(1)) is not None


def _organisation(session: Session) -> list[str]:
    name, zone = preferences.value(session, preferences.ORGANISATION), preferences.value(session, ZONE)
    return [str(name)] if name and zone else []


def _names(session: Session, query: object) -> list[str]:
    return sorted(session.scalars(query), key=str.casefold)  # type: ignore[call-overload]
