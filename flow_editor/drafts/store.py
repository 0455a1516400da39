"""Drafts in SQL: begun, added to, read, and made short again. An update is a row, in the order it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pycrdt import Doc
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from controller.flows.document import FORMAT, Document
from controller.flows.upgrades import DocumentRefused, from_json
from controller.store.models import Draft, DraftUpdate, Flow, FlowVersion
from controller.store.notices import tell
from flow_editor.drafts import shape

TOPIC = Draft.__tablename__
"""The topic of notices about drafts; the key is the flow's id."""

MANY_UPDATES = 200
"""Updates after which those of a draft are made one: reading so many takes some milliseconds, and one takes one."""


class NoSuchFlow(LookupError):
    """The flow is not there, or not any more."""


class NewerDraft(Exception):
    """A draft that a newer Careline has begun, and this one cannot read."""

    def __init__(self, refused: DocumentRefused) -> None:
        super().__init__(str(refused))
        self.reason = refused.reason


@dataclass(frozen=True)
class Begun:
    """A draft as it is in SQL."""

    flow: str
    epoch: int
    seq: int
    base_version_id: str | None
    changed: bool


def open_(session: Session, flow: str, now: datetime) -> Begun:
    """The draft of a flow, in a writing transaction: begun from what is live when there is none, upgraded when it is of an
    older format, and brought up to what is live when nobody has changed it. Raises NoSuchFlow, NewerDraft."""
    row = session.get(Flow, flow)
    if row is None:
        raise NoSuchFlow(flow)
    draft = session.get(Draft, flow, with_for_update=True)
    if draft is None:
        version = _version_to_draw_from(session, row)
        draft = begin(session, row, _document(version, row.name), now, base=version)
    elif draft.format > FORMAT:
        raise NewerDraft(_refusal(session, flow))
    elif draft.format < FORMAT:
        _upgrade(session, draft, now)
    elif not draft.changed and row.live_version_id not in (None, draft.base_version_id):
        version = session.get_one(FlowVersion, row.live_version_id)
        doc = load(session, flow)
        before = doc.get_state()
        shape.become(doc, _document(version, row.name))
        if doc.get_state() != before:
            add(session, draft, doc.get_update(before), now, None)
        draft.base_version_id = version.id
    session.flush()
    return Begun(flow, draft.epoch, draft.seq, draft.base_version_id, draft.changed)


def begin(
    session: Session,
    flow: Flow,
    document: Document,
    now: datetime,
    *,
    base: FlowVersion | None = None,
    who: str | None = None,
) -> Draft:
    """A draft of a flow that has none, holding this document. `base`: the version that it is, if it is one."""
    doc = shape.empty()
    shape.become(doc, document.model_copy(update={"name": flow.name}))
    draft = Draft(
        flow_id=flow.id, epoch=1, format=FORMAT, seq=0, base_version_id=base.id if base else None, changed=base is None
    )
    session.add(draft)
    add(session, draft, doc.get_update(), now, who)
    return draft


def add(session: Session, draft: Draft, update: bytes, now: datetime, who: str | None) -> int:
    """Add an update to a draft whose row is locked; returns its place in the order. Editors hear of it."""
    draft.seq += 1
    draft.changed_at, draft.changed_by = now, who
    session.add(DraftUpdate(flow_id=draft.flow_id, seq=draft.seq, update=update, at=now, by=who))
    tell(session, TOPIC, draft.flow_id)
    return draft.seq


def updates(session: Session, flow: str, after: int = 0) -> list[tuple[int, bytes]]:
    """The updates of a draft behind one of them, in order."""
    rows = select(DraftUpdate.seq, DraftUpdate.update).where(DraftUpdate.flow_id == flow, DraftUpdate.seq > after)
    return [(row.seq, row.update) for row in session.execute(rows.order_by(DraftUpdate.seq))]


def load(session: Session, flow: str) -> Doc[Any]:
    """A draft from all its updates."""
    return shape.loaded([update for _, update in updates(session, flow)])


def document_of(session: Session, flow: str, now: datetime) -> tuple[Document, Draft]:
    """What is drawn right now, and the draft's row, in a writing transaction. Raises NoSuchFlow, NewerDraft, DocumentRefused."""
    open_(session, flow, now)
    return shape.project(load(session, flow)), session.get_one(Draft, flow)


def replace(session: Session, flow: str, document: Document, now: datetime, who: str | None) -> None:
    """Make a draft hold this document, as one change that those who are drawing see at once. Raises NoSuchFlow, NewerDraft."""
    open_(session, flow, now)
    draft = session.get_one(Draft, flow)
    doc = load(session, flow)
    before = doc.get_state()
    shape.become(doc, document)
    update = doc.get_update(before)
    add(session, draft, update, now, who)
    draft.changed = True


def is_taken(session: Session, name: str) -> bool:
    """Whether a flow has this name."""
    return session.scalar(select(Flow.id).where(Flow.name == name)) is not None


def compact(session: Session, flow: str) -> bool:
    """Make the updates of a draft one, in a writing transaction, when they are many. Returns whether they were."""
    draft = session.get(Draft, flow, with_for_update=True)
    rows = updates(session, flow)
    if draft is None or len(rows) < MANY_UPDATES:
        return False
    whole = shape.loaded([update for _, update in rows]).get_update()
    newest = session.get_one(DraftUpdate, (flow, draft.seq))
    session.execute(delete(DraftUpdate).where(DraftUpdate.flow_id == flow, DraftUpdate.seq < draft.seq))
    newest.update = whole
    return True


def long_ones(session: Session) -> list[str]:
    """Flows whose drafts have many updates."""
    counted = select(DraftUpdate.flow_id).group_by(DraftUpdate.flow_id).having(func.count() >= MANY_UPDATES)
    return list(session.scalars(counted))


def _version_to_draw_from(session: Session, flow: Flow) -> FlowVersion | None:
    if flow.live_version_id is not None:
        return session.get_one(FlowVersion, flow.live_version_id)
    newest = select(FlowVersion).where(FlowVersion.flow_id == flow.id).order_by(FlowVersion.number.desc()).limit(1)
    return session.scalar(newest)


def _document(version: FlowVersion | None, name: str) -> Document:
    document = Document() if version is None else from_json(version.document)
    return document.model_copy(update={"name": name})


def _upgrade(session: Session, draft: Draft, now: datetime) -> None:
    """Begin anew in today's format: what browsers have not sent of the old one is saved as a copy."""
    document = shape.project(load(session, draft.flow_id))
    session.execute(delete(DraftUpdate).where(DraftUpdate.flow_id == draft.flow_id))
    doc = shape.empty()
    shape.become(doc, document)
    draft.epoch += 1
    draft.format = FORMAT
    add(session, draft, doc.get_update(), now, None)


def _refusal(session: Session, flow: str) -> DocumentRefused:
    try:
        shape.project(load(session, flow))
    except DocumentRefused as refused:
        return refused
    raise AssertionError("a newer draft that this Careline can read")
