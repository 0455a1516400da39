"""Texts with places in them, made into what can be spoken. Pure; knows no audio and no FreeSWITCH.

`{variable}` or `{variable:format}`, with the formats in `FORMATS`. What comes out holds nothing that a speech synthesiser
takes for a command, whoever the text or the values came from.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from controller.voice import phrases

LONGEST = 4000
"""Characters of a text that are spoken: some five minutes."""
LONGEST_VALUE = 300
"""Characters of one value that are spoken; values may be what a caller's network or a web service sent."""


class TemplateError(ValueError):
    """A text whose places cannot be understood: `code` is stable, `part` is what is wrong in the text, `at` is where."""

    def __init__(self, code: str, part: str, at: int) -> None:
        super().__init__(f"{code} at character {at + 1}: {part!r}")
        self.code = code
        self.part = part
        self.at = at


@dataclass(frozen=True)
class Field:
    """A place in a text: which variable, and how it is read out ("" is as it is)."""

    name: str
    format: str = ""


def _name(value: str, language: str) -> str:
    """A person's name: as written, without what networks add around it, capitals only at the beginnings."""
    said = " ".join(re.sub(r"[^\w\s.'’-]|[\d_]", " ", value).split())
    return said.title() if said.isupper() and len(said) > 3 else said


FORMATS: Mapping[str, Callable[[str, str], str]] = {
    "number": phrases.number,
    "ordinal": phrases.ordinal,
    "digits": phrases.digits,
    "phone": phrases.phone,
    "money": phrases.money,
    "time": phrases.time_of_day,
    "date": phrases.date_of_year,
    "full-date": functools.partial(phrases.date_of_year, year=True),
    "day": phrases.weekday,
    "duration": phrases.duration,
    "name": _name,
}
"""How a value can be read out, by the word after the colon. Each may raise phrases.Unreadable."""

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.\-]{0,79})(?::([a-z\-]{1,20}))?\}")


@functools.lru_cache(maxsize=4096)
def _parts(template: str) -> tuple[str | Field, ...]:
    """Plain text and places by turns. Raises TemplateError."""
    if len(template) > LONGEST:
        raise TemplateError("too-long", template[LONGEST : LONGEST + 20], LONGEST)
    parts: list[str | Field] = []
    at = 0
    for brace in re.finditer(r"[{}]", template):
        if brace.start() < at:
            continue
        place = _PLACE.match(template, brace.start())
        if place is None:
            raise TemplateError("malformed-place", template[brace.start() : brace.start() + 20], brace.start())
        if place[2] is not None and place[2] not in FORMATS:
            raise TemplateError("unknown-format", place[2], place.start(2))
        parts += [template[at : place.start()], Field(place[1], place[2] or "")]
        at = place.end()
    return (*parts, template[at:])


def fields(template: str) -> list[Field]:
    """The places in a text, in order. Raises TemplateError: a stray brace, an unknown format, or too long a text."""
    return [part for part in _parts(template) if isinstance(part, Field)]


def has_places(template: str) -> bool:
    """Whether what is said depends on the call, or cannot be known before: not to be spoken ahead."""
    try:
        return bool(fields(template))
    except TemplateError:
        return True


def read_out(template: str, values: Mapping[str, str], language: str) -> str:
    """`template` with its places filled, ready to be spoken in `language`; at most LONGEST characters. Never raises.

    A caller rather hears an odd word than nothing: a variable without a value is passed over, one that does not fit its
    format is said as it is, and a text whose places cannot be understood is said without its braces. `fields` is for
    finding all that before a flow is published.
    """
    said = ""
    try:
        parts = _parts(template)
    except TemplateError:
        parts = (template,)
    for part in parts:
        if isinstance(part, str):
            said += part
        else:
            filled = _fill(part, values.get(part.name, ""), language)
            # espeak takes a full stop before a small letter for an abbreviation's, and makes no pause.
            said += filled[:1].upper() + filled[1:] if re.search(r"[.!?]\s*$", said) else filled
    return speakable(said, language)


def _fill(field: Field, value: str, language: str) -> str:
    value = speakable(value[:LONGEST_VALUE], "")
    if not value:
        return ""
    if field.format:
        try:
            return FORMATS[field.format](value, language)
        except phrases.Unreadable:
            return value
    return _as_it_is(value, language)


def _as_it_is(value: str, language: str) -> str:
    """A value without a format. A telephone number or a reference number is never meant as "five billion"."""
    if re.fullmatch(r"\+[0-9]{7,15}", value):
        return phrases.phone(value, language)
    if re.fullmatch(r"[0-9]{7,}|0[0-9]+", value):
        return phrases.digits(value, language)
    return value


# -- what may be spoken at all

_KEYS = {
    "en": {"#": " pound ", "*": " star "},
    "es": {"#": " numeral ", "*": " asterisco "},
}
_MARKUP = re.compile(r"[\[\]<>{}|\\^~`_=@]+")
# Letters, accents, figures, punctuation, currency signs; no controls (espeak takes commands by \x01), private or lone surrogates.
_SPOKEN = frozenset(
    {
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "Mn",
        "Mc",
        "Nd",
        "Nl",
        "No",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "Sc",
        "Sm",
        "So",
    }
)


@functools.lru_cache(maxsize=1024)
def speakable(text: str, language: str) -> str:
    """`text` with nothing left in it but what can be said: no markup, phoneme brackets, control or hidden signs.

    The keys # and * get their names in `language`. At most LONGEST characters, cut between words. Applying it twice
    changes nothing.
    """
    text = unicodedata.normalize("NFC", text[: 2 * LONGEST])
    text = _MARKUP.sub(" ", text)
    text = "".join(sign if unicodedata.category(sign) in _SPOKEN else " " for sign in text)
    for key, said in _KEYS.get(language.partition("-")[0], {}).items():
        text = text.replace(key, said)
    text = re.sub(r"\s+(?=[,.;:!?](?:\s|$))", "", " ".join(text.split()))
    if len(text) > LONGEST:
        text = text[:LONGEST].rsplit(" ", 1)[0]
    return text
