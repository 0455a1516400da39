"""What a flow's history says: its versions, and when each was live or is planned to be."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Draft, FlowVersion, Publication, Standing
from controller.store.publications import ever_live
from controller.store.zones import zone_of
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.publishing.schemas import FlowHistory, FlowHistoryVersion, PublicationOut, VersionOut
from flow_editor.publishing.standing import find_flow, names_of


def history(session: Session, flow: str, visitor: Visitor) -> FlowHistory:
    """Every version of a flow, newest first. Raises NotFound."""
    row = find_flow(session, flow)
    versions = session.scalars(
        select(FlowVersion).where(FlowVersion.flow_id == flow).order_by(FlowVersion.number.desc())
    ).all()
    times = session.scalars(
        select(Publication).where(Publication.flow_id == flow).order_by(Publication.starts_at.desc())
    ).all()
    numbers = {version.id: version.number for version in versions}
    names = names_of(session, {*(it.made_by for it in times), *(it.published_by for it in versions)})
    draft = session.get(Draft, flow)
    proven = ever_live(session, flow)
    return FlowHistory(
        flow=row.id,
        name=row.name,
        location=row.location_id,
        live=row.live_version_id,
        draft_from=draft.base_version_id if draft else None,
        draft_changed=draft.changed if draft else False,
        may_publish=visitor.may(Permission.PUBLISH_FLOWS, row.location_id),
        may_draw=visitor.may(Permission.DRAW_FLOWS, row.location_id),
        versions=[
            FlowHistoryVersion(
                **version_out(version, names).model_dump(),
                live=version.id == row.live_version_id,
                was_live=version.id in proven,
                times=[
                    publication_out(it, numbers, names, still=version.id == row.live_version_id)
                    for it in times
                    if it.version_id == version.id
                ],
            )
            for version in versions
        ],
        zone=zone_of(session, row.location_id).key,
    )


def version_out(version: FlowVersion, names: Mapping[str, str]) -> VersionOut:
    """A version, with its author by name."""
    by = version.published_by
    return VersionOut(
        id=version.id,
        number=version.number,
        note=version.note,
        at=version.published_at,
        by=names.get(by, by) if by else None,
    )


def publication_out(
    publication: Publication, numbers: Mapping[str, int], names: Mapping[str, str], *, still: bool = True
) -> PublicationOut:
    """A publication, with whose it is by name. `numbers`: of versions by id. `still`: what was put live by it is live; else
    something other than a publication (an undo in the history of changes) has ended it."""
    live = publication.standing is Standing.LIVE
    return PublicationOut(
        id=publication.id,
        version=publication.version_id,
        number=numbers[publication.version_id],
        occasion=publication.occasion,
        standing=Standing.OVER if live and not still else publication.standing,
        made_at=publication.made_at,
        by=names.get(publication.made_by, publication.made_by),
        starts_at=publication.starts_at,
        ends_at=publication.ends_at,
        began_at=publication.began_at,
        over_at=publication.over_at,
        reason=publication.reason,
        failed=publication.failed,
    )


def numbers_of(session: Session, flow: str) -> dict[str, int]:
    """The numbers of a flow's versions by id."""
    rows = session.execute(select(FlowVersion.id, FlowVersion.number).where(FlowVersion.flow_id == flow))
    return {row.id: row.number for row in rows}
