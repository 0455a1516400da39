"""Whole calls on a real switch: a SIP caller, the flow in SQL, phones that ring, and what is left behind: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from controller.store import models
from tests.freeswitch.installation import MOBILE, NUMBER, Installation
from tests.freeswitch.softphone import PhoneCall
from tests.freeswitch.sound import loudness, strongest, tone
from tests.freeswitch.switch import Switch, wait_until


@pytest.fixture
def clinic(switch: Switch, tmp_path: Path) -> Iterator[Installation]:
    with Installation(switch, tmp_path) as installation:
        yield installation


def said(text: str) -> dict[str, Any]:
    return {"text": {"en": text}}


def menu(*keys: str) -> tuple[str, dict[str, Any]]:
    return "menu", {
        "prompt": said("Press a key."),
        "choices": [{"key": key, "label": key} for key in keys],
        "attempts": 1,
        "first_seconds": 5,
    }


def ring(clinic: Installation, *people: str, seconds: int = 5, **more: Any) -> tuple[str, dict[str, Any]]:
    return "ring", {
        "steps": [{"people": [clinic.ref(person) for person in people], "order": "in_order", "seconds": seconds}],
        **more,
    }


def talk(one: PhoneCall, other: PhoneCall) -> None:
    """Assert that two phones hear each other."""
    one.sound.play(tone(600, 3.0))
    other.sound.play(tone(1000, 3.0))
    other.sound.wait_for_tone(600, 10)
    one.sound.wait_for_tone(1000, 10)


@pytest.mark.parametrize("by_info", [False, True])
def test_prompts_are_heard_and_a_key_leads_on(clinic: Installation, by_info: bool) -> None:
    clinic.live(
        {
            "welcome": ("say", {"speech": said("Welcome to the clinic.")}),
            "menu": menu("1", "2"),
            "one": ("say", {"speech": said("You pressed one.")}),
            "two": ("say", {"speech": said("You pressed two.")}),
            "bye": ("hang_up", {}),
        },
        {"welcome": {"next": "menu"}, "menu": {"1": "one", "2": "two"}, "two": {"next": "bye"}, "one": {"next": "bye"}},
    )
    clinic.start_controller()
    call = clinic.caller().dial(NUMBER)
    call.wait_answered()
    call.sound.wait_for_sound(10)
    clinic.until(lambda row: row.now_at == "menu", "the menu is not reached")
    (call.press_by_info if by_info else call.press)("2")
    call.wait_ended()
    row = clinic.ended()
    assert [(step.node, step.exit) for step in row.steps] == [
        ("welcome", "next"),
        ("menu", "2"),
        ("two", "next"),
        ("bye", ""),
    ]
    assert row.ending == "flow ended"


def test_hours_decide(clinic: Installation) -> None:
    with clinic.database.write("test") as session:
        hours = models.Hours(name="Never")
        session.add(hours)
        session.flush()
        clinic.ids["Never"] = hours.id
    clinic.live(
        {
            "hours": ("hours", {"hours": clinic.ref("Never")}),
            "closed": ("say", {"speech": said("We are closed.")}),
            "open": ("say", {"speech": said("We are open.")}),
            "bye": ("hang_up", {}),
        },
        {"hours": {"closed": "closed", "open": "open"}, "closed": {"next": "bye"}, "open": {"next": "bye"}},
    )
    clinic.start_controller()
    call = clinic.caller().dial(NUMBER)
    call.wait_ended(20)
    assert [step.node for step in clinic.ended().steps] == ["hours", "closed", "bye"]


def test_ringing_goes_on_to_the_second_phone_and_the_call_comes_back_after_the_conversation(
    clinic: Installation,
) -> None:
    clinic.live(
        {
            "ring": ring(clinic, "Ana", "Ben"),
            "after": ("say", {"speech": said("Thank you for calling.")}),
            "bye": ("hang_up", {}),
        },
        {"ring": {"answered": "after", "no_answer": "bye"}, "after": {"next": "bye"}},
    )
    clinic.start_controller()
    ana, ben = clinic.phone("1001"), clinic.phone("1002")
    call = clinic.caller().dial(NUMBER)
    first = ana.next_call()
    first.ring()
    second = ben.next_call(15)
    assert first.wait_ended() != 200
    second.answer()
    talk(call, second)
    second.hang_up()
    call.wait_ended()
    row = clinic.ended()
    assert [(step.node, step.exit) for step in row.steps] == [("ring", "answered"), ("after", "next"), ("bye", "")]


def test_a_caller_who_hangs_up_while_talking_ends_everything(clinic: Installation) -> None:
    clinic.live({"ring": ring(clinic, "Ana")}, {})
    clinic.start_controller()
    ana = clinic.phone("1001")
    call = clinic.caller().dial(NUMBER)
    leg = ana.next_call()
    leg.answer()
    talk(call, leg)
    call.hang_up()
    leg.wait_ended()
    assert clinic.ended().ending == "caller hung up"


def test_a_mobile_must_press_1_and_2_declines(clinic: Installation) -> None:
    clinic.live(
        {"ring": ring(clinic, "Cai", "Ana", seconds=15), "bye": ("hang_up", {})},
        {"ring": {"no_answer": "bye"}},
    )
    clinic.start_controller()
    carrier, ana = clinic.carrier(), clinic.phone("1001")
    call = clinic.caller().dial(NUMBER)
    mobile = carrier.next_call()
    assert mobile.invite is not None
    assert MOBILE.lstrip("+") in mobile.invite.first
    mobile.answer()
    mobile.sound.wait_for_sound(10)
    assert not any(first.startswith("INVITE") for first in ana.messages)
    mobile.press("2")
    mobile.wait_ended()
    leg = ana.next_call()
    leg.answer()
    talk(call, leg)
    call.hang_up()
    clinic.ended()


def test_a_mobile_that_presses_1_gets_the_caller(clinic: Installation) -> None:
    clinic.live({"ring": ring(clinic, "Cai", seconds=15)}, {})
    clinic.start_controller()
    carrier = clinic.carrier()
    call = clinic.caller().dial(NUMBER)
    mobile = carrier.next_call()
    mobile.answer()
    mobile.sound.wait_for_sound(10)
    mobile.press("1")
    talk(call, mobile)
    mobile.hang_up()
    call.wait_ended()
    clinic.ended()


def test_on_call_escalates_to_the_mobile(clinic: Installation) -> None:
    clinic.live({"night": ("on_call", {"rota": clinic.ref("Night"), "seconds": 5})}, {})
    clinic.start_controller()
    ana, carrier = clinic.phone("1001"), clinic.carrier()
    call = clinic.caller().dial(NUMBER)
    ana.next_call().decline()
    mobile = carrier.next_call(15)
    mobile.answer()
    mobile.sound.wait_for_sound(10)
    mobile.press("1")
    talk(call, mobile)
    call.hang_up()
    clinic.ended()


def test_voicemail_is_recorded_and_not_empty_also_when_the_caller_hangs_up(clinic: Installation) -> None:
    clinic.live({"box": ("voicemail", {"mailbox": clinic.ref("Messages")})}, {})
    clinic.start_controller()
    call = clinic.caller().dial(NUMBER)
    clinic.until(lambda row: row.phase == "recording", "nothing is recorded")
    call.sound.play(tone(700, 4.0))
    wait_until(
        lambda: any((clinic.folder / "data").rglob("*.wav")) and voiced(clinic) > 1.0, 15, "no sound is recorded"
    )
    call.hang_up()
    clinic.ended()
    wait_until(lambda: messages_in(clinic), 5, "the message is not in the mailbox")
    (message,) = messages_in(clinic)
    samples, rate = soundfile.read(clinic.folder / "data" / message.path, dtype="int16")
    assert rate == 8000
    assert loudness(samples) > 500
    assert abs(strongest(samples[len(samples) // 2 :][:8000]) - 700) < 30
    assert message.caller == "+13125550142"
    assert message.seconds > 1


def messages_in(clinic: Installation) -> list[models.Message]:
    with clinic.database.read() as session:
        return session.query(models.Message).all()


def voiced(clinic: Installation) -> float:
    """Seconds of sound in the newest message's file so far."""
    newest = max(
        (path for path in (clinic.folder / "data").rglob("*.wav") if "speech" not in path.parts),
        key=lambda path: path.stat().st_mtime,
        default=None,
    )
    if newest is None:
        return 0.0
    raw = np.frombuffer(newest.read_bytes()[44:], dtype="<i2")
    return float(np.count_nonzero(np.abs(raw) > 1000)) / 8000


def test_transfer_outside(clinic: Installation) -> None:
    clinic.live({"out": ("transfer", {"number": "+13125550188"})}, {})
    clinic.start_controller()
    carrier = clinic.carrier()
    call = clinic.caller().dial(NUMBER)
    leg = carrier.next_call()
    assert leg.invite is not None
    assert "13125550188" in leg.invite.first
    leg.answer()
    talk(call, leg)
    leg.hang_up()
    call.wait_ended()
    clinic.ended()
