"""The pages of people: beside what all pages have, what a phone needs to be set up, and letting somebody sign in."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from apiflask import APIBlueprint
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.store import notices
from controller.store.acknowledgements import ALIVE
from controller.store.models import ControllerRecord, Person, Phone, Purpose
from controller.store.models.people import new_secret
from controller.texts import T
from flow_editor.accounts import service
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotFound, Refusal
from flow_editor.people.people import People
from flow_editor.things import changes
from flow_editor.things.serving import serve
from flow_editor.things.thing import location_of

blueprint = APIBlueprint("people", __name__, url_prefix="/api")
PEOPLE = People()
serve(blueprint, PEOPLE)


class PhoneSetUp(BaseModel):
    """What is typed into a phone. `domain`: what it signs in to."""

    user: str
    password: str
    domain: str


class Invitation(BaseModel):
    """The link by which somebody chooses their password, to be handed to them."""

    link: str


class PhonesState(BaseModel):
    """`watched`: whether any controller is there to see which phones are signed in; `written`: whether the switch is told of
    changed phones by itself, or somebody must run `careline phones write`."""

    watched: bool
    written: bool


@blueprint.get("/phones")
@needs(Permission.SEE_SETUP)
@blueprint.output(PhonesState)
def phones() -> PhonesState:
    """Whether what is shown of phones is fresh, and whether what is changed of them reaches the switch."""
    with editor().database.read() as session:
        beat = session.scalar(select(func.max(ControllerRecord.beat_at)))
    watched = beat is not None and datetime.now(UTC) - beat < ALIVE
    return PhonesState(watched=watched, written=editor().config.phones_dir is not None)


@blueprint.get("/phones/<id>/set-up")
@needs(Permission.CHANGE_SETUP)
@blueprint.output(PhoneSetUp)
def set_up(id: str) -> PhoneSetUp:
    """What to type into a phone, for those who may set it up."""
    with editor().database.read() as session:
        return _set_up(_phone(session, id))


@blueprint.post("/phones/<id>/set-up")
@needs(Permission.CHANGE_SETUP)
@blueprint.output(PhoneSetUp)
def new_password(id: str) -> PhoneSetUp:
    """A new password: whoever has the old one is no longer let in."""

    def work(session: Session) -> PhoneSetUp:
        phone = _phone(session, id)
        phone.secret = new_secret()
        notices.tell(session, Phone.__tablename__, phone.id)  # kept in no history, so nobody would hear of it
        session.flush()
        return _set_up(phone)

    return editor().database.transact(work, visitor().person)


@blueprint.post("/people/<id>/invitation")
@needs(Permission.MANAGE_ACCOUNTS)
@blueprint.output(Invitation)
def invite(id: str) -> Invitation:
    """A link for somebody to choose their password."""
    with editor().database.read() as session:
        person = _account(session, id)
        if not person.email:
            raise Refusal(T("Who signs in needs an e-mail address."))
    token = service.make_link(editor().database, Purpose.PASSWORD, id)
    return Invitation(link=f"{editor().config.editor_address}/welcome/{token}")


@blueprint.post("/people/<id>/sign-out")
@needs(Permission.MANAGE_ACCOUNTS)
def sign_out(id: str) -> tuple[str, int]:
    """Sign somebody out everywhere."""

    def work(session: Session) -> None:
        _account(session, id)
        service.end_all(session, id)

    editor().database.transact(work, visitor().person)
    return "", 204


def _account(session: Session, id: str) -> Person:
    """A person whose account whoever asks may manage: with every role that they have."""
    person: Person = changes.get(session, PEOPLE, id)
    for location in {held.location_id for held in person.roles} or {person.location_id}:
        must(Permission.MANAGE_ACCOUNTS, location)
    return person


def _phone(session: Session, id: str) -> Phone:
    phone = session.get(Phone, id)
    if phone is None or phone.sip_user is None:
        raise NotFound
    must(Permission.CHANGE_SETUP, location_of(phone.person) if phone.person is not None else phone.location_id)
    return phone


def _set_up(phone: Phone) -> PhoneSetUp:
    domain = os.environ.get("CARELINE_SIP_DOMAIN") or "careline.local"
    return PhoneSetUp(user=phone.sip_user or "", password=phone.secret, domain=domain)
