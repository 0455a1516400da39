"""The clinic's own phones on a real switch: each other, outside under dial rules, emergency calls always."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from controller.freeswitch.phones import Exchange, Trunk, write
from controller.freeswitch.registrations import signed_in
from tests.freeswitch.conftest import CLINIC, LAKESIDE
from tests.freeswitch.event_socket import StandInController
from tests.freeswitch.softphone import Softphone, talk
from tests.freeswitch.switch import Switch, free_port
from tests.waiting import wait_until

Desk = Callable[[str], Softphone]


def test_phones_register_with_their_secret_only(switch: Switch, desk: Desk) -> None:
    desk("101")
    assert "101@careline.local" in switch.api("sofia status profile inside reg")
    for user, secret in (("101", "wrong"), ("999999", "secret-101")):
        with Softphone(switch.inside, user, secret) as stranger:
            assert stranger.register() == 403


def test_a_phone_must_sign_in_for_every_call(switch: Switch, desk: Desk) -> None:
    called = desk("102")
    with Softphone(switch.inside, "101") as nobody:
        assert nobody.dial("102").wait_ended() in (401, 407)
    assert called.calls_came == 0


def test_phones_call_each_other(desk: Desk) -> None:
    ann, bob = desk("101"), desk("102")
    call = ann.dial("102")
    ringing = bob.next_call()
    assert ringing.invite is not None
    assert "Phone 101" in ringing.invite.get("from")
    assert "<sip:101@" in ringing.invite.get("from")
    ringing.ring()
    call.wait_ringing()
    ringing.answer()
    call.wait_answered()
    talk(call, ringing)
    call.hang_up()
    ringing.wait_ended()


def test_a_busy_phone_says_so(desk: Desk) -> None:
    ann, bob = desk("101"), desk("102")
    call = ann.dial("102")
    bob.next_call().decline(486, "Busy Here")
    assert call.wait_ended() == 486


@pytest.mark.parametrize("dialled", ["912125550123", "92125550123", "9+12125550123", "+12125550123", "901112125550123"])
def test_out_under_the_rules_with_the_locations_number(carrier: Softphone, desk: Desk, dialled: str) -> None:
    ann = desk("101")
    call = ann.dial(dialled)
    out = carrier.next_call()
    assert out.invite is not None
    assert out.invite.first.startswith("INVITE sip:+12125550123@")
    assert f"<sip:{LAKESIDE.number}@" in out.invite.get("from")
    out.answer()
    call.wait_answered()
    talk(call, out)


@pytest.mark.parametrize(
    ("user", "dialled"),
    [
        ("101", "919005550123"),  # a denied prefix, in every way to write it
        ("101", "99005550123"),
        ("101", "+19005550123"),
        ("101", "901119005550123"),
        ("101", "901144207946000"),  # allowed is +1
        ("101", "+44207946000"),
        ("101", "2125550123"),  # without the 9
        ("201", "912125550123"),  # Hilltop may call nobody
        ("201", "+12125550123"),
        ("101", "careline_again"),
        ("101", "sofia/gateway/careline/1"),
    ],
)
def test_what_is_not_allowed_is_denied(carrier: Softphone, desk: Desk, user: str, dialled: str) -> None:
    call = desk(user).dial(dialled)
    assert call.wait_ended() >= 400
    assert carrier.calls_came == 0


def test_no_more_calls_at_once_than_the_rules_say(carrier: Softphone, desk: Desk) -> None:
    phones = [desk(user) for user in ("101", "102", "103")]
    for phone in phones[:2]:
        call = phone.dial("912125550123")
        carrier.next_call().answer()
        call.wait_answered()
    assert phones[2].dial("912125550123").wait_ended() >= 480
    assert carrier.calls_came == 2
    emergency = phones[2].dial("911")
    carrier.next_call().answer()
    emergency.wait_answered()


@pytest.mark.parametrize("user", ["101", "201"])
@pytest.mark.parametrize("dialled", ["911", "933", "112", "9911"])
def test_emergency_calls_always_pass(switch: Switch, carrier: Softphone, desk: Desk, user: str, dialled: str) -> None:
    with_event = switch.connect("CUSTOM", "careline::emergency")
    call = desk(user).dial(dialled)
    out = carrier.next_call()
    assert out.invite is not None
    assert out.invite.first.startswith(f"INVITE sip:{dialled[-3:]}@")
    callback = "+13125550911" if user == "101" else "+13125550200"
    assert f"<sip:{callback}@" in out.invite.get("from")
    told = with_event.wait_for("CUSTOM", **{"Event-Subclass": "careline::emergency"})
    assert told["variable_careline_location"] == ("lakeside" if user == "101" else "hilltop")
    out.answer()
    call.wait_answered()
    with_event.close()


def test_emergency_calls_pass_without_any_rule_or_location(switch_binary: Path, tmp_path: Path) -> None:
    """Also numbers that a clinic adds, past a trunk that refuses and past one that says nothing at all."""
    environment = {"CARELINE_EMERGENCY_NUMBERS": "112|999"}
    phone = replace(CLINIC.phones[0], location="")
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    refusing = Trunk("refusing", host=f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}")
    swallowing = Trunk("swallowing", host=f"127.0.0.1:{silent.getsockname()[1]}")
    with (
        silent,
        Switch(switch_binary, tmp_path, environment) as switch,
        Softphone(switch.outside, "carrier", port=switch.trunk_port) as carrier,
        Softphone(switch.inside, "101", "secret-101") as ann,
    ):
        switch.write_phones(Exchange(phones=(phone,), trunks=(refusing, swallowing)))
        begun = time.monotonic()
        call = ann.dial("999")
        out = carrier.next_call(timeout=15)
        assert 7 < time.monotonic() - begun < 10, "a silent provider is given up after 8 s, not after SIP's 32"
        assert out.invite is not None
        assert out.invite.first.startswith("INVITE sip:999@")
        out.answer()
        call.wait_answered()


@pytest.mark.parametrize("dialled", ["*13125550150", "913125550100", "93125550100"])
def test_a_flow_can_be_called_from_inside(desk: Desk, controller: StandInController, dialled: str) -> None:
    desk("101").dial(dialled)
    taken = controller.next_call()
    assert taken.data["variable_careline_number"] == (dialled[1:] if dialled.startswith("*") else "+13125550100")


def test_phones_are_added_and_removed_without_a_restart(switch: Switch) -> None:
    new = replace(CLINIC.phones[0], user="110", secret="secret-110")
    with Softphone(switch.inside, "110", "secret-110") as phone:
        assert phone.register() == 403
        switch.write_phones(replace(CLINIC, phones=(*CLINIC.phones, new)))
        assert phone.register() == 200
        assert phone.register(expires=0) == 200
        switch.write_phones(CLINIC)
        assert phone.register() == 403
    assert write(CLINIC, switch.phones) == ()


def test_a_caller_sent_on_by_the_transfer_key_reaches_a_phone_and_not_the_world(
    switch: Switch, caller: Softphone, carrier: Softphone, desk: Desk
) -> None:
    ann, bob = desk("101"), desk("102")
    switch.api("db insert/careline_backup/+13125550100/101")
    for number, arrives in (("102", True), ("912125550123", False)):
        call = caller.dial("+13125550100")
        talking = ann.next_call()
        talking.answer()
        call.wait_answered()
        talk(call, talking)
        talking.transfer(number)
        if arrives:
            bob.next_call().answer()
            assert not call.ended
            call.hang_up()
        else:
            call.wait_ended()
    assert carrier.calls_came == 0


def test_which_phones_are_signed_in(switch: Switch, desk: Desk) -> None:
    phone = desk("103")
    wait_until(lambda: signed_in(switch.api).get("103") == "127.0.0.1", 20)
    assert phone.register(expires=0) == 200
    wait_until(lambda: "103" not in signed_in(switch.api), 20)
