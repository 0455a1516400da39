"""Where a flow stands: what is drawn, what is live, and what has gone live since it was drawn. Reads SQL, decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.clinic import Clinic
from controller.flows.differences import Difference, differences
from controller.flows.document import REFERABLE, Document
from controller.flows.upgrades import DocumentRefused, read
from controller.flows.walker import Version
from controller.store import publications
from controller.store.models import Change, Draft, Flow, FlowVersion, Person, Publication
from flow_editor.drafts import shape, store
from flow_editor.errors import NotFound, Refusal

DRAFT = "draft"
"""The id under which what is drawn is walked as if it were a version."""


@dataclass(frozen=True)
class Standing:
    """A flow, its draft, and its versions in question. `base`: the version it was drawn from."""

    flow: Flow
    document: Document
    draft: Draft
    live: FlowVersion | None
    base: FlowVersion | None
    by: Publication | None
    """The publication by which the live version is live."""
    planned: tuple[Publication, ...]

    @property
    def stale(self) -> bool:
        """Whether something has gone live that was not there when the draft was begun."""
        return self.live is not None and self.live.id != self.draft.base_version_id

    @property
    def version(self) -> Version:
        """What is drawn, ready to be walked."""
        return Version.read(DRAFT, self.flow.id, self.document)


def find_flow(session: Session, flow: str) -> Flow:
    """A flow by id. Raises NotFound."""
    row = session.get(Flow, flow)
    if row is None:
        raise NotFound
    return row


def location_of(session: Session, flow: str) -> str | None:
    """Where a flow belongs, or belonged before it was deleted: its versions are still looked at, with the calls that walked
    them. Raises NotFound."""
    row = session.get(Flow, flow)
    if row is not None:
        return row.location_id
    gone = select(Change).where(Change.entity == Flow.__tablename__, Change.entity_id == flow, Change.after.is_(None))
    last = session.scalars(gone.order_by(Change.id.desc()).limit(1)).first()
    if last is None:
        raise NotFound
    return last.location_id


def find_version(session: Session, flow: str, version: str) -> FlowVersion:
    """A version of a flow. Raises NotFound."""
    row = session.get(FlowVersion, version)
    if row is None or row.flow_id != flow:
        raise NotFound
    return row


def standing(session: Session, flow: str, now: datetime) -> Standing:
    """How it stands now, in a writing transaction (a draft is begun where there is none). Raises Refusal."""
    row = find_flow(session, flow)
    try:
        document, draft = store.document_of(session, flow, now)
    except (store.NewerDraft, DocumentRefused) as refused:
        raise Refusal(refused.reason) from refused
    return Standing(
        flow=row,
        document=document.model_copy(update={"name": row.name}),
        draft=draft,
        live=session.get(FlowVersion, row.live_version_id) if row.live_version_id else None,
        base=session.get(FlowVersion, draft.base_version_id) if draft.base_version_id else None,
        by=publications.live(session, row),
        planned=tuple(publications.planned(session, flow)),
    )


def document_at(session: Session, flow: str, seq: int) -> Document | None:
    """What was drawn after an earlier update of the draft; None where that is not known any more."""
    kept = [update for number, update in store.updates(session, flow) if number <= seq]
    known = session.scalar(select(Draft.seq).where(Draft.flow_id == flow))
    if not kept or known is None or seq > known:
        return None
    try:
        return shape.project(shape.loaded(kept))
    except (DocumentRefused, ValueError):
        return None


def document_of(version: FlowVersion | None) -> Document:
    """A version's document in today's format, an empty one for none. Raises Refusal."""
    if version is None:
        return Document()
    try:
        return read(version.document)
    except DocumentRefused as refused:
        raise Refusal(refused.reason) from refused


def compared(old: Document, new: Document, clinic: Clinic) -> list[Difference]:
    """What callers get otherwise in `new`. A flow's name is not the draft's to change."""
    names = {noun: clinic.names(noun) for noun in REFERABLE}
    return differences(old.model_copy(update={"name": new.name}), new, names)


def names_of(session: Session, who: set[str | None]) -> Mapping[str, str]:
    """People's names by id; whoever is no person (a command, "demo") is called what is written."""
    given = {one for one in who if one}
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(given)))
    return {one: one for one in given} | {row.id: row.name for row in people}
