"""A history in plain words: which field, from what to what. The fields' titles are those of the columns (`titled`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from babel.dates import format_datetime
from sqlalchemy import Column, select
from sqlalchemy.orm import Session

from controller.choices import Choices
from controller.flows.languages import language_name
from controller.store.models import Base, Change, FlowVersion
from controller.store.models.base import Document, Telephone, UTCDateTime, Word
from controller.texts import T, Text
from flow_editor.things.numbers import shown

LONGEST = 120
"""Letters of a value that are shown."""


@runtime_checkable
class TellsChanges(Protocol):
    """A document within a row (opening hours, a rota) that can say how it differs from an earlier one."""

    def changes_from(self, before: Any, person: Callable[[str], str]) -> list[Text]:
        """What is different, one sentence each. `person`: what somebody is called, by id."""


class Telling:
    """Says changes; reads names as it needs them."""

    def __init__(self, session: Session, language: str) -> None:
        self._session = session
        self._language = language
        self._models: dict[str, type[Any]] = {
            mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers
        }
        self._names: dict[tuple[str, str], str] = {}

    def who(self, who: str) -> str:
        """A person's name; as it is for what is none (an import)."""
        return self.name("people", who) or who

    def name(self, table: str, id: str) -> str:
        """What a row is known as, or was before it was deleted; empty for one that never was."""
        if (table, id) not in self._names:
            row = self._session.get(self._models[table], id)
            self._names[table, id] = str(row.known_as) if row is not None else self._former(table, id)
        return self._names[table, id]

    def _former(self, table: str, id: str) -> str:
        last = select(Change.before).where(Change.entity == table, Change.entity_id == id, Change.after.is_(None))
        before = self._session.scalar(last.order_by(Change.id.desc()).limit(1)) or {}
        return str(before.get("name") or before.get("label") or before.get("number") or "")

    def sentences(self, change: Change, of: str) -> Iterator[str]:
        """What became of a row. `of`: the id of the thing whose history this is; its parts say which they are."""
        model = self._models.get(change.entity)
        if model is None:
            return
        part = "" if change.entity_id == of else self._part(model, change, of)
        if change.before is None or change.after is None:
            if part:
                text = T("{part}: added", part=part) if change.before is None else T("{part}: removed", part=part)
                yield text.render(self._language)
            elif change.before is None:
                yield T("Made").render(self._language)
            else:
                yield T("Deleted").render(self._language)
            return
        for column in model.__table__.columns:
            before, after = change.before.get(column.name), change.after.get(column.name)
            if before == after or "title" not in column.info:
                continue
            for text in self._field(column, before, after):
                told = text.render(self._language)
                yield f"{part}: {told}" if part else told[:1].upper() + told[1:]

    def _part(self, model: type[Any], change: Change, of: str) -> str:
        if model.shown_with is not None and model.owner is not None and change.owner_id not in (None, of):
            (key,) = model.__table__.c[model.owner].foreign_keys
            return self.name(key.column.table.name, str(change.owner_id))
        state = change.after or change.before or {}
        known = state.get("label") or state.get("sip_user") or state.get("number")
        if known == state.get("number"):
            known = shown(known)
        if not known:
            for column in model.__table__.columns:
                value = state.get(column.name)
                if value is not None and column.name != model.owner and "title" in column.info:
                    known = self._value(column, value)
                    break
        title = model.title().render(self._language)
        return f"{title[:1].upper()}{title[1:]} {known}".strip()

    def _field(self, column: Column[Any], before: Any, after: Any) -> Iterator[Text]:
        if isinstance(column.type, Document):
            model = column.type.model
            now = model.model_validate(after or {})
            if isinstance(now, TellsChanges):
                yield from now.changes_from(model.model_validate(before or {}), lambda id: self.name("people", id))
                return
            yield T("{field}: changed", field=column.info["title"])
            return
        if column.name == "recordings":
            yield from _recordings(before or {}, after or {})
            return
        yield T("{field}: {before} → {after}", field=column.info["title"], before=self._value(column, before),
                after=self._value(column, after))  # fmt: skip

    def _value(self, column: Column[Any], value: Any) -> str:
        if value is None or value in ("", [], {}):
            return T("nothing").render(self._language)
        text = self._plain(column, value)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

    def _plain(self, column: Column[Any], value: Any) -> str:
        if isinstance(value, bool):
            return (T("yes") if value else T("no")).render(self._language)
        if isinstance(column.type, Telephone):
            return shown(value)
        if isinstance(column.type, Word) and issubclass(column.type.words, Choices):
            return column.type.words(value).words.render(self._language)
        if isinstance(column.type, UTCDateTime):
            return str(format_datetime(datetime.fromisoformat(value), "short", locale=self._language))
        if column.name == "live_version_id":
            version = self._session.get(FlowVersion, value)
            return T("version {number}", number=version.number if version else "?").render(self._language)
        for key in column.foreign_keys:
            return self.name(key.column.table.name, value)
        if column.name in ("languages", "language", "reads"):
            codes = value if isinstance(value, list) else [value]
            return ", ".join(language_name(code).render(self._language) for code in codes)
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(value, dict):
            return ", ".join(f"{key}: {inner}" for key, inner in value.items())
        return str(value)


def _recordings(before: dict[str, str], after: dict[str, str]) -> Iterator[Text]:
    """Which languages are recorded: the names of files say nothing to people."""
    for language in {**before, **after}:
        name = language_name(language)
        if language not in after:
            yield T("{language}: the computer's voice again", language=name)
        elif language not in before:
            yield T("{language}: recorded", language=name)
        elif before[language] != after[language]:
            yield T("{language}: recorded anew", language=name)
