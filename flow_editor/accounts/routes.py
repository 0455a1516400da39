"""Signing in and out, and links that let somebody in."""

from __future__ import annotations

from datetime import timedelta

from apiflask import APIBlueprint
from flask import Response, g, make_response, redirect, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from controller.store.models import Person, Purpose
from controller.texts import languages
from flow_editor.accounts import service
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.accounts.schemas import Accepted, MyChanges, SessionOut, SignInWith, Welcome
from flow_editor.editor import editor, visitor
from flow_editor.errors import NotAllowed
from flow_editor.live import COOKIE

blueprint = APIBlueprint("accounts", __name__, url_prefix="/api")

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)
"""Per process: with several editors a guesser has that many times as many guesses, which Argon2 makes dear enough."""


def _address_given() -> str:
    given = request.get_json(silent=True)
    return str(given.get("email", "")).strip().lower()[:200] if isinstance(given, dict) else ""


def _signed_in(person: str) -> Response:
    parts = editor()
    token, csrf = service.begin(
        parts.database,
        person,
        hours=parts.config.session_hours,
        address=request.remote_addr or "",
        browser=request.headers.get("User-Agent", ""),
    )
    found = service.find(parts.database, token, idle=parts.idle)
    assert found is not None
    response = make_response(SessionOut.of(found[0], csrf).model_dump(mode="json"))
    put_cookie(response, token, timedelta(hours=parts.config.session_hours))
    return response


def put_cookie(response: AnyResponse, token: str, lives: timedelta) -> None:
    """Have the browser keep a sign-in's token."""
    parts = editor()
    response.set_cookie(
        COOKIE,
        token,
        max_age=lives,
        httponly=True,
        samesite="Lax",  # a link in an e-mail finds one signed in; changes need a header that no other site can send
        secure=parts.config.editor_address.startswith("https:"),
    )


@blueprint.get("/session")
@needs(Permission.SIGNED_IN)
@blueprint.output(SessionOut)
def session() -> SessionOut:
    """Who is signed in here."""
    return SessionOut.of(visitor(), g.csrf)


@blueprint.post("/session")
@needs(Permission.ANYONE)
@limiter.limit("30 per minute")
@limiter.limit("10 per 5 minutes", key_func=_address_given)
@blueprint.input(SignInWith)
@blueprint.output(SessionOut)
def sign_in(json_data: SignInWith) -> Response:
    """Sign in by e-mail address and password."""
    return _signed_in(service.check_password(editor().database, json_data.email, json_data.password))


@blueprint.delete("/session")
@needs(Permission.SIGNED_IN)
def sign_out() -> AnyResponse:
    """Sign out."""
    if visitor().screen:
        raise NotAllowed  # a screen is ended by whoever let it in
    service.end(editor().database, visitor().sign_in)
    response = make_response("", 204)
    response.delete_cookie(COOKIE)
    return response


@blueprint.patch("/session")
@needs(Permission.SIGNED_IN)
@blueprint.input(MyChanges)
@blueprint.output(SessionOut)
def change_mine(json_data: MyChanges) -> SessionOut:
    """Change what one reads in."""
    me = visitor()
    if me.screen:
        raise NotAllowed

    def work(session: Session) -> None:
        session.get_one(Person, me.person).reads = json_data.language if json_data.language in languages() else None

    editor().database.transact(work, me.person)
    found = service.find(editor().database, request.cookies[COOKIE], idle=editor().idle)
    assert found is not None
    return SessionOut.of(*found)


@blueprint.get("/sign-in/<token>")
@needs(Permission.ANYONE)
@limiter.limit("30 per minute")
def by_link(token: str) -> AnyResponse:
    """Follow a link: the demo's signs in, the others lead to the page where one chooses a password."""
    with editor().database.read() as reading:
        link = service.read_link(reading, token)
        purpose, person = link.purpose, link.person_id
    if purpose is not Purpose.DEMO or person is None:
        return redirect(f"/welcome/{token}")
    response = redirect("/")
    signed_in = _signed_in(person)
    for cookie in signed_in.headers.getlist("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return response


@blueprint.get("/welcome/<token>")
@needs(Permission.ANYONE)
@limiter.limit("30 per minute")
@blueprint.output(Welcome)
def welcome(token: str) -> Welcome:
    """What a link is for."""
    with editor().database.read() as reading:
        link = service.read_link(reading, token)
        person = reading.get(Person, link.person_id) if link.person_id else None
        return Welcome(
            purpose=link.purpose, name=person.name if person else "", email=(person.email or "") if person else ""
        )


@blueprint.post("/welcome/<token>")
@needs(Permission.ANYONE)
@limiter.limit("10 per minute")
@blueprint.input(Accepted)
@blueprint.output(SessionOut)
def accept(token: str, json_data: Accepted) -> Response:
    """Choose a password by a link, and be signed in."""
    given = json_data
    return _signed_in(
        service.accept_link(editor().database, token, name=given.name, email=given.email, password=given.password)
    )
