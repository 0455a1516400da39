"""Taking over changes: what has gone live meanwhile, brought into a draft that was drawn from an older version. Pure.

Value by value: what only one side has changed is as that side has it; where both have, the draft's stays, and is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.flows.document import Document
from controller.texts import T, Text

_WHOLE = ("name", "description", "languages", "start", "catch_all")
_GONE: Any = object()


@dataclass(frozen=True)
class Merged:
    """The draft with the other side's changes, and what both had changed (the draft's was kept)."""

    document: Document
    both: tuple[Text, ...]


def merge(base: Document, theirs: Document, mine: Document) -> Merged:
    """`mine` with what `theirs` has changed since `base`, from which both were drawn."""
    return _Merging(base, theirs, mine).merged()


class _Merging:
    def __init__(self, base: Document, theirs: Document, mine: Document) -> None:
        self._base, self._theirs, self._mine = (one.model_dump(mode="json") for one in (base, theirs, mine))
        self._both: list[Text] = []

    def merged(self) -> Merged:
        raw = dict(self._mine)
        for name in _WHOLE:
            raw[name] = self._one((self._base[name], self._theirs[name], self._mine[name]), None)
        raw["nodes"] = self._nodes()
        raw["edges"] = self._edges(raw["nodes"])
        raw["notes"] = self._each("notes", None)
        raw["rehearsals"] = list(self._rehearsals())
        for end in ("start", "catch_all"):
            if raw[end] not in raw["nodes"]:
                raw[end] = self._mine[end] if self._mine[end] in raw["nodes"] else None
        return Merged(Document.model_validate(raw), tuple(dict.fromkeys(self._both)))

    def _one(self, three: Sequence[Any], name: Text | None) -> Any:
        """One value of the base, theirs and mine. `name`: what to call it where both have changed it differently."""
        base, theirs, mine = three
        if theirs is base or theirs is mine or theirs in (base, mine):
            return mine
        if mine is base or mine == base:
            return theirs
        if name is not None:
            self._both.append(name)
        return mine

    def _each(self, part: str, name: Text | None) -> dict[str, Any]:
        base, theirs, mine = self._base[part], self._theirs[part], self._mine[part]
        found = {}
        for id in dict.fromkeys([*mine, *theirs]):
            one = self._one((base.get(id, _GONE), theirs.get(id, _GONE), mine.get(id, _GONE)), name)
            if one is not _GONE:
                found[id] = one
        return found

    def _nodes(self) -> dict[str, Any]:
        base, theirs, mine = self._base["nodes"], self._theirs["nodes"], self._mine["nodes"]
        found = {}
        for id in dict.fromkeys([*mine, *theirs]):
            three = [side.get(id, _GONE) for side in (base, theirs, mine)]
            title = next(side[id]["title"] or id for side in (mine, theirs) if id in side)
            name = T("{name}", name=title)
            if _GONE in three or len({one["kind"] for one in three}) > 1:
                one = self._one(three, name)
            else:
                one = self._fields(three, name)
            if one is not _GONE:
                found[id] = one
        return found

    def _fields(self, three: list[Any], name: Text) -> dict[str, Any]:
        base, theirs, mine = three
        node = dict(mine)
        node["title"] = self._one((base["title"], theirs["title"], mine["title"]), name)
        node["settings"] = {}
        settings = [one["settings"] for one in three]
        for field in dict.fromkeys([*settings[2], *settings[1]]):
            one = self._one([side.get(field, _GONE) for side in settings], name)
            if one is not _GONE:
                node["settings"][field] = one
        return node

    def _edges(self, nodes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        flat = [
            {(node, way): to for node, ways in side["edges"].items() for way, to in ways.items()}
            for side in (self._base, self._theirs, self._mine)
        ]
        found: dict[str, dict[str, str]] = {}
        for node, way in dict.fromkeys([*flat[2], *flat[1]]):
            if node not in nodes:
                continue
            name = T("{name}", name=nodes[node]["title"] or node)
            to = self._one([side.get((node, way), _GONE) for side in flat], name)
            if to is not _GONE and to in nodes:
                found.setdefault(node, {})[way] = to
        return found

    def _rehearsals(self) -> list[Any]:
        """By title; those without one, or with the same one twice, by what they are."""
        sides = [
            {str(one.get("title") or one): one for one in side["rehearsals"]}
            for side in (self._base, self._theirs, self._mine)
        ]
        found = []
        for title in dict.fromkeys([*sides[2], *sides[1]]):
            name = T("Rehearsal “{title}”", title=title)
            one = self._one([side.get(title, _GONE) for side in sides], name)
            if one is not _GONE:
                found.append(one)
        return found
