"""Calls as they went: the list, and one call's steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.transfers import TITLES, TRANSFER
from controller.store.engine import Database
from controller.store.models import CallRecord, CallStep, Flow, FlowVersion, TestCall
from flow_editor.things.words import Telling


class NoSuchCall(LookupError):
    """No call, or more than one, has an id that begins as was given; the message says which."""


@dataclass(frozen=True)
class StepRow:
    """A step as people read it: the node's title, when, by which exit it was left, and what was noted."""

    step: int
    node: str
    title: str
    kind: str
    entered_at: datetime
    left_at: datetime | None
    exit: str
    notes: list[dict[str, Any]]
    error: str | None


@dataclass(frozen=True)
class CallRow:
    """A call as people read it. `steps` is empty in lists."""

    id: str
    began_at: datetime
    ended_at: datetime | None
    ending: str | None
    caller: str | None
    dialled: str
    flow: str | None
    version: int | None
    now_at: str | None
    phase: str
    controller: str
    test: bool
    steps: tuple[StepRow, ...] = ()


def newest(database: Database, *, limit: int = 20, live: bool = False) -> list[CallRow]:
    """The newest calls first; `live`: only those that have not ended."""
    query = select(CallRecord).order_by(CallRecord.began_at.desc()).limit(limit)
    if live:
        query = query.where(CallRecord.ended_at.is_(None))
    with database.read() as session:
        titles = Titles(session)
        return [_row(record, titles) for record in session.scalars(query)]


def trace(database: Database, call: str) -> CallRow:
    """One call with every step it took, in order; the node it is in now comes last. `call`: its id or how the id begins.

    Raises NoSuchCall.
    """
    with database.read() as session:
        found = session.scalars(
            select(CallRecord).where(CallRecord.id.startswith(call, autoescape=True)).limit(2)
        ).all()
        if not call or not found:
            raise NoSuchCall(f"there is no call {call!r}; `careline call list` shows the newest")
        if len(found) > 1:
            raise NoSuchCall(f"more than one call begins with {call!r}: {found[0].id}, {found[1].id} ...")
        record, titles = found[0], Titles(session)
        taken = session.scalars(select(CallStep).where(CallStep.call_id == record.id).order_by(CallStep.step)).all()
        steps = [
            StepRow(
                row.step,
                row.node,
                titles.node(row.version_id, row.node),
                row.kind,
                row.entered_at,
                row.left_at,
                row.exit,
                row.notes or [],
                row.error,
            )
            for row in taken
        ]
        return _row(record, titles, tuple(steps))


@dataclass(frozen=True)
class Walked:
    """A version as calls walked it: one that was published, or (`number` 0) what was tried in a test call."""

    flow: str
    number: int
    document: Mapping[str, Any]


class Titles:
    """Names of flows, also of those that have been deleted, and titles of nodes, each version read once."""

    def __init__(self, session: Session, language: str = "en") -> None:
        self._session = session
        self._language = language
        self._telling = Telling(session, "en")
        self._versions: dict[str, Walked | None] = {}

    def version(self, version: str | None) -> Walked | None:
        if version is None:
            return None
        if version not in self._versions:
            self._versions[version] = self._read(version)
        return self._versions[version]

    def _read(self, version: str) -> Walked | None:
        row = self._session.get(FlowVersion, version)
        if row is not None:
            return Walked(row.flow_id, row.number, row.document)
        tried = self._session.get(TestCall, version)
        return None if tried is None else Walked(tried.flow_id, 0, tried.document)

    def flow_of(self, version: str | None) -> str | None:
        found = self.version(version)
        return found.flow if found else None

    def flow(self, flow: str | None) -> str | None:
        return (self._telling.name(Flow.__tablename__, flow) or None) if flow else None

    def node(self, version: str | None, node: str | None) -> str:
        if version == TRANSFER and node is not None and node in TITLES:
            return TITLES[node].render(self._language)
        row = self.version(version)
        drawn = row.document.get("nodes", {}).get(node, {}) if row else {}
        return str(drawn.get("title") or drawn.get("kind") or node or "")


def _row(record: CallRecord, titles: Titles, steps: tuple[StepRow, ...] = ()) -> CallRow:
    version = titles.version(record.version_id)
    return CallRow(
        record.id,
        record.began_at,
        record.ended_at,
        record.ending,
        record.caller,
        record.dialled,
        titles.flow(record.flow_id),
        version.number or None if version else None,
        titles.node(record.at_version_id, record.node) if record.ended_at is None and record.node else None,
        record.phase,
        record.controller,
        record.test,
        steps,
    )
