"""Calls as pages show them: the list with its filters, one call with its steps in words, and the version that it walked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true
from sqlalchemy.orm import Session, aliased

from controller.calls.journal import Ending
from controller.flows.clinic import Clinic
from controller.flows.rehearsals import ENDS
from controller.flows.upgrades import DocumentRefused, from_json
from controller.store.models import CallRecord, CallStep, FlowVersion, Location, TestCall
from controller.texts import Text
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.calls.schemas import (
    CallOut,
    CallsAsked,
    CallsOut,
    CallWithSteps,
    Here,
    StepOut,
    WalkedVersion,
)
from flow_editor.calls.service import Titles
from flow_editor.calls.words import Notes, kind_title, way
from flow_editor.drafts.look import look
from flow_editor.errors import NotFound, Refusal

NOBODY = Visitor(person="", name="", language="", roles=())

SEARCHED = timedelta(days=90)
"""How far back a search for words or numbers goes, unless it says since when."""


@dataclass(frozen=True)
class Reader:
    """Who looks at calls, in which language."""

    visitor: Visitor
    language: str

    def sees(self, call: CallRecord) -> bool:
        """Whether they may see this call at all."""
        return self.visitor.may(Permission.SEE_CALLS, call.location_id)

    def sees_caller(self, call: CallRecord) -> bool:
        """Whether they may see who called."""
        return self.visitor.may(Permission.SEE_CALLERS, call.location_id)


def listed(session: Session, reader: Reader, asked: CallsAsked, now: datetime) -> CallsOut:
    """The calls that were asked for and that the reader may see, the newest first."""
    newest = select(CallRecord).order_by(CallRecord.began_at.desc(), CallRecord.id.desc()).limit(asked.limit + 1)
    query = _only(_seen(newest, reader), asked, now)
    if asked.text.strip():
        query = query.where(_found(asked.text.strip(), reader))
    if asked.before is not None:
        before = session.get(CallRecord, asked.before)
        if before is not None:
            earlier = CallRecord.began_at < before.began_at
            same = and_(CallRecord.began_at == before.began_at, CallRecord.id < before.id)
            query = query.where(or_(earlier, same))
    rows = session.scalars(query).all()
    shown = rows[: asked.limit]
    maker = _Maker(session, reader)
    return CallsOut(calls=[maker.call(row) for row in shown], more=shown[-1].id if len(rows) > asked.limit else None)


def one(session: Session, clinic: Clinic, reader: Reader, call: str) -> CallWithSteps:
    """A call with every step that it took. Raises NotFound."""
    record = session.get(CallRecord, call)
    if record is None or not reader.sees(record):
        raise NotFound
    steps = select(CallStep).where(CallStep.call_id == call).order_by(CallStep.step)
    maker, notes = _Maker(session, reader), Notes(clinic)
    return CallWithSteps(
        call=maker.call(record), steps=[maker.step(row, notes) for row in session.scalars(steps).all()]
    )


def told_steps(session: Session, clinic: Clinic, language: str, call: str) -> list[StepOut]:
    """The steps of a call in words, for whoever has it: they may see what it did, wherever it came from."""
    steps = select(CallStep).where(CallStep.call_id == call).order_by(CallStep.step)
    maker, notes = _Maker(session, Reader(NOBODY, language)), Notes(clinic)
    return [maker.step(row, notes) for row in session.scalars(steps).all()]


def walked(session: Session, clinic: Clinic, version: str, language: str, now: datetime) -> WalkedVersion:
    """The version of this id, also one that was only tried. Raises NotFound, and Refusal for one that cannot be read."""
    titles = Titles(session)
    found = titles.version(version)
    if found is None:
        raise NotFound
    try:
        document = from_json(dict(found.document))
    except DocumentRefused as refused:
        raise Refusal(refused.reason) from refused
    seen = look(document, clinic, now, found.flow)
    return WalkedVersion(
        id=version,
        flow=found.flow,
        flow_name=titles.flow(found.flow) or "",
        number=found.number or None,
        document=document.model_dump(mode="json"),
        nodes={id: node.said(language) for id, node in seen.nodes.items()},
    )


def _seen(query: Select[CallRecord], reader: Reader) -> Select[CallRecord]:
    where = reader.visitor.where(Permission.SEE_CALLS)
    return query if where is None else query.where(CallRecord.location_id.in_(where))


def _only(query: Select[CallRecord], asked: CallsAsked, now: datetime) -> Select[CallRecord]:
    if not asked.tests:
        query = query.where(CallRecord.test.is_(False))
    if asked.state == "live":
        query = query.where(CallRecord.ended_at.is_(None))
    elif asked.state == "ended":
        query = query.where(CallRecord.ended_at.isnot(None))
    if asked.location is not None:
        query = query.where(CallRecord.location_id == asked.location)
    if asked.ending is not None:
        query = query.where(CallRecord.ending == asked.ending)
    if asked.flow is not None:
        query = query.where(_was_at(asked))
    since = asked.since
    if since is None and (asked.text.strip() or asked.node):
        since = now - SEARCHED
    if since is not None:
        query = query.where(CallRecord.began_at >= since.astimezone(UTC))
    if asked.until is not None:
        query = query.where(CallRecord.began_at < asked.until.astimezone(UTC))
    return query


def _was_at(asked: CallsAsked) -> ColumnElement[bool]:
    """That began with the flow, or have been at the node of it; on the line: that are there."""
    versions = select(FlowVersion.id).where(FlowVersion.flow_id == asked.flow)
    tried = select(TestCall.id).where(TestCall.flow_id == asked.flow)
    if asked.node is None:
        if asked.state == "live":
            return or_(CallRecord.flow_id == asked.flow, CallRecord.at_version_id.in_(versions))
        return CallRecord.flow_id == asked.flow
    if asked.state == "live":
        return and_(
            CallRecord.node == asked.node,
            or_(CallRecord.at_version_id.in_(versions), CallRecord.at_version_id.in_(tried)),
        )
    step = aliased(CallStep)
    there: list[ColumnElement[bool]] = [
        step.call_id == CallRecord.id,
        step.node == asked.node,
        or_(step.version_id.in_(versions), step.version_id.in_(tried)),
    ]
    if asked.exit is not None:
        there.append(step.exit == asked.exit)
    return exists().where(*there)


def _found(text: str, reader: Reader) -> ColumnElement[bool]:
    """Numbers, names and ids with this in them. Callers only where the reader may see them."""
    digits = "".join(sign for sign in text if sign.isdecimal())
    where = reader.visitor.where(Permission.SEE_CALLERS)
    theirs: ColumnElement[bool] = true() if where is None else CallRecord.location_id.in_(where)
    ways: list[ColumnElement[bool]] = [
        CallRecord.id.startswith(text.lower(), autoescape=True),
        and_(theirs, CallRecord.caller_name.icontains(text, autoescape=True)),
    ]
    if len(digits) >= 3:
        ways.append(CallRecord.dialled.contains(digits, autoescape=True))
        ways.append(and_(theirs, CallRecord.caller.contains(digits, autoescape=True)))
    return or_(*ways)


class _Maker:
    """Rows as pages show them, each name read once."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._session = session
        self._reader = reader
        self._titles = Titles(session, reader.language)

    def call(self, row: CallRecord) -> CallOut:
        seen = self._reader.sees_caller(row)
        version = self._titles.version(row.version_id)
        place = self._session.get(Location, row.location_id) if row.location_id else None
        return CallOut(
            id=row.id,
            began_at=row.began_at,
            ended_at=row.ended_at,
            seconds=round((row.ended_at - row.began_at).total_seconds(), 1) if row.ended_at else None,
            ending=cast("Ending | None", row.ending),
            ended=self._say(ENDS.get(row.ending, Text(row.ending)) if row.ending else Text("")),
            caller=(row.caller or "") if seen else "",
            caller_name=row.caller_name if seen else "",
            hidden=not seen,
            dialled=row.dialled,
            location=place.name if place else None,
            flow=row.flow_id,
            flow_name=self._titles.flow(row.flow_id) or "",
            version=(version.number or None) if version else None,
            test=row.test,
            here=self._here(row),
        )

    def _here(self, row: CallRecord) -> Here | None:
        if row.node is None:
            return None
        return Here(
            flow=self._titles.flow_of(row.at_version_id),
            node=row.node,
            title=self._titles.node(row.at_version_id, row.node),
        )

    def step(self, row: CallStep, notes: Notes) -> StepOut:
        version = self._titles.version(row.version_id)
        drawn = version.document.get("nodes", {}).get(row.node, {}) if version else {}
        words = (notes.words(note) for note in row.notes or ())
        return StepOut(
            step=row.step,
            version=row.version_id,
            version_number=(version.number or None) if version else None,
            flow=version.flow if version else None,
            flow_name=(self._titles.flow(version.flow) or "") if version else "",
            node=row.node,
            title=self._titles.node(row.version_id, row.node),
            kind=row.kind,
            kind_title=self._say(kind_title(row.kind)),
            entered_at=row.entered_at,
            seconds=round((row.left_at - row.entered_at).total_seconds(), 1),
            exit=row.exit,
            way=self._say(way(row.kind, drawn.get("settings", {}), row.exit)),
            notes=[self._say(said) for said in words if said is not None],
            error=row.error,
        )

    def _say(self, text: Text) -> str:
        return text.render(self._reader.language)
