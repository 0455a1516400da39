"""Rehearsals: a caller in memory goes where the flow leads, nothing outside is touched, and what fails is said plainly."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from controller.flows.document import Document
from controller.flows.rehearsals import Rehearsal, RehearsalResult, rehearse
from tests.flows.clinic import SampleClinic

CLINIC: dict[str, Any] = {
    "people": {"ana": {"name": "Ana Ruiz", "phones": ["inside:101", "outside:+13125550143"]}},
    "rotas": {"night": [["ana"]]},
    "hours": {"main": "open"},
    "mailboxes": {"front": {"name": "Front desk"}},
    "numbers": {"+13125550100": {"flow": "main", "location": "lake"}},
}
FLOW: dict[str, Any] = {
    "start": "open",
    "catch_all": "box",
    "languages": ["en", "es"],
    "nodes": {
        "open": {"kind": "hours", "title": "Are we open?", "settings": {"hours": {"id": "main"}}},
        "menu": {
            "kind": "menu",
            "title": "Main menu",
            "settings": {
                "prompt": {"text": {"en": "For the nurse, press 1."}},
                "choices": [{"key": "1"}, {"key": "2"}],
            },
        },
        "nurse": {"kind": "ring", "title": "Nurse", "settings": {"steps": [{"people": [{"id": "ana"}]}]}},
        "ask": {"kind": "webhook", "title": "Records", "settings": {"url": "https://records.example/x"}},
        "night": {"kind": "on_call", "title": "On call", "settings": {"rota": {"id": "night"}}},
        "box": {"kind": "voicemail", "title": "Messages", "settings": {"mailbox": {"id": "front"}}},
    },
    "edges": {
        "open": {"open": "menu", "closed": "night"},
        "menu": {"1": "nurse", "2": "ask"},
        "nurse": {"no_answer": "box"},
        "ask": {"answered": "nurse"},
        "night": {"no_answer": "box"},
    },
}


def run(**written: Any) -> tuple[RehearsalResult, SampleClinic]:
    clinic = SampleClinic(CLINIC)
    version = clinic.publish("main", Document.model_validate(FLOW))
    given = {"at": "2026-11-29T03:00:00", "zone": "America/Chicago", "dialled": "+13125550100", **written}
    return rehearse(version, Rehearsal.model_validate(given), clinic), clinic


def test_a_rehearsal_passes_and_touches_nothing() -> None:
    result, clinic = run(
        keys=[2],
        people={"Ana Ruiz": ["no answer", {"does": "accepts", "after": 6, "talks": 30}]},
        webhooks={"https://records.example/": {"status": 200}},
        path=["Are we open?", "Main menu", "Records", "Nurse"],
        avoids=["Messages"],
        hears=["for the nurse, PRESS 1"],
        reaches="Ana Ruiz",
        end="flow ended",
    )
    assert result.passed, [str(text) for text in result.why]
    assert [(step.title, step.exit) for step in result.path] == [
        ("Are we open?", "open"),
        ("Main menu", "2"),
        ("Records", "answered"),
        ("Nurse", "answered"),
    ]
    assert result.reached == ("Ana Ruiz",)
    assert 20 + 6 + 30 < result.seconds < 80
    assert clinic.requests == []
    assert clinic.messages == []
    assert clinic.took == []
    assert clinic.turns == {}


def test_what_was_not_as_expected_is_said_plainly() -> None:
    result, _ = run(
        keys=["1"],
        messages=[12],
        path=["Main menu", "On call"],
        avoids=["Nurse"],
        hears=["Good night"],
        reaches="Ana Ruiz",
        end="backup line",
    )
    assert not result.passed
    assert [str(text) for text in result.why] == [
        "After “Main menu” the call did not come to “On call”. "
        "Its way was: Are we open? → Main menu → Nurse → Messages.",
        "The call came to “Nurse”, where it should not go. Its way was: Are we open? → Main menu → Nurse → Messages.",
        "The caller did not hear “Good night”.",
        "The call should reach Ana Ruiz; it reached Front desk.",
        "The call should end so: the backup line took it; it ended so: the flow came to its end.",
    ]
    assert result.why[2].render("es") == "Quien llamó no escuchó “Good night”."


def test_hours_can_be_taken_as_otherwise() -> None:
    result, _ = run(hours={"main": "closed"}, people={"everyone": "accepts"}, path=["On call"], reaches="Ana Ruiz")
    assert result.passed


def test_keys_by_step() -> None:
    result, _ = run(keys={"Main menu": ["9", "1"]}, people={"101": "accepts"}, path=["Nurse"], end="flow ended")
    assert result.passed


def test_a_caller_whose_patience_ends_hangs_up() -> None:
    result, _ = run(hours={"main": "closed"}, patience=120, end="caller hung up", path=["On call"])
    assert result.passed
    assert result.seconds == 120


def test_a_conversation_in_which_the_caller_hangs_up_ends_the_call() -> None:
    result, _ = run(keys=["1"], people={"ana": {"caller_hangs_up": True}}, end="caller hung up", reaches="Ana Ruiz")
    assert result.passed


@pytest.mark.parametrize(
    "written",
    [
        {"at": "2026-11-29T03:00:00", "zone": None},
        {"zone": "Lakeside"},
        {"keys": ["call"]},
        {"people": {"ana": "sings"}},
        {"expects": "all"},
        {"people": {"ana": []}},
    ],
)
def test_what_is_no_rehearsal_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        run(**written)
