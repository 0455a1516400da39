"""Enumerations that people choose from: each member says what it is called, beside its value."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from controller.texts import Text


class Choices(StrEnum):
    """A member is its value, as stored, and its words, as shown: `AT_ONCE = "at_once", T("all at once")`."""

    _value_: str
    words: Text

    def __new__(cls, value: str, words: Text = Text("")) -> Self:  # noqa: B008 - `Order("at_once")` finds a member
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """One of the values, each with its title: what a form lists."""
        found = handler.resolve_ref_schema(handler(core))
        return {
            "title": found["title"],
            "type": "string",
            "oneOf": [{"const": member.value, "title": member.words.message} for member in cls],
        }
