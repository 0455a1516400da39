"""Where flows and their drafts refer to something, and turning them to another: by what documents say they refer to.

A flow that is live gets a new version that is live at once. Whether that may be is asked elsewhere (proving.py).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.flows.document import Document, references
from controller.flows.registry import UnknownKind, make
from controller.flows.upgrades import DocumentRefused, from_json
from controller.store import publications
from controller.store.models import Draft, Flow, FlowVersion, Publication, Standing
from controller.texts import T, Text
from flow_editor.accounts.permissions import Permission
from flow_editor.drafts import shape
from flow_editor.drafts import store as drafts
from flow_editor.editor import must
from flow_editor.things.use import Use


@dataclass(frozen=True)
class Turned:
    """A version that refers to the other thing. `publication`: by which it is live, or will be."""

    flow: Flow
    version: FlowVersion
    publication: Publication


def documents(session: Session, flow: Flow) -> list[Document]:
    """A flow as it is live, as it will be by itself, and as it is being drawn where that is another."""
    found = (_live(session, flow), *(document for _, document in _planned(session, flow)), _drawn(session, flow))
    return [document for document in found if document is not None]


def uses(session: Session, noun: str, id: str) -> Iterator[Use]:
    """The flows and drafts that refer to a thing of this kind; a flow's own do not count."""
    for flow in session.scalars(select(Flow).order_by(Flow.name)):
        if _is(flow, noun, id):
            continue
        planned = [document for _, document in _planned(session, flow) if document is not None]
        forms: list[tuple[str, Text, list[Document]]] = [
            ("flow", T("call flow"), [it] if (it := _live(session, flow)) else []),
            ("plan", T("planned version of a call flow"), planned),
            ("draft", T("draft of a call flow"), [it] if (it := _drawn(session, flow)) else []),
        ]
        for kind, what, versions in forms:
            at = tuple(dict.fromkeys(step for document in versions for step in _steps(document, noun, id)))
            if at:
                yield Use(kind, flow.id, what, flow.name, flow.location_id, at)


def turn(session: Session, noun: str, old: str, new: str, name: str, now: datetime, who: str) -> list[Turned]:
    """Have everything refer to another thing of the kind, which is called `name`. Raises NotAllowed where whoever asks may
    not change a flow that does."""
    turned: list[Turned] = []
    for flow in session.scalars(select(Flow).order_by(Flow.id)).all():
        if not _is(flow, noun, old):
            turned += _turn(session, flow, noun, old, {"id": new, "name": name}, now, who)
    return turned


def _is(flow: Flow, noun: str, id: str) -> bool:
    """Whether the flow is the thing itself."""
    return noun == Flow.noun and flow.id == id


def _live(session: Session, flow: Flow) -> Document | None:
    return _document(session, flow.live_version_id)


def _planned(session: Session, flow: Flow) -> Iterator[tuple[Publication, Document | None]]:
    """What will be live by itself: planned versions, and the one that comes back when a version for a time is over."""
    for publication in publications.planned(session, flow.id):
        yield publication, _document(session, publication.version_id)
    over = publications.returning(session, flow)
    if over is not None:
        yield over, _document(session, over.replaced_version_id)


def _document(session: Session, version: str | None) -> Document | None:
    row = session.get(FlowVersion, version) if version else None
    try:
        return from_json(row.document) if row else None
    except DocumentRefused:
        return None


def _drawn(session: Session, flow: Flow) -> Document | None:
    """What is being drawn of a flow, where that is not what is live."""
    draft = session.get(Draft, flow.id)
    if draft is None or not draft.changed:
        return None
    try:
        return shape.project(drafts.load(session, flow.id))
    except DocumentRefused:
        return None


def _steps(document: Document, noun: str, id: str) -> Iterator[str]:
    """The nodes that refer to it, as staff know them."""
    for drawn in document.nodes.values():
        if any(True for _ in _paths(drawn.kind, drawn.settings, noun, id)):
            yield drawn.title or drawn.kind


def _paths(kind: str, settings: dict[str, Any], noun: str, id: str) -> Iterator[tuple[str | int, ...]]:
    try:
        node = make(kind, settings)
    except (UnknownKind, ValueError):
        return
    for path, ref in references(node):
        if ref.noun() == noun and ref.id == id:
            yield path


def _turn(
    session: Session, flow: Flow, noun: str, old: str, new: dict[str, str], now: datetime, who: str
) -> Iterator[Turned]:
    live, drawn = _live(session, flow), _drawn(session, flow)
    before = flow.live_version_id
    for publication, planned in list(_planned(session, flow)):
        if planned is not None and (changed := _pointing(planned, noun, old, new)) is not None:
            must(Permission.PUBLISH_FLOWS, flow.location_id)
            version = _next(session, flow, changed, new["name"], now, who)
            if publication.standing is Standing.PLANNED:
                publication.version_id = version.id
            else:
                publication.replaced_version_id = version.id
            yield Turned(flow, version, publication)
    if live is not None and (changed := _pointing(live, noun, old, new)) is not None:
        must(Permission.PUBLISH_FLOWS, flow.location_id)
        version = _next(session, flow, changed, new["name"], now, who)
        until = publications.returning(session, flow)
        publication = publications.make(
            session, version, who=who, now=now, ends_at=until.ends_at if until is not None else None
        )
        if until is not None:  # it goes on being for a time only
            publication.replaced_version_id = until.replaced_version_id
        yield Turned(flow, version, publication)
    if drawn is not None and (changed := _pointing(drawn, noun, old, new)) is not None:
        must(Permission.DRAW_FLOWS, flow.location_id)
        drafts.replace(session, flow.id, changed, now, who)
    draft = session.get(Draft, flow.id)
    if draft is not None and draft.changed and draft.base_version_id == before:
        draft.base_version_id = flow.live_version_id  # the same has been done to both
    session.flush()


def _next(session: Session, flow: Flow, document: Document, name: str, now: datetime, who: str) -> FlowVersion:
    """The document as the flow's next version."""
    newest = session.scalar(select(func.max(FlowVersion.number)).where(FlowVersion.flow_id == flow.id)) or 0
    version = FlowVersion(
        flow_id=flow.id,
        number=newest + 1,
        document=document.model_dump(mode="json"),
        note=str(T("“{name}” put in the place of another", name=name)),
        published_at=now,
        published_by=who,
    )
    session.add(version)
    session.flush()
    return version


def _pointing(document: Document, noun: str, old: str, new: dict[str, str]) -> Document | None:
    """The document with its references turned; None when it has none to turn."""
    turned = document.model_copy(deep=True)
    some = False
    for drawn in turned.nodes.values():
        settings = copy.deepcopy(drawn.settings)
        for path in list(_paths(drawn.kind, drawn.settings, noun, old)):
            place: Any = settings
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = dict(new)
            some = True
        drawn.settings = settings
    return turned if some else None
