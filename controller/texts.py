"""Texts that Python shows to people, kept apart from the language they are shown in.

A `Text` is made once, in English, where it belongs (`T("Press {key}", key="1")`), and rendered in the reader's language
when it is shown. The catalogue is gettext's (`controller/locales/<language>/LC_MESSAGES/careline.po`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"

Value: TypeAlias = "str | int | float | Text"


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages that texts are in."""
    return ("en", *sorted(path.name for path in LOCALES.iterdir() if path.is_dir()))


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """English message to its translation; empty for English and for languages without a catalogue."""
    path = LOCALES / language / "LC_MESSAGES" / "careline.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id and m.string}


@dataclass(frozen=True)
class Text:
    """A message in English with named places, and what goes into them."""

    message: str
    values: tuple[tuple[str, Value], ...] = ()

    def render(self, language: str = "en") -> str:
        """The text in `language`; in English where it has not been translated."""
        message = catalogue(language).get(self.message, self.message)
        if not self.values:
            return message
        return message.format(**{k: v.render(language) if isinstance(v, Text) else v for k, v in self.values})

    def __str__(self) -> str:
        return self.render()


def T(message: str, **values: Value) -> Text:  # noqa: N802 - the marker that the extraction looks for
    """Mark `message` for translation and fill its places."""
    return Text(message, tuple(values.items()))
