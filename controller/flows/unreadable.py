"""Settings that a kind of node cannot read, in the words of its form: pydantic's errors, with the titles staff see."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from controller.choices import Choices
from controller.flows.changes import named
from controller.flows.upgrades import place, what_is_wrong
from controller.texts import T, Text


def unreadable(kind: type[BaseModel], error: ValidationError) -> Iterator[tuple[str | None, Text]]:
    """For each thing wrong with the settings: which one (None: all of them), and what to say of it."""
    for wrong in error.errors(include_url=False, include_input=False):
        path = wrong["loc"]
        called, found = _at(kind, path)
        what = what_is_wrong(wrong)
        if wrong["type"] == "enum" and isinstance(found, type) and issubclass(found, Choices):
            words = [T("“{text}”", text=choice.words) for choice in found]
            what = T("this should be one of: {choices}", choices=functools.reduce(_and, words))
        text = T("The setting “{setting}” can't be used: {what}. Set it anew.", setting=called, what=what)
        yield str(path[0]) if path else None, text


def _at(kind: type[BaseModel], path: tuple[str | int, ...]) -> tuple[Text, Any]:
    """What staff call a place in settings, from outside in, and what type it should be of."""
    called: list[Text] = []
    now: Any = kind
    for part in path:
        if isinstance(part, int):
            called.append(T("{number}", number=part + 1))
            now = next(iter(get_args(now)), None)
        elif isinstance(now, type) and issubclass(now, BaseModel) and part in now.model_fields:
            called.append(named(part, now))
            now = now.model_fields[part].annotation
        elif part != "[key]":
            called.append(T("{name}", name=place((part,))))
            now = get_args(now)[1] if get_origin(now) is dict else None
        now = _without_none(now)
    return functools.reduce(_into, called) if called else T("{name}", name=""), now


def _without_none(annotation: Any) -> Any:
    """What a type is beside None, without its constraints."""
    if get_origin(annotation) is Annotated:
        return _without_none(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _without_none(next(one for one in get_args(annotation) if one is not type(None)))
    return annotation


def _into(outer: Text, inner: Text) -> Text:
    return T("{outer} → {inner}", outer=outer, inner=inner)


def _and(before: Text, one: Text) -> Text:
    return T("{before}, {one}", before=before, one=one)
