"""What a change would do to calls, told before it is made: the rehearsals of the live flows, run against the clinic as it
would be (a transaction that is rolled back) and compared with how they go now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gevent
from pydantic import ValidationError
from sqlalchemy.orm import Session

from controller.flows.document import Document
from controller.flows.rehearsals import ENDS, Rehearsal, RehearsalResult, rehearse
from controller.store.clinic import SqlClinic
from controller.texts import T, Text
from flow_editor.editor import editor, visitor


@dataclass(frozen=True)
class Elsewhere:
    """A rehearsal that would end elsewhere. `fails`: it would not go as it should, and does now."""

    flow: str
    flow_name: str
    title: str
    before: Text
    after: Text
    fails: bool


@dataclass(frozen=True)
class Effect:
    """How many live flows and rehearsals were tried, and which of the latter would end elsewhere."""

    rehearsals: int
    elsewhere: tuple[Elsewhere, ...]


class _TakenBack(Exception):
    """Raised out of a transaction that is not to be kept."""


def effect(work: Callable[[Session], Any]) -> Effect:
    """What `work` would do, without doing it. Raises what it raises."""
    parts = editor()
    with parts.database.read() as session:
        now = parts.clinic.supposing(session)
        callers = callers_in(now)
        now = parts.clinic.supposing(session, callers)
    supposed: SqlClinic | None = None
    try:
        with parts.database.write(visitor().person) as session:
            work(session)
            session.flush()
            if "change" in session.info:
                supposed = parts.clinic.supposing(session, callers)
            raise _TakenBack
    except _TakenBack:
        pass
    tried = list(_rehearsals(now))
    if supposed is None:
        return Effect(len(tried), ())
    return Effect(len(tried), tuple(_compared(now, supposed)))


def _rehearsals(clinic: SqlClinic) -> Iterator[tuple[str, str, Rehearsal]]:
    """Those of every live flow: the flow, its version, and each."""
    for flow, name in clinic.names("flow").items():
        version = clinic.live_version(flow)
        for rehearsal in _readable(version.document) if version else ():
            yield flow, name, rehearsal


def _readable(document: Document) -> Iterator[Rehearsal]:
    for given in document.rehearsals:
        try:
            yield Rehearsal.model_validate(given)
        except ValidationError:
            continue  # checks say so where it is drawn


def callers_in(clinic: SqlClinic, *documents: Document) -> set[str]:
    """The numbers that rehearsals of the live flows and of these documents call from."""
    some = [rehearsal for _, _, rehearsal in _rehearsals(clinic)]
    some += [rehearsal for document in documents for rehearsal in _readable(document)]
    return {rehearsal.caller for rehearsal in some if rehearsal.caller}


def _compared(now: SqlClinic, supposed: SqlClinic) -> Iterator[Elsewhere]:
    for flow, name, rehearsal in _rehearsals(now):
        before = _run(now, flow, rehearsal)
        after = _run(supposed, flow, rehearsal)
        if before is None or after is None:
            continue
        if _end(before) != _end(after) or before.passed != after.passed:
            fails = before.passed and not after.passed
            yield Elsewhere(flow, name, rehearsal.title, _words(before), _words(after), fails)


def _run(clinic: SqlClinic, flow: str, rehearsal: Rehearsal) -> RehearsalResult | None:
    version = clinic.live_version(flow)
    gevent.sleep(0)  # others want to be answered too
    return rehearse(version, rehearsal, clinic) if version is not None else None


def _end(result: RehearsalResult) -> tuple[Any, ...]:
    """Where a rehearsal ends: who was reached, or the step at which it did."""
    last = result.path[-1] if result.path else None
    return result.reached, result.end, (last.node, last.exit) if last and not result.reached else None


def _words(result: RehearsalResult) -> Text:
    if result.reached:
        return T("reaches {names}", names=", ".join(result.reached))
    last = result.path[-1] if result.path else None
    ends = ENDS.get(result.end, Text(result.end))
    if last is None:
        return ends
    return T("ends at “{step}”: {how}", step=last.title or last.kind, how=ends)
