"""What needs somebody: flows that are live with problems, gaps in rotas, numbers nobody answers, prompts without a voice, no
controller."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from babel.dates import format_skeleton
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.checks import check
from controller.flows.clinic import Clinic
from controller.flows.registry import Severity
from controller.store.acknowledgements import controllers
from controller.store.engine import Database
from controller.store.models import Flow, Number, Prompt, Rota
from controller.store.models.places import NumberState
from controller.store.zones import zone_of
from controller.texts import T, Text
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.home.schemas import Concern
from flow_editor.home.service import reachable
from flow_editor.preferences import service as preferences
from flow_editor.things.numbers import shown

GAPS_AHEAD = timedelta(days=14)


def concerns(database: Database, clinic: Clinic, who: Visitor, language: str, now: datetime) -> list[Concern]:
    """All that whoever asks may see, worst first."""
    where = who.where(Permission.SEE_SETUP)
    found: list[Concern] = []

    def add(code: str, severity: Severity, text: Text, path: str) -> None:
        found.append(Concern(code=code, severity=severity.value, text=text.render(language), path=path))

    if not controllers(database):
        text = T("No controller has been seen: callers reach the backup lines only. Tell whoever looks after Careline.")
        add("no_controller", Severity.ERROR, text, "/")
    with database.read() as session:
        for text, path in _unanswered(session, where):
            add("number_unanswered", Severity.ERROR, text, path)
        flows = session.execute(
            select(Flow.id, Flow.name, Flow.location_id).where(Flow.live_version_id.isnot(None)).order_by(Flow.name)
        ).all()
        for text, path in gaps(session, where, language, now):
            add("rota_gap", Severity.ERROR, text, path)
        for text, path in _unrecorded(session, where):
            add("computer_voice", Severity.WARNING, text, path)
    for flow in flows:
        if where is not None and flow.location_id is not None and flow.location_id not in where:
            continue
        version = clinic.live_version(flow.id)
        problems = check(version.document, clinic, now, flow.id) if version else []
        if problems:
            worst = problems[0]
            more = len(problems) - 1
            text = T("{flow}: {problem}", flow=flow.name, problem=worst.text)
            if more:
                text = T("{flow}: {problem} (and {more} more)", flow=flow.name, problem=worst.text, more=more)
            add("flow_problems", worst.severity, text, f"/flows/{flow.id}")
    found.sort(key=lambda one: one.severity != Severity.ERROR)
    return found


def gaps(session: Session, where: frozenset[str] | None, language: str, now: datetime) -> Iterator[tuple[Text, str]]:
    """When, in the days ahead, a rota has nobody who can be reached; the first gap of each."""
    phones = reachable(session)
    for rota in session.scalars(select(Rota).order_by(Rota.name)):
        if where is not None and rota.location_id is not None and rota.location_id not in where:
            continue
        zone = zone_of(session, rota.location_id, rota.zone)
        found = rota.plan.gaps(now, now + GAPS_AHEAD, zone, lambda one: one.number is not None or one.person in phones)
        if not found:
            continue
        first = found[0]

        def said(moment: datetime, zone: object = zone) -> str:
            return str(format_skeleton("EdMMMjm", moment, zone, locale=language))  # type: ignore[arg-type]

        if (first.start, first.end) == (now, now + GAPS_AHEAD):
            text = T("{rota}: nobody is on call in the next 14 days.", rota=rota.name)
        elif len(found) == 1:
            text = T("{rota}: nobody is on call from {start} to {end}.",
                     rota=rota.name, start=said(first.start), end=said(first.end))  # fmt: skip
        else:
            text = T("{rota}: nobody is on call from {start} to {end}, and {more} times more in the next 14 days.",
                     rota=rota.name, start=said(first.start), end=said(first.end), more=len(found) - 1)  # fmt: skip
        yield text, f"/on-call/{rota.id}"


def _unrecorded(session: Session, where: frozenset[str] | None) -> Iterator[tuple[Text, str]]:
    languages = preferences.languages(session)
    names = [
        row.name
        for row in session.scalars(select(Prompt).order_by(Prompt.name))
        if any(one not in row.recordings for one in languages)
        and (where is None or row.location_id is None or row.location_id in where)
    ]
    if len(names) == 1:
        yield T("“{name}” is still spoken by the computer.", name=names[0]), "/prompts"
    elif names:
        yield T("{count} prompts are still spoken by the computer.", count=len(names)), "/prompts"


def _unanswered(session: Session, where: frozenset[str] | None) -> Iterator[tuple[Text, str]]:
    """Live numbers that no flow of their own answers: what callers reach instead."""
    live = set(session.scalars(select(Flow.id).where(Flow.live_version_id.isnot(None))))
    default = preferences.value(session, preferences.DEFAULT_FLOW) in live
    for row in session.scalars(select(Number).where(Number.state == NumberState.LIVE).order_by(Number.number)):
        if where is not None and row.location_id is not None and row.location_id not in where:
            continue
        number = f"{row.label} {shown(row.number)}".strip()
        path = f"/numbers/{row.id}"
        if row.flow_id is None:
            if default:
                yield T("{number} has no flow: callers reach the default line.", number=number), path
            else:
                yield T("{number} has no flow: callers reach its backup line only.", number=number), path
        elif row.flow_id not in live:
            if default:
                yield T("The flow of {number} is not live: callers reach the default line.", number=number), path
            else:
                yield T("The flow of {number} is not live: callers reach its backup line only.", number=number), path
