"""Publishing, history, import and export, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.upgrades import write
from controller.store.acknowledgements import Acknowledged, wait_for
from controller.store.models import Location, Publication
from controller.store.zones import zone_of
from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.drafts.look import look
from flow_editor.editor import editor, language, must, visitor
from flow_editor.errors import NotAllowed, NotFound
from flow_editor.flows.references import referred
from flow_editor.publishing import history, imports, service, templates
from flow_editor.publishing.schemas import (
    AcknowledgementOut,
    ControllerOut,
    DifferenceOut,
    DifferencesOut,
    DrawFromAsked,
    FlowHistory,
    ImportAsked,
    Imported,
    ImportLook,
    ImportOut,
    ImportReference,
    Meanwhile,
    PreviewOut,
    PublishAsked,
    PublishedOut,
    PublishingProblem,
    RollBackAsked,
    TakenOver,
    TemplateOut,
    TemplatesOut,
    VersionDocument,
)
from flow_editor.publishing.standing import (
    Standing,
    compared,
    document_of,
    find_flow,
    find_version,
    location_of,
    names_of,
)
from flow_editor.rehearsals.schemas import NamedChoice, OfFlowOut
from flow_editor.rehearsals.service import failing

blueprint = APIBlueprint("publishing", __name__, url_prefix="/api")


def _may(permission: Permission, flow: str) -> None:
    """Raises NotFound, and NotAllowed unless they may do this to this flow."""
    with editor().database.read() as session:
        location = find_flow(session, flow).location_id
    must(permission, location)


def sees(flow: str) -> None:
    """Raises NotFound, and NotAllowed unless they may see this flow, which everybody may who sees any when it is of no
    single location; also when it has been deleted."""
    with editor().database.read() as session:
        location = location_of(session, flow)
    where = visitor().where(Permission.SEE_FLOWS)
    if where is not None and location is not None and location not in where:
        raise NotAllowed


# -- publishing


@blueprint.get("/flows/<flow>/publishing")
@needs(Permission.DRAW_FLOWS)
@blueprint.output(PreviewOut)
def preview(flow: str) -> PreviewOut:
    """What publishing the draft would mean: differences, problems, rehearsals, and what has gone live meanwhile."""
    _may(Permission.DRAW_FLOWS, flow)
    parts, reads = editor(), language()
    seen = service.look(parts, flow)
    found = service.verdict(seen.version, seen.flow.name, parts.clinic)
    changes = compared(document_of(seen.live), seen.document, parts.clinic) if seen.live else []
    with parts.database.read() as session:
        numbers = history.numbers_of(session, flow)
        versions = [version for version in (seen.live, seen.base) if version is not None]
        by = {seen.by.made_by} if seen.by else set()
        whose = {*(it.published_by for it in versions), *(it.made_by for it in seen.planned), *by}
        names = names_of(session, whose)
        zone = zone_of(session, seen.flow.location_id).key
    return PreviewOut(
        flow=flow,
        name=seen.flow.name,
        seq=seen.draft.seq,
        live=history.version_out(seen.live, names) if seen.live else None,
        differences=[DifferenceOut.of(one, reads) for one in changes],
        same=seen.live is not None and document_of(seen.live) == seen.document,
        problems=[PublishingProblem.of(one, reads) for one in found.problems],
        rehearsals=[OfFlowOut.of(one, reads) for one in found.rehearsals],
        blocked=found.blocked,
        failing=len(failing(found.rehearsals)),
        meanwhile=_meanwhile(seen, names, numbers, reads),
        planned=[history.publication_out(it, numbers, names) for it in seen.planned],
        until=seen.by.ends_at if seen.by else None,
        may_publish=visitor().may(Permission.PUBLISH_FLOWS, seen.flow.location_id),
        zone=zone,
    )


def _meanwhile(seen: Standing, names: Any, numbers: dict[str, int], reads: str) -> Meanwhile | None:
    if not seen.stale or seen.live is None:
        return None
    live = history.version_out(seen.live, names)
    if seen.by is not None:
        # An older version that was put back is of whoever put it back, and of then.
        live.by, live.at = names.get(seen.by.made_by, seen.by.made_by), seen.by.began_at or live.at
    changes = compared(document_of(seen.base), document_of(seen.live), editor().clinic)
    return Meanwhile(
        version=live,
        draft_from=numbers.get(seen.base.id) if seen.base else None,
        changes=[DifferenceOut.of(one, reads) for one in changes],
    )


@blueprint.post("/flows/<flow>/publishing")
@needs(Permission.PUBLISH_FLOWS)
@blueprint.input(PublishAsked)
@blueprint.output(PublishedOut)
def publish(flow: str, json_data: PublishAsked) -> PublishedOut:
    """Put what is drawn live, now or at a set time, and wait for every controller to say that it has it."""
    _may(Permission.PUBLISH_FLOWS, flow)
    intent = service.Intent(**dict(json_data))
    return _published(service.publish(editor(), visitor(), flow, intent, language()))


def _published(done: service.Published) -> PublishedOut:
    told = acknowledgement_out(done.acknowledged) if done.acknowledged else None
    warnings = [text.render(language()) for text in done.warnings]
    return PublishedOut(**{**vars(done), "warnings": warnings}, acknowledgement=told)


def acknowledgement_out(found: Acknowledged) -> AcknowledgementOut:
    """Who has taken a version up, and what to do about who has not, in the reader's language."""
    missing = [name for name, after in found.controllers.items() if after is None]
    advice = None
    if not found.of:
        advice = T(
            "No controller is running, so nobody answers calls now. The version is live as soon as one runs: tell whoever "
            "looks after Careline."
        )
    elif missing:
        advice = T(
            "Not yet on {names}: callers who reach it still hear the version before. It may be starting or busy. If it is "
            "not there within a minute, have it started anew; the others take its calls meanwhile.",
            names=", ".join(missing),
        )
    return AcknowledgementOut(
        on=found.on,
        of=found.of,
        everywhere=found.everywhere,
        milliseconds=found.milliseconds,
        controllers=[ControllerOut(name=name, milliseconds=after) for name, after in found.controllers.items()],
        advice=advice.render(language()) if advice else None,
    )


@blueprint.get("/flows/<flow>/acknowledgement/<version>")
@needs(Permission.SEE_FLOWS)
@blueprint.output(AcknowledgementOut)
def acknowledgement(flow: str, version: str) -> AcknowledgementOut:
    """Which controllers have a version now."""
    sees(flow)
    parts = editor()
    with parts.database.read() as session:
        find_version(session, flow, version)
    return acknowledgement_out(wait_for(parts.database, parts.bus, flow, version, 0))


@blueprint.post("/flows/<flow>/take-over")
@needs(Permission.DRAW_FLOWS)
@blueprint.output(TakenOver)
def take_over(flow: str) -> TakenOver:
    """Bring into the draft what has gone live since it was begun."""
    _may(Permission.DRAW_FLOWS, flow)
    both = service.take_over(editor(), visitor(), flow)
    return TakenOver(both=[text.render(language()) for text in both])


# -- history


@blueprint.get("/flows/<flow>/versions")
@needs(Permission.SEE_FLOWS)
@blueprint.output(FlowHistory)
def versions(flow: str) -> FlowHistory:
    """Every version of a flow, and when each was live."""
    sees(flow)
    with editor().database.read() as session:
        return history.history(session, flow, visitor())


@blueprint.get("/flows/<flow>/versions/<version>")
@needs(Permission.SEE_FLOWS)
@blueprint.output(VersionDocument)
def version(flow: str, version: str) -> VersionDocument:
    """A version as it was drawn."""
    sees(flow)
    with editor().database.read() as session:
        row = find_version(session, flow, version)
        names = names_of(session, {row.published_by})
    document = document_of(row)
    seen = look(document, editor().clinic, datetime.now(UTC), flow)
    return VersionDocument(
        version=history.version_out(row, names),
        document=document.model_dump(mode="json"),
        nodes={id: node.said(language()) for id, node in seen.nodes.items()},
    )


@blueprint.get("/flows/<flow>/differences/<old>/<new>")
@needs(Permission.SEE_FLOWS)
@blueprint.output(DifferencesOut)
def differences(flow: str, old: str, new: str) -> DifferencesOut:
    """What callers get otherwise in one version than in another."""
    sees(flow)
    with editor().database.read() as session:
        before, after = (document_of(find_version(session, flow, id)) for id in (old, new))
    found = compared(before, after, editor().clinic)
    return DifferencesOut(differences=[DifferenceOut.of(one, language()) for one in found])


@blueprint.post("/flows/<flow>/roll-back")
@needs(Permission.PUBLISH_FLOWS)
@blueprint.input(RollBackAsked)
@blueprint.output(PublishedOut)
def roll_back(flow: str, json_data: RollBackAsked) -> PublishedOut:
    """Make a version that was live before live again."""
    _may(Permission.PUBLISH_FLOWS, flow)
    return _published(service.roll_back(editor(), visitor(), flow, json_data.version, json_data.live, language()))


@blueprint.post("/flows/<flow>/draw-from")
@needs(Permission.DRAW_FLOWS)
@blueprint.input(DrawFromAsked)
def draw_from(flow: str, json_data: DrawFromAsked) -> Any:
    """Make the draft hold a version, to go on from there."""
    _may(Permission.DRAW_FLOWS, flow)
    service.draw_from(editor(), visitor(), flow, json_data.version)
    return "", 204


@blueprint.post("/publications/<publication>/cancel")
@needs(Permission.PUBLISH_FLOWS)
def cancel(publication: str) -> Any:
    """Have a plan not carried out, or what is live for a time only stay."""
    with editor().database.read() as session:
        row = session.get(Publication, publication)
    if row is None:
        raise NotFound
    _may(Permission.PUBLISH_FLOWS, row.flow_id)
    service.cancel(editor(), visitor(), publication)
    return "", 204


# -- import and export


@blueprint.get("/flows/<flow>/export")
@needs(Permission.SEE_FLOWS)
def export(flow: str) -> Response:
    """A flow as a file: a version (`?version=`), or what is drawn."""
    sees(flow)
    parts = editor()
    wanted = request.args.get("version", "")
    if wanted:
        with parts.database.read() as session:
            name, row = find_flow(session, flow).name, find_version(session, flow, wanted)
        document, number = document_of(row).model_copy(update={"name": name}), row.number
    else:
        seen = service.look(parts, flow)
        name, document, number = seen.flow.name, seen.document, None
    response = Response(write(document), content_type="application/json; charset=utf-8")
    filename = quote(imports.export_name(name, number))
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{filename}"
    return response


@blueprint.get("/templates")
@needs(Permission.DRAW_FLOWS)
@blueprint.output(TemplatesOut)
def offered() -> TemplatesOut:
    """Flows to begin with."""
    reads = language()
    return TemplatesOut(
        templates=[
            TemplateOut(
                id=id,
                title=one.title.render(reads),
                description=one.description.render(reads),
                steps=len(one.document.nodes),
            )
            for id, one in templates.offered().items()
        ]
    )


@blueprint.post("/imports/look")
@needs(Permission.DRAW_FLOWS)
@blueprint.input(ImportLook)
@blueprint.output(ImportOut)
def look_at_import(json_data: ImportLook) -> ImportOut:
    """What a file or a template would bring, and how what it refers to matches what the clinic has."""
    brought = imports.given(json_data.text, json_data.template, language())
    parts = editor()
    with parts.database.read() as session:
        found = referred(brought.document, session)
        name = imports.free_name(session, brought.document.name)
        locations = session.execute(select(Location.id, Location.name).order_by(Location.name)).all()
    me = visitor()
    places = [("", "")] if me.may(Permission.DRAW_FLOWS) else []
    places += [(row.id, row.name) for row in locations if me.may(Permission.DRAW_FLOWS, row.id)]
    parts.clinic.refresh()
    names = {noun: parts.clinic.names(noun) for noun in {one.noun for one in found}}
    return ImportOut(
        name=name,
        description=brought.document.description,
        steps=len(brought.document.nodes),
        rehearsals=len(brought.document.rehearsals),
        languages=list(brought.document.languages),
        upgraded_from=brought.upgraded_from,
        references=[
            ImportReference(
                key=one.key,
                noun=one.noun,
                what=one.what.render(language()),
                name=one.name or one.id,
                steps=list(one.nodes),
                found=one.found,
                by=one.by,
                choices=[
                    NamedChoice(id=id, name=called) for id, called in sorted(names[one.noun].items(), key=_by_name)
                ],
            )
            for one in found
        ],
        name_taken=name != brought.document.name,
        may_make=me.may_somewhere(Permission.CHANGE_SETUP),
        locations=[NamedChoice(id=id, name=called) for id, called in places],
    )


def _by_name(item: tuple[str, str]) -> str:
    return item[1].casefold()


@blueprint.post("/imports")
@needs(Permission.DRAW_FLOWS)
@blueprint.input(ImportAsked)
@blueprint.output(Imported)
def bring(json_data: ImportAsked) -> Imported:
    """Make a flow of a file or a template: it is drawn by that, not live."""
    must(Permission.DRAW_FLOWS, json_data.location)
    brought = imports.given(json_data.text, json_data.template, language())
    me, now = visitor(), datetime.now(UTC)

    def work(session: Session) -> imports.Brought:
        return imports.bring(
            session,
            brought.document,
            name=json_data.name,
            location=json_data.location,
            chosen=json_data.chosen,
            visitor=me,
            now=now,
        )

    done = editor().database.transact(work, me.person)
    return Imported(flow=done.flow, name=done.name, made=list(done.made))
