"""What a document refers to, matched with what the clinic has: by id, then by name. Missing things can be made, empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows import hours
from controller.flows.document import REFERABLE, Document, Ref, references
from controller.flows.registry import UnknownKind, make
from controller.store import models
from controller.store.snapshot import referable
from controller.texts import Text

_WORKDAY = (hours.Span(start=time(8), end=time(17)),)
_WEEKDAYS = list(hours.Weekday)[:5]

# What is made for a name that nothing has: sound by itself, and for staff to fill in.
_EMPTY: Mapping[str, Callable[[str], models.Kept]] = {
    "hours": lambda name: models.Hours(name=name, calendar=hours.Calendar(week=dict.fromkeys(_WEEKDAYS, _WORKDAY))),
    "person": lambda name: models.Person(name=name),
    "team": lambda name: models.Team(name=name),
    "rota": lambda name: models.Rota(name=name),
    "mailbox": lambda name: models.Mailbox(name=name),
    "prompt": lambda name: models.Prompt(name=name),
    "list": lambda name: models.ContactList(name=name),
    "location": lambda name: models.Location(name=name, zone="UTC"),
    "flow": lambda name: models.Flow(name=name),
    "queue": lambda name: models.Queue(name=name),
    "skill": lambda name: models.Skill(name=name),
    "provider": lambda name: models.Provider(name=name),
    "trunk": lambda name: models.Trunk(name=name, gateway=name, enabled=False),
}


@dataclass(frozen=True)
class Missing:
    """Something that a document refers to and the clinic does not have; `nodes` are those that refer to it."""

    noun: str
    name: str
    nodes: tuple[str, ...]

    @property
    def what(self) -> Text:
        """What kind of thing it is, in staff's words."""
        return REFERABLE[self.noun].title


def match(document: Document, session: Session) -> tuple[Document, list[Missing]]:
    """The document with every reference pointing at a row, and what no row was found for.

    Of several rows with a name, the one made first. Nodes that this program cannot read are left as they are.
    """
    matched = document.model_copy(deep=True)
    missing: dict[tuple[str, str], list[str]] = {}
    known: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for node, drawn in matched.nodes.items():
        for path, ref in _references(drawn.kind, drawn.settings):
            noun = ref.noun()
            if noun not in known:
                known[noun] = _names(session, noun)
            names, ids = known[noun]
            found = ref.id if ref.id in names else ids.get(ref.name)
            if found is None:
                missing.setdefault((noun, ref.name or ref.id), []).append(drawn.title or node)
            else:
                _put(drawn.settings, path, {"id": found, "name": names[found]})
    return matched, [Missing(noun, name, tuple(nodes)) for (noun, name), nodes in missing.items()]


def create(missing: Iterable[Missing], session: Session) -> None:
    """Make what is missing, with its name and nothing else."""
    for thing in missing:
        make_empty(session, thing.noun, thing.name)


def make_empty(session: Session, noun: str, name: str, location: str | None = None) -> str:
    """Make a thing with its name and nothing else, at a location if it can be at one; its id."""
    made: Any = empty(noun, name)
    if location is not None and hasattr(made, "location_id"):
        made.location_id = location
    session.add(made)
    session.flush()
    return str(made.id)


@dataclass(frozen=True)
class Referred:
    """Something that a document refers to. `found`: the clinic's own, known `by` its id or its name."""

    noun: str
    id: str
    name: str
    nodes: tuple[str, ...]
    found: str | None
    by: str | None

    @property
    def key(self) -> str:
        """What tells it from all others of its document."""
        return f"{self.noun} {self.id or self.name}"

    @property
    def what(self) -> Text:
        """What kind of thing it is, in staff's words."""
        return REFERABLE[self.noun].title


def referred(document: Document, session: Session) -> list[Referred]:
    """Everything that a document refers to, each thing once, in the order of its nodes."""
    nodes: dict[tuple[str, str, str], list[str]] = {}
    for node, drawn in document.nodes.items():
        for _, ref in _references(drawn.kind, drawn.settings):
            where = nodes.setdefault((ref.noun(), ref.id, ref.name), [])
            if (title := drawn.title or node) not in where:
                where.append(title)
    known = {noun: _names(session, noun) for noun in {noun for noun, _, _ in nodes}}
    found = []
    for (noun, id, name), titles in nodes.items():
        names, ids = known[noun]
        row, by = (id, "id") if id in names else (ids.get(name), "name")
        found.append(Referred(noun, id, name, tuple(titles), row, by if row else None))
    return list({one.key: one for one in reversed(found)}.values())[::-1]


def pointed(document: Document, chosen: Mapping[str, str], session: Session) -> Document:
    """The document with each reference pointing at the row chosen for it (by `Referred.key`); others are left alone."""
    changed = document.model_copy(deep=True)
    names: dict[str, dict[str, str]] = {}
    for drawn in changed.nodes.values():
        for path, ref in _references(drawn.kind, drawn.settings):
            noun = ref.noun()
            to = chosen.get(f"{noun} {ref.id or ref.name}")
            if to is None:
                continue
            if noun not in names:
                names[noun] = _names(session, noun)[0]
            if to in names[noun]:
                _put(drawn.settings, path, {"id": to, "name": names[noun][to]})
    return changed


def empty(noun: str, name: str) -> models.Kept:
    """A new thing of a kind that flows can refer to, with its name and nothing else. Raises KeyError for another noun."""
    return _EMPTY[noun](name)


def _references(kind: str, settings: Mapping[str, Any]) -> list[tuple[tuple[str | int, ...], Ref[Any]]]:
    try:
        return list(references(make(kind, settings)))
    except (UnknownKind, ValueError):
        return []


def _names(session: Session, noun: str) -> tuple[dict[str, str], dict[str, str]]:
    table: Any = referable()[noun]
    rows = session.execute(select(table.id, table.name).order_by(table.id)).all()
    ids: dict[str, str] = {}
    for row in rows:
        ids.setdefault(row.name, row.id)
    return {row.id: row.name for row in rows}, ids


def _put(settings: Any, path: Sequence[str | int], value: Any) -> None:
    for key in path[:-1]:
        settings = settings[key]
    settings[path[-1]] = value
