"""Two versions of a flow compared: what staff read, and that nothing callers would notice is passed over."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from controller.flows import samples
from controller.flows.differences import Change, Difference, differences
from controller.flows.document import Document, DrawnNode, Note
from controller.flows.registry import kinds, make
from controller.flows.upgrades import read
from tests.flows.documents import IDS, documents, unhurried

NAMES: Mapping[str, Mapping[str, str]] = {
    "team": {"t1": "Nurses", "t2": "Front desk"},
    "person": {"p1": "Priya Nair", "p2": "David Kim"},
    "mailbox": {"m1": "Front desk", "m2": "Nurses"},
    "prompt": {"r1": "Spring greeting"},
}


def clinic_line() -> dict[str, Any]:
    return {
        "name": "Main line",
        "languages": ["en", "es"],
        "start": "greeting",
        "catch_all": "front",
        "nodes": {
            "billing": {
                "kind": "voicemail",
                "title": "Billing",
                "settings": {"mailbox": {"id": "m1", "name": "Front desk"}},
            },
            "front": {
                "kind": "ring",
                "title": "Front desk",
                "settings": {"steps": [{"teams": [{"id": "t2", "name": "Front desk"}], "seconds": 20}]},
            },
            "menu": {
                "kind": "menu",
                "title": "Main menu",
                "settings": {"choices": [{"key": "2", "label": "Billing"}, {"key": "3"}]},
            },
            "greeting": {
                "kind": "say",
                "title": "Greeting",
                "settings": {"speech": {"text": {"en": "Thank you for calling.", "es": "Gracias por llamar."}}},
            },
        },
        "edges": {
            "greeting": {"next": "menu"},
            "menu": {"2": "billing", "3": "front"},
            "front": {"no_answer": "billing"},
        },
        "rehearsals": [{"title": "Pays a bill", "at": "2026-11-30T10:00:00-06:00", "keys": "2"}],
    }


def edited(edit: Callable[[dict[str, Any]], Any]) -> list[Difference]:
    raw = clinic_line()
    edit(raw)
    return differences(read(clinic_line()), read(raw), NAMES)


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """An edit: the value at a place written as "nodes.menu.title"."""

    def edit(raw: Any) -> None:
        *way, last = path.split(".")
        for part in way:
            raw = raw[int(part)] if isinstance(raw, list) else raw[part]
        raw[last] = value

    return edit


def all_of(*edits: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], None]:
    def edit(raw: dict[str, Any]) -> None:
        for one in edits:
            one(raw)

    return edit


MENU, FRONT, SPEECH = "nodes.menu.settings", "nodes.front.settings", "nodes.greeting.settings.speech"
PHARMACY = {"kind": "hang_up", "title": "Pharmacy line"}

EDITS: dict[str, tuple[Callable[[dict[str, Any]], Any], list[str]]] = {
    "an exit leads elsewhere": (
        put("edges.menu.3", "billing"),
        ["Main menu: key 3 now goes to Billing; it went to Front desk"],
    ),
    "an exit that must be drawn is drawn no more": (
        lambda raw: raw["edges"]["menu"].pop("2"),
        ["Main menu: key 2 (Billing) now leads nowhere; it went to Billing"],
    ),
    "a failure exit is drawn": (
        put("edges.menu.no_choice", "front"),
        ["Main menu: “No choice” now goes to Front desk; it went where calls in trouble go"],
    ),
    "an exit that ended the call leads on": (
        put("edges.front.answered", "greeting"),
        ["Front desk: “After the conversation” now goes to Greeting; it ended the call"],
    ),
    "a key is new, and its step": (
        all_of(
            put("nodes.pharmacy", PHARMACY),
            lambda raw: raw["nodes"]["menu"]["settings"]["choices"].append({"key": "4", "label": "Pharmacy"}),
            put("edges.menu.4", "pharmacy"),
        ),
        ["Main menu: key 4 (Pharmacy) is new and goes to Pharmacy line", "Pharmacy line is new: End the call"],
    ),
    "a key is gone": (
        lambda raw: raw["nodes"]["menu"]["settings"]["choices"].pop(0),
        ["Main menu: key 2 (Billing) is gone; it went to Billing"],
    ),
    "what a key is for": (
        put(f"{MENU}.choices.0.label", "Payments"),
        ["Main menu: “Choices → 2 → What it is for” is “Payments” instead of “Billing”"],
    ),
    "keys in another order": (
        lambda raw: raw["nodes"]["menu"]["settings"]["choices"].reverse(),
        ["Main menu: “Choices” is now in another order: Key “3”, Key “2”, What it is for “Billing”"],
    ),
    "a text": (
        put(f"{SPEECH}.text.es", "Gracias por su llamada."),
        ["Greeting: “What callers hear” in Spanish has changed: “Gracias por su llamada.” was “Gracias por llamar.”"],
    ),
    "a text in one more language": (
        put(f"{SPEECH}.text.fr", "Merci de votre appel."),
        ["Greeting: “What callers hear” is now said in French too: “Merci de votre appel.”"],
    ),
    "a text in one language less": (
        lambda raw: raw["nodes"]["greeting"]["settings"]["speech"]["text"].pop("es"),
        ["Greeting: “What callers hear” is no longer said in Spanish: it was “Gracias por llamar.”"],
    ),
    "a recording instead": (
        put(f"{SPEECH}.prompt", {"id": "r1"}),
        ["Greeting: “What callers hear → Recording” is Spring greeting instead of nothing"],
    ),
    "a number": (
        put(f"{FRONT}.steps.0.seconds", 30),
        ["Front desk: “Who is rung → Seconds” is 30 instead of 20"],
    ),
    "a number that was the default": (put(f"{MENU}.attempts", 5), ["Main menu: “Attempts” is 5 instead of 3"]),
    "yes and no": (put(f"{MENU}.interruptible", False), ["Main menu: “Keys cut the text short” is no instead of yes"]),
    "a reference": (
        put("nodes.billing.settings.mailbox", {"id": "m2", "name": ""}),
        ["Billing: “Mailbox” is Nurses instead of Front desk"],
    ),
    "a reference by name only": (
        put("nodes.billing.settings.mailbox", {"name": "Pharmacy"}),
        ["Billing: “Mailbox” is Pharmacy instead of Front desk"],
    ),
    "another team, and a person": (
        all_of(
            put(f"{FRONT}.steps.0.teams", [{"id": "t1"}]), put(f"{FRONT}.steps.0.people", [{"id": "p1", "name": "?"}])
        ),
        [
            "Front desk: “Who is rung → People” now has Priya Nair",
            "Front desk: “Who is rung → Teams” now has Nurses",
            "Front desk: “Who is rung → Teams” no longer has Front desk",
        ],
    ),
    "one more step": (
        lambda raw: raw["nodes"]["front"]["settings"]["steps"].insert(0, {"teams": [{"id": "t1"}], "seconds": 15}),
        ["Front desk: “Who is rung” now has Teams Nurses, Seconds 15"],
    ),
    "one more team": (
        put(f"{FRONT}.steps", [{"teams": [{"id": "t2"}, {"id": "t1"}], "seconds": 20}]),
        ["Front desk: “Who is rung → Teams” now has Nurses"],
    ),
    "an order": (
        put(f"{FRONT}.steps.0.order", "in_order"),
        ["Front desk: “Who is rung → Order” is “one after another” instead of “all at once”"],
    ),
    "a title": (put("nodes.front.title", "Reception"), ["Front desk is now called Reception"]),
    "a kind": (
        put("nodes.billing", {"kind": "hang_up", "title": "Billing"}),
        ["Billing is now “Hang up”; it was “Voicemail”"],
    ),
    "a node gone": (
        lambda raw: raw["nodes"].pop("billing"),
        [
            "Main menu: key 2 (Billing) now leads nowhere; it went to Billing",
            "Front desk: “Nobody accepts” now leads nowhere; it went to Billing",
            "Billing is gone",
        ],
    ),
    "a node new, and where it leads": (
        all_of(
            put(
                "nodes.nurses", {"kind": "ring", "title": "Nurses", "settings": {"steps": [{"teams": [{"id": "t1"}]}]}}
            ),
            put("edges.nurses", {"no_answer": "front"}),
        ),
        ["Nurses is new: Ring Nurses", "Nurses: “Nobody accepts” goes to Front desk"],
    ),
    "the name": (put("name", "Clinic"), ["The flow is now called “Clinic”; it was “Main line”"]),
    "the languages": (
        put("languages", ["fr", "en"]),
        [
            "French is now among the flow's languages",
            "Spanish is no longer among the flow's languages",
            "Calls now begin in French; they began in English",
        ],
    ),
    "the start": (put("start", "menu"), ["Calls now begin at Main menu; they began at Greeting"]),
    "no start": (put("start", None), ["Calls now begin at no step at all; they began at Greeting"]),
    "the catch-all": (put("catch_all", "billing"), ["Calls in trouble now go to Billing; they went to Front desk"]),
    "no catch-all": (put("catch_all", None), ["Calls in trouble now go to the backup line; they went to Front desk"]),
    "a rehearsal changed": (put("rehearsals.0.keys", "3"), ["Rehearsal “Pays a bill” has changed"]),
    "a rehearsal new": (
        lambda raw: raw["rehearsals"].insert(0, {"at": "2026-11-29T03:00:00-06:00"}),
        ["Rehearsal 1 is new"],
    ),
    "a rehearsal gone": (put("rehearsals", []), ["Rehearsal “Pays a bill” is gone"]),
    "a kind nobody knows": (
        put("nodes.billing", {"kind": "fax", "title": "Billing", "settings": {"number": 3}}),
        ["Billing is now “fax”; it was “Voicemail”"],
    ),
    "a setting nobody knows": (put(f"{MENU}.colour", "blue"), ["Main menu: “colour” is “blue” instead of not set"]),
    "a setting that cannot be read": (
        put(f"{MENU}.attempts", "many"),
        ["Main menu: “Attempts” is “many” instead of not set"],
    ),
}

UNNOTICED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing": lambda raw: None,
    "where a node stands": put("nodes.menu.x", 500),
    "a note": put("notes", {"a": {"text": "Ask Dana."}}),
    "the description": put("description", "For both locations."),
    "a default written out": put(f"{MENU}.attempts", 3),
    "a reference without its id": put("nodes.billing.settings.mailbox", {"name": "Front desk"}),
    "a reference with an older name": put("nodes.billing.settings.mailbox", {"id": "m1", "name": "Reception"}),
    "nodes drawn in another order": lambda raw: raw.update(nodes=dict(reversed(raw["nodes"].items()))),
    "an arrow to nowhere": put("edges.menu.failed", "gone"),
    "an arrow by an exit that is not there": put("edges.menu.9", "front"),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_staff_read(name: str) -> None:
    edit, said = EDITS[name]
    assert [str(one.text) for one in edited(edit)] == said


@pytest.mark.parametrize("name", UNNOTICED)
def test_what_callers_would_not_notice(name: str) -> None:
    assert edited(UNNOTICED[name]) == []


def test_they_say_what_to_mark_on_the_canvas() -> None:
    (one,) = edited(put(f"{FRONT}.steps.0.seconds", 30))
    assert (one.change, one.node, one.path) == (Change.SETTING, "front", ("steps", 0, "seconds"))
    (one,) = edited(put("edges.menu.3", "billing"))
    assert (one.change, one.node, one.exit) == (Change.EXIT, "menu", "3")
    (one,) = edited(put(f"{SPEECH}.text.es", "Hola."))
    assert one.path == ("speech", "text", "es")
    *_, one = edited(lambda raw: raw["nodes"].pop("billing"))
    assert (one.change, one.node) == (Change.NODE_GONE, "billing")


def test_they_follow_the_flow_from_its_start() -> None:
    def edit(raw: dict[str, Any]) -> None:
        for drawn in raw["nodes"].values():
            drawn["title"] += "!"

    assert [one.node for one in edited(edit)] == ["greeting", "menu", "billing", "front"]


def test_of_long_texts_they_show_what_is_different() -> None:
    long = "Please listen carefully, since our choices have changed. " * 20
    before = clinic_line()
    before["nodes"]["greeting"]["settings"]["speech"]["text"]["en"] = long + "Press 1 for nurses."
    after = copy.deepcopy(before)
    after["nodes"]["greeting"]["settings"]["speech"]["text"]["en"] = long + "Press 2 for nurses."
    (one,) = differences(read(before), read(after), NAMES)
    assert "Press 2 for nurses.” was “…" in str(one.text)
    assert len(str(one.text)) < 300


def test_nodes_of_one_title_are_told_apart() -> None:
    before = clinic_line()
    after = copy.deepcopy(before)
    after["nodes"]["other"] = {"kind": "hang_up", "title": "Billing"}
    after["edges"]["menu"]["2"] = "other"
    said = [str(one.text) for one in differences(read(before), read(after), NAMES)]
    assert said[0] == "Main menu: key 2 (Billing) now goes to Billing (other); it went to Billing (billing)"


def test_the_demo_clinic_against_a_template() -> None:
    old, new = samples.templates()["family_clinic"], samples.lakeside()["main_line"]
    found = differences(old, new, {})
    assert {one.node for one in found if one.change is Change.NODE_NEW} == new.nodes.keys() - old.nodes.keys()
    assert {one.node for one in found if one.change is Change.NODE_GONE} == old.nodes.keys() - new.nodes.keys()


@unhurried
@given(documents())
def test_a_document_is_not_different_from_itself(document: Document) -> None:
    assert differences(document, document.model_copy(deep=True), NAMES) == []


@unhurried
@given(documents(), documents())
def test_any_two_documents_can_be_compared(old: Document, new: Document) -> None:
    for one in differences(old, new, NAMES):
        said = one.text.render("es")
        assert said
        assert one.node is None or one.node in old.nodes or one.node in new.nodes


def named_in(found: list[Difference]) -> set[str | None]:
    return {one.node for one in found if str(one.text)}


def some_node(data: st.DataObject, document: Document) -> str:
    assume(document.nodes)
    return data.draw(st.sampled_from(sorted(document.nodes)))


@unhurried
@given(documents(), st.data())
def test_a_node_new_or_gone_is_named(document: Document, data: st.DataObject) -> None:
    free = [id for id in IDS if id not in document.nodes]
    assume(free)
    more = document.model_copy(deep=True)
    id = data.draw(st.sampled_from(free))
    more.nodes[id] = DrawnNode(kind=data.draw(st.sampled_from([*kinds(), "fax"])))
    assert (Change.NODE_NEW, id) in {(one.change, one.node) for one in differences(document, more, NAMES)}
    assert (Change.NODE_GONE, id) in {(one.change, one.node) for one in differences(more, document, NAMES)}


@unhurried
@given(documents(), st.data())
def test_a_node_called_otherwise_is_named(document: Document, data: st.DataObject) -> None:
    id = some_node(data, document)
    other = document.model_copy(deep=True)
    other.nodes[id].title += "!"
    found = differences(document, other, NAMES)
    assert [(one.change, one.node) for one in found] == [(Change.NODE_TITLE, id)]


@unhurried
@given(documents(), st.data())
def test_a_node_of_another_kind_is_named(document: Document, data: st.DataObject) -> None:
    id = some_node(data, document)
    other = document.model_copy(deep=True)
    other.nodes[id].kind = "fax"
    assert (Change.NODE_KIND, id) in {(one.change, one.node) for one in differences(document, other, NAMES)}


@unhurried
@given(documents(), st.data())
def test_an_arrow_drawn_otherwise_is_named(document: Document, data: st.DataObject) -> None:
    id = some_node(data, document)
    drawn = document.nodes[id]
    try:
        ways = [way.name for way in make(drawn.kind, drawn.settings).exits()]
    except (LookupError, ValueError):
        ways = ["next"]
    assume(ways)
    way = data.draw(st.sampled_from(ways))
    other = document.model_copy(deep=True)
    target = data.draw(st.sampled_from([None, *sorted(document.nodes)]))
    before = document.edges.get(id, {}).get(way)
    assume((before if before in document.nodes else None) != target)
    others = other.edges.setdefault(id, {})
    if target is None:
        others.pop(way)
    else:
        others[way] = target
    found = differences(document, other, NAMES)
    assert [(one.change, one.node, one.exit) for one in found] == [(Change.EXIT, id, way)]


@pytest.mark.parametrize("kind", list(kinds()))
def test_any_setting_changed_is_named(kind: str) -> None:
    """Every setting of every kind, as born and in the samples, at any depth: a yes that becomes a no, a number or a text
    that becomes another."""
    for settings in (kinds()[kind]().model_dump(mode="json"), *(drawn.settings for drawn in _drawn(kind))):
        old = Document(nodes={"a": DrawnNode(kind=kind, settings=settings)})
        for path, value in _leaves(settings):
            new = old.model_copy(deep=True)
            holder: Any = new.nodes["a"].settings
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]] = _otherwise(value)
            assert named_in(differences(old, new, NAMES)) == {"a"}, path


def _drawn(kind: str) -> list[DrawnNode]:
    every = [*samples.lakeside().values(), *samples.templates().values()]
    return [drawn for document in every for drawn in document.nodes.values() if drawn.kind == kind and drawn.settings]


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict) and value.keys() != {"id", "name"}:
        return [found for key, item in value.items() for found in _leaves(item, (*path, key))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _leaves(item, (*path, index))]
    return [(path, value)]


def _otherwise(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case {"id": _, "name": _}:
            return {"id": "another", "name": "Another"}
    return {"id": "another", "name": "Another"}


def test_notes_and_places_are_no_differences() -> None:
    old = Document(nodes={"a": DrawnNode(kind="say")})
    new = Document(nodes={"a": DrawnNode(kind="say", x=10, y=10)}, notes={"n": Note(text="Later.")})
    assert differences(old, new, {}) == []
