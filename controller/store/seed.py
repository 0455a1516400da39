"""Puts the demo clinic (flows/samples/lakeside/) into SQL. What is there already, by name, is left as it is."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.document import Document, references
from controller.flows.hours import Calendar
from controller.flows.registry import make
from controller.flows.rotas import Plan
from controller.flows.samples import ORGANISATION, lakeside
from controller.queues.rules import QueueRules
from controller.store import models
from controller.store.engine import Database
from controller.store.models import Kept
from controller.store.queues import Desk
from controller.store.snapshot import referable

K = TypeVar("K", bound=Kept)

WHO = "demo"
"""Who made it all, in the history."""


def seed(database: Database, now: datetime) -> int:
    """Load the demo clinic, its flows live. Returns how many things were made: 0 when all were there.

    Raises what `Database.transact` raises.
    """
    clinic = json.loads(ORGANISATION.read_text(encoding="utf-8"))
    documents = list(lakeside().values())
    return database.transact(lambda session: _Seeding(session, now).load(clinic, documents), WHO)


def sign_in(database: Database) -> int:
    """Have the demo's people take the calls of its queues: whoever answers one and has never signed in. Returns how many.

    Raises what `Database.transact` raises.
    """
    known = select(models.Agent.person_id)
    answering = select(models.TeamMember.person_id).join(
        models.QueueTeam, models.QueueTeam.team_id == models.TeamMember.team_id
    )
    with database.read() as session:
        people = session.scalars(answering.where(models.TeamMember.person_id.not_in(known)).distinct()).all()
    desk = Desk(database)
    for person in people:
        desk.sign_in(person)
    return len(people)


class _Seeding:
    """One transaction."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._made = 0

    def load(self, clinic: Mapping[str, Any], documents: Sequence[Document]) -> int:
        for key, value in clinic["preferences"].items():
            self._there_is(models.Preference, {"key": key, "location_id": None}, value=value)
        for row in clinic["locations"]:
            rest = {name: value for name, value in row.items() if name != "name"}
            self._there_is(models.Location, {"name": row["name"]}, **rest)
        for row in clinic["hours"]:
            calendar = Calendar.model_validate(row["calendar"])
            self._there_is(models.Hours, {"name": row["name"]}, location_id=self._at(row), calendar=calendar)
        self._load_people(clinic)
        self._load_queues(clinic)
        for row in clinic["rotas"]:
            plan = Plan.model_validate(self._with_people(row["plan"]))
            self._there_is(models.Rota, {"name": row["name"]}, location_id=self._at(row), plan=plan)
        for row in clinic["mailboxes"]:
            made = {"location_id": self._at(row), "greeting": row["greeting"], "most_seconds": row["most_seconds"]}
            self._there_is(models.Mailbox, {"name": row["name"]}, **made)
        for row in clinic["trunks"]:
            self._there_is(models.Trunk, {"name": row["name"]}, location_id=self._at(row), gateway=row["gateway"])
        self._load_callers(clinic)
        self._load_flows(documents)
        for row in clinic["numbers"]:
            self._there_is(
                models.Number,
                {"number": row["number"]},
                label=row["label"],
                location_id=self._at(row),
                flow_id=self._id(models.Flow, row["flow"]),
                backup=row["backup"],
                published=row["published"],
            )
        return self._made

    def _load_people(self, clinic: Mapping[str, Any]) -> None:
        for row in clinic["people"]:
            location = self._at(row)
            phones = [
                models.Phone(
                    kind=models.PhoneKind(phone["kind"]),
                    label=phone["label"],
                    number=phone.get("number"),
                    sip_user=phone.get("sip_user"),
                    location_id=location,
                    position=position,
                )
                for position, phone in enumerate(row["phones"])
            ]
            roles = [models.HeldRole(role=models.Role(row["role"]))] if "role" in row else []
            made = {
                "location_id": location,
                "languages": row["languages"],
                "phones": phones,
                "email": row.get("email"),
                "roles": roles,
            }
            self._there_is(models.Person, {"name": row["name"]}, **made)
        for row in clinic["teams"]:
            members = [
                models.TeamMember(person_id=self._id(models.Person, name), position=position)
                for position, name in enumerate(row["members"])
            ]
            self._there_is(models.Team, {"name": row["name"]}, location_id=self._at(row), members=members)

    def _load_queues(self, clinic: Mapping[str, Any]) -> None:
        for row in clinic["skills"]:
            skill = self._there_is(models.Skill, {"name": row["name"]}, location_id=self._at(row))
            for name, level in row["people"].items():
                can = {"person_id": self._id(models.Person, name), "skill_id": skill.id}
                self._there_is(models.PersonSkill, can, level=level)
        for row in clinic["queues"]:
            teams = [
                models.QueueTeam(
                    team_id=self._id(models.Team, team["name"]),
                    position=position,
                    joins_after=team.get("joins_after"),
                    leaves_below=team.get("leaves_below"),
                )
                for position, team in enumerate(row["teams"])
            ]
            self._there_is(
                models.Queue,
                {"name": row["name"]},
                location_id=self._at(row),
                hours_id=self._id(models.Hours, row["hours"]),
                rules=QueueRules.model_validate(row["rules"]),
                teams=teams,
            )
        for row in clinic["providers"]:
            self._there_is(
                models.Provider,
                {"name": row["name"]},
                spoken=row["spoken"],
                location_id=self._at(row),
                person_id=self._id(models.Person, row["person"]),
                queue_id=self._id(models.Queue, row["queue"]),
            )

    def _load_callers(self, clinic: Mapping[str, Any]) -> None:
        for row in clinic["contacts"]:
            made = {name: row[name] for name in ("language", "attributes")}
            numbers = [models.ContactNumber(number=number) for number in row["numbers"]]
            self._there_is(models.Contact, {"name": row["name"]}, location_id=self._at(row), numbers=numbers, **made)
        for row in clinic["lists"]:
            entries = [
                models.ListEntry(
                    number=entry.get("number"),
                    contact_id=self._id(models.Contact, entry["contact"]) if "contact" in entry else None,
                    reason=entry.get("reason", ""),
                )
                for entry in row["entries"]
            ]
            self._there_is(models.ContactList, {"name": row["name"]}, entries=entries)

    def _load_flows(self, documents: Sequence[Document]) -> None:
        """First every flow, since they refer to one another; then a version of each that has none live."""
        flows = [self._there_is(models.Flow, {"name": document.name}) for document in documents]
        ids = {
            noun: {name: id for id, name in self._session.execute(select(kind.id, kind.name))}  # type: ignore[attr-defined]
            for noun, kind in referable().items()
        }
        for flow, document in zip(flows, documents, strict=True):
            if flow.live_version_id is None:
                flow.live_version_id = self._publish(flow, _pointing(document, ids)).id
        self._session.flush()

    def _publish(self, flow: models.Flow, document: Document) -> models.FlowVersion:
        numbers = self._session.scalars(
            select(models.FlowVersion.number).where(models.FlowVersion.flow_id == flow.id)
        ).all()
        version = models.FlowVersion(
            flow_id=flow.id,
            number=max(numbers, default=0) + 1,
            document=document.model_dump(mode="json"),
            published_at=self._now,
            published_by=WHO,
        )
        self._session.add(version)
        self._session.flush()
        return version

    def _there_is(self, kind: type[K], key: Mapping[str, Any], **rest: Any) -> K:
        """The row of this key; made, with the rest, where there is none."""
        found = self._session.scalar(select(kind).filter_by(**key).order_by(kind.id).limit(1))
        if found is None:
            found = kind(**key, **rest)
            self._session.add(found)
            self._session.flush()
            self._made += 1
        return found

    def _id(self, kind: type[Kept], name: str) -> str:
        return self._session.scalars(select(kind.id).filter_by(name=name).order_by(kind.id).limit(1)).one()

    def _at(self, row: Mapping[str, Any]) -> str | None:
        return self._id(models.Location, row["location"]) if row.get("location") else None

    def _with_people(self, plan: Any) -> Any:
        """A rota's plan with the ids of people who are there by name only."""
        if isinstance(plan, list):
            return [self._with_people(item) for item in plan]
        if not isinstance(plan, dict):
            return plan
        if plan.keys() == {"name"}:
            return {"person": self._id(models.Person, plan["name"]), **plan}
        return {key: self._with_people(value) for key, value in plan.items()}


def _pointing(document: Document, ids: Mapping[str, Mapping[str, str]]) -> Document:
    """The document with the id of everything that it refers to by name. Raises KeyError for what there is not."""
    pointing = document.model_copy(deep=True)
    for drawn in pointing.nodes.values():
        settings = copy.deepcopy(drawn.settings)
        for path, ref in references(make(drawn.kind, drawn.settings)):
            place: Any = settings
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = {"id": ids[ref.noun()][ref.name], "name": ref.name}
        drawn.settings = settings
    return pointing
