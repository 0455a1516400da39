"""The palette: every kind of node with its words, its icon and its form, from the registry alone."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from controller.flows.document import REFERABLE
from controller.flows.languages import KNOWN, language_name
from controller.flows.registry import Family, Node, kinds
from controller.flows.schema import settings_schema
from controller.texts import T, Text
from flow_editor.flows.schemas import FamilyOut, KindOut, Palette
from flow_editor.pages import STATIC

FAMILIES: dict[Family, Text] = {
    Family.TALK: T("Talk"),
    Family.DECIDE: T("Decide"),
    Family.CONNECT: T("Connect"),
    Family.SHAPE: T("Shape"),
}


def palette(language: str) -> Palette:
    """Everything that can be drawn with, in a language."""
    return Palette(
        kinds=[_kind(kind, language) for kind in kinds().values()],
        families=[FamilyOut(family=family, title=title.render(language)) for family, title in FAMILIES.items()],
        nouns={noun: what.title.render(language) for noun, what in REFERABLE.items()},
        languages={code: language_name(code).render(language) for code in KNOWN},
    )


def _kind(kind: type[Node], language: str) -> KindOut:
    return KindOut(
        kind=kind.kind,
        family=kind.family,
        title=kind.title.render(language),
        purpose=kind.purpose.render(language),
        icon=_icons(STATIC / "icons.json").get(kind.icon, []),
        everyday=kind.everyday,
        fields=settings_schema(kind, language),
    )


@functools.cache
def _icons(path: Path) -> dict[str, list[str]]:
    """Every icon's paths by name, as the browser application's build writes them; none before it has been built."""
    if not path.is_file():
        return {}
    found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found
