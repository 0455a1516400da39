"""The pages of lines: the lines, their order, and where calls may go."""

from __future__ import annotations

from typing import Any

import phonenumbers
from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.dialling import DIAL_RULES, Reach
from controller.store.models import Location, Trunk
from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotAllowed, NotFound, Refusal
from flow_editor.lines.lines import Lines
from flow_editor.preferences import service as preferences
from flow_editor.things.schemas import DoneOut
from flow_editor.things.serving import serve
from flow_editor.things.thing import country, may_see

blueprint = APIBlueprint("lines", __name__, url_prefix="/api")
serve(blueprint, Lines())


class LineOrder(BaseModel):
    """The ids of lines, first the one tried first."""

    model_config = ConfigDict(extra="forbid")

    order: list[str] = Field(max_length=500)


class DialRules(BaseModel):
    """Where calls may go from a location, or from all. `allowed`, `denied`: how numbers begin, with their country's code;
    denied wins. `outside_prefix`: what phones dial first for a line; `at_once`: calls at a time, 0 for any number.

    `own`: whether the location has rules of its own; otherwise those of the organisation are shown."""

    model_config = ConfigDict(extra="forbid")

    region: str = Field(max_length=2)
    allowed: list[str] = Field(default_factory=list, max_length=300)
    denied: list[str] = Field(default_factory=list, max_length=300)
    outside_prefix: str = Field(default="", max_length=4)
    at_once: int = Field(default=0, ge=0, le=10_000)
    own: bool = True


@blueprint.put("/lines/order")
@needs(Permission.CHANGE_SETUP)
@blueprint.input(LineOrder)
@blueprint.output(DoneOut)
def order(json_data: LineOrder) -> DoneOut:
    """Put lines in the order in which they are tried."""

    def work(session: Session) -> DoneOut:
        rows = {row.id: row for row in session.scalars(select(Trunk).with_for_update())}
        wanted = [rows[id] for id in json_data.order if id in rows]
        for position, row in enumerate(wanted):
            if row.position != position:
                must(Permission.CHANGE_SETUP, row.location_id)
                row.position = position
        return _done(session)

    return editor().database.transact(work, visitor().person)


@blueprint.get("/dial-rules")
@needs(Permission.SEE_SETUP)
@blueprint.output(DialRules)
def dial_rules() -> DialRules:
    """Where calls may go from a location (`?location=`), or from all."""
    location = request.args.get("location") or None
    if not may_see(Permission.SEE_SETUP, location):
        raise NotAllowed
    with editor().database.read() as session:
        ours = preferences.value(session, DIAL_RULES) or {}
        own = preferences.value(session, DIAL_RULES, location) if location else ours
    given = {**ours, **(own or {})}
    reach = Reach.read(given, country())
    return DialRules(
        region=reach.region,
        allowed=list(reach.allowed),
        denied=list(reach.denied),
        outside_prefix=given.get("outside_prefix", ""),
        at_once=given.get("at_once", 0),
        own=location is None or bool(own),
    )


@blueprint.put("/dial-rules")
@needs(Permission.CHANGE_SETUP)
@blueprint.input(DialRules)
@blueprint.output(DoneOut)
def put_dial_rules(json_data: DialRules) -> DoneOut:
    """Say where calls may go; `own` false: a location goes by those of the organisation again."""
    location = request.args.get("location") or None
    must(Permission.CHANGE_SETUP, location)
    value = _checked(json_data) if json_data.own or location is None else None

    def work(session: Session) -> DoneOut:
        if location is not None and session.get(Location, location) is None:
            raise NotFound
        preferences.put(session, DIAL_RULES, value, location)
        return _done(session)

    return editor().database.transact(work, visitor().person)


def _checked(given: DialRules) -> dict[str, Any]:
    """As the preference holds them. Raises Refusal."""
    if given.region not in phonenumbers.SUPPORTED_REGIONS:
        text = T("Please choose a country.")
        raise Refusal(text, fields={"region": text})
    for field in ("allowed", "denied"):
        for prefix in getattr(given, field):
            digits = prefix.removeprefix("+")
            if not (prefix.startswith("+") and digits.isdecimal() and digits.isascii() and len(digits) <= 15):
                text = T("“{prefix}”: write how numbers begin with a plus sign and the country's code, such as +1.",
                         prefix=prefix)  # fmt: skip
                raise Refusal(text, fields={field: text})
    if given.outside_prefix and not (given.outside_prefix.isdecimal() and given.outside_prefix.isascii()):
        text = T("Use digits only.")
        raise Refusal(text, fields={"outside_prefix": text})
    return given.model_dump(exclude={"own"})


def _done(session: Session) -> DoneOut:
    session.flush()
    return DoneOut(id="", revision=0, change=str(session.info.get("change") or ""))
