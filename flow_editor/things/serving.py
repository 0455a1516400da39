"""The routes that every kind of thing has: `serve(blueprint, Numbers())` in a feature's routes.py makes them.

GET    /api/numbers               all that whoever asks may see       POST   ... make one
GET    /api/numbers/history       what became of all, also of those that are gone
POST   /api/numbers/preview       what making, changing or deleting would do, without doing it
GET    /api/numbers/<id>          one, its form filled in             PUT    ... change it, by the revision that was seen
DELETE /api/numbers/<id>          delete it, or put another in its place (Deletion)
GET    /api/numbers/<id>/uses     where it is used
GET    /api/numbers/<id>/history  what became of it                   POST   ... go back to a state before

What has no form (flows are drawn) has only what takes away and looks back: `serve_going(blueprint, FLOWS)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, ConfigDict, create_model
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, language, visitor
from flow_editor.errors import Conflict
from flow_editor.things import changes, proving
from flow_editor.things.changes import Entry
from flow_editor.things.effect import Effect, effect
from flow_editor.things.proving import Judged
from flow_editor.things.schemas import (
    Back,
    Deletion,
    DoneOut,
    EffectOut,
    ElsewhereOut,
    EntryOut,
    HistoryOut,
    UseOut,
    UsesOut,
    VersionEffect,
)
from flow_editor.things.thing import ALL, Thing, location_of, may_see


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Models:
    """A kind's models in the API, by its name there: NumbersList, NumbersOne, NumbersChange, NumbersPreview."""

    def __init__(self, thing: Thing[Any, Any, Any]) -> None:
        name = thing.path.title().replace("-", "")
        form: Any = thing.form
        line: Any = thing.line
        self.list = create_model(f"{name}List", items=(list[line], ...), may_make=(bool, ...))
        self.one = create_model(f"{name}One", revision=(int, ...), line=(line, ...), form=(form, ...))
        self.change = create_model(f"{name}Change", __base__=_Asked, revision=(int, ...), form=(form, ...))
        self.preview = create_model(
            f"{name}Preview",
            __base__=_Asked,
            __doc__="`id`: none for a new one; `form`: none to delete it, `replace_by` in its place; `keep`: only that.",
            id=(str | None, None),
            form=(form | None, None),
            replace_by=(str | None, None),
            keep=(bool, False),
        )


def serve(blueprint: APIBlueprint, thing: Thing[Any, Any, Any]) -> None:
    """Put the routes of a kind on a blueprint whose addresses begin with /api."""
    models = _Models(thing)
    path, name = f"/{thing.path}", thing.path.replace("-", "_")
    serve_going(blueprint, thing, models.preview)

    @blueprint.get(path, endpoint=f"{name}_list")
    @needs(thing.sees)
    @blueprint.output(models.list)
    def listed() -> Any:
        """All that whoever asks may see."""
        with editor().database.read() as session:
            found = thing.find(session, request.args.get("search", "").strip()[:200])
            rows = [row for row in found if may_see(thing.sees, location_of(row))]
            return models.list(items=thing.lines(session, rows), may_make=visitor().may_somewhere(thing.changes))

    @blueprint.post(path, endpoint=f"{name}_make")
    @needs(thing.changes)
    @blueprint.input(thing.form)
    @blueprint.output(DoneOut, status_code=201)
    def make(json_data: Any) -> DoneOut:
        """Make one."""
        return _done(thing, lambda session: str(changes.create(session, thing, json_data).id))

    @blueprint.get(f"{path}/<id>", endpoint=f"{name}_one")
    @needs(thing.sees)
    @blueprint.output(models.one)
    def one(id: str) -> Any:
        """One of them, as its form is filled in now."""
        with editor().database.read() as session:
            row = changes.get(session, thing, id)
            (line,) = thing.lines(session, [row])
            revision = changes.revision(session, thing, id)
            return models.one(revision=revision, line=line, form=thing.read(session, row))

    @blueprint.put(f"{path}/<id>", endpoint=f"{name}_change")
    @needs(thing.changes)
    @blueprint.input(models.change)
    @blueprint.output(DoneOut)
    def change(id: str, json_data: Any) -> DoneOut:
        """Change one; refused (409) when somebody else has meanwhile, with what."""

        def work(session: Session) -> str:
            changes.unchanged_since(session, thing, id, json_data.revision)
            changes.change(session, thing, id, json_data.form)
            return id

        return _done(thing, work)

    @blueprint.get(f"{path}/<id>/history", endpoint=f"{name}_history")
    @needs(Permission.SEE_HISTORY)
    @blueprint.output(HistoryOut)
    def history(id: str) -> HistoryOut:
        """What became of it and of its parts, newest first."""
        with editor().database.read() as session:
            changes.get(session, thing, id)
            return _history(changes.of_one(session, thing, id))

    @blueprint.post(f"{path}/<id>/history", endpoint=f"{name}_go_back")
    @needs(thing.changes)
    @blueprint.input(Back)
    @blueprint.output(DoneOut)
    def go_back(id: str, json_data: Back) -> DoneOut:
        """Undo everything that was done to it after a change."""

        def work(session: Session) -> str:
            changes.get(session, thing, id, lock=True)
            changes.go_back(session, thing, id, json_data.change)
            return id

        return _done(thing, work)


class GoingPreview(_Asked):
    """What deleting it would do, with another one put in its place; `keep`: only the latter."""

    id: str
    replace_by: str | None = None
    keep: bool = False


def serve_going(blueprint: APIBlueprint, thing: Thing[Any, Any, Any], preview_of: Any = GoingPreview) -> None:
    """The routes that take away and look back at what is gone. `preview_of`: what a preview is asked of."""
    ALL[thing.row.__tablename__] = thing
    path, name = f"/{thing.path}", thing.path.replace("-", "_")

    @blueprint.get(f"{path}/history", endpoint=f"{name}_all_history")
    @needs(Permission.SEE_HISTORY)
    @blueprint.output(HistoryOut)
    def all_history() -> HistoryOut:
        """What became of all of them, also of those that are not there any more."""
        with editor().database.read() as session:
            return _history(changes.of_all(session, thing))

    @blueprint.post(f"{path}/preview", endpoint=f"{name}_preview")
    @needs(thing.changes)
    @blueprint.input(preview_of)
    @blueprint.output(EffectOut)
    def preview(json_data: Any) -> EffectOut:
        """What saving or deleting would do to calls, without doing it."""
        return _preview(thing, json_data)

    @blueprint.delete(f"{path}/<id>", endpoint=f"{name}_delete")
    @needs(thing.changes)
    @blueprint.input(Deletion)
    @blueprint.output(DoneOut)
    def delete(id: str, json_data: Deletion) -> DoneOut:
        """Delete one; refused (409) when it is used, with where, unless another one is to take its place; and
        (422) when flows would not be fit for callers with that."""

        def work(session: Session) -> str:
            turned = changes.delete(session, thing, id, replace_by=json_data.replace_by, keep=json_data.keep)
            proving.approve(session, turned, json_data.reason, language())
            return id

        return _done(thing, work)

    @blueprint.get(f"{path}/<id>/uses", endpoint=f"{name}_uses")
    @needs(thing.sees)
    @blueprint.output(UsesOut)
    def uses(id: str) -> UsesOut:
        """Where it is used."""
        with editor().database.read() as session:
            changes.get(session, thing, id)
            return UsesOut(items=_uses(session, thing, id))


def _done(thing: Thing[Any, Any, Any], work: Any) -> DoneOut:
    def tracked(session: Session) -> DoneOut:
        id = work(session)
        session.flush()
        return DoneOut(
            id=id, revision=changes.revision(session, thing, id), change=str(session.info.get("change") or "")
        )

    with something_gone():
        return editor().database.transact(tracked, visitor().person)


@contextmanager
def something_gone() -> Iterator[None]:
    """What a database refuses because a row that is referred to is not there (any more) is somebody else's faster hand."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(T("Something that you chose is not here any more. Load the page again.")) from error


def _preview(thing: Thing[Any, Any, Any], asked: Any) -> EffectOut:
    id, form = asked.id, getattr(asked, "form", None)
    judged: list[Judged] = []

    def work(session: Session) -> None:
        if form is None:
            if id is not None and (asked.replace_by is not None or not changes.used_by(session, thing, id)):
                turned = changes.delete(session, thing, id, replace_by=asked.replace_by, keep=asked.keep)
                judged[:] = proving.judge(session, turned)
        elif id is None:
            changes.create(session, thing, form)
        else:
            changes.change(session, thing, id, form)

    with something_gone():
        found: Effect = effect(work)
    with editor().database.read() as session:
        used = _uses(session, thing, id) if id is not None else []
    elsewhere = [
        ElsewhereOut(
            flow=it.flow,
            flow_name=it.flow_name,
            title=it.title,
            before=it.before.render(language()),
            after=it.after.render(language()),
            fails=it.fails,
        )
        for it in found.elsewhere
    ]
    versions = [VersionEffect.of(it, language()) for it in judged]
    return EffectOut(used_by=used, rehearsals=found.rehearsals, elsewhere=elsewhere, versions=versions)


def _uses(session: Session, thing: Thing[Any, Any, Any], id: str) -> list[UseOut]:
    return [UseOut.model_validate(changes.told(use)) for use in changes.used_by(session, thing, id)]


def _history(entries: list[Entry]) -> HistoryOut:
    return HistoryOut(items=[EntryOut.model_validate(asdict(entry)) for entry in entries])
