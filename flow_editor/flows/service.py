"""Flows in SQL: import, publish, export, compare, rehearse. What the commands and, later, the pages do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.flows.checks import check
from controller.flows.clinic import Clinic
from controller.flows.document import Document
from controller.flows.registry import Problem, Severity
from controller.flows.rehearsals import Rehearsal, RehearsalResult, rehearse
from controller.flows.upgrades import read
from controller.flows.walker import Version
from controller.store import clock, publications
from controller.store.engine import Database
from controller.store.models import Flow, FlowVersion
from controller.texts import T
from flow_editor.flows.references import Missing, create, match

LONGEST_NAME = 200


class FlowRefused(Exception):
    """What was asked cannot be done with this flow; the message says why, in one line."""


@dataclass(frozen=True)
class FlowRow:
    """A flow as lists show it. `live` and `newest`: numbers of versions."""

    id: str
    name: str
    live: int | None
    newest: int | None
    published_at: datetime | None
    published_by: str | None


@dataclass(frozen=True)
class Saved:
    """A document kept as a version, and what was found and made on the way."""

    flow: str
    version: str
    number: int
    created: tuple[Missing, ...]


class MissingReferences(FlowRefused):
    """A document refers to what the clinic does not have."""

    def __init__(self, missing: Sequence[Missing]) -> None:
        self.missing = tuple(missing)
        listed = ", ".join(f"{thing.what} {thing.name!r} (at {', '.join(thing.nodes)})" for thing in missing)
        super().__init__(f"the clinic does not have: {listed}; make them first, or use --create-missing")


def listed(database: Database) -> list[FlowRow]:
    """Every flow by name."""
    with database.read() as session:
        numbers = select(FlowVersion.flow_id, func.max(FlowVersion.number)).group_by(FlowVersion.flow_id)
        newest = dict(session.execute(numbers).all())
        rows = []
        for flow in session.scalars(select(Flow).order_by(Flow.name)):
            live = session.get(FlowVersion, flow.live_version_id) if flow.live_version_id else None
            rows.append(
                FlowRow(
                    flow.id,
                    flow.name,
                    live.number if live else None,
                    newest.get(flow.id),
                    live.published_at if live else None,
                    live.published_by if live else None,
                )
            )
        return rows


def name_for(document: Document, given: str | None) -> str:
    """The name that a document's flow gets: the one given, or its own. Raises FlowRefused."""
    name = " ".join((given or document.name).split())
    if not name:
        raise FlowRefused("the document has no name: give one with --name")
    if len(name) > LONGEST_NAME:
        raise FlowRefused(f"the name of a flow has {LONGEST_NAME} letters at most")
    return name


def save(
    database: Database, document: Document, name: str, *, create_missing: bool, note: str, who: str, now: datetime
) -> Saved:
    """Keep a document as the next version of the flow `name` (made if there is none); it is not live by that.

    Raises MissingReferences, having changed nothing.
    """

    def work(session: Session) -> Saved:
        matched, missing = match(document, session)
        if missing and not create_missing:
            raise MissingReferences(missing)
        if missing:
            create(missing, session)
            matched, _ = match(document, session)
        matched = matched.model_copy(update={"name": name})
        flow = session.scalar(select(Flow).where(Flow.name == name))
        if flow is None:
            flow = Flow(name=name)
            session.add(flow)
            session.flush()
        before = session.scalar(select(func.max(FlowVersion.number)).where(FlowVersion.flow_id == flow.id))
        version = FlowVersion(
            flow_id=flow.id,
            number=(before or 0) + 1,
            document=matched.model_dump(mode="json"),
            note=note,
            published_at=now,
            published_by=who,
        )
        session.add(version)
        session.flush()
        return Saved(flow.id, version.id, version.number, tuple(missing))

    return database.transact(work, who)


def publish(database: Database, version: str, *, who: str) -> None:
    """Make a version the live one: new calls take it, calls under way finish on theirs. It must have been checked."""

    def work(session: Session) -> None:
        now = clock.now(session.connection())
        publications.make(session, session.get_one(FlowVersion, version), who=who, now=now)

    database.transact(work, who)


def version_of(database: Database, name: str, number: int | None = None) -> Version:
    """A version of the flow `name`: the live one, or the newest when none is; or the one with that number."""
    with database.read() as session:
        flow = session.scalar(select(Flow).where(Flow.name == name))
        if flow is None:
            names = ", ".join(map(repr, session.scalars(select(Flow.name).order_by(Flow.name)))) or "none yet"
            raise FlowRefused(f"there is no flow named {name!r}; there is {names}")
        query = select(FlowVersion).where(FlowVersion.flow_id == flow.id)
        if number is not None:
            query = query.where(FlowVersion.number == number)
        elif flow.live_version_id is not None:
            query = query.where(FlowVersion.id == flow.live_version_id)
        row = session.scalar(query.order_by(FlowVersion.number.desc()).limit(1))
        if row is None:
            raise FlowRefused(f"flow {name!r} has no version {number if number is not None else ''}".rstrip())
        return Version.read(row.id, row.flow_id, read(row.document))


def problems_of(version: Version, clinic: Clinic, now: datetime) -> list[Problem]:
    """What is wrong with a version, worst first."""
    return check(version.document, clinic, now, version.flow or None)


def rehearse_all(version: Version, clinic: Clinic) -> list[RehearsalResult]:
    """Run every rehearsal that goes with a version. Raises FlowRefused for one that cannot be read."""
    results = []
    for place, given in enumerate(version.document.rehearsals, 1):
        try:
            rehearsal = Rehearsal.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise FlowRefused(f"rehearsal {place} cannot be read: {where}: {first['msg']}") from error
        results.append(rehearse(version, rehearsal, clinic))
    return results


def unsound(problems: Sequence[Problem]) -> bool:
    """Whether any of them keeps a flow from being published."""
    return any(problem.severity is Severity.ERROR for problem in problems)


NO_REHEARSALS = T("This flow has no rehearsals.")
