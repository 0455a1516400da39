"""Bringing flows in: from a file or a template, with what they refer to matched with what the clinic has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.document import FORMAT, Document
from controller.flows.upgrades import DocumentRefused, read
from controller.store.models import Flow, Location
from controller.store.snapshot import referable
from controller.texts import T
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.drafts import store
from flow_editor.errors import NotAllowed, NotFound, Refusal
from flow_editor.flows.references import Referred, make_empty, pointed, referred
from flow_editor.flows.service import LONGEST_NAME
from flow_editor.publishing.templates import offered

OF_THE_ORGANISATION = frozenset({"location", "trunk"})
"""What belongs to the whole organisation: who may make flows at one location only cannot make it."""


@dataclass(frozen=True)
class Given:
    """A document that was brought. `upgraded_from`: the older format that it was in."""

    document: Document
    upgraded_from: int | None


def given(text: str | None, template: str | None, language: str) -> Given:
    """What was brought: the text of a file, or a template by name. Raises Refusal, saying what is wrong with it."""
    if template is not None:
        found = offered().get(template)
        if found is None:
            raise NotFound
        name = found.title.render(language)
        return Given(found.document.model_copy(update={"name": name}), None)
    if text is None or not text.strip():
        raise Refusal(T("Choose a file that was downloaded from Careline."))
    try:
        document = read(text)
    except DocumentRefused as refused:
        raise Refusal(T("This file cannot be used. {why}", why=refused.reason)) from refused
    format_ = json.loads(text.removeprefix("\ufeff")).get("format", 1)
    return Given(document, format_ if format_ < FORMAT else None)


@dataclass(frozen=True)
class Brought:
    """The flow that was made, and the names of what was made with it, empty."""

    flow: str
    name: str
    made: tuple[str, ...]


def bring(
    session: Session,
    document: Document,
    *,
    name: str,
    location: str | None,
    chosen: Mapping[str, str],
    visitor: Visitor,
    now: datetime,
) -> Brought:
    """Make a flow of a document, with a draft that holds it. `chosen`: by `Referred.key`, a row's id; "" makes one.

    Nothing of it is live by that. Raises Refusal.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        text = T("Give the flow a name.")
        raise Refusal(text, fields={"name": text})
    if taken(session, name):
        text = T("There is a flow of this name already. Choose another name.")
        raise Refusal(text, fields={"name": text})
    if location is not None and session.get(Location, location) is None:
        raise NotFound
    known = {one.key: one for one in referred(document, session)}
    points: dict[str, str] = {key: one.found for key, one in known.items() if one.found}
    made: list[str] = []
    for key, one in known.items():
        to = chosen.get(key)
        if to:
            points[key] = to
        elif to == "":
            points[key] = _make(session, one, location, visitor)
            made.append(one.name or one.id)
    document = _rehearsed(pointed(document, points, session), known, points, session)
    flow = Flow(name=name, location_id=location)
    session.add(flow)
    session.flush()
    store.begin(session, flow, document, now, who=visitor.person)
    return Brought(flow.id, name, tuple(made))


def _rehearsed(
    document: Document, known: Mapping[str, Referred], points: Mapping[str, str], session: Session
) -> Document:
    """Its rehearsals, which go by names, with the names that things have here."""
    here: dict[str, dict[str, str]] = {"hours": {}, "person": {}, "mailbox": {}}
    for key, to in points.items():
        thing = known[key]
        row: Any = session.get(referable()[thing.noun], to) if thing.noun in here else None
        if row is not None:
            here[thing.noun][thing.name] = row.name
    rung = {**here["mailbox"], **here["person"]}
    rehearsals = []
    for one in document.rehearsals:
        told = dict(one)
        for field, names in (("hours", here["hours"]), ("people", rung)):
            if isinstance(told.get(field), dict):
                told[field] = {names.get(name, name): what for name, what in told[field].items()}
        if isinstance(told.get("reaches"), str):
            told["reaches"] = rung.get(told["reaches"], told["reaches"])
        rehearsals.append(told)
    return document.model_copy(update={"rehearsals": rehearsals})


def _make(session: Session, thing: Referred, location: str | None, visitor: Visitor) -> str:
    at = None if thing.noun in OF_THE_ORGANISATION else location
    if not visitor.may(Permission.CHANGE_SETUP, at):
        raise NotAllowed
    name = (thing.name or thing.id)[:LONGEST_NAME]
    same = [one for one in _named(session, thing) if one == name]
    return make_empty(session, thing.noun, name if not same else f"{name} (2)", at)


def _named(session: Session, thing: Referred) -> list[str]:
    table: Any = referable()[thing.noun]
    return list(session.scalars(select(table.name)))


def taken(session: Session, name: str) -> bool:
    """Whether a flow of this name is there."""
    return session.scalar(select(Flow.id).where(Flow.name == name)) is not None


def free_name(session: Session, name: str) -> str:
    """The name, with a number behind it where a flow has it already."""
    names = set(session.scalars(select(Flow.name)))
    number = 1
    wanted = name or "…"
    while wanted in names:
        number += 1
        wanted = f"{name} ({number})"
    return wanted


def export_name(name: str, number: int | None) -> str:
    """What a downloaded flow's file is called."""
    plain = "".join(sign if sign.isalnum() or sign in " -_" else "_" for sign in name).strip() or "flow"
    return f"{plain[:80]}{f' v{number}' if number else ''}.json"
