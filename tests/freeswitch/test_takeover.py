"""Controllers die, hang and stop on a real switch while callers are in menus, ringing and talking: nobody is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.freeswitch.installation import BACKUP, NUMBER, Controller, Installation
from tests.freeswitch.softphone import PhoneCall, Softphone
from tests.freeswitch.sound import tone
from tests.freeswitch.switch import Switch, free_port, wait_until
from tests.freeswitch.test_calls import menu, messages_in, ring, said, talk, voiced


@pytest.fixture
def clinic(switch: Switch, tmp_path: Path) -> Iterator[Installation]:
    with Installation(switch, tmp_path) as installation:
        yield installation


MENU = {
    "menu": ("menu", {**menu("1")[1], "first_seconds": 30}),
    "one": ("say", {"speech": said("You pressed one.")}),
    "bye": ("hang_up", {}),
}
MENU_EDGES = {"menu": {"1": "one"}, "one": {"next": "bye"}}


def holder(clinic: Installation) -> Controller:
    """The controller that has the newest call."""
    name = clinic.call().controller
    (found,) = [controller for controller in clinic.controllers if name.endswith(controller.address.split(":")[1])]
    return found


def in_menu(clinic: Installation) -> PhoneCall:
    """A caller who has been told to press a key."""
    call = clinic.caller().dial(NUMBER)
    call.wait_answered()
    call.sound.wait_for_sound(10)
    clinic.until(lambda row: row.now_at == "menu", "the menu is not reached")
    return call


def goes_on_by_key(clinic: Installation, call: PhoneCall) -> None:
    clinic.until(lambda row: row.now_at == "menu", "not at the menu")
    call.sound.wait_for_sound(10)
    call.press("1")
    call.wait_ended(15)
    assert [(step.node, step.exit) for step in clinic.ended().steps] == [("menu", "1"), ("one", "next"), ("bye", "")]


def other_than(clinic: Installation, first: Controller) -> None:
    """Until another controller has the newest call."""
    port = first.address.split(":")[1]
    clinic.until(lambda row: not row.controller.endswith(port), "no other controller took the call")


def test_killed_in_a_menu_the_caller_is_asked_again(clinic: Installation) -> None:
    clinic.live(MENU, MENU_EDGES)
    clinic.start_controller()
    clinic.start_controller()
    call = in_menu(clinic)
    first = holder(clinic)
    first.kill()
    other_than(clinic, first)
    goes_on_by_key(clinic, call)


def test_killed_while_a_phone_rings_it_is_not_rung_again(clinic: Installation) -> None:
    clinic.live(
        {"ring": ring(clinic, "Ana", seconds=30), "bye": ("hang_up", {})},
        {"ring": {"answered": "bye", "no_answer": "bye"}},
    )
    clinic.start_controller()
    clinic.start_controller()
    ana = clinic.phone("1001")
    call = clinic.caller().dial(NUMBER)
    leg = ana.next_call()
    leg.ring()
    clinic.until(lambda row: row.phase == "ringing", "it does not ring")
    first = holder(clinic)
    first.kill()
    other_than(clinic, first)
    leg.answer()
    talk(call, leg)
    assert invitations(ana) == 1
    leg.hang_up()
    call.wait_ended()
    assert [(step.node, step.exit) for step in clinic.ended().steps] == [("ring", "answered"), ("bye", "")]


def invitations(phone: Softphone) -> int:
    return sum(first.startswith("INVITE") for first in phone.messages)


def test_killed_while_they_talk_nobody_notices_and_the_flow_goes_on_afterwards(clinic: Installation) -> None:
    clinic.live(
        {"ring": ring(clinic, "Ana"), "after": ("say", {"speech": said("Thank you.")}), "bye": ("hang_up", {})},
        {"ring": {"answered": "after", "no_answer": "bye"}, "after": {"next": "bye"}},
    )
    clinic.start_controller()
    clinic.start_controller()
    ana = clinic.phone("1001")
    call = clinic.caller().dial(NUMBER)
    leg = ana.next_call()
    leg.answer()
    talk(call, leg)
    holder(clinic).kill()
    talk(call, leg)
    leg.hang_up()
    call.wait_ended(15)
    assert invitations(ana) == 1
    assert [(step.node, step.exit) for step in clinic.ended().steps] == [
        ("ring", "answered"),
        ("after", "next"),
        ("bye", ""),
    ]


def test_a_caller_who_hangs_up_after_their_controller_died_does_not_stay_live(clinic: Installation) -> None:
    clinic.live({"ring": ring(clinic, "Ana")}, {})
    clinic.start_controller()
    clinic.start_controller()
    leg_owner = clinic.phone("1001")
    call = clinic.caller().dial(NUMBER)
    leg = leg_owner.next_call()
    leg.answer()
    talk(call, leg)
    holder(clinic).kill()
    call.hang_up()
    leg.wait_ended()
    assert clinic.ended().ending == "caller hung up"


def test_a_message_is_kept_whose_controller_died_before_it_heard_the_caller_hang_up(clinic: Installation) -> None:
    clinic.live({"box": ("voicemail", {"mailbox": clinic.ref("Messages")})}, {})
    controller = clinic.start_controller()
    call = clinic.caller().dial(NUMBER)
    clinic.until(lambda row: row.phase == "recording", "nothing is recorded")
    call.sound.play(tone(700, 5.0))
    wait_until(lambda: voiced(clinic) > 2.5, 15, "no sound is recorded")
    controller.hang()
    call.hang_up()
    controller.kill()
    clinic.start_controller()
    row = clinic.ended()
    assert row.ending == "lost"
    (message,) = messages_in(clinic)
    assert message.call_id == row.id
    assert message.seconds > 2


def test_with_no_controller_left_the_backup_line_rings_within_5_seconds(clinic: Installation) -> None:
    clinic.live(MENU, MENU_EDGES)
    controller = clinic.start_controller()
    carrier = clinic.carrier()
    wait_until(lambda: clinic.switch.api(f"db select/careline_backup/{NUMBER}") == BACKUP, 5, "no backup line is kept")
    call = in_menu(clinic)
    controller.kill()
    killed = time.monotonic()
    leg = carrier.next_call(5)
    assert time.monotonic() - killed < 5
    assert leg.invite is not None
    assert BACKUP.lstrip("+") in leg.invite.first
    leg.answer()
    talk(call, leg)
    leg.hang_up()


def test_a_webhook_that_was_under_way_is_asked_again_with_the_same_key(clinic: Installation) -> None:
    keys: list[str] = []
    answer = threading.Event()

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            keys.append(self.headers.get("Idempotency-Key", ""))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if len(keys) == 1:
                answer.wait(20)  # the controller is killed meanwhile
            body = b'{"found": "yes"}'
            try:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        clinic.environment["CARELINE_WEBHOOK_HOSTS"] = f"127.0.0.1:{server.server_port}"
        clinic.live(
            {
                "ask": ("webhook", {"url": f"http://127.0.0.1:{server.server_port}/x", "seconds": 15}),
                "bye": ("hang_up", {}),
            },
            {"ask": {"answered": "bye", "failed": "bye"}},
        )
        clinic.start_controller()
        clinic.start_controller()
        call = clinic.caller().dial(NUMBER)
        wait_until(lambda: keys, 10, "the service is not asked")
        holder(clinic).kill()
        wait_until(lambda: answer.set() or len(keys) == 2, 10, "the service is not asked again")
        call.wait_ended(15)
        assert keys[0]
        assert keys[0] == keys[1]
        assert [step.node for step in clinic.ended().steps] == ["ask", "bye"]
    finally:
        answer.set()
        server.shutdown()
        server.server_close()


def test_stopped_in_order_a_controller_hands_its_calls_on(clinic: Installation) -> None:
    clinic.live(MENU, MENU_EDGES)
    clinic.start_controller()
    clinic.start_controller()
    call = in_menu(clinic)
    first = holder(clinic)
    assert first.stop() == 0
    other_than(clinic, first)
    goes_on_by_key(clinic, call)


def test_stopped_in_order_and_alone_a_controller_lets_its_calls_finish(clinic: Installation) -> None:
    clinic.live(MENU, MENU_EDGES)
    controller = clinic.start_controller()
    call = in_menu(clinic)
    controller.process.terminate()
    call.press("1")
    call.wait_ended(15)
    assert controller.process.wait(20) == 0
    assert [step.node for step in clinic.ended().steps] == ["menu", "one", "bye"]


@pytest.mark.parametrize("alone", [False, True])
def test_a_hung_controller_is_killed_by_its_parent_and_its_calls_go_on(clinic: Installation, alone: bool) -> None:
    clinic.live(MENU, MENU_EDGES)
    carrier = clinic.carrier()
    address = f"127.0.0.1:{free_port(1)}"
    with (clinic.folder / "up.log").open("wb") as log:
        parent = subprocess.Popen(
            [sys.executable, "-m", "flow_editor.cli", "up"],
            env={**clinic.environment, "CARELINE_ESL_LISTEN": address},
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(lambda: address in clinic.listed(), 30, "the controller was not listed")
        call = in_menu(clinic)
        second = None if alone else clinic.start_controller()
        child = int(subprocess.check_output(["pgrep", "-P", str(parent.pid)]).split()[0])
        os.kill(child, signal.SIGSTOP)
        hung = time.monotonic()
        if second is None:
            leg = carrier.next_call(6)
            assert time.monotonic() - hung < 5
            leg.answer()
            talk(call, leg)
            leg.hang_up()
        else:
            port = second.address.split(":")[1]
            clinic.until(lambda row: row.controller.endswith(port), "the call does not go on")
            assert time.monotonic() - hung < 5
            goes_on_by_key(clinic, call)
    finally:
        parent.terminate()
        parent.wait(30)


def test_a_switch_that_crashes_and_starts_again_brings_its_callers_back(switch_binary: Path, tmp_path: Path) -> None:
    with Switch(switch_binary, tmp_path / "switch") as crashing, Installation(crashing, tmp_path) as clinic:
        clinic.live(
            {"first": menu("1"), **MENU},
            {"first": {"1": "menu", "no_choice": "menu"}, **MENU_EDGES},
        )
        controller = clinic.start_controller()
        call = clinic.caller().dial(NUMBER)
        call.wait_answered()
        clinic.until(lambda row: row.now_at == "first", "the first menu is not reached")
        call.press("1")
        clinic.until(lambda row: row.now_at == "menu", "the second menu is not reached")
        wait_until(lambda: len(clinic.call().steps) == 1, 5, "the journal does not say so")
        crashing.kill()
        crashing.start()
        wait_until(lambda: controller.address in clinic.listed(), 20, "the controller is not listed again")
        wait_until(lambda: crashing.api("show channels count").startswith("1 "), 20, "the call does not come back")
        call.sound.wait_for_sound(10)
        call.press("1")
        call.wait_ended(20)
        assert [(step.node, step.exit) for step in clinic.ended().steps] == [
            ("first", "1"),
            ("menu", "1"),
            ("one", "next"),
            ("bye", ""),
        ]


def test_killed_while_a_message_is_left_the_caller_stays_and_nothing_said_is_lost(clinic: Installation) -> None:
    clinic.live({"box": ("voicemail", {"mailbox": clinic.ref("Messages"), "silence_seconds": 2})}, {})
    clinic.start_controller()
    clinic.start_controller()
    call = clinic.caller().dial(NUMBER)
    clinic.until(lambda row: row.phase == "recording", "nothing is recorded")
    call.sound.play(tone(700, 4.0))
    wait_until(lambda: voiced(clinic) > 1.0, 10, "no sound is recorded")
    first = holder(clinic)
    first.kill()
    other_than(clinic, first)
    assert not call.ended
    call.hang_up()
    clinic.ended()
    wait_until(lambda: messages_in(clinic), 15, "the message is not in the mailbox")
    (message,) = messages_in(clinic)
    samples, rate = soundfile.read(clinic.folder / "data" / message.path, dtype="int16")
    assert np.count_nonzero(np.abs(samples) > 1000) / rate > 2.5, (
        "what was said after the controller's death is missing"
    )


def test_a_call_that_reaches_a_hung_controller_first_goes_to_another_once_that_is_dead(clinic: Installation) -> None:
    clinic.live(MENU, MENU_EDGES)
    hung = clinic.start_controller()
    hung.hang()
    call = clinic.caller().dial(NUMBER)
    port = hung.address.split(":")[1]
    wait_until(lambda: established(port), 5, "the call does not reach the hung controller")
    second = clinic.start_controller()
    hung.kill()
    clinic.until(lambda row: row.controller.endswith(second.address.split(":")[1]), "no other controller took the call")
    call.wait_answered(10)
    goes_on_by_key(clinic, call)


def established(port: str) -> bool:
    """Whether the kernel has accepted a connection on the port for whoever listens there."""
    entries = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(entry.split()[1].endswith(f":{int(port):04X}") and entry.split()[3] == "01" for entry in entries)
