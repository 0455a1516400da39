"""Private digits: in memory only, and in nothing that outlives it, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from controller.calls.bookmark import Bookmark
from controller.calls.call import Caller, Phone, RecordingState
from controller.flows.document import Document
from controller.flows.rehearsed import KEY, RehearsedCall, RehearsedJournal, resumed
from controller.flows.rehearsed_line import Message, Reaction, RehearsedLine
from controller.flows.walker import Walker
from tests.flows.clinic import SampleClinic

SECRET = "8675309"
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)


def document(record: bool) -> Document:
    nodes = {
        "record": {"kind": "recording", "settings": {"state": "on" if record else "off"}},
        "ask": {
            "kind": "collect",
            "settings": {
                "prompt": {"text": {"en": "Your code, please."}},
                "variable": "code",
                "least": 7,
                "most": 7,
                "sensitive": True,
            },
        },
        "send": {
            "kind": "webhook",
            "settings": {"url": "https://ehr.example/", "sent": [{"name": "code", "value": "{code}"}]},
        },
        "keep": {"kind": "set", "settings": {"values": [{"name": "copy", "value": "[{code}]"}]}},
        "say": {"kind": "say", "settings": {"speech": {"text": {"en": "You typed {code}. {copy}"}}}},
        "end": {"kind": "hang_up"},
    }
    edges = {
        "record": {"next": "ask"},
        "ask": {"entered": "send", "no_entry": "say"},
        "send": {"answered": "keep", "failed": "keep"},
        "keep": {"next": "say"},
        "say": {"next": "end"},
    }
    return Document.model_validate({"start": "record", "nodes": nodes, "edges": edges, "catch_all": "say"})


class Typing:
    """A caller who types the code, each time they are asked."""

    def keys(self, node: str) -> str:
        return SECRET

    def reaction(self, phone: Phone) -> Reaction:
        return Reaction()

    def message(self, node: str) -> Message:
        return Message()

    def leaves_after(self, node: str) -> float | None:
        return None


class Died(BaseException):
    """The controller is gone from one moment to the next."""


class Rig:
    """A call on a line that outlives its controllers. `marks`: every bookmark that was ever on the channel."""

    def __init__(self, record: bool = True, told: Callable[[str], None] = lambda what: None) -> None:
        self.clinic = SampleClinic({"webs": {"https://ehr.example/": {"status": 200}}})
        self.version = self.clinic.publish("main", document(record))
        self.journal = RehearsedJournal()
        self.marks: list[Bookmark] = []
        self.line = RehearsedLine("call-1", Caller("+13125550100"), "+13125550199", NOW, Typing())
        self._told = told
        self.line.told = self._hear

    def _hear(self, what: str) -> None:
        if what == "bookmark":
            assert self.line.sealed is not None
            self.marks.append(Bookmark.unseal(self.line.sealed, KEY, self.line.id))
        self._told(what)

    def begin(self) -> RehearsedCall:
        return RehearsedCall(self.line, Walker.beginning(self.version), self.journal, None, None)

    def take_over(self) -> RehearsedCall:
        return resumed(self.line, self.journal, None, None)

    def walk(self, call: RehearsedCall) -> None:
        assert Walker(self.clinic, self.journal).walk(call).outcome == "ended"

    def everything_kept(self) -> str:
        steps: list[Any] = [vars(step) for step in self.journal.steps.values()]
        marks = [vars(mark) for mark in self.marks]
        heard = [vars(heard) for heard in self.line.heard]
        return json.dumps([steps, marks, heard, self.journal.kept], default=str)


@pytest.mark.parametrize("record", [True, False])
def test_they_reach_the_web_service_and_nothing_else(record: bool, capsys: pytest.CaptureFixture[str]) -> None:
    rig = Rig(record)
    rig.walk(rig.begin())
    assert [request.body for request in rig.clinic.requests] == [{"code": SECRET}]
    assert SECRET not in rig.everything_kept()
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    assert rig.marks[-1].variables["code.entered"] == "yes"


def test_the_recording_is_silent_while_they_are_typed() -> None:
    states: list[tuple[str, RecordingState | None]] = []
    rig = Rig(told=lambda what: states.append((what, rig.line.recordings[-1] if rig.line.recordings else None)))
    rig.walk(rig.begin())
    assert rig.line.recordings == [RecordingState.ON, RecordingState.PAUSED, RecordingState.ON]
    heard = [state for what, state in states if what == "heard"]
    assert heard == [RecordingState.PAUSED, RecordingState.ON]


def test_a_switch_that_cannot_pause_asks_nothing() -> None:
    rig = Rig()

    def breaks(what: str) -> None:
        if what == "recording":
            rig.line.fails = frozenset({"recording"})

    rig._told = breaks
    rig.walk(rig.begin())
    assert rig.clinic.requests == []
    assert [heard.node for heard in rig.line.heard] == ["say"]


def test_a_controller_may_die_at_any_moment() -> None:
    """Wherever it happens: the call goes on, the recording goes on, nothing is kept, and what is sent is the code or
    nothing, by one key."""
    moments = 0
    died = True
    while died:
        left = moments

        def dies(what: str) -> None:
            nonlocal left
            if left == 0:
                left = -1
                raise Died
            left -= 1

        rig = Rig(told=dies)
        first = rig.begin()
        try:
            rig.walk(first)
            died = False
        except Died:
            if rig.line.sealed is None:
                rig.walk(rig.begin())
            else:
                rig.walk(rig.take_over())
        assert rig.line.recordings[-1] is RecordingState.ON
        assert SECRET not in rig.everything_kept()
        assert {request.body["code"] for request in rig.clinic.requests if request.body} <= {SECRET}
        assert len({request.idempotency_key for request in rig.clinic.requests}) <= 1
        assert rig.line.heard[-1].node == "say"
        moments += 1
    assert moments > 10
