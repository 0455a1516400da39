"""Rehearsals: fifty of a flow with a menu, ringing and voicemail; they are run on every change."""

from __future__ import annotations

import time

from controller.flows.document import Document
from controller.flows.rehearsals import Rehearsal, rehearse
from tests.bench.row import Row
from tests.flows.clinic import SampleClinic

_FLOW = {
    "start": "menu",
    "catch_all": "bye",
    "nodes": {
        "menu": {
            "kind": "menu",
            "title": "Main menu",
            "settings": {
                "prompt": {"text": {"en": "For the nurse, press 1. To leave a message, press 2."}},
                "choices": [{"key": "1"}, {"key": "2"}],
            },
        },
        "nurse": {"kind": "ring", "title": "Nurse", "settings": {"steps": [{"people": [{"id": "ana"}]}]}},
        "box": {"kind": "voicemail", "title": "Messages", "settings": {"mailbox": {"id": "front"}}},
        "bye": {"kind": "hang_up"},
    },
    "edges": {"menu": {"1": "nurse", "2": "box"}, "nurse": {"no_answer": "box"}},
}


def run() -> list[Row]:
    """Milliseconds for fifty rehearsals, each with a wrong key, two phones and a message."""
    clinic = SampleClinic(
        {
            "people": {"ana": {"phones": ["inside:101", "outside:+13125550142"]}},
            "mailboxes": {"front": {"name": "Front desk"}},
        }
    )
    version = clinic.publish("main", Document.model_validate(_FLOW))
    rehearsal = Rehearsal.model_validate(
        {
            "at": "2026-11-29T03:00:00-06:00",
            "keys": ["5", "1"],
            "people": {"ana": ["declines", "no answer"]},
            "messages": [12],
            "path": ["Main menu", "Nurse", "Messages"],
        }
    )
    began = time.perf_counter()
    results = [rehearse(version, rehearsal, clinic) for _ in range(50)]
    spent = (time.perf_counter() - began) * 1000
    assert all(result.passed for result in results)
    return [Row("fifty rehearsals of a menu, two phones and a message", spent, "ms", at_most=500)]
