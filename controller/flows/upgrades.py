"""A `Document` from JSON and back: older formats upgraded step by step, newer ones refused, never mangled.

Knows the document's own form only. Whether its nodes can be walked is checks.py's question.
"""

from __future__ import annotations

import copy
import functools
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError

from controller.flows.document import FORMAT, Document
from controller.texts import T, Text

LARGEST = 2_000_000
"""Bytes of JSON a document may have. Reading that many takes up to 0.4 s: not in the loop that carries calls."""

DEEPEST = 40
"""How deep its values may be nested."""

MOST_VALUES = 200_000
"""How many values it may hold: the largest flow that can be drawn has fewer, and reading more holds up whoever reads."""

LARGEST_NUMBER = 2**53
"""Whole numbers beyond it change on their way through a browser."""

A_HANDFUL = 5
"""How many of the things that are wrong are named; the others are counted."""

_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # PostgreSQL keeps no NUL, and UTF-8 no half of a pair

Raw: TypeAlias = dict[str, Any]

STEPS: Mapping[int, Callable[[Raw], Raw]] = {}
"""For each format before today's: how to make the next one of it. A step gets a document of its own to change."""


class DocumentRefused(ValueError):
    """JSON that is no document this program can read. The message is one line and names the place."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


def read(given: str | bytes | Raw) -> Document:
    """The document in JSON text (UTF-8) or in parsed JSON, in today's format. Raises DocumentRefused.

    Whether its nodes can be walked is not asked here: a kind this program does not have is a problem that checks.py names.
    """
    return from_json(given if isinstance(given, dict) else _parsed(given))


def write(document: Document) -> str:
    """The document as JSON text to keep and compare by line: nodes in the order drawn, two spaces, a line break at the end.

    `read` gives the same document again, and the same document always gives the same text.
    """
    raw = document.model_dump(mode="json")
    for drawn in (*raw["nodes"].values(), *raw["notes"].values()):
        drawn |= {side: _whole(drawn[side]) for side in ("x", "y", "width", "height") if side in drawn}
    return json.dumps(raw, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _whole(number: float) -> int | float:
    """340 rather than 340.0: as editors and people write it."""
    return int(number) if number == int(number) and abs(number) <= LARGEST_NUMBER else number


def _parsed(given: str | bytes) -> object:
    if len(given) > LARGEST or (isinstance(given, str) and len(given.encode("utf-8", "surrogatepass")) > LARGEST):
        raise DocumentRefused(T("The file is too large: {most} megabytes at most.", most=LARGEST // 1_000_000))
    try:
        text = given.decode("utf-8") if isinstance(given, bytes) else given
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_object, parse_constant=float)
    except UnicodeDecodeError as error:
        raise DocumentRefused(T("The file is not text in UTF-8: see byte {at}.", at=error.start + 1)) from error
    except json.JSONDecodeError as error:
        why = T("This is not JSON: line {line}, column {column}.", line=error.lineno, column=error.colno)
        raise DocumentRefused(why) from error
    except RecursionError as error:
        raise DocumentRefused(T("The document is nested too deeply.")) from error
    except ValueError as error:  # a number of thousands of digits
        raise DocumentRefused(T("A number in the file is too long.")) from error


def from_json(raw: object) -> Document:
    """The document in parsed JSON, in today's format. Raises DocumentRefused; `raw` is not changed."""
    if not isinstance(raw, dict):
        raise DocumentRefused(T("A flow is a JSON object, beginning with a brace."))
    _limit(raw)
    format_ = raw.get("format", 1)
    if not isinstance(format_, int) or isinstance(format_, bool) or format_ < 1:
        raise DocumentRefused(T("{place}: this should be a whole number from 1 on.", place="format"))
    if format_ > FORMAT:
        text = T(
            "This flow was made by a newer version of Careline (format {format}; this one reads up to {newest}). "
            "Update Careline, or save the flow in the older format.",
            format=format_,
            newest=FORMAT,
        )
        raise DocumentRefused(text)
    for older in range(format_, FORMAT):
        raw = _upgraded(raw, older)
    try:
        return Document.model_validate(raw, strict=True)
    except ValidationError as error:
        raise DocumentRefused(_handful(error)) from error


def _upgraded(raw: Raw, older: int) -> Raw:
    try:
        return {**STEPS[older](copy.deepcopy(raw)), "format": older + 1}
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # An older form has no model of its own any more: what stumbles over a document was written for a sound one.
        raise DocumentRefused(T("This is no flow of format {format}, though it says so.", format=older)) from error


def place(path: tuple[str | int, ...]) -> str:
    """A place in a document as people read it: "nodes → menu → title"."""
    return " → ".join(str(part + 1) if isinstance(part, int) else _in_short(part) for part in path if part != "[key]")


def _in_short(key: str) -> str:
    """A key as it can be shown in a line: it may be anything that somebody has sent."""
    shown = "".join(sign if sign.isprintable() else " " for sign in key[:61])
    return shown if len(key) <= 60 else shown[:60] + "…"


def what_is_wrong(error: Mapping[str, Any]) -> Text:
    """One of pydantic's errors in plain words."""
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return T("this is missing")
        case "extra_forbidden":
            return T("there is no such field")
        case "string_type":
            return T("this should be text")
        case "int_type" | "int_parsing" | "int_from_float":
            return T("this should be a whole number")
        case "float_type" | "float_parsing":
            return T("this should be a number")
        case "bool_type" | "bool_parsing":
            return T("this should be true or false")
        case "list_type" | "tuple_type":
            return T("this should be a list")
        case "dict_type" | "model_type" | "model_attributes_type":
            return T("this should be an object with fields")
        case "string_pattern_mismatch":
            return T("this is not written as it should be")
        case "string_too_long":
            return T("this is too long: {most} characters at most", most=context["max_length"])
        case "too_long":
            return T("this is too long: {most} at most", most=context["max_length"])
        case "too_short":
            return T("this is too short: {least} at least", least=context["min_length"])
        case "greater_than_equal":
            return T("it must be at least {least}", least=f"{context['ge']:g}")
        case "greater_than":
            return T("it must be more than {least}", least=f"{context['gt']:g}")
        case "less_than_equal":
            return T("it must be at most {most}", most=f"{context['le']:g}")
        case "finite_number":
            return T("this should be a number that can be kept")
        case "literal_error" | "enum":
            return T("this should be one of: {choices}", choices=str(context["expected"]))
    return T("{reason}", reason=str(error["msg"]))


def _handful(error: ValidationError) -> Text:
    errors = error.errors(include_url=False, include_input=False)
    said = [T("{place}: {what}.", place=place(one["loc"]), what=what_is_wrong(one)) for one in errors[:A_HANDFUL]]
    text = functools.reduce(lambda before, one: T("{before} {one}", before=before, one=one), said)
    more = len(errors) - len(said)
    return T("{first} And {more} more.", first=text, more=more) if more else text


class _Object(dict[str, Any]):
    """A JSON object that has a key twice. The last would silently win: nobody can know which one was meant."""

    twice: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    odd = _Object(found)
    odd.twice = next(key for key in keys if keys.count(key) > 1)
    return odd


def _limit(raw: object) -> None:
    """Raises DocumentRefused for nesting that would exhaust whoever reads it, and for what cannot be stored as it is."""
    level: list[tuple[object, tuple[str | int, ...]]] = [(raw, ())]
    room = MOST_VALUES
    for _ in range(DEEPEST):
        below: list[tuple[object, tuple[str | int, ...]]] = []
        for value, path in level:
            reason = _unkeepable(value)
            if reason:
                at = place(path) or T("at the top")
                raise DocumentRefused(T("{place}: {what}.", place=at, what=reason))
            if isinstance(value, dict):
                below += [(key, path) for key in value]
                below += [(item, (*path, str(key))) for key, item in value.items()]
            elif isinstance(value, list):
                below += [(item, (*path, index)) for index, item in enumerate(value[:MOST_VALUES])]
            if len(below) >= room:
                raise DocumentRefused(T("The document holds too much: {most} values at most.", most=MOST_VALUES))
        if not below:
            return
        level = below
        room -= len(below)
    raise DocumentRefused(T("The document is nested too deeply."))


def _unkeepable(value: object) -> Text | None:
    """What is wrong with a value by itself, whatever it stands for."""
    match value:
        case _Object():
            return T("“{key}” is given twice", key=_in_short(value.twice))
        case dict():
            return None if all(isinstance(key, str) for key in value) else T("the names of fields should be text")
        case str():
            return T("this holds signs that are no text") if _NO_TEXT.search(value) else None
        case float():
            return None if math.isfinite(value) else T("this should be a number that can be kept")
        case int():
            return None if abs(value) <= LARGEST_NUMBER else T("this number is too large")
        case list() | None:
            return None
    return T("this is nothing that JSON can say")
