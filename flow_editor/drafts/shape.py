"""A draft's form inside Yjs, and the one way from it to a `Document` and back. Knows neither SQL nor browsers.

    flow        name, description, languages, start, catch_all, format
    nodes       id -> {kind, title, x, y, settings: {name -> value}}
    edges       "node/exit" -> node: each exit has one target
    notes       id -> {text, x, y, width, height}
    rehearsals  id -> a rehearsal, in the order of the ids

Two people may change any of it at the same time, so anything may be there: an edge whose node the other has just deleted, a
node of which only a part came back. Whatever is no part of a flow is left out, and comes back by the undo that brings it back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from pycrdt import Doc, Map
from pydantic import ValidationError

from controller.flows.document import FORMAT, Document, DrawnNode, Note
from controller.flows.upgrades import from_json
from controller.store.models.base import new_id

ROOTS = ("flow", "nodes", "edges", "notes", "rehearsals")

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_META = ("name", "description", "languages", "start", "catch_all")


def empty() -> Doc[Any]:
    """A draft with nothing drawn, and all of its parts there."""
    doc: Doc[Any] = Doc()
    for root in ROOTS:
        doc.get(root, type=Map)
    return doc


class NoUpdate(ValueError):
    """Bytes that are no update of a draft."""


def loaded(updates: list[bytes]) -> Doc[Any]:
    """A draft from what has been kept of it. Raises NoUpdate."""
    doc = empty()
    for update in updates:
        apply(doc, update)
    return doc


def apply(doc: Doc[Any], update: bytes) -> None:
    """Apply an update from outside. Raises NoUpdate; the document must not be used any more then."""
    try:
        doc.apply_update(update)
    except BaseException as error:
        # Broken bytes raise ValueError or RuntimeError; some make Yjs's Rust panic, which is a BaseException.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise NoUpdate("no update of a draft") from None
        raise
    if not set(doc.keys()) <= set(ROOTS):
        raise NoUpdate("it has other parts than a draft")


def part(doc: Doc[Any], root: str) -> Map[Any]:
    """One of the parts of a draft (ROOTS)."""
    found: Map[Any] = doc.get(root, type=Map)
    return found


def project(doc: Doc[Any]) -> Document:
    """The flow as it stands, in today's format. Raises DocumentRefused for a draft made by a newer Careline."""
    return from_json(raw(doc))


def raw(doc: Doc[Any]) -> dict[str, Any]:
    """The flow as it stands, as JSON in the format it was begun in."""
    flow = _object(part(doc, "flow").to_py())
    languages = _languages(flow.get("languages"))
    drawn = _kept(part(doc, "nodes"), _node)
    for step in drawn.values():
        step["settings"] = _ordered(step["settings"], languages)
    nodes = dict(sorted(drawn.items(), key=lambda item: (item[1]["x"], item[1]["y"], item[0])))
    edges: dict[str, dict[str, str]] = {}
    for key, target in sorted(_object(part(doc, "edges").to_py()).items()):
        node, _, name = key.partition("/")
        if node in nodes and target in nodes and 0 < len(name) <= 60:
            edges.setdefault(node, {})[name] = target
    rehearsals = _object(part(doc, "rehearsals").to_py())
    return {
        "format": int(flow["format"]) if isinstance(flow.get("format"), int | float) else FORMAT,
        "name": _text(flow.get("name"), 200),
        "description": _text(flow.get("description"), 2000),
        "languages": languages,
        "start": _id(flow.get("start")),
        "catch_all": _id(flow.get("catch_all")),
        "nodes": nodes,
        "edges": edges,
        "notes": _kept(part(doc, "notes"), _note),
        "rehearsals": [value for _, value in sorted(rehearsals.items()) if isinstance(value, dict)],
    }


def become(doc: Doc[Any], document: Document) -> None:
    """Change a draft into this document, touching only what differs: what others are doing elsewhere in it stays theirs."""
    wanted = document.model_dump(mode="json")
    with doc.transaction():
        _set(part(doc, "flow"), {name: wanted[name] for name in _META} | {"format": FORMAT})
        nodes = part(doc, "nodes")
        _drop(nodes, wanted["nodes"])
        for id, node in wanted["nodes"].items():
            settings = node.pop("settings")
            here = _inner(nodes, id)
            _set(here, node)
            inside = _inner(here, "settings")
            _drop(inside, settings)
            _set(inside, settings)
        edges = {f"{id}/{name}": to for id, drawn in wanted["edges"].items() for name, to in drawn.items()}
        _drop(part(doc, "edges"), edges)
        _set(part(doc, "edges"), edges)
        notes = part(doc, "notes")
        _drop(notes, wanted["notes"])
        for id, note in wanted["notes"].items():
            _set(_inner(notes, id), note)
        rehearsals = part(doc, "rehearsals")
        if raw(doc)["rehearsals"] != wanted["rehearsals"]:
            rehearsals.clear()
            _set(rehearsals, {new_id(): rehearsal for rehearsal in wanted["rehearsals"]})


def _ordered(value: Any, languages: list[str]) -> Any:
    """Yjs keeps no order inside a value: texts come in the order of the flow's languages, since the first is the one that callers
    hear who speak none of them; everything else by its name, so that the same drawing is always the same document."""
    if isinstance(value, dict):
        order = {language: place for place, language in enumerate(languages)}
        keys = sorted(value, key=lambda key: (order.get(key, len(order)), key))
        return {key: _ordered(value[key], languages) for key in keys}
    if isinstance(value, list):
        return [_ordered(one, languages) for one in value]
    return value


def _drop(here: Map[Any], wanted: Mapping[str, Any]) -> None:
    for key in [key for key in here.keys() if key not in wanted]:  # noqa: SIM118 - a Map of Yjs, not a dict
        del here[key]


def _set(here: Map[Any], wanted: Mapping[str, Any]) -> None:
    """Values that are not so already."""
    for key, value in wanted.items():
        now = here.get(key)
        if key not in here or isinstance(now, Map) or _plain(now) != value:
            here[key] = value


def _inner(here: Map[Any], key: str) -> Map[Any]:
    found = here.get(key)
    if not isinstance(found, Map):
        here[key] = Map()
        found = here[key]
    return found


def _object(value: Any) -> dict[str, Any]:
    return {key: _plain(inner) for key, inner in value.items()} if isinstance(value, dict) else {}


def _kept(root: Map[Any], read: Callable[[dict[str, Any]], dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    """What of a part can be read, in the order of its ids."""
    found = {}
    for id, value in sorted(_object(root.to_py()).items()):
        read_value = read(value) if _ID.fullmatch(id) and isinstance(value, dict) else None
        if read_value is not None:
            found[id] = read_value
    return found


def _node(value: dict[str, Any]) -> dict[str, Any] | None:
    kind = value.get("kind")
    if not isinstance(kind, str) or not kind:
        return None
    settings = value.get("settings")
    node = {"kind": kind[:40], "title": _text(value.get("title"), 120), **_place(value)}
    return _valid(DrawnNode, {**node, "settings": settings if isinstance(settings, dict) else {}})


def _note(value: dict[str, Any]) -> dict[str, Any] | None:
    sides: dict[str, Any] = {side: _number(value[side], 40, 2000) for side in ("width", "height") if side in value}
    return _valid(Note, {"text": _text(value.get("text"), 4000), **_place(value), **sides})


def _valid(model: type[DrawnNode] | type[Note], value: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return model.model_validate(value).model_dump(mode="json")
    except ValidationError:
        return None


_FARTHEST = 1_000_000


def _place(value: dict[str, Any]) -> dict[str, float]:
    return {side: _number(value.get(side), -_FARTHEST, _FARTHEST) for side in ("x", "y")}


def _number(value: Any, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return max(0.0, least)
    return min(max(value, least), most)


def _text(value: Any, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _languages(value: Any) -> list[str]:
    given = value if isinstance(value, list) else []
    return list(dict.fromkeys(one for one in given if isinstance(one, str) and _LANGUAGE.fullmatch(one)))[:20] or ["en"]


def _plain(value: Any) -> Any:
    """Numbers from a browser are all floats: 5.0 is 5 again."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
