"""What is different between two versions of a node's settings, value by value, in words staff understand.

Knows settings only: which node they belong to, and the rest of the flow, are differences.py's.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, TypeAlias

from pydantic import BaseModel

from controller.choices import Choices
from controller.flows.document import Ref
from controller.flows.languages import language_name
from controller.flows.speech import Speech
from controller.texts import T, Text

SHOWN = 160
"""Characters of a text that are shown of it; around what is different, where there is more."""

_BEFORE = 30  # characters shown before the first that is different

Names: TypeAlias = Mapping[str, Mapping[str, str]]
"""Noun to id to name, as `Clinic.names` gives them."""

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Changed:
    """One value that is different. `path`: fields and indexes to it, in the newer settings where they have it."""

    path: Path
    text: Text


_Named: TypeAlias = tuple[Path, tuple[Text, ...]]
"""A place in settings, and what staff call it, from outside in."""


def named(field: str, kind: type[BaseModel]) -> Text:
    """What staff call a setting: its title."""
    found = kind.model_fields.get(field)
    return Text(found.title) if found and found.title else T("{name}", name=field)


class Comparison:
    """Compares settings of one kind. `covered`: ways out of the node that are new or gone, and said elsewhere: the entry
    of a list that stands for one of them is not said again."""

    def __init__(self, names: Names, covered: Iterable[str] = ()) -> None:
        self._names = names
        self._covered = frozenset(covered)

    def settings(self, old: BaseModel, new: BaseModel) -> Iterator[Changed]:
        """What is different between two nodes that could be read, in the order of the form."""
        yield from self._fields(old, new, ((), ()))

    def unread(self, old: Mapping[str, Any], new: Mapping[str, Any], kind: type[BaseModel] | None) -> Iterator[Changed]:
        """The same where one of the two cannot be read: setting by setting, as written."""
        for key in dict.fromkeys([*old, *new]):
            before, after = old.get(key, _NOTHING), new.get(key, _NOTHING)
            if not same(before, after):
                title = named(key, kind) if kind else T("{name}", name=key)
                yield self._other(_chosen(before, key, kind), _chosen(after, key, kind), ((key,), (title,)))

    def _fields(self, old: BaseModel, new: BaseModel, at: _Named) -> Iterator[Changed]:
        for field in type(new).model_fields:
            inner = ((*at[0], field), (*at[1], named(field, type(new))))
            yield from self._values(getattr(old, field), getattr(new, field), inner)

    def _values(self, old: Any, new: Any, at: _Named) -> Iterator[Changed]:
        if isinstance(old, Speech) and isinstance(new, Speech):
            yield from self._speech(old, new, at)
        elif isinstance(old, Ref | None) and isinstance(new, Ref | None):
            if self._target(old) != self._target(new):
                yield self._other(old, new, at)
        elif isinstance(old, BaseModel) and isinstance(new, BaseModel):
            yield from self._fields(old, new, at)
        elif isinstance(old, tuple | list) and isinstance(new, tuple | list):
            yield from self._lists(old, new, at)
        elif not same(old, new):
            yield self._other(old, new, at)

    def _speech(self, old: Speech, new: Speech, at: _Named) -> Iterator[Changed]:
        for language in dict.fromkeys([*old.text, *new.text]):
            before, after = old.text.get(language, ""), new.text.get(language, "")
            if before == after:
                continue
            values = {"setting": _joined(at[1], _into), "language": language_name(language)}
            was, now = _excerpts(before, after)
            if not before.strip():
                text = T("“{setting}” is now said in {language} too: {new}", **values, new=now)
            elif not after.strip():
                text = T("“{setting}” is no longer said in {language}: it was {old}", **values, old=was)
            else:
                text = T("“{setting}” in {language} has changed: {new} was {old}", **values, new=now, old=was)
            yield Changed((*at[0], "text", language), text)
        if self._target(old.prompt) != self._target(new.prompt):
            inner = ((*at[0], "prompt"), (*at[1], T("Recording")))
            yield self._other(old.prompt, new.prompt, inner)

    def _lists(self, old: Sequence[Any], new: Sequence[Any], at: _Named) -> Iterator[Changed]:
        """Entries are told apart by what they stand for (a key, a name, a person); by their place where that is not clear."""
        before, after = ([self._identity(item) for item in items] for items in (old, new))
        if _all_clear(before) and _all_clear(after):
            found = dict(zip(before, old, strict=True))
            for index, (identity, item) in enumerate(zip(after, new, strict=True)):
                if identity in found:
                    called = T("{name}", name=identity) if isinstance(identity_of(item), str) else self._words(item)
                    inner = ((*at[0], index), (*at[1], called))
                    yield from self._values(found[identity], item, inner)
                elif identity not in self._covered:
                    yield self._entry(item, index, at, came=True)
            for identity, item in found.items():
                if identity not in after and identity not in self._covered:
                    yield self._entry(item, None, at, came=False)
            if [one for one in before if one in after] != [one for one in after if one in before]:
                text = T(
                    "“{setting}” is now in another order: {new}", setting=_joined(at[1], _into), new=self._words(new)
                )
                yield Changed(at[0], text)
            return
        head, tail = _alike(old, new), 0
        tail = _alike(old[head:][::-1], new[head:][::-1])
        pairs = zip_longest(old[head : len(old) - tail], new[head : len(new) - tail], fillvalue=_NOTHING)
        for index, (one, other) in enumerate(pairs, head):
            if other is _NOTHING:
                yield self._entry(one, None, at, came=False)
            elif one is _NOTHING:
                yield self._entry(other, index, at, came=True)
            else:
                number = (T("{number}", number=index + 1),) if len(old) > 1 or len(new) > 1 else ()
                yield from self._values(one, other, ((*at[0], index), (*at[1], *number)))

    def _entry(self, item: Any, index: int | None, at: _Named, *, came: bool) -> Changed:
        values = {"setting": _joined(at[1], _into), "entry": self._words(item)}
        text = T("“{setting}” now has {entry}", **values) if came else T("“{setting}” no longer has {entry}", **values)
        return Changed(at[0] if index is None else (*at[0], index), text)

    def _other(self, old: Any, new: Any, at: _Named) -> Changed:
        setting = _joined(at[1], _into)
        texts = all(isinstance(value, str) and value and not isinstance(value, Choices) for value in (old, new))
        if texts:
            was, now = _excerpts(old, new)
        else:
            was, now = self._words(old), self._words(new)
        if was.render() == now.render():
            return Changed(at[0], T("“{setting}” has changed: it is another {new}", setting=setting, new=now))
        return Changed(at[0], T("“{setting}” is {new} instead of {old}", setting=setting, new=now, old=was))

    def _target(self, ref: Ref[Any] | None) -> str:
        """What a reference stands for: by its id, then by its name, as at import; nothing where none is chosen."""
        if not ref:
            return ""
        known = self._names.get(ref.noun(), {})
        if ref.id in known:
            return ref.id
        return next((id for id, name in known.items() if name == ref.name), ref.id or f"“{ref.name}”")

    def _identity(self, item: Any) -> str:
        value = identity_of(item)
        return self._target(value) if isinstance(value, Ref) else str(value) if isinstance(value, str) else ""

    def _words(self, value: Any) -> Text:
        """A value as staff read it."""
        if value is _NOTHING:
            return T("not set")
        match value:
            case Ref():
                name = self._names.get(value.noun(), {}).get(self._target(value), value.name or value.id)
                return T("{name}", name=name) if name else T("nothing")
            case Speech():
                said = [*(text for text in value.text.values() if text.strip()), value.prompt]
                return self._words(next((one for one in said if one), None))
            case BaseModel():
                chosen = [
                    (name, chosen)
                    for name, field in type(value).model_fields.items()
                    if (chosen := getattr(value, name)) != field.get_default(call_default_factory=True)
                ]
                parts = [
                    T("{setting} {value}", setting=named(name, type(value)), value=self._words(one))
                    for name, one in chosen
                ]
                return _joined(parts, _and) if parts else T("one more")
            case tuple() | list() if value:
                return _joined([self._words(item) for item in value[:20]], _and)
            case None | "" | () | []:
                return T("nothing")
            case bool():
                return T("yes") if value else T("no")
            case Choices():
                return T("“{text}”", text=value.words)
            case str():
                return T("“{text}”", text=_cut(value))
            case int() | float():
                return T("{number}", number=f"{value:g}" if isinstance(value, float) else value)
        return T("{value}", value=_cut(json.dumps(value, ensure_ascii=False)))


_NOTHING: Any = object()


def _chosen(value: Any, field: str, kind: type[BaseModel] | None) -> Any:
    """A value as written, as the member it stands for where the setting is one to choose from."""
    found = kind.model_fields.get(field) if kind else None
    choices = found.annotation if found else None
    if isinstance(choices, type) and issubclass(choices, Choices):
        return next((choice for choice in choices if choice.value == value), value)
    return value


def identity_of(item: Any) -> Any:
    """What an entry of a list stands for: its first field, where that is a text or a reference."""
    if isinstance(item, BaseModel) and not isinstance(item, Ref):
        return getattr(item, next(iter(type(item).model_fields)))
    return item


def same(old: Any, new: Any) -> bool:
    """Whether two values of JSON are the same: to Python, true is 1."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    return bool(old == new)


def _all_clear(identities: Sequence[str]) -> bool:
    return all(identities) and len(set(identities)) == len(identities)


def _alike(old: Sequence[Any], new: Sequence[Any]) -> int:
    """How many entries two lists begin with alike."""
    return next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
                min(len(old), len(new)))  # fmt: skip


def _into(outer: Text, inner: Text) -> Text:
    return T("{outer} → {inner}", outer=outer, inner=inner)


def _and(before: Text, one: Text) -> Text:
    return T("{before}, {one}", before=before, one=one)


def _joined(parts: Sequence[Text], how: Callable[[Text, Text], Text]) -> Text:
    return functools.reduce(how, parts)


def _cut(text: str, start: int = 0) -> str:
    """What is shown of a text, in one line."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text[start : start + SHOWN])
    return ("…" if start else "") + shown + ("…" if len(text) > start + SHOWN else "")


def _excerpts(old: str, new: str) -> tuple[Text, Text]:
    """Of two texts, where they are different."""
    first = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
                 min(len(old), len(new)))  # fmt: skip
    start = max(0, first - _BEFORE) if max(len(old), len(new)) > SHOWN else 0
    return T("“{text}”", text=_cut(old, start)), T("“{text}”", text=_cut(new, start))
