"""The texts to be translated: those marked with T() in the code, and those of the nodes' settings and explanations.

`make texts` brings the catalogues up to date: new texts are added without a translation, texts that are gone are taken out.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from controller.flows import schema
from controller.texts import LOCALES

ROOT = Path(__file__).parent.parent
LANGUAGES = ("es",)
_PLACE = re.compile(r"\{[^{}]*\}")


def places(message: str) -> set[str]:
    """The names of the places that a message has."""
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def messages() -> dict[str, list[tuple[str, int]]]:
    """Every text that is shown to people, with where it is; not those that are nothing but places and signs."""
    found: dict[str, list[tuple[str, int]]] = {}
    for room in ("controller", "flow_editor"):
        for name, line, message, *_ in extract_from_dir(
            ROOT / room, method_map=[("**.py", "python")], keywords={"T": None}
        ):
            assert isinstance(message, str)
            found.setdefault(message, []).append((f"{room}/{name}", line))
    for message in schema.messages():
        found.setdefault(message, [])
    return {message: where for message, where in found.items() if re.search(r"[^\W\d_]", _PLACE.sub("", message))}


def path(language: str) -> Path:
    """Where a language's catalogue is."""
    return LOCALES / language / "LC_MESSAGES" / "careline.po"


def read(language: str) -> Catalog:
    """A language's catalogue; an empty one when there is none yet."""
    if not path(language).is_file():
        return Catalog(locale=language)
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def bring_up_to_date(language: str) -> int:
    """Rewrite a language's catalogue with today's texts; returns how many lack a translation."""
    before = {str(message.id): str(message.string) for message in read(language) if message.id}
    catalogue = Catalog(locale=language, fuzzy=False)
    for message in sorted(messages()):
        catalogue.add(message, before.get(message, ""))
    path(language).parent.mkdir(parents=True, exist_ok=True)
    with path(language).open("wb") as file:
        write_po(file, catalogue, width=120, omit_header=True, no_location=True)
    return sum(not before.get(message) for message in messages())


if __name__ == "__main__":
    missing = {language: bring_up_to_date(language) for language in LANGUAGES}
    for language, count in missing.items():
        print(f"{path(language).relative_to(ROOT)}: {count} texts without a translation")
    sys.exit(any(missing.values()))
