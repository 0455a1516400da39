"""Calls whose controller died and whose caller hung up unheard: their rows end, and what they said is not lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from controller.calls.bookmark import Bookmark, Phase
from controller.calls.departed import Departed, LeftCall
from controller.calls.journal import CallEnded
from controller.flows.document import Document
from controller.flows.walker import Walker
from controller.unattended import SETTLED, Unattended
from tests.calls.switchboard import ANA, KEY, NOW, Ledger
from tests.flows.clinic import SampleClinic

CALL = "5f1c3f0a-7a9b-4f64-9a51-0d6a0e1b2c3d"
TAKE = {"number": 0, "kept": None, "seconds": 0.0, "tries": 0, "urgent": False}


@dataclass
class Place:
    """SQL and a switch with no calls on it; `meanwhile` happens while the sweep waits."""

    folder: Path
    left: list[LeftCall] = field(default_factory=list)
    there: set[str] = field(default_factory=set)
    meanwhile: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.ledger = Ledger()
        self.clinic = SampleClinic({"mailboxes": {"box": {}}})
        self.clinic.message_path = lambda call, step: self.folder / f"{call}-{step}.wav"  # type: ignore[method-assign]
        self.version = self.clinic.publish(
            "main",
            Document.model_validate(
                {
                    "name": "Main",
                    "start": "box",
                    "nodes": {
                        "box": {"kind": "voicemail", "settings": {"mailbox": {"id": "box", "name": "box"}}},
                        "ring": {"kind": "ring", "settings": {}},
                    },
                    "edges": {},
                }
            ),
        )
        self.walker = Walker(self.clinic, self.ledger)
        self.unattended = self.sweeper()

    def sweeper(self) -> Unattended:
        """One controller's."""
        return Unattended(
            "here",
            lambda line: "true" if line.split(" ")[1] in self.there else "false",
            self.ledger,
            self,
            lambda: NOW,
            lambda left: self.walker.settle(Departed(left, journal=self.ledger, key=KEY, controller="two")),
            lambda seconds: self.meanwhile(),
        )

    def on(self, switch: str, before: object) -> list[LeftCall]:
        ended = {end.call for end in self.ledger.endings}
        return [left for left in self.left if left.id not in ended]

    def leave(self, node: str, phase: Phase, sealed: str | None = None) -> None:
        """A call of a dead controller, at this node and phase."""
        mark = Bookmark(self.version.id, node, step=3, phase=phase, language="es")
        self.left.append(
            LeftCall(CALL, phase.name, NOW - SETTLED, ANA, "+13125550100", sealed=sealed or mark.seal(KEY, CALL))
        )

    def record(self, seconds: float, loud: bool = True, take: str = "") -> None:
        """What the switch has written so far."""
        samples = np.sin(np.arange(round(seconds * 8000)) * 0.5) * (0.5 if loud else 0.0)
        soundfile.write(self.folder / f"{CALL}-3{take}.wav", samples, 8000, subtype="PCM_16")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_message_half_said_is_put_in_its_mailbox_once(place: Place) -> None:
    place.record(4.0)
    place.leave("box", Phase("recording", TAKE))
    assert place.unattended.sweep() == 1
    (message,) = place.clinic.messages
    assert message["seconds"] == pytest.approx(4.0)
    assert (message["mailbox"], message["caller"], message["language"]) == ("box", ANA.number, "es")
    assert message["at"] == NOW - SETTLED
    assert message["path"] == place.folder / f"{CALL}-3.wav"
    assert [(step.node, step.exit) for step in place.ledger.steps] == [("box", "")]
    assert place.ledger.endings == [CallEnded(CALL, NOW, "lost")]
    place.ledger.endings.clear()
    assert place.sweeper().sweep() == 1
    assert len(place.clinic.messages) == 1


def test_a_take_kept_before_is_left_when_a_later_one_was_cut(place: Place) -> None:
    place.record(5.0)
    place.record(0.2, take="-1")
    place.leave("box", Phase("recording", {**TAKE, "number": 1, "kept": 0, "seconds": 5.0, "tries": 1}))
    place.unattended.sweep()
    (message,) = place.clinic.messages
    assert (message["path"].name, message["seconds"]) == (f"{CALL}-3.wav", 5.0)


@pytest.mark.parametrize("phase", ["review", "recorded"])
def test_a_message_that_was_only_to_be_filed_is_filed(place: Place, phase: str) -> None:
    place.record(5.0)
    place.leave("box", Phase(phase, {**TAKE, "kept": 0, "number": 1, "seconds": 5.0, "urgent": True}))
    place.unattended.sweep()
    (message,) = place.clinic.messages
    assert message["urgent"]


@pytest.mark.parametrize(("seconds", "loud"), [(0.0, True), (0.5, True), (6.0, False)])
def test_what_is_no_message_is_left_out(place: Place, seconds: float, loud: bool) -> None:
    if seconds:
        place.record(seconds, loud)
    place.leave("box", Phase("recording", TAKE))
    assert place.unattended.sweep() == 1
    assert place.clinic.messages == []


def test_a_call_that_is_still_there_is_left_alone(place: Place) -> None:
    place.record(4.0)
    place.leave("box", Phase("recording", TAKE))
    place.there.add(CALL)
    assert place.unattended.sweep() == 0
    assert place.clinic.messages == place.ledger.endings == []


def test_a_controller_that_has_just_heard_the_caller_hang_up_tells_it_itself(place: Place) -> None:
    place.leave("box", Phase("recording", TAKE))
    place.meanwhile = lambda: place.ledger.ended(CallEnded(CALL, NOW + timedelta(seconds=1), "caller hung up"))
    assert place.unattended.sweep() == 0
    assert [end.ending for end in place.ledger.endings] == ["caller hung up"]


def test_a_call_we_hold_is_left_alone(place: Place) -> None:
    place.leave("box", Phase())
    place.unattended.hold(CALL)
    assert place.unattended.sweep() == 0
    place.unattended.release(CALL)
    assert place.unattended.sweep() == 1


def test_a_caller_who_talked_hung_up_and_their_step_stays_as_it_is(place: Place) -> None:
    place.leave("ring", Phase("talking", {"offer": "x"}))
    assert place.unattended.sweep() == 1
    assert [end.ending for end in place.ledger.endings] == ["caller hung up"]
    assert place.ledger.steps == []


@pytest.mark.parametrize("sealed", ["forged", None])
def test_the_row_ends_whatever_is_in_the_bookmark(place: Place, sealed: str | None) -> None:
    place.leave("gone", Phase(), sealed)
    assert place.unattended.sweep() == 1
    assert [end.ending for end in place.ledger.endings] == ["lost"]
