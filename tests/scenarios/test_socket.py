"""The outbound socket: hosts, commands, events. The lines of the measured behaviour that a controller builds on."""

from __future__ import annotations

import socket

from tests.captures.tap import messages
from tests.freeswitch.switch import SECRET, free_port
from tests.scenarios.lab import CALLER, NUMBER, Lab

TONE = "tone_stream://%(300,0,440)"
LONG = "tone_stream://%(9000,0,440)"


def _applications(events: list[dict[str, str]]) -> list[str]:
    """`start X` and `end X`, in order, X being the Application-UUID."""
    kinds = {"CHANNEL_EXECUTE": "start", "CHANNEL_EXECUTE_COMPLETE": "end"}
    return [
        f"{kinds[event['Event-Name']]} {event['Application-UUID']}"
        for event in events
        if event.get("Event-Name") in kinds and len(event.get("Application-UUID", "")) < 10
    ]


def _send(name: str, application: str, argument: str, *more: str) -> str:
    lines = ["sendmsg", "call-command: execute", f"execute-app-name: {application}", f"execute-app-arg: {argument}"]
    return "\n".join([*lines, f"Event-UUID: {name}", *more])


def test_a_refused_host_falls_through_to_the_next(lab: Lab) -> None:
    controller = lab.controller
    dead = f"127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    lab.list_controllers(dead, lab.outbound_taps[0].address)
    lab.dial()
    assert controller.next_call().data["variable_socket_host"] == "127.0.0.1"


def test_when_all_hosts_fail_the_backup_line_rings(lab: Lab) -> None:
    lab.list_controllers(f"127.0.0.1:{free_port(socket.SOCK_STREAM)}")
    lab.api(f"db insert/careline_backup/{NUMBER}/3125550199")
    backup = lab.outside("3125550199")
    caller = lab.dial()
    rung = backup.next_call()
    rung.ring()
    rung.answer()
    caller.wait_answered()
    rung.hang_up()
    caller.wait_ended()


def test_connect_brings_the_channels_data(lab: Lab) -> None:
    lab.dial(name="Test Caller")
    data = lab.controller.next_call().data
    assert data["variable_socket_path"] == SECRET
    assert (data["Socket-Mode"], data["Control"]) == ("async", "full")
    assert data["variable_careline_number"] == NUMBER
    assert (data["Caller-Caller-ID-Number"], data["Caller-Caller-ID-Name"]) == (CALLER, "Test Caller")
    assert data["Answer-State"] == "ringing"


def test_events_turned_off_do_not_come(lab: Lab) -> None:
    lab.dial()
    call = lab.controller.next_call()
    call.command("nixevent CHANNEL_EXECUTE CHANNEL_STATE CHANNEL_CALLSTATE")
    call.execute("answer")
    before = len(call.events)
    call.execute("playback", TONE)
    assert {event["Event-Name"] for event in call.events[before:]} <= {"CHANNEL_EXECUTE_COMPLETE"}


def test_a_command_is_answered_at_once_and_its_name_comes_back(lab: Lab) -> None:
    lab.dial()
    call = lab.controller.next_call()
    reply, _ = call.command(_send("one", "playback", TONE))
    assert reply["Reply-Text"] == "+OK"
    assert not [
        event
        for event in call.events
        if event["Event-Name"] == "CHANNEL_EXECUTE_COMPLETE" and event.get("Application-UUID") == "one"
    ]
    done = call.wait_for("CHANNEL_EXECUTE_COMPLETE", **{"Application-UUID": "one"})
    assert done["Application-Response"] == "FILE PLAYED"


def test_commands_sent_without_waiting_nest(lab: Lab) -> None:
    lab.dial()
    call = lab.controller.next_call()
    call.execute("answer")
    call.command(_send("outer", "playback", "tone_stream://%(800,0,440)"))
    call.wait_for("CHANNEL_EXECUTE", **{"Application-UUID": "outer"})
    call.command(_send("inner", "playback", TONE))
    call.wait_for("CHANNEL_EXECUTE_COMPLETE", **{"Application-UUID": "outer"})
    assert _applications(call.events) == ["start outer", "start inner", "end inner", "end outer"]


def test_behind_an_event_lock_they_wait(lab: Lab) -> None:
    lab.dial()
    call = lab.controller.next_call()
    call.execute("answer")
    call.command(_send("locked", "playback", "tone_stream://%(800,0,440)", "event-lock: true"))
    call.wait_for("CHANNEL_EXECUTE", **{"Application-UUID": "locked"})
    call.command(_send("behind", "playback", TONE))
    call.wait_for("CHANNEL_EXECUTE_COMPLETE", **{"Application-UUID": "behind"})
    assert _applications(call.events) == ["start locked", "end locked", "start behind", "end behind"]


def test_a_body_may_hold_line_breaks(lab: Lab) -> None:
    lab.dial()
    call = lab.controller.next_call()
    done = call.execute("log", "INFO one\ntwo")
    assert done["Application-Data"] == "INFO one\ntwo"


def test_replies_are_cut_at_512_bytes(lab: Lab) -> None:
    link = lab.link()
    reply, _ = link.command("filter X " + "y" * 600)
    assert len(reply["Reply-Text"]) == 511


def test_after_hang_up_it_lingers_and_the_call_is_kept_until_it_closes(lab: Lab) -> None:
    link = lab.link("CHANNEL_DESTROY")
    caller = lab.dial()
    call = lab.controller.next_call()
    call.execute("answer")
    caller.hang_up()
    notice = call.wait_for("text/disconnect-notice")
    assert notice["Content-Disposition"] == "linger"
    assert call.wait_for("CHANNEL_HANGUP_COMPLETE")["variable_hangup_cause"] == "NORMAL_CLEARING"
    assert lab.api(f"uuid_exists {call.uuid}") == "false"
    assert call.uuid not in [event["Unique-ID"] for event in link.events]
    call.close()
    link.wait_for("CHANNEL_DESTROY", **{"Unique-ID": call.uuid})


def test_a_display_name_forges_no_header(lab: Lab) -> None:
    lab.dial(name="x%0AX-Evil: yes%0Aand ${system(touch evil)}")
    call = lab.controller.next_call()
    call.execute("answer")
    # The caller's encoding and the switch's cannot be told apart: the value has real line breaks, and no header is forged.
    assert call.data["Caller-Orig-Caller-ID-Name"].startswith("x\nX-Evil: yes\nand %{system")
    assert call.data["Caller-Caller-ID-Name"] == "unknown"  # the dialplan's doing
    assert "X-Evil" not in call.data
    sent = messages(lab.outbound_taps[0].connections[0].pieces, "switch")
    assert sent
    assert not any(line.startswith(b"X-Evil") for _, message in sent for line in message.split(b"\n"))


def test_arguments_are_not_expanded_but_set_still_does(lab: Lab) -> None:
    lab.dial()
    call = lab.controller.next_call()
    assert call.data["variable_app_disable_expand_variables"] == "true"
    assert call.execute("log", "INFO ${eval(seven)}")["Application-Data"] == "INFO ${eval(seven)}"
    assert call.execute("set", "x=${eval(seven)}")["variable_x"] == "seven"
    call.execute("set", "app_disable_expand_variables=false")
    assert call.execute("log", "INFO ${eval(seven)}")["Application-Data"] == "INFO seven"


def test_uuid_setvar_expands_nothing_and_uuid_setvar_multi_refuses_what_could_be(lab: Lab) -> None:
    lab.dial()
    call = lab.controller.next_call()
    lab.api(f"uuid_setvar {call.uuid} one ${{eval(seven)}}")
    lab.api(f"uuid_setvar_multi {call.uuid} two=${{eval(seven)}};three=3")
    assert lab.api(f"uuid_getvar {call.uuid} one") == "${eval(seven)}"
    assert lab.api(f"uuid_getvar {call.uuid} two") == "_undef_"
    assert lab.api(f"uuid_getvar {call.uuid} three") == "3"


def test_calls_are_spread_over_the_controllers(lab: Lab) -> None:
    first, second = lab.controllers(2)

    def taken() -> int:
        return len(first.all_calls) + len(second.all_calls)

    for turn in range(12):
        caller = lab.dial()
        lab.wait_until(lambda turn=turn: taken() > turn, "no controller got the call")  # type: ignore[misc]
        caller.hang_up()
    assert first.all_calls
    assert second.all_calls


def test_an_empty_place_in_the_list_is_skipped(lab: Lab) -> None:
    controller = lab.controller
    lab.list_controllers()
    lab.api(f"hash insert/careline_controllers/5/{lab.outbound_taps[0].address}")
    lab.dial()
    controller.next_call()


def test_a_place_is_gone_when_nobody_renews_it(lab: Lab) -> None:
    lab.api("hash insert/careline_controllers/6/127.0.0.1:9")
    lab.api("sched_api +1 beat-6 hash delete_ifmatch/careline_controllers/6/127.0.0.1:9")
    lab.wait_until(lambda: "127" not in lab.api("hash select/careline_controllers/6"), "the place stays", 4)


def test_a_place_is_kept_by_scheduling_anew_before_cancelling(lab: Lab) -> None:
    lab.api("hash insert/careline_controllers/6/127.0.0.1:9")
    lab.api("sched_api +1 beat-a hash delete_ifmatch/careline_controllers/6/127.0.0.1:9")
    lab.api("sched_api +60 beat-b hash delete_ifmatch/careline_controllers/6/127.0.0.1:9")
    assert lab.api("sched_del beat-a") == "+OK Deleted: 1"
    lab.api("msleep 1500")
    assert lab.api("hash select/careline_controllers/6") == "127.0.0.1:9"
    lab.api("sched_del beat-b")
