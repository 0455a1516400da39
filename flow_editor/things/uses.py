"""Where something is used, and putting another one in its place: in flows and their drafts by what documents refer to, in
tables by their foreign keys, in rotas and preferences by what their values say they refer to. No list of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Column, Table, UniqueConstraint, func, select, update
from sqlalchemy.orm import Session

from controller.flows.document import Document, references
from controller.flows.registry import UnknownKind, make
from controller.flows.upgrades import DocumentRefused, from_json
from controller.store import publications
from controller.store.models import Base, Draft, Flow, FlowVersion, Kept, Preference, Publication, Standing
from controller.store.models.base import Document as DocumentColumn
from controller.store.snapshot import REFERRING
from controller.texts import T, Text
from flow_editor.accounts.permissions import Permission
from flow_editor.drafts import shape
from flow_editor.drafts import store as drafts
from flow_editor.editor import must
from flow_editor.things.thing import location_of


@dataclass(frozen=True)
class Use:
    """Something that refers to a thing: `what` it is and its `name`; `at`: the steps of a flow that do.

    `kind`: "flow", "plan" (a version that will be live by itself), "draft", or the name of a table; `count`: of rows that have
    no name (messages)."""

    kind: str
    id: str
    what: Text
    name: str
    location: str | None = None
    at: tuple[str, ...] = ()
    count: int = 1


@dataclass
class _Found:
    """The rows of a table that refer to a thing by one of its columns."""

    table: Table
    column: Column[Any]
    model: type[Any] | None
    rows: list[Any] = field(default_factory=list)
    count: int = 0


def uses(session: Session, table: str, id: str, *, but: frozenset[str] = frozenset()) -> list[Use]:
    """Everything that refers to a row. `but`: tables whose rows do not count. What belongs to the row itself does not."""
    found = [*_in_flows(session, table, id)]
    seen: set[tuple[str, str]] = set()
    for place in _referring(session, table, id):
        if place.table.name in but:
            continue
        if place.model is None:
            if place.count:
                found.append(Use(place.table.name, "", _plural(place.table.name), "", count=place.count))
            continue
        for row in place.rows:
            whole = _whole(session, row)
            if whole.__tablename__ == table and whole.id == id:
                continue
            if (whole.__tablename__, whole.id) not in seen:
                seen.add((whole.__tablename__, whole.id))
                found.append(_use(whole))
    for row in [*_in_documents(session, table, id), *_in_preferences(session, table, id)]:
        if (row.__tablename__, row.id) not in seen:
            seen.add((row.__tablename__, row.id))
            found.append(_use(row))
    return found


def replace(session: Session, table: str, old: str, new: str, now: datetime, who: str) -> None:
    """Put another row in the place of one, everywhere. A flow that is live gets a new version that is live at once.

    Raises NotAllowed where whoever asks may not change what refers to it.
    """
    noun = _noun(table)
    if noun is not None:
        name = _name(session, table, new)
        for flow in session.scalars(select(Flow).order_by(Flow.id)):
            _replace_in_flow(session, flow, noun, old, {"id": new, "name": name}, now, who)
    for place in _referring(session, table, old):
        if place.model is None:
            session.execute(update(place.table).where(place.column == old).values({place.column.name: new}))
            continue
        for row in place.rows:
            whole = _whole(session, row)
            if whole.__tablename__ == table and whole.id == old:
                continue
            must(_permission(whole), location_of(whole))
            if _there_already(session, place, row, new):
                session.delete(row)
            else:
                setattr(row, place.column.key, new)
            session.flush()
    for row in _in_documents(session, table, old):
        must(Permission.CHANGE_SETUP, location_of(row))
        for column in _documents(row):
            turned = _replaced(
                getattr(row, column.key), noun or "", old, {"id": new, "name": _name(session, table, new)}
            )
            setattr(row, column.key, turned)
    for row in _in_preferences(session, table, old):
        must(Permission.CHANGE_SETUP, row.location_id)
        row.value = new
    session.flush()


# -- flows and drafts


def documents(session: Session, flow: Flow) -> list[Document]:
    """A flow as it is live, as it will be by itself, and as it is being drawn where that is another."""
    found = (_live(session, flow), *(document for _, document in _planned(session, flow)), _drawn(session, flow))
    return [document for document in found if document is not None]


def _in_flows(session: Session, table: str, id: str) -> Iterator[Use]:
    noun = _noun(table)
    if noun is None:
        return
    for flow in session.scalars(select(Flow).order_by(Flow.name)):
        if table == Flow.__tablename__ and flow.id == id:
            continue
        planned = [document for _, document in _planned(session, flow) if document is not None]
        forms: list[tuple[str, Text, list[Document]]] = [
            ("flow", T("call flow"), [it] if (it := _live(session, flow)) else []),
            ("plan", T("planned version of a call flow"), planned),
            ("draft", T("draft of a call flow"), [it] if (it := _drawn(session, flow)) else []),
        ]
        for kind, what, versions in forms:
            at = tuple(dict.fromkeys(step for document in versions for step in _steps(document, noun, id)))
            if at:
                yield Use(kind, flow.id, what, flow.name, flow.location_id, at)


def _live(session: Session, flow: Flow) -> Document | None:
    return _document(session, flow.live_version_id)


def _planned(session: Session, flow: Flow) -> Iterator[tuple[Publication, Document | None]]:
    """What will be live by itself: planned versions, and the one that comes back when a version for a time is over."""
    for publication in publications.planned(session, flow.id):
        yield publication, _document(session, publication.version_id)
    over = publications.returning(session, flow)
    if over is not None:
        yield over, _document(session, over.replaced_version_id)


def _document(session: Session, version: str | None) -> Document | None:
    row = session.get(FlowVersion, version) if version else None
    try:
        return from_json(row.document) if row else None
    except DocumentRefused:
        return None


def _drawn(session: Session, flow: Flow) -> Document | None:
    """What is being drawn of a flow, where that is not what is live."""
    draft = session.get(Draft, flow.id)
    if draft is None or not draft.changed:
        return None
    try:
        return shape.project(drafts.load(session, flow.id))
    except DocumentRefused:
        return None


def _steps(document: Document, noun: str, id: str) -> Iterator[str]:
    """The nodes that refer to it, as staff know them."""
    for drawn in document.nodes.values():
        if any(True for _ in _paths(drawn.kind, drawn.settings, noun, id)):
            yield drawn.title or drawn.kind


def _paths(kind: str, settings: dict[str, Any], noun: str, id: str) -> Iterator[tuple[str | int, ...]]:
    try:
        node = make(kind, settings)
    except (UnknownKind, ValueError):
        return
    for path, ref in references(node):
        if ref.noun() == noun and ref.id == id:
            yield path


def _replace_in_flow(
    session: Session, flow: Flow, noun: str, old: str, new: dict[str, str], now: datetime, who: str
) -> None:
    live, drawn = _live(session, flow), _drawn(session, flow)
    before = flow.live_version_id
    for publication, planned in list(_planned(session, flow)):
        if planned is not None and (changed := _pointing(planned, noun, old, new)) is not None:
            must(Permission.PUBLISH_FLOWS, flow.location_id)
            version = _next(session, flow, changed, new["name"], now, who)
            if publication.standing is Standing.PLANNED:
                publication.version_id = version.id
            else:
                publication.replaced_version_id = version.id
    if live is not None and (changed := _pointing(live, noun, old, new)) is not None:
        must(Permission.PUBLISH_FLOWS, flow.location_id)
        version = _next(session, flow, changed, new["name"], now, who)
        until = publications.returning(session, flow)
        publication = publications.make(
            session, version, who=who, now=now, ends_at=until.ends_at if until is not None else None
        )
        if until is not None:  # it goes on being for a time only
            publication.replaced_version_id = until.replaced_version_id
    if drawn is not None and (changed := _pointing(drawn, noun, old, new)) is not None:
        must(Permission.DRAW_FLOWS, flow.location_id)
        drafts.replace(session, flow.id, changed, now, who)
    draft = session.get(Draft, flow.id)
    if draft is not None and draft.changed and draft.base_version_id == before:
        draft.base_version_id = flow.live_version_id  # the same has been done to both
    session.flush()


def _next(session: Session, flow: Flow, document: Document, name: str, now: datetime, who: str) -> FlowVersion:
    """The document as the flow's next version."""
    newest = session.scalar(select(func.max(FlowVersion.number)).where(FlowVersion.flow_id == flow.id)) or 0
    version = FlowVersion(
        flow_id=flow.id,
        number=newest + 1,
        document=document.model_dump(mode="json"),
        note=str(T("“{name}” put in the place of another", name=name)),
        published_at=now,
        published_by=who,
    )
    session.add(version)
    session.flush()
    return version


def _pointing(document: Document, noun: str, old: str, new: dict[str, str]) -> Document | None:
    """The document with its references turned; None when it has none to turn."""
    turned = document.model_copy(deep=True)
    some = False
    for drawn in turned.nodes.values():
        settings = copy.deepcopy(drawn.settings)
        for path in list(_paths(drawn.kind, drawn.settings, noun, old)):
            place: Any = settings
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = dict(new)
            some = True
        drawn.settings = settings
    return turned if some else None


# -- tables


def _models() -> dict[str, type[Any]]:
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}


def _referring(session: Session, table: str, id: str) -> list[_Found]:
    """Every column of the schema that refers to a table, with the rows that refer to this row.

    Of tables without a history only those whose rows would stay when it goes, counted."""
    found = []
    models = _models()
    for one in Base.metadata.sorted_tables:
        for key in one.foreign_keys:
            if key.column.table.name != table:
                continue
            model = models[one.name]
            if issubclass(model, Kept):
                rows = session.scalars(select(model).where(key.parent == id).order_by(model.id)).all()
                found.append(_Found(one, key.parent, model, list(rows)))
            elif key.ondelete != "CASCADE":
                count = session.scalar(select(func.count()).select_from(one).where(key.parent == id)) or 0
                found.append(_Found(one, key.parent, None, count=count))
    return found


def _whole(session: Session, row: Any) -> Any:
    """What a row is a part of: a phone's person."""
    while row.owner is not None and (owner := getattr(row, row.owner)) is not None:
        (key,) = row.__table__.c[row.owner].foreign_keys
        row = session.get_one(_models()[key.column.table.name], owner)
    return row


def _use(row: Any) -> Use:
    return Use(row.__tablename__, row.id, row.title(), row.known_as, location_of(row))


def _permission(row: Any) -> Permission:
    return Permission.PUBLISH_FLOWS if isinstance(row, Flow) else Permission.CHANGE_SETUP


def _there_already(session: Session, place: _Found, row: Any, new: str) -> bool:
    """Whether there may be only one such row, and there is one for the new thing: somebody is in the team already."""
    alone = [it.columns.values() for it in place.table.constraints if isinstance(it, UniqueConstraint)]
    alone += [it.columns.values() for it in place.table.indexes if it.unique]
    for columns in alone:
        if any(column is place.column for column in columns):
            same = [column == getattr(row, column.key) for column in columns if column is not place.column]
            if session.scalar(select(place.table.c.id).where(place.column == new, *same).limit(1)) is not None:
                return True
    return False


def _noun(table: str) -> str | None:
    noun: str | None = getattr(_models()[table], "noun", None)
    return noun


def _name(session: Session, table: str, id: str) -> str:
    return str(session.get_one(_models()[table], id).known_as)


def _plural(table: str) -> Text:
    return {"messages": T("messages"), "flow_versions": T("versions"), "links": T("links")}.get(table, Text(table))


# -- documents within rows: rotas name people


def _documents(row: Any) -> list[Column[Any]]:
    return [column for column in row.__table__.columns if isinstance(column.type, DocumentColumn)]


def _in_documents(session: Session, table: str, id: str) -> Iterator[Any]:
    noun = _noun(table)
    if noun is None:
        return
    for model in _models().values():
        if issubclass(model, Kept) and _documents(model):
            for row in session.scalars(select(model).order_by(model.id)):
                if any(_refers(getattr(row, column.key), noun, id) for column in _documents(row)):
                    yield row


def _in_preferences(session: Session, table: str, id: str) -> list[Preference]:
    keys = [key for key, noun in REFERRING.items() if noun == _noun(table)]
    found = session.scalars(select(Preference).where(Preference.key.in_(keys)).order_by(Preference.id))
    return [row for row in found if row.value == id]


def _refers(value: Any, noun: str, id: str) -> bool:
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            inner = getattr(value, name)
            if inner == id and isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("x-ref") == noun:
                return True
            if _refers(inner, noun, id):
                return True
        return False
    if isinstance(value, dict):
        return any(_refers(inner, noun, id) for inner in value.values())
    return isinstance(value, list | tuple) and any(_refers(inner, noun, id) for inner in value)


def _replaced(value: Any, noun: str, old: str, new: dict[str, str]) -> Any:
    """The same value with its references turned, and the name beside each."""
    if isinstance(value, BaseModel):
        changed = {}
        for name, info in type(value).model_fields.items():
            inner = getattr(value, name)
            extra = info.json_schema_extra
            here = inner == old and isinstance(extra, dict) and extra.get("x-ref") == noun
            turned = new["id"] if here else _replaced(inner, noun, old, new)
            if turned is not inner:
                changed[name] = turned
            if here and "name" in type(value).model_fields:
                changed["name"] = new["name"]
        return value.model_copy(update=changed) if changed else value
    if isinstance(value, dict):
        turned_values = {key: _replaced(inner, noun, old, new) for key, inner in value.items()}
        return turned_values if any(turned_values[key] is not value[key] for key in value) else value
    if isinstance(value, tuple):
        items = tuple(_replaced(inner, noun, old, new) for inner in value)
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)
