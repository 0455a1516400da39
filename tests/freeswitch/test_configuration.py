"""freeswitch_conf/ on a real switch: it loads cleanly, and calls go where its comments say."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.freeswitch.phones import Exchange, Trunk
from controller.freeswitch.presence import Presence
from tests.freeswitch.event_socket import Gone, StandInController, connect
from tests.freeswitch.softphone import PhoneCall, Softphone, talk
from tests.freeswitch.sound import loudness
from tests.freeswitch.switch import PASSWORD, SECRET, Switch, free_port, wait_until

Desk = Callable[[str], Softphone]

UNAVOIDABLE = (
    "NATIVE SQL ERR [no such",  # a first start: it drops tables that are not there yet
    "Create additional event dispatch thread",
    "MSG Thread",
)


# --- the configuration itself


def test_loads_without_a_complaint(switch: Switch) -> None:
    started = switch.console().partition("Created ip list careline_trunks")[0]
    complaints = [line for line in started.splitlines() if re.search(r"\[(WARNING|ERR|CRIT|ALERT)\]", line)]
    assert [line for line in complaints if not any(known in line for known in UNAVOIDABLE)] == []
    assert switch.api("sofia status").count("RUNNING") == 2


def test_starts_with_nothing_set_and_lets_nobody_in(switch_binary: Path, tmp_path: Path) -> None:
    """No phones written, no secret, no password: a guess does not open it either."""
    bare = Switch(
        switch_binary, tmp_path, {"CARELINE_SWITCH_PASSWORD": "", "CARELINE_PHONES_DIR": str(tmp_path / "none")}
    )
    with pytest.raises(RuntimeError, match="does not take our password"):
        bare.start()
    assert "Error including" not in bare.console()


@pytest.mark.parametrize("well_known", ["ClueCon", "cluecon"])
def test_the_well_known_password_is_refused_even_when_asked_for(
    switch_binary: Path, tmp_path: Path, well_known: str
) -> None:
    careless = Switch(switch_binary, tmp_path, password=well_known)
    with pytest.raises(RuntimeError, match="does not take our password"):
        careless.start()


def test_event_socket_wants_the_password(switch: Switch) -> None:
    for wrong in ("ClueCon", "", PASSWORD + "x"):
        with pytest.raises(PermissionError):
            connect("127.0.0.1", switch.port, wrong)


def test_event_socket_listens_on_loopback_and_lets_in_who_is_listed(switch: Switch) -> None:
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    ours = re.findall(rf"\d+: ([0-9A-F]+):{switch.port:04X} \S+ 0A ", listening)
    assert ours == ["0100007F"]
    assert switch.api("acl 127.0.0.1 careline_controllers") == "true"
    assert switch.api("acl 192.0.2.7 careline_controllers") == "false"


def test_calls_come_from_trunks_only(switch_binary: Path, tmp_path: Path) -> None:
    with Switch(switch_binary, tmp_path, {"CARELINE_TRUNK_NETWORK": "192.0.2.0/24"}) as switch:
        assert switch.api("acl 192.0.2.7 careline_trunks") == "true"
        with Softphone(switch.outside, "+13125550001") as stranger:
            assert stranger.dial("+13125550100").wait_ended() == 403
        provider = Trunk("second", host="127.0.0.1:5099", networks=("127.0.0.0/8",))
        switch.write_phones(Exchange(trunks=(provider,)))
        controller = StandInController()
        switch.list_controllers(controller.address)
        with Softphone(switch.outside, "+13125550001") as provider_phone:
            provider_phone.dial("+13125550100")
            controller.next_call()
        controller.die()
        assert "outside::second" in switch.api("sofia status")


def test_signalling_can_be_encrypted(switch_binary: Path, tmp_path: Path) -> None:
    ports = [free_port(socket.SOCK_STREAM) for _ in range(2)]
    environment = {
        "CARELINE_SIP_TLS": "true",
        "CARELINE_SIP_INSIDE_TLS_PORT": str(ports[0]),
        "CARELINE_SIP_OUTSIDE_TLS_PORT": str(ports[1]),
    }
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    with Switch(switch_binary, tmp_path, environment):
        for port in ports:
            with anybody.wrap_socket(socket.create_connection(("127.0.0.1", port), 5)) as encrypted:
                assert encrypted.version() in ("TLSv1.2", "TLSv1.3")


# --- calls from outside


def test_a_call_reaches_a_controller_with_what_it_relies_on(caller: Softphone, controller: StandInController) -> None:
    call = caller.dial("+13125550100", name="Ann")
    taken = controller.next_call()
    assert taken.data["variable_careline_number"] == "+13125550100"
    assert taken.data["variable_socket_path"] == SECRET
    assert taken.data["variable_app_disable_expand_variables"] == "true"
    assert taken.data["variable_socket_resume"] == "true"
    assert taken.data["Caller-Caller-ID-Name"] == "Ann"
    taken.execute("answer")
    call.wait_answered()
    taken.execute("playback", "tone_stream://%(2000,0,600)", wait=None)
    call.sound.wait_for_tone(600)


def test_a_caller_who_sends_no_sound_stays(caller: Softphone, controller: StandInController) -> None:
    """Muted, or on a phone that sends nothing while nobody speaks."""
    call = caller.dial("+13125550100")
    call.sound.mute()
    taken = controller.next_call()
    assert taken.data["variable_media_timeout"] == "300000", "milliseconds: a smaller number would end every quiet call"
    taken.execute("answer")
    call.wait_answered()
    taken.execute("playback", "tone_stream://%(1500,0,600)")
    assert not call.ended


def test_keys_come_both_ways(caller: Softphone, controller: StandInController) -> None:
    call = caller.dial("+13125550100")
    taken = controller.next_call()
    taken.execute("answer")
    call.wait_answered()
    call.press("12#")
    assert [taken.wait_for("DTMF", **{"DTMF-Digit": key})["DTMF-Source"] for key in "12#"] == ["RTP"] * 3
    call.press_by_info("7")
    taken.wait_for("DTMF", **{"DTMF-Digit": "7"})


def test_the_next_controller_gets_the_call_of_one_that_died(switch: Switch, caller: Softphone) -> None:
    first, second = StandInController(), StandInController()
    switch.list_controllers(first.address)
    call = caller.dial("+13125550100")
    taken = first.next_call()
    taken.execute("answer")
    taken.execute("playback", "tone_stream://%(60000,0,500)", wait=None)
    call.sound.wait_for_tone(500)
    switch.list_controllers(first.address, second.address)
    died = time.monotonic()
    first.die()
    again = second.next_call()
    assert time.monotonic() - died < 1.0
    assert again.uuid == taken.uuid
    assert again.data["variable_careline_number"] == "+13125550100"
    assert "variable_careline_taken" not in again.data, (
        "the dialplan forgets who had taken it, the controller says so anew"
    )
    assert not call.ended
    second.die()


def test_controllers_take_turns(switch: Switch, caller: Softphone) -> None:
    """A call's id decides: as many of sixteen first digits for each of two controllers, and all eight places are read."""
    controllers = [StandInController() for _ in range(2)]
    switch.list_controllers(*(controller.address for controller in controllers))
    turns: Counter[tuple[str, int]] = Counter()
    for _ in range(40):
        call = caller.dial("+13125550100")
        wait_until(
            lambda: any(controller.all_calls[turns_of(turns, place) :] for place, controller in enumerate(controllers)),
            5,
            "no call",
        )
        place = next(
            place for place, controller in enumerate(controllers) if controller.all_calls[turns_of(turns, place) :]
        )
        taken = controllers[place].next_call()
        turns[taken.uuid[0], place] += 1
        call.hang_up()
    places = Counter[int]()
    for (digit, place), count in turns.items():
        assert place == int(digit, 16) % 2
        places[place] += count
    assert min(places[0], places[1]) >= 8, "forty calls, and one controller had nearly all"
    for controller in controllers:
        controller.die()


def turns_of(turns: Counter[tuple[str, int]], place: int) -> int:
    return sum(count for (_, where), count in turns.items() if where == place)


@pytest.mark.parametrize("place", range(8))
def test_a_controller_is_found_in_every_place(switch: Switch, caller: Softphone, place: int) -> None:
    controller = StandInController()
    switch.api(f"hash insert/careline_controllers/{place}/{controller.address}")
    caller.dial("+13125550100")
    controller.next_call()
    controller.die()


def test_a_full_house_of_dead_controllers_costs_nothing(switch: Switch, caller: Softphone) -> None:
    """Seven refuse at once, the eighth answers."""
    controller = StandInController()
    dead = [f"127.0.0.1:{free_port(socket.SOCK_STREAM)}" for _ in range(7)]
    switch.list_controllers(*dead, controller.address)
    begun = time.monotonic()
    caller.dial("+13125550100")
    controller.next_call()
    assert time.monotonic() - begun < 1.0
    controller.die()


def test_a_switch_that_crashed_takes_its_calls_up_again(switch_binary: Path, tmp_path: Path) -> None:
    """Killed with -9 and started anew: the caller was never hung up, hears again, and a controller has the call."""
    controller = StandInController()
    switch = Switch(switch_binary, tmp_path)
    with switch, Softphone(switch.outside, "+13125550001") as caller:
        switch.list_controllers(controller.address)
        call = caller.dial("+13125550100")
        taken = controller.next_call()
        taken.execute("answer")
        call.wait_answered()
        wait_until(
            lambda: switch.api("show channels count").startswith("1 total"), 5, "the call is not in the core's table"
        )
        switch.kill()
        switch.start()
        switch.list_controllers(controller.address)
        assert switch.api("sofia recover").startswith("Recovered 1")
        again = controller.next_call()
        assert again.uuid == taken.uuid
        assert again.data["variable_careline_number"] == "+13125550100"
        again.execute("playback", "tone_stream://%(5000,0,600)", wait=None)
        call.sound.wait_for_tone(600)
        assert not call.ended
    controller.die()


# --- nobody there


def test_backup_line_when_no_controller_is_listed(switch: Switch, caller: Softphone, carrier: Softphone) -> None:
    switch.api("db insert/careline_backup/+13125550100/+13125550199")
    begun = time.monotonic()
    call = caller.dial("+13125550100")
    backup = carrier.next_call()
    assert time.monotonic() - begun < 0.5
    assert backup.invite is not None
    assert "+13125550199@" in backup.invite.first
    assert "+13125550100@" in backup.invite.get("from"), "a provider takes only calls that show a number of ours"
    backup.ring()
    call.wait_ringing()
    backup.answer()
    call.wait_answered()
    talk(call, backup)
    backup.hang_up()
    call.wait_ended()


def test_backup_line_when_the_last_controller_dies(
    switch: Switch, caller: Softphone, carrier: Softphone, controller: StandInController
) -> None:
    switch.api("db insert/careline_backup/+13125550100/+13125550199")
    call = caller.dial("+13125550100")
    taken = controller.next_call()
    taken.execute("answer")
    call.wait_answered()
    died = time.monotonic()
    controller.die()
    backup = carrier.next_call()
    assert time.monotonic() - died < 0.5
    backup.ring()
    call.sound.wait_for_sound()  # a ringing tone: the caller was already answered
    backup.answer()
    talk(call, backup)


def test_backup_line_of_a_number_that_comes_without_plus(switch: Switch, caller: Softphone, carrier: Softphone) -> None:
    switch.api("db insert/careline_backup/+13125550100/+13125550199")
    caller.dial("13125550100")
    backup = carrier.next_call()
    assert backup.invite is not None
    assert "+13125550199@" in backup.invite.first


def test_backup_line_may_be_a_phone_of_ours(switch: Switch, caller: Softphone, desk: Desk) -> None:
    front_desk = desk("101")
    switch.api("db insert/careline_backup/+13125550100/101")
    call = caller.dial("+13125550100")
    ringing = front_desk.next_call()
    ringing.answer()
    call.wait_answered()
    talk(call, ringing)


def test_clinics_backup_line_then_words_of_regret(switch_binary: Path, tmp_path: Path) -> None:
    with (
        Switch(switch_binary, tmp_path, {"CARELINE_BACKUP_LINE": "+13125550177"}) as switch,
        Softphone(switch.outside, "+13125550001") as caller,
        Softphone(switch.outside, "carrier", port=switch.trunk_port) as carrier,
    ):
        call = caller.dial("+13125550100")
        backup = carrier.next_call()
        assert backup.invite is not None
        assert "+13125550177@" in backup.invite.first
        backup.decline(486, "Busy Here")
        call.wait_answered()
        call.sound.wait_for_sound()
        call.hang_up()


def test_a_controller_that_vanished_is_not_in_the_list_after_its_time(
    switch: Switch, caller: Softphone, carrier: Softphone
) -> None:
    """A host that swallows packets would hold a call for two minutes; the switch itself forgets it (its key's deletion
    is scheduled with each beat), and the call goes to the backup line."""
    switch.api("db insert/careline_backup/+13125550100/+13125550199")
    swallowing = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = swallowing.getsockname()[1]
    full = [socket.socket() for _ in range(2)]  # a full queue of connections: the next SYN gets no answer
    for sock in full:
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", port))
    Presence(switch.api, f"127.0.0.1:{port}").beat()
    begun = time.monotonic()
    assert switch.api("hash select/careline_controllers/0") == f"127.0.0.1:{port}"
    wait_until(lambda: switch.api("hash select/careline_controllers/0") == "-ERR no reply", 5, "still listed")
    assert 2.0 < time.monotonic() - begun < 3.6
    caller.dial("+13125550100")
    carrier.next_call(timeout=1)
    for sock in (*full, swallowing):
        sock.close()


# --- nobody dials out from outside, and nobody forges


@pytest.mark.parametrize(
    "dialled",
    [
        "911",
        "9911",
        "101",
        "+12125550123",
        "912125550123",
        "user/101",
        "careline_backup",
        "${system(touch pwned)}",
        "$%7Bsystem(touch%20pwned)%7D",
    ],
)
def test_from_outside_every_number_leads_to_a_controller_or_nowhere(
    switch: Switch, caller: Softphone, carrier: Softphone, desk: Desk, controller: StandInController, dialled: str
) -> None:
    phone = desk("101")
    call = caller.dial(dialled)
    if re.fullmatch(r"\+?[0-9A-Za-z*#._-]+", dialled) and not dialled.startswith("careline_"):
        assert controller.next_call().data["variable_careline_number"] == dialled
    call.hang_up()
    assert switch.api("status").startswith("UP")
    assert carrier.calls_came == 0
    assert phone.calls_came == 0
    assert not list(switch.folder.rglob("pwned"))


@pytest.mark.parametrize(
    "name", ["${system(touch pwned)}", "x%0AX-Evil: yes%0A", '\\"; ${system(touch pwned)}', "a|b,c^d"]
)
def test_a_display_name_runs_nothing(
    switch: Switch, caller: Softphone, carrier: Softphone, controller: StandInController, name: str
) -> None:
    switch.api("db insert/careline_backup/+13125550100/+13125550199")
    caller.dial("+13125550100", name=name)
    taken = controller.next_call()
    assert "X-Evil" not in taken.data
    controller.die()  # and the same on the way to the backup line
    carrier.next_call().answer()
    assert not list(switch.folder.rglob("pwned"))


@pytest.mark.parametrize("number", ["x%0AX-Evil: yes%0A", "${system(touch pwned)}", "1|sofia"])
def test_a_callers_number_runs_nothing(
    switch: Switch, carrier: Softphone, controller: StandInController, number: str
) -> None:
    switch.api("db insert/careline_backup/+13125550100/+13125550199")
    with Softphone(switch.outside, number) as caller:
        call = caller.dial("+13125550100")
        if call_arrives(call, controller):
            controller.die()
            backup = carrier.next_call()
            assert backup.invite is not None
            assert "X-Evil" not in dict(backup.invite.headers).keys() | {name for name, _ in backup.invite.headers}
    assert not list(switch.folder.rglob("pwned"))


def call_arrives(call: PhoneCall, controller: StandInController) -> bool:
    """Whether a call that may not even be SIP reached a controller; if so, nothing in its data was forged."""
    try:
        taken = controller.next_call(timeout=1)
    except Gone:
        assert call.status >= 400 or call.status == 0
        return False
    assert "X-Evil" not in taken.data
    assert taken.data["Caller-Caller-ID-Number"] == "unknown"
    return True


def test_a_caller_cannot_send_the_call_elsewhere(
    switch: Switch, caller: Softphone, desk: Desk, controller: StandInController
) -> None:
    front_desk = desk("101")
    call = caller.dial("+13125550100")
    taken = controller.next_call()
    taken.execute("answer")
    call.wait_answered()
    call.transfer("101")
    taken.execute("playback", "tone_stream://%(700,0,600)")
    assert front_desk.calls_came == 0
    assert not call.ended


def test_nobody_registers_outside(switch: Switch) -> None:
    with Softphone(switch.outside, "101", "secret-101") as stranger:
        assert stranger.register() in (403, 404, 405, 501)


# --- music


def test_music_on_hold_plays(caller: Softphone, controller: StandInController) -> None:
    call = caller.dial("+13125550100")
    taken = controller.next_call()
    taken.execute("answer")
    call.wait_answered()
    taken.execute("playback", "local_stream://careline_music", wait=None)
    call.sound.wait_for_sound()
    call.sound.wait_for_packets(100)
    heard = call.sound.heard(last=2)
    assert loudness(heard) > 500
    assert loudness(heard) < 8000
