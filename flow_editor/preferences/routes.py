"""The page of preferences."""

from __future__ import annotations

from collections.abc import Mapping

from apiflask import APIBlueprint
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.store.clinic import EMERGENCY_SENTENCE
from controller.store.models import Change, Flow, Location, Preference
from controller.store.zones import ZONE
from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import Conflict, Refusal
from flow_editor.hours.zones import checked, every
from flow_editor.preferences import service
from flow_editor.preferences.schemas import OfferedOut, PreferencesChange, PreferencesForm, PreferencesOut
from flow_editor.things.numbers import shown, typed
from flow_editor.things.schemas import DoneOut

blueprint = APIBlueprint("preferences", __name__, url_prefix="/api")


@blueprint.get("/preferences")
@needs(Permission.SEE_SETUP)
@blueprint.output(PreferencesOut)
def read() -> PreferencesOut:
    """What holds for the whole organisation."""
    with editor().database.read() as session:
        return PreferencesOut(
            revision=_revision(session),
            form=_form(session),
            zones=every(),
            locations={row.id: row.name for row in session.scalars(select(Location).order_by(Location.name))},
            may_change=visitor().may(Permission.CHANGE_SETUP, None),
        )


@blueprint.get("/preferences/languages")
@needs(Permission.SIGNED_IN)
@blueprint.output(OfferedOut)
def offered() -> OfferedOut:
    """The languages that callers are offered."""
    with editor().database.read() as session:
        return OfferedOut(languages=service.languages(session))


@blueprint.put("/preferences")
@needs(Permission.CHANGE_SETUP)
@blueprint.input(PreferencesChange)
@blueprint.output(DoneOut)
def change(json_data: PreferencesChange) -> DoneOut:
    """Change them; refused (409) when somebody else has meanwhile."""
    must(Permission.CHANGE_SETUP, None)
    form = json_data.form
    zone = checked(form.zone)
    interpreters = _numbers(form.interpreter_lines, "interpreter_lines")
    dispatch = _numbers(form.dispatch_lines, "dispatch_lines")

    def work(session: Session) -> DoneOut:
        if _revision(session) != json_data.revision:
            raise Conflict(T("Somebody has changed these preferences meanwhile. Load the page again to see how."))
        if form.default_flow is not None and session.get(Flow, form.default_flow) is None:
            text = T("This flow is not here any more. Choose another one.")
            raise Refusal(text, fields={"default_flow": text})
        emergency = {language: text for language, text in form.emergency.items() if text}
        service.put(session, service.ORGANISATION, form.organisation or None)
        service.put(session, ZONE, zone)
        service.put(session, service.LANGUAGES, list(dict.fromkeys(form.languages)))
        service.put(session, EMERGENCY_SENTENCE, emergency or None)
        service.put(session, service.DEFAULT_FLOW, form.default_flow)
        service.put(session, service.INTERPRETERS, interpreters or None)
        service.put(session, service.DISPATCH, dispatch or None)
        service.put(session, service.PAUSE_REASONS, list(dict.fromkeys(form.pause_reasons)) or None)
        session.flush()
        return DoneOut(id="", revision=_revision(session), change=str(session.info.get("change") or ""))

    return editor().database.transact(work, visitor().person)


def _form(session: Session) -> PreferencesForm:
    emergency = service.value(session, EMERGENCY_SENTENCE)
    return PreferencesForm(
        organisation=str(service.value(session, service.ORGANISATION) or ""),
        zone=service.value(session, ZONE),
        languages=service.languages(session),
        emergency=emergency if isinstance(emergency, dict) else {},
        default_flow=service.value(session, service.DEFAULT_FLOW),
        interpreter_lines=_shown(service.value(session, service.INTERPRETERS)),
        dispatch_lines=_shown(service.value(session, service.DISPATCH)),
        pause_reasons=service.value(session, service.PAUSE_REASONS) or [],
    )


def _numbers(given: Mapping[str, str], field: str) -> dict[str, str]:
    """Numbers as they were typed, in E.164; those left empty are left out. Raises Refusal."""
    found = {key: typed(number, f"{field}.{key}") for key, number in given.items()}
    return {key: number for key, number in found.items() if number}


def _shown(kept: object) -> dict[str, str]:
    return {key: shown(number) for key, number in kept.items()} if isinstance(kept, dict) else {}


def _revision(session: Session) -> int:
    """Goes up with every change of a preference, the day's announcements left aside: those are Home's."""
    ids = select(Preference.id).where(Preference.key.in_(service.OF_THE_PAGE), Preference.location_id.is_(None))
    newest = select(func.max(Change.id)).where(
        Change.entity == Preference.__tablename__, Change.entity_id.in_(ids) | Change.after.is_(None)
    )
    return session.scalar(newest) or 0
