"""The same switch with SIPp's callers and phones, which are nobody's of ours: each scenario in sipp/ is used here."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.freeswitch.event_socket import StandInController
from tests.freeswitch.sipp import Sipp, find_sipp
from tests.freeswitch.softphone import Softphone
from tests.freeswitch.sound import tone
from tests.freeswitch.switch import Switch

pytestmark = pytest.mark.skipif(find_sipp() is None, reason="sipp is not installed")


def test_twenty_callers_are_answered_and_hear(switch: Switch, controller: StandInController, tmp_path: Path) -> None:
    """Silent callers, as many phones are: what they are told is done at once all the same."""

    def serve() -> None:
        for _ in range(20):
            call = controller.next_call(timeout=10)
            call.execute("answer", wait=None)
            call.execute("playback", "tone_stream://%(3000,0,500)", wait=None)

    serving = threading.Thread(target=serve)
    serving.start()
    with Sipp.callers(switch, "+13125550100", tmp_path, calls=20, rate=10, stay=1.5) as callers:
        callers.wait()
        assert callers.ear is not None
        heard = callers.ear.packets
    serving.join()
    assert len(heard) == 20
    assert min(heard.values()) > 50, f"1.5 s are 75 packets: {sorted(heard.values())}"


def test_a_key_arrives(switch: Switch, controller: StandInController, tmp_path: Path) -> None:
    with Sipp.callers(switch, "+13125550100", tmp_path, scenario="caller_presses", digit="4", stay=0.2) as caller:
        call = controller.next_call()
        call.execute("answer")
        assert call.wait_for("DTMF")["DTMF-Digit"] == "4"
        caller.wait()
        call.wait_for("CHANNEL_HANGUP_COMPLETE")


def test_the_clinic_hangs_up(switch: Switch, controller: StandInController, tmp_path: Path) -> None:
    with Sipp.callers(switch, "+13125550100", tmp_path, scenario="caller_waits") as caller:
        call = controller.next_call()
        call.execute("answer")
        call.execute("hangup", "NORMAL_CLEARING", wait=None)
        caller.wait(10)


@pytest.mark.parametrize(("scenario", "cause"), [("phone_busy", "USER_BUSY"), ("phone_declines", "CALL_REJECTED")])
def test_a_phone_that_says_no(switch: Switch, tmp_path: Path, scenario: str, cause: str) -> None:
    with Sipp.phone(switch.trunk_port, tmp_path, scenario=scenario) as phone:
        answer = switch.api("originate sofia/gateway/careline/+12125550123 &park")
        assert answer == f"-ERR {cause}"
        phone.wait(10)


def test_a_phone_that_nobody_answers(switch: Switch, tmp_path: Path) -> None:
    with Sipp.phone(switch.trunk_port, tmp_path, scenario="phone_rings") as phone:
        assert (
            switch.api("originate {originate_timeout=2}sofia/gateway/careline/+12125550123 &park") == "-ERR NO_ANSWER"
        )
        phone.wait(10)


def test_backup_line_carries_sound_both_ways(switch: Switch, caller: Softphone, tmp_path: Path) -> None:
    """SIPp repeats what it hears: the caller hears themselves through the backup line."""
    switch.api("db insert/careline_backup/+13125550100/+13125550199")
    with Sipp.phone(switch.trunk_port, tmp_path) as phone:
        call = caller.dial("+13125550100")
        call.wait_answered()
        call.sound.play(tone(900, 2))
        call.sound.wait_for_tone(900)
        call.hang_up()
        phone.wait(10)
