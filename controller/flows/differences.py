"""Two versions of a flow compared in words front-office staff understand: what callers get otherwise.

Left out, since callers notice nothing of it: where nodes stand on the canvas, notes, the flow's description, settings
written out that were the default before, and references that only learnt their id or a new name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from controller.flows.changes import Comparison, Names, Path, same
from controller.flows.document import Document
from controller.flows.languages import language_name
from controller.flows.registry import Exit, Node, Undrawn, UnknownKind, kinds, make
from controller.texts import T, Text


class Change(StrEnum):
    """What sort of difference it is."""

    NAME = "name"
    LANGUAGES = "languages"
    START = "start"
    CATCH_ALL = "catch_all"
    NODE_NEW = "node_new"
    NODE_GONE = "node_gone"
    NODE_TITLE = "node_title"
    NODE_KIND = "node_kind"
    EXIT = "exit"
    """An exit leads elsewhere, or is new, or gone."""
    SETTING = "setting"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True)
class Difference:
    """One thing that is different. `node`, `exit` and `path` (fields and indexes within the settings) are the newer
    version's; the older one's where they are gone."""

    change: Change
    text: Text
    node: str | None = None
    exit: str | None = None
    path: Path = ()


def differences(old: Document, new: Document, names: Names) -> list[Difference]:
    """What is different in `new`: of the flow first, then node after node as calls go from the start, what is gone at the
    end, then rehearsals. `names`: noun to id to name. Documents need not be sound.
    """
    return list(_Comparison(_Side(old), _Side(new), names).all())


class _Side:
    """One of the two versions: its nodes, where their exits lead, and in which order calls come to them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.read: dict[str, Node] = {}
        for id, drawn in document.nodes.items():
            try:
                self.read[id] = make(drawn.kind, drawn.settings)
            except (UnknownKind, ValidationError):
                continue  # compared as written; checks.py says what is wrong with it

    def exits(self, id: str, *, as_drawn: bool = False) -> dict[str, Exit]:
        """A node's exits by name; those drawn where the node cannot be read, or `as_drawn`."""
        known = {exit_.name: exit_ for exit_ in self.read[id].exits()} if id in self.read else {}
        if known and not as_drawn:
            return known
        return {name: known.get(name, Exit(name, T("{name}", name=name))) for name in self.document.edges.get(id, {})}

    def target(self, id: str, exit_: str) -> str | None:
        """The node an exit leads to, where it leads to one."""
        target = self.document.edges.get(id, {}).get(exit_)
        return target if target in self.document.nodes else None

    def order(self) -> list[str]:
        """Every node: as calls go from the start, one way to its end before the next; the rest as drawn."""
        found: dict[str, None] = {}
        for begin in (self.document.start, self.document.catch_all, *self.document.nodes):
            ahead = [begin]
            while ahead:
                id = ahead.pop()
                if id is None or id in found or id not in self.document.nodes:
                    continue
                found[id] = None
                ahead += [self.target(id, name) for name in reversed(self.exits(id))]
        return list(found)


class _Comparison:
    def __init__(self, old: _Side, new: _Side, names: Names) -> None:
        self._old = old
        self._new = new
        self._names = names
        both = {**_titles(old.document), **_titles(new.document)}
        self._shared = {title for title, count in Counter(both.values()).items() if count > 1}

    def all(self) -> Iterator[Difference]:
        old, new = self._old.document, self._new.document
        if old.name != new.name:
            yield Difference(
                Change.NAME, T("The flow is now called “{new}”; it was “{old}”", new=new.name, old=old.name)
            )
        yield from self._languages()
        if self._begins(self._old) != self._begins(self._new):
            text = T(
                "Calls now begin at {new}; they began at {old}", new=self._start(self._new), old=self._start(self._old)
            )
            yield Difference(Change.START, text, self._begins(self._new))
        if self._saved(self._old) != self._saved(self._new):
            text = T("Calls in trouble now go to {new}; they went to {old}",
                     new=self._catch_all(self._new), old=self._catch_all(self._old))  # fmt: skip
            yield Difference(Change.CATCH_ALL, text, self._saved(self._new))
        for id in self._new.order():
            yield from self._both(id) if id in old.nodes else self._arrived(id)
        for id in self._old.order():
            if id not in new.nodes:
                yield Difference(Change.NODE_GONE, T("{node} is gone", node=self._name(id, self._old)), id)
        yield from self._rehearsals()

    # Of the flow

    def _languages(self) -> Iterator[Difference]:
        old, new = self._old.document.languages, self._new.document.languages
        for language in dict.fromkeys(new):
            if language not in old:
                text = T("{language} is now among the flow's languages", language=language_name(language))
                yield Difference(Change.LANGUAGES, text)
        for language in dict.fromkeys(old):
            if language not in new:
                text = T("{language} is no longer among the flow's languages", language=language_name(language))
                yield Difference(Change.LANGUAGES, text)
        if old[:1] != new[:1]:
            text = T("Calls now begin in {new}; they began in {old}", new=_language(new), old=_language(old))
            yield Difference(Change.LANGUAGES, text)

    @staticmethod
    def _begins(side: _Side) -> str | None:
        return side.document.start if side.document.start in side.document.nodes else None

    @staticmethod
    def _saved(side: _Side) -> str | None:
        return side.document.catch_all if side.document.catch_all in side.document.nodes else None

    def _start(self, side: _Side) -> Text:
        begins = self._begins(side)
        return self._name(begins, side) if begins else T("no step at all")

    def _catch_all(self, side: _Side) -> Text:
        saved = self._saved(side)
        return self._name(saved, side) if saved else T("the backup line")

    def _name(self, id: str, side: _Side) -> Text:
        """What staff call a node; with its id where others are called so too."""
        title = side.document.nodes[id].title or id
        if title in self._shared:
            return T("{title} ({id})", title=title, id=id)
        return T("{name}", name=title)

    # Of nodes

    def _arrived(self, id: str) -> Iterator[Difference]:
        name = self._name(id, self._new)
        node = self._new.read.get(id)
        summary = node.summary(self._names) if node else None
        if summary:
            text = T("{node} is new: {summary}", node=name, summary=summary)
        else:
            text = T("{node} is new ({kind})", node=name, kind=_kind(self._new.document.nodes[id].kind))
        yield Difference(Change.NODE_NEW, text, id)
        for exit_ in self._new.exits(id).values():
            if self._new.target(id, exit_.name):
                text = T("{node}: {exit} {leads}", node=name, exit=_way(exit_), leads=self._leads(id, exit_))
                yield Difference(Change.EXIT, text, id, exit_.name)

    def _both(self, id: str) -> Iterator[Difference]:
        old, new = self._old.document.nodes[id], self._new.document.nodes[id]
        name = self._name(id, self._new)
        if old.title != new.title:
            text = T("{old} is now called {new}", old=self._name(id, self._old), new=name)
            yield Difference(Change.NODE_TITLE, text, id)
        if old.kind != new.kind:
            text = T("{node} is now “{new}”; it was “{old}”", node=name, new=_kind(new.kind), old=_kind(old.kind))
            yield Difference(Change.NODE_KIND, text, id)
            yield from self._exits(id, name, also_undrawn=False)
            return
        yield from self._exits(id, name, also_undrawn=True)
        one, other = self._old.read.get(id), self._new.read.get(id)
        if one and other:
            covered = self._old.exits(id).keys() ^ self._new.exits(id).keys()
            changed = Comparison(self._names, covered).settings(one, other)
        else:
            changed = Comparison(self._names).unread(old.settings, new.settings, kinds().get(new.kind))
        for change in changed:
            yield Difference(Change.SETTING, T("{node}: {what}", node=name, what=change.text), id, path=change.path)

    def _exits(self, id: str, name: Text, *, also_undrawn: bool) -> Iterator[Difference]:
        """Exits that lead elsewhere, are new or gone; of these, undrawn ones only where nothing else has been said."""
        as_drawn = id not in self._old.read or id not in self._new.read
        before, after = self._old.exits(id, as_drawn=as_drawn), self._new.exits(id, as_drawn=as_drawn)
        for exit_ in after.values():
            said = {"node": name, "exit": _way(exit_), "leads": self._leads(id, exit_)}
            was = before.get(exit_.name)
            if was is None:
                if also_undrawn or self._new.target(id, exit_.name):
                    yield Difference(Change.EXIT, T("{node}: {exit} is new and {leads}", **said), id, exit_.name)
            elif self._way(self._old, id, was) != self._way(self._new, id, exit_):
                text = T("{node}: {exit} now {leads}; it {led}", **said, led=self._led(id, was))
                yield Difference(Change.EXIT, text, id, exit_.name)
        for exit_ in before.values():
            if exit_.name not in after and (also_undrawn or self._old.target(id, exit_.name)):
                text = T("{node}: {exit} is gone; it {led}", node=name, exit=_way(exit_), led=self._led(id, exit_))
                yield Difference(Change.EXIT, text, id, exit_.name)

    @staticmethod
    def _way(side: _Side, id: str, exit_: Exit) -> tuple[str | None, Undrawn | None]:
        target = side.target(id, exit_.name)
        return (target, None) if target else (None, exit_.undrawn)

    def _leads(self, id: str, exit_: Exit) -> Text:
        target = self._new.target(id, exit_.name)
        return T("goes to {node}", node=self._name(target, self._new)) if target else _LEADS[exit_.undrawn]

    def _led(self, id: str, exit_: Exit) -> Text:
        target = self._old.target(id, exit_.name)
        if not target:
            return _LED[exit_.undrawn]
        return T(
            "went to {node}", node=self._name(target, self._new if target in self._new.document.nodes else self._old)
        )

    # Of rehearsals

    def _rehearsals(self) -> Iterator[Difference]:
        before, after = (_by_title(side.document.rehearsals) for side in (self._old, self._new))
        for key, (at, rehearsal) in after.items():
            title = _rehearsal(key, at)
            if key not in before:
                yield Difference(Change.REHEARSAL, T("{rehearsal} is new", rehearsal=title), path=(at,))
            elif not same(before[key][1], rehearsal):
                yield Difference(Change.REHEARSAL, T("{rehearsal} has changed", rehearsal=title), path=(at,))
        for key, (at, _) in before.items():
            if key not in after:
                text = T("{rehearsal} is gone", rehearsal=_rehearsal(key, at))
                yield Difference(Change.REHEARSAL, text, path=(at,))


_LEADS: Mapping[Undrawn, Text] = {
    Undrawn.PROBLEM: T("leads nowhere"),
    Undrawn.CATCH_ALL: T("goes where calls in trouble go"),
    Undrawn.HANG_UP: T("ends the call"),
}
_LED: Mapping[Undrawn, Text] = {
    Undrawn.PROBLEM: T("led nowhere"),
    Undrawn.CATCH_ALL: T("went where calls in trouble go"),
    Undrawn.HANG_UP: T("ended the call"),
}


def _way(exit_: Exit) -> Text:
    """An exit in a sentence."""
    return exit_.words or T("“{exit}”", exit=exit_.label)


def _kind(kind: str) -> Text:
    known = kinds().get(kind)
    return known.title if known else T("{kind}", kind=kind)


def _language(languages: list[str]) -> Text:
    return language_name(languages[0]) if languages else T("no language")


def _titles(document: Document) -> dict[str, str]:
    return {id: drawn.title or id for id, drawn in document.nodes.items()}


_Key = tuple[str, int]


def _by_title(rehearsals: list[dict[str, Any]]) -> dict[_Key, tuple[int, dict[str, Any]]]:
    """Each rehearsal by its title, and by how many of that title were before it; with its place in the list."""
    seen: Counter[str] = Counter()
    found: dict[_Key, tuple[int, dict[str, Any]]] = {}
    for at, rehearsal in enumerate(rehearsals):
        title = rehearsal.get("title")
        title = title if isinstance(title, str) else ""
        found[title, seen[title]] = (at, rehearsal)
        seen[title] += 1
    return found


def _rehearsal(key: _Key, at: int) -> Text:
    return T("Rehearsal “{title}”", title=key[0]) if key[0] else T("Rehearsal {number}", number=at + 1)
