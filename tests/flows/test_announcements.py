"""The day's announcement: heard once, in the caller's language, before the first step that holds the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from controller.flows.announcements import Announcement
from controller.flows.document import Document
from controller.flows.rehearsals import Rehearsal, Stage
from controller.flows.rehearsed import carry
from controller.flows.walker import Walker
from tests.flows.clinic import SampleClinic

TODAY = {"en": "We close at noon today.", "es": "Hoy cerramos al mediodía."}
SENTENCE = {"en": "In an emergency dial 911.", "es": "En una emergencia marque el 911."}
MENU = {
    "kind": "menu",
    "settings": {
        "prompt": {"text": {"en": "Press 1.", "es": "Oprima el uno."}},
        "choices": [{"key": "1"}],
        "attempts": 1,
    },
}
HANG_UP = {"kind": "hang_up", "settings": {"goodbye": {"text": {"en": "Goodbye."}}}}


def say(text: str) -> dict[str, Any]:
    return {"kind": "say", "settings": {"speech": {"text": {"en": text}}}}


def heard(
    nodes: Mapping[str, Any],
    edges: Mapping[str, Mapping[str, str]],
    *,
    keys: Sequence[str] = (),
    fails: frozenset[str] = frozenset(),
    **facts: Any,
) -> list[str]:
    """What a caller hears, one text after another."""
    clinic = SampleClinic({"announcement": TODAY, **facts})
    given = {"languages": ["en", "es"], "start": "a", "nodes": nodes, "edges": edges}
    version = clinic.publish("tested", Document.model_validate(given))
    rehearsal = Rehearsal.model_validate({"at": datetime(2026, 11, 23, 20, tzinfo=UTC), "keys": [*keys]})
    stage = Stage.set(version, rehearsal, clinic)
    stage.line.fails |= fails
    carry(stage.line, Walker(stage.clinic, stage.journal), stage.journal, stage.call)
    return [said.text for said in stage.line.heard]


def test_it_comes_after_the_greeting_and_before_the_menu_once() -> None:
    nodes = {"a": say("Welcome."), "b": MENU, "c": MENU, "end": HANG_UP}
    edges = {"a": {"next": "b"}, "b": {"1": "c", "no_choice": "end"}, "c": {"1": "end", "no_choice": "end"}}
    assert heard(nodes, edges, keys=["1", "1"]) == ["Welcome.", TODAY["en"], "Press 1.", "Press 1.", "Goodbye."]


def test_it_waits_for_the_language() -> None:
    nodes = {"a": {"kind": "language"}, "b": MENU}
    said = heard(nodes, {"a": {"next": "b"}}, keys=["2"])
    assert said[-2:] == [TODAY["es"], "Oprima el uno."]
    assert TODAY["en"] not in said


def test_it_is_heard_before_people_and_before_the_end() -> None:
    ring = {"kind": "ring", "settings": {"steps": [{"people": [{"id": "p"}]}]}}
    people = {"p": {"phones": ["inside:101"]}}
    assert TODAY["en"] in heard({"a": ring}, {}, people=people)
    assert heard({"a": say("We are closed."), "b": HANG_UP}, {"a": {"next": "b"}}) == [
        "We are closed.",
        TODAY["en"],
        "Goodbye.",
    ]
    assert heard({"a": {"kind": "hang_up", "settings": {"manner": "rejected"}}}, {}) == []


def test_an_end_that_is_not_drawn_is_one_too() -> None:
    nodes = {"a": {"kind": "return"}}
    assert heard(nodes, {}) == [TODAY["en"]]


def test_the_emergency_sentence_still_comes_first() -> None:
    menu = {**MENU, "settings": {**MENU["settings"], "prompt": {"text": {"en": f"{SENTENCE['en']} Press 1."}}}}
    said = heard({"a": menu}, {}, emergency_sentence=SENTENCE)
    assert said[:3] == [SENTENCE["en"], TODAY["en"], f"{SENTENCE['en']} Press 1."]
    said = heard({"a": say(SENTENCE["en"]), "b": MENU}, {"a": {"next": "b"}}, emergency_sentence=SENTENCE)
    assert said[:3] == [SENTENCE["en"], TODAY["en"], "Press 1."]


def test_one_that_cannot_be_played_keeps_nobody_from_going_on() -> None:
    ring = {"kind": "ring", "settings": {"steps": [{"people": [{"id": "p"}]}]}}
    assert heard({"a": ring}, {}, people={"p": {"phones": ["inside:101"]}}, fails=frozenset({"play"})) == []


def test_it_holds_from_its_beginning_to_its_end() -> None:
    noon = datetime(2026, 11, 23, 18, tzinfo=UTC)
    announcement = Announcement(text={**TODAY, "fr": " "}, since=noon, until=noon + timedelta(hours=5))
    assert announcement.at(noon) == TODAY
    assert announcement.at(noon + timedelta(hours=4, minutes=59)) == TODAY
    assert announcement.at(noon + timedelta(hours=5)) == {}
    assert announcement.at(noon - timedelta(seconds=1)) == {}
    assert Announcement(text=TODAY, since=noon).at(noon + timedelta(days=400)) == TODAY
    with pytest.raises(ValidationError):
        Announcement(text=TODAY, since=noon.replace(tzinfo=None))
