"""The page of screens, and the door by which a screen comes in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from apiflask import APIBlueprint
from flask import Response, g, make_response, request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Location, Screen
from controller.texts import T
from flow_editor.accounts import screens, service
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.accounts.routes import limiter, put_cookie
from flow_editor.accounts.schemas import SessionOut
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotFound, Refusal

blueprint = APIBlueprint("screens", __name__, url_prefix="/api/screens")


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScreenOut(BaseModel):
    """`seen_at`: when it was last there, to the minute; none: it has not been let in yet, or is signed out."""

    id: str
    name: str
    location: str | None
    location_name: str
    language: str
    opened_at: datetime | None
    seen_at: datetime | None
    address: str


class ScreensOut(BaseModel):
    screens: list[ScreenOut]


class NewScreen(_Asked):
    """`location`: the only one whose queues it shows; none: all. `language`: empty, its browser's."""

    name: str = Field(max_length=200)
    location: str | None = Field(default=None, max_length=40)
    language: Literal["", "en", "es"] = ""


class ScreenCode(BaseModel):
    """What is typed into the screen, once, within the hour; or the link that does the same."""

    screen: str
    code: str
    link: str
    address: str


class OpenScreen(_Asked):
    code: str = Field(max_length=40)


@blueprint.get("")
@needs(Permission.MANAGE_ACCOUNTS)
@blueprint.output(ScreensOut)
def listed() -> ScreensOut:
    """All screens that whoever asks may manage."""
    with editor().database.read() as session:
        places = {place.id: place.name for place in session.execute(select(Location.id, Location.name))}
        rows = session.scalars(select(Screen).order_by(Screen.name)).all()
    mine = [row for row in rows if visitor().may(Permission.MANAGE_ACCOUNTS, row.location_id)]
    return ScreensOut(
        screens=[
            ScreenOut(
                id=row.id,
                name=row.name,
                location=row.location_id,
                location_name=places.get(row.location_id or "", ""),
                language=row.language or "",
                opened_at=row.opened_at if row.token else None,
                seen_at=row.seen_at if row.token else None,
                address=row.address if row.token else "",
            )
            for row in mine
        ]
    )


@blueprint.post("")
@needs(Permission.MANAGE_ACCOUNTS)
@blueprint.input(NewScreen)
@blueprint.output(ScreenCode)
def make(json_data: NewScreen) -> ScreenCode:
    """A new screen, and the code that lets it in."""
    name = " ".join(json_data.name.split())
    must(Permission.MANAGE_ACCOUNTS, json_data.location)
    if not name:
        text = T("Please give it a name: where it hangs, for example.")
        raise Refusal(text, fields={"name": text})

    def work(session: Session) -> ScreenCode:
        if session.scalar(select(Screen.id).where(Screen.name == name)) is not None:
            text = T("There is a screen of this name already.")
            raise Refusal(text, fields={"name": text})
        if json_data.location is not None and session.get(Location, json_data.location) is None:
            raise NotFound
        screen = Screen(name=name, location_id=json_data.location, language=json_data.language or None)
        session.add(screen)
        session.flush()
        return _code(screen.id, screens.new_code(session, screen))

    return editor().database.transact(work, visitor().person)


@blueprint.post("/<id>/code")
@needs(Permission.MANAGE_ACCOUNTS)
@blueprint.output(ScreenCode)
def new_code(id: str) -> ScreenCode:
    """A new code for a screen: another device, or one that was signed out."""

    def work(session: Session) -> ScreenCode:
        screen = _screen(session, id)
        return _code(id, screens.new_code(session, screen))

    return editor().database.transact(work, visitor().person)


@blueprint.delete("/<id>")
@needs(Permission.MANAGE_ACCOUNTS)
def end(id: str) -> tuple[str, int]:
    """Sign a screen out for good."""

    def work(session: Session) -> None:
        session.delete(_screen(session, id))

    editor().database.transact(work, visitor().person)
    return "", 204


@blueprint.post("/open")
@needs(Permission.ANYONE)
@limiter.limit("10 per minute")
@blueprint.input(OpenScreen)
@blueprint.output(SessionOut)
def open_screen(json_data: OpenScreen) -> Response:
    """A screen comes in by its code, and stays signed in."""
    parts = editor()
    token = screens.open_by(parts.database, json_data.code, request.remote_addr or "")
    found = service.find(parts.database, token, idle=parts.idle)
    assert found is not None
    g.language = found[0].language or g.language
    response = make_response(SessionOut.of(*found).model_dump(mode="json"))
    put_cookie(response, token, screens.LONGEST)
    return response


def _screen(session: Session, id: str) -> Screen:
    screen = session.get(Screen, id)
    if screen is None:
        raise NotFound
    must(Permission.MANAGE_ACCOUNTS, screen.location_id)
    return screen


def _code(id: str, code: str) -> ScreenCode:
    at = f"{editor().config.editor_address}/screen"
    return ScreenCode(screen=id, code=code, link=f"{at}/{code}", address=at)
