"""What greenswitch 0.0.19 gets wrong, one test for each defect in freeswitch.md, against a peer over TCP.

CARELINE_BARE=1 runs the same tests on greenswitch itself, and `test_greenswitch_breaks_each` sees every one of them fail.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import gevent
import pytest
import structlog
from gevent import socket
from gevent.event import Event
from greenswitch.esl import InboundESL, OutboundESLServer, OutboundSession

from controller.freeswitch.link import Link
from controller.freeswitch.server import AddressTaken, Rules, Server, networks
from controller.freeswitch.session import Session
from tests.wire.peer import Peer, api_response, command_reply, event, framed, listening, pair, within

BARE = os.environ.get("CARELINE_BARE") == "1"
PATIENCE = 2.0

Made = tuple[Peer, Any]


@pytest.fixture
def made() -> Iterator[Made]:
    """A peer and a session connected to it."""
    with pair() as (peer, sock):
        session: Any = OutboundSession(("127.0.0.1", 1), sock) if BARE else Session(("127.0.0.1", 1), sock)
        if not BARE:
            session.reply_seconds = 1.0
        yield peer, session
        if not BARE:
            session.close()


def connect(peer: Peer, session: Any, **headers: str) -> None:
    connecting = gevent.spawn(session.connect)
    assert peer.command()[0] == b"connect"
    peer.write(command_reply(**headers))
    with within(PATIENCE):
        connecting.get()


def heard(session: Any, name: str) -> list[Any]:
    events: list[Any] = []
    session.register_handle(name, events.append)
    return events


def until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    with within(seconds):
        while not true():
            gevent.sleep(0.005)


def test_01_splits_before_it_decodes(made: Made) -> None:
    peer, session = made
    connect(peer, session, **{"Caller-Name": "x%0AX-Evil: yes%E2%80%A8Y-Evil: yes%0D%0AZ-Evil: yes"})
    assert not [name for name in ("X-Evil", "Y-Evil", "Z-Evil") if session.session_data.get(name)]
    assert session.session_data.get("Caller-Name") == "x\nX-Evil: yes\u2028Y-Evil: yes\r\nZ-Evil: yes"


def test_02_a_body_is_no_header_and_an_empty_value_is_empty(made: Made) -> None:
    peer, session = made
    events = heard(session, "MESSAGE")
    peer.write(event("MESSAGE", {"From": "a"}, b"From: forged\nEvil: yes"))
    peer.write(framed(json.dumps({"Event-Name": "MESSAGE", "From": "b"}).encode(), "text/event-json"))
    peer.write(framed(b"Event-Name: MESSAGE\nFrom: c\nvariable_last: "))
    until(lambda: len(events) == 3)
    assert [one.headers["From"] for one in events] == ["a", "b", "c"]
    assert "Evil" not in events[0].headers
    assert events[0].body == b"From: forged\nEvil: yes"
    assert events[2].headers["variable_last"] == ""


def test_03_an_end_inside_a_body_freezes_nothing(made: Made) -> None:
    peer, session = made
    peer.write(b"Content-Length: 100\nContent-Type: text/event-plain\n\nEvent-Name: ")
    peer.close()
    until(lambda: not session.connected)


def test_04_an_end_wakes_whoever_waits(made: Made) -> None:
    peer, session = made
    waiting = gevent.spawn(session.send, "api status")
    playing = gevent.spawn(session.call_command, "playback", "x", True)
    peer.command()
    peer.close()
    with within(PATIENCE):
        waiting.join()
        playing.join()
    assert waiting.exception is not None
    assert playing.exception is not None


@pytest.mark.parametrize(
    "odd",
    [
        command_reply(b"+OK nobody asked"),
        b"Whatever: yes\n\n",
        event("X").replace(b"Event-Name: X", b"Event-Name:\xff\xfe"),
    ],
    ids=["unasked reply", "no type", "not UTF-8"],
)
def test_05_what_is_odd_does_not_stop_the_reading(made: Made, odd: bytes) -> None:
    peer, session = made
    events = heard(session, "HEARTBEAT")
    peer.write(odd, event("HEARTBEAT"))
    until(lambda: events)
    asking = gevent.spawn(session.send, "api status")
    peer.answer(b"UP")
    with within(PATIENCE):
        assert asking.get().data == "UP"


def test_06_long_commands_arrive_whole_and_one_after_the_other(made: Made) -> None:
    peer, session = made
    session.reply_seconds = 20
    session.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    lines = ["api " + letter * 1_500_000 for letter in "abc"]
    asking = [gevent.spawn(session.send, line) for line in lines]
    gevent.sleep(0.05)
    came = [peer.answer(b"UP")[0].decode() for _ in lines]
    assert sorted(came) == lines
    with within(PATIENCE):
        gevent.joinall(asking, raise_error=True)


def test_07_a_mute_peer_holds_up_nobody() -> None:
    with listening() as listener:
        link: Any = (InboundESL if BARE else Link)(*listener.getsockname(), "secret", 0.3)
        link.reply_seconds = 0.3
        connecting = gevent.spawn(link.connect)
        with within(PATIENCE):
            connecting.join()
        assert isinstance(connecting.exception, Exception)
    with pair() as (_, sock):
        session: Any = (OutboundSession if BARE else Session)(("127.0.0.1", 1), sock)
        session.reply_seconds = 0.3
        with within(PATIENCE):
            session.stop()


@pytest.mark.parametrize(
    ("application", "argument"),
    [("playback", "a\n\napi evil\n\n"), ("playback", "a\nexecute-app-name: system"), ("playback\n\napi evil", "a")],
)
def test_08_an_argument_begins_no_header_and_no_command(made: Made, application: str, argument: str) -> None:
    peer, session = made
    sending = gevent.spawn(session.call_command, application, argument)
    after = gevent.spawn(session.send, "api after")
    commands = []
    while not commands or commands[-1][0] != b"api after":
        commands.append(peer.answer())
    with within(PATIENCE):
        gevent.joinall([sending, after])
    if application == "playback":
        assert len(commands) == 2
        assert commands[0][2].decode() == argument
        assert commands[0][1]["execute-app-name"] == "playback"
    else:
        assert isinstance(sending.exception, ValueError)
        assert len(commands) == 1


def playing(session: Any, argument: str) -> gevent.Greenlet[..., Any]:
    return gevent.spawn(session.call_command, "playback", argument, True, 10.0)


def complete(peer: Peer, command: dict[str, str]) -> None:
    """The completion of a playback, as the switch tells it."""
    peer.write(
        event(
            "CHANNEL_EXECUTE_COMPLETE",
            {
                "Application": "playback",
                "Application-UUID": command.get("Event-UUID", "none"),
                "variable_current_application": "playback",
            },
        )
    )


def test_09_a_completion_is_its_own(made: Made) -> None:
    peer, session = made
    first = playing(session, "first")
    _, one, _ = peer.answer()
    second = playing(session, "second")
    _, two, _ = peer.answer()
    complete(peer, two)
    with within(PATIENCE):
        second.get()
    assert not first.ready()
    complete(peer, one)
    with within(PATIENCE):
        first.get()


def test_10_a_time_out_is_an_exception_and_leaves_nobody_behind(made: Made) -> None:
    peer, session = made
    short = gevent.spawn(session.call_command, "playback", "a", True, 0.1)
    _, one, _ = peer.answer()
    with within(PATIENCE):
        short.join()
    assert isinstance(short.exception, Exception)
    three = [playing(session, letter) for letter in "bcd"]
    commands = [peer.answer()[1] for _ in three]
    complete(peer, one)
    for command in commands:
        complete(peer, command)
    with within(PATIENCE):
        gevent.joinall(three, raise_error=True)


def test_11_a_handler_that_waits_holds_up_nobody(made: Made) -> None:
    peer, session = made
    events = heard(session, "HEARTBEAT")
    played = Event()

    def answer(_: object) -> None:
        session.call_command("playback", "hello", True)
        played.set()

    session.register_handle("DTMF", answer)
    peer.write(event("DTMF"), event("HEARTBEAT"))
    _, command, _ = peer.answer()
    until(lambda: events)
    complete(peer, command)
    assert played.wait(PATIENCE)


def test_12_a_hang_up_wakes_whoever_waits(made: Made) -> None:
    peer, session = made
    connect(peer, session)
    waiting = playing(session, "long")
    peer.answer()
    peer.write(event("CHANNEL_HANGUP", {"Hangup-Cause": "NORMAL_CLEARING"}))
    with within(PATIENCE):
        waiting.join()
    assert waiting.exception is not None
    assert getattr(waiting.exception, "cause", "") == "NORMAL_CLEARING"


def test_13_stopping_takes_no_time(made: Made) -> None:
    peer, session = made
    answering = gevent.spawn(peer.answer, b"+OK bye")
    gevent.sleep(0.02)
    began = monotonic()
    stopping = gevent.spawn(session.stop)
    answering.get(timeout=PATIENCE)
    peer.close()
    with within(PATIENCE):
        stopping.join()
    assert monotonic() - began < 0.3


class _Application:
    def __init__(self, session: Any) -> None:
        self.session = session

    def run(self) -> None:
        self.session.send("api hold")


def serve(port: int, capacity: int) -> tuple[int, Callable[[], None]]:
    """A server of at most so many calls, each holding on: its port, and what stops it."""
    if BARE:
        bare = OutboundESLServer("127.0.0.1", port or list(range(42000, 42100)), _Application, capacity)
        gevent.spawn(bare.listen)
        gevent.sleep(0.05)
        return bare.bound_port, bare.stop
    rules = Rules(networks(), None, capacity=capacity)

    def hold(session: Session) -> None:
        session.request(b"api hold\n\n", seconds=30)

    server = Server(("127.0.0.1", port), hold, rules)
    server.start()
    return server.address[1], server.stop


def test_14_accepts_at_once_says_when_full_and_when_the_port_is_taken() -> None:
    port, stop = serve(0, 3)
    peers: list[Peer] = []
    times: list[float] = []
    try:
        for _ in range(3):
            began = monotonic()
            peers.append(Peer(socket.create_connection(("127.0.0.1", port))))
            assert peers[-1].command()[0] == b"connect"
            times.append(monotonic() - began)
            peers[-1].write(command_reply())
            assert peers[-1].command()[0] == b"api hold"
        assert sorted(times)[1] < 0.01
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        peers[0].close()
        until(lambda: _reachable(port))
    finally:
        stop()
        for one in peers:
            one.close()
    with listening() as taken, pytest.raises(AddressTaken):
        serve(taken.getsockname()[1], 1)


def _reachable(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_15_logs_no_number_and_no_headers(
    made: Made, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    peer, session = made
    number = "+13125550199"
    connect(peer, session, **{"Caller-Caller-ID-Number": number, "Unique-ID": "u"})
    seen = Event()

    def fail(_: object) -> None:
        gevent.spawn_later(0.05, seen.set)
        raise RuntimeError("as a handler may")

    session.register_handle("DTMF", fail)
    peer.write(event("DTMF", {"Caller-Caller-ID-Number": number}))
    assert seen.wait(PATIENCE)
    peer.write(event("CHANNEL_HANGUP", {"Caller-Caller-ID-Number": number, "Hangup-Cause": "NORMAL_CLEARING"}))
    peer.write(command_reply(number.encode()))
    until(lambda: not session._outbound_connected)
    gevent.sleep(0.02)
    out, err = capfd.readouterr()
    assert number not in caplog.text + out + err
    assert structlog.is_configured() or "handler_failed" in out + err + caplog.text


@pytest.mark.skipif(BARE, reason="is what it looks at")
@pytest.mark.timeout(240)
def test_greenswitch_breaks_each(tmp_path: Path) -> None:
    """Bare greenswitch fails every contract: none of the tests above passes for any other reason than our overrides."""
    names = sorted(name for name in globals() if re.match(r"test_\d\d_", name))
    assert len(names) == 15
    frozen = names[2]
    base = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
    environment = {**os.environ, "CARELINE_BARE": "1"}
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            [*base, "--timeout=0", f"{__file__}::{frozen}"],
            env=environment,
            capture_output=True,
            timeout=8,
            check=False,
        )
    ran = subprocess.run(
        [*base, "-rA", "--timeout=60", "-k", f"not {frozen}", __file__],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    failed = {name for name in names if re.search(rf"^FAILED .*::{name}", ran.stdout, re.MULTILINE)}
    assert failed == {*names} - {frozen}, ran.stdout[-3000:]


def test_the_peer_writes_what_the_switch_writes() -> None:
    assert api_response(b"+OK") == b"Content-Type: api/response\nContent-Length: 3\n\n+OK"
