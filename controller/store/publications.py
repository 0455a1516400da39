"""Putting versions of a flow live: now, at a set time, for a time only; and which one was live when. "Live" is a pointer.

Each function works within a writing transaction of its caller's. Whether a version may go live at all is asked before
(flow_editor/publishing/); here it is done, so that a plan is carried out whichever programs are running.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Draft, Flow, FlowVersion, Job, Occasion, Publication, Standing
from controller.store.notices import tell

log = structlog.get_logger(__name__)

TOPIC = Publication.__tablename__
"""Topic of notices that a flow (the key) has been published, planned, or that a plan has changed."""
BEGIN = "begin_publication"
"""Kind of the job that puts a planned publication live; it is about the publication."""
END = "end_publication"
"""Kind of the job that ends one that was for a time only."""


def make(
    session: Session,
    version: FlowVersion,
    *,
    who: str,
    now: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    occasion: Occasion = Occasion.PUBLISH,
    reason: str = "",
    failed: Sequence[str] = (),
) -> Publication:
    """Put a version live: at once, or planned for `starts_at`. At `ends_at` what was live before it is live again."""
    flow = session.get_one(Flow, version.flow_id, with_for_update=True)
    publication = Publication(
        flow_id=flow.id,
        version_id=version.id,
        occasion=occasion,
        standing=Standing.PLANNED,
        made_at=now,
        made_by=who,
        starts_at=starts_at or now,
        ends_at=ends_at,
        base_version_id=flow.live_version_id,
        reason=reason,
        failed=list(failed),
    )
    session.add(publication)
    session.flush()
    if starts_at is None:
        _begin(session, flow, publication, now)
    else:
        session.add(Job(kind=BEGIN, about=publication.id, due_at=starts_at))
    tell(session, TOPIC, flow.id)
    return publication


def begin(session: Session, id: str, now: datetime) -> None:
    """Put a planned publication live; nothing when it has been cancelled, or the flow is gone."""
    publication = session.get(Publication, id, with_for_update=True)
    if publication is None or publication.standing is not Standing.PLANNED:
        return
    flow = session.get(Flow, publication.flow_id, with_for_update=True)
    if flow is None:
        cancel(session, publication, now)
        return
    session.info["who"] = publication.made_by
    _follow(session, publication)
    _begin(session, flow, publication, now)
    log.info("planned_publication_live", flow=publication.flow_id, version=publication.version_id)


def end(session: Session, id: str, now: datetime) -> None:
    """Put back what was live before a publication that was for a time only; nothing when another one has taken its place."""
    publication = session.get(Publication, id, with_for_update=True)
    if publication is None or publication.standing is not Standing.LIVE:
        return
    before = publication.replaced_version_id
    flow = session.get(Flow, publication.flow_id, with_for_update=True)
    if before is None or flow is None or flow.live_version_id != publication.version_id:
        return
    make(session, session.get_one(FlowVersion, before), who=publication.made_by, now=now, occasion=Occasion.RETURN)
    session.info["who"] = publication.made_by
    log.info("publication_over", flow=flow.id, version=publication.version_id, live=before)


def resume(session: Session, flow: str, now: datetime) -> None:
    """A flow is here again whose deletion has been undone: what was to be live only until a time that has come meanwhile is
    ended as soon as possible."""
    row = session.get_one(Flow, flow)
    over = returning(session, row)
    if (
        over is not None
        and over.ends_at is not None
        and over.ends_at <= now
        and session.get(Job, (END, over.id)) is None
    ):
        session.add(Job(kind=END, about=over.id, due_at=now))
    tell(session, TOPIC, flow)


def cancel(session: Session, publication: Publication, now: datetime) -> None:
    """Have a plan not carried out; one that is live for a time only stays live, without an end."""
    if publication.standing is Standing.PLANNED:
        publication.standing = Standing.CANCELLED
        publication.over_at = now
    else:
        publication.ends_at = None
    for kind in (BEGIN, END):
        job = session.get(Job, (kind, publication.id))
        if job is not None:
            session.delete(job)
    tell(session, TOPIC, publication.flow_id)


def planned(session: Session, flow: str) -> Sequence[Publication]:
    """What is planned for a flow, soonest first."""
    found = select(Publication).where(Publication.flow_id == flow, Publication.standing == Standing.PLANNED)
    return session.scalars(found.order_by(Publication.starts_at)).all()


def ever_live(session: Session, flow: str) -> set[str]:
    """The versions of a flow that are or have been live."""
    ones = select(Publication.version_id, Publication.replaced_version_id).where(
        Publication.flow_id == flow, Publication.began_at.is_not(None)
    )
    found = {version for pair in session.execute(ones) for version in pair if version is not None}
    now = session.scalar(select(Flow.live_version_id).where(Flow.id == flow))
    return found | ({now} if now is not None else set())


def returning(session: Session, flow: Flow) -> Publication | None:
    """The publication at whose end the version before it is live again, if what is live is so for a time only."""
    found = live(session, flow)
    return found if found is not None and found.ends_at is not None and found.replaced_version_id is not None else None


def live(session: Session, flow: Flow) -> Publication | None:
    """The publication by which the live version is live; None when it became so otherwise: with the demo, or by an undo."""
    found = select(Publication).where(
        Publication.flow_id == flow.id,
        Publication.standing == Standing.LIVE,
        Publication.version_id == flow.live_version_id,
    )
    return session.scalars(found.order_by(Publication.began_at.desc()).limit(1)).first()


def _begin(session: Session, flow: Flow, publication: Publication, now: datetime) -> None:
    others = select(Publication).where(
        Publication.flow_id == flow.id, Publication.standing == Standing.LIVE, Publication.id != publication.id
    )
    for other in session.scalars(others):
        other.standing = Standing.OVER
        other.over_at = now
    publication.standing = Standing.LIVE
    publication.began_at = now
    publication.replaced_version_id = flow.live_version_id
    flow.live_version_id = publication.version_id
    if publication.ends_at is not None and publication.replaced_version_id is not None:
        session.add(Job(kind=END, about=publication.id, due_at=publication.ends_at))
    tell(session, TOPIC, flow.id)


def _follow(session: Session, publication: Publication) -> None:
    """A draft from which a version was planned for good holds that version's changes: it is drawn from it now."""
    draft = session.get(Draft, publication.flow_id)
    if draft is not None and publication.ends_at is None and draft.base_version_id == publication.base_version_id:
        draft.base_version_id = publication.version_id
