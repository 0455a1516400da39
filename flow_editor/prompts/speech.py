"""A text as callers would hear it, spoken by the computer."""

from __future__ import annotations

from pathlib import Path

from controller.texts import T
from controller.voice.reading import TemplateError, fields, read_out
from controller.voice.speech import Speech, SpeechFailed
from flow_editor.errors import Refusal

EXAMPLES = {
    "": "Maria",
    "number": "3",
    "ordinal": "2",
    "digits": "1234",
    "phone": "+16085550100",
    "money": "12.50",
    "time": "2026-11-24T17:00:00-06:00",
    "date": "2026-11-24",
    "full-date": "2026-11-24",
    "day": "2026-11-24",
    "duration": "300",
    "name": "Maria",
}
"""What stands at a text's places while nobody calls, by how it is read out."""


def spoken(speech: Speech, language: str, text: str) -> Path:
    """The file with the text spoken, examples at its places. Raises Refusal."""
    try:
        values = {field.name: EXAMPLES.get(field.format, "Maria") for field in fields(text)}
        said = read_out(text, values, language)
    except TemplateError as error:
        raise Refusal(T("One of the places in curly braces cannot be read: {part}", part=error.part)) from error
    try:
        return speech.file(language, said)
    except ValueError as error:
        raise Refusal(T("There is nothing to be heard yet. Write a text first.")) from error
    except SpeechFailed as failed:
        text_ = T("The computer cannot say this in that language. Please upload or record it.")
        raise Refusal(text_) from failed
