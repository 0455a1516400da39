"""Whether the versions that flows get when something is replaced everywhere may go live: as strict as publishing, and by the
same checks and rehearsals, run on the clinic as it would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from controller.flows.walker import Version
from controller.store.models import Publication, Standing
from controller.texts import T
from flow_editor.editor import editor
from flow_editor.publishing.service import NOTE, Verdict, may_go_live, verdict
from flow_editor.publishing.standing import document_of
from flow_editor.things.effect import callers_in
from flow_editor.things.in_flows import Turned


@dataclass(frozen=True)
class Judged:
    """A new version of a flow, and whether it may go live. `planned`: it would only later, by itself."""

    flow: str
    name: str
    planned: bool
    publication: str
    verdict: Verdict


def judge(session: Session, turned: Sequence[Turned]) -> list[Judged]:
    """Try versions that have been written in this session, and not committed."""
    if not turned:
        return []
    parts = editor()
    versions = [Version.read(it.version.id, it.flow.id, document_of(it.version)) for it in turned]
    with parts.database.read() as reading:
        now = parts.clinic.supposing(reading)
        callers = callers_in(now, *(version.document for version in versions))
        now = parts.clinic.supposing(reading, callers)
    then = parts.clinic.supposing(session, callers)
    judged = []
    for it, version in zip(turned, versions, strict=True):
        planned = it.publication.standing is not Standing.LIVE or it.publication.version_id != it.version.id
        found = verdict(version, it.flow.name, then, now)
        judged.append(Judged(it.flow.id, it.flow.name, planned, it.publication.id, found))
    return _each_once(judged)


def _each_once(judged: Sequence[Judged]) -> list[Judged]:
    """Without the rehearsals of flows that are among these themselves."""
    own = {it.flow for it in judged if not it.planned}
    return [
        replace(it, verdict=replace(it.verdict, rehearsals=tuple(
            of for of in it.verdict.rehearsals if of.own or of.flow not in own
        )))
        for it in judged
    ]  # fmt: skip


def approve(session: Session, turned: Sequence[Turned], reason: str, language: str) -> None:
    """Let them go live, for a reason where rehearsals fail: it is kept beside each. Raises Refusal, with what is wrong."""
    judged = judge(session, turned)
    for it in judged:
        stuck = T(
            "“{flow}” would have errors with this in its place, and callers would be stuck. Choose another one, or correct the "
            "flow first.",
            flow=it.name,
        )
        elsewhere = T(
            "A rehearsal of “{flow}” would not end as expected. Choose another one, or say why you replace it anyway.",
            flow=it.name,
        )
        failed = may_go_live(it.verdict, reason, language, stuck=stuck, elsewhere=elsewhere)
        if failed:
            publication = session.get_one(Publication, it.publication)
            publication.failed = [*publication.failed, *failed]
            publication.reason = "; ".join(filter(None, (publication.reason, reason.strip())))[:NOTE]
    session.flush()
