"""Who may hand calls over, how many, and in what time; the link coming back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network

import gevent
import pytest
from gevent import socket
from gevent.event import Event

from controller.calls.call import CallerGone, HandedOn
from controller.freeswitch.connection import Disconnected, Inbox, Refused
from controller.freeswitch.link import Link
from controller.freeswitch.server import Rules, Server, networks
from controller.freeswitch.session import Session
from tests.wire.peer import Peer, command_reply, event, listening, within

SECRET = "proves-the-switch"


def until(true: Callable[[], object], seconds: float = 2.0) -> None:
    with within(seconds):
        while not true():
            gevent.sleep(0.005)


class Door:
    """A server whose calls wait to be let go."""

    def __init__(self, rules: Rules) -> None:
        self.handled: list[Session] = []
        self.ended: list[BaseException] = []
        self.server = Server(("127.0.0.1", 0), self._handle, rules)
        self.server.start()

    def _handle(self, session: Session) -> None:
        self.handled.append(session)
        inbox = Inbox()
        session.attach(inbox)
        try:
            inbox.get()
        except (CallerGone, HandedOn) as ended:
            self.ended.append(ended)
            raise

    def call(self, **data: str) -> Peer:
        peer = Peer(socket.create_connection(self.server.address))
        assert peer.command()[0] == b"connect"
        peer.write(command_reply(**data))
        return peer


@pytest.fixture
def door(request: pytest.FixtureRequest) -> Iterator[Door]:
    more = getattr(request, "param", {})
    door = Door(Rules(**{"networks": networks(), "secret": SECRET, "capacity": 2, "first_data_seconds": 0.2} | more))
    yield door
    door.server.stop()


def test_a_peer_without_the_secret_is_refused(door: Door) -> None:
    for data in ({}, {"variable_socket_path": "wrong"}, {"variable_socket_path": ""}):
        peer = door.call(**data)
        assert peer.closed()
        peer.close()
    until(lambda: door.server.counts.refused_secret == 3)
    peer = door.call(variable_socket_path=SECRET)
    until(lambda: door.handled)
    peer.close()


@pytest.mark.parametrize("door", [{"networks": (ip_network("192.0.2.0/24"),)}], indirect=True)
def test_a_peer_from_elsewhere_is_refused(door: Door) -> None:
    peer = Peer(socket.create_connection(door.server.address))
    assert peer.closed()
    assert door.server.counts.refused_network == 1
    assert not door.handled
    peer.close()


def test_a_peer_that_says_nothing_is_dropped(door: Door) -> None:
    peer = Peer(socket.create_connection(door.server.address))
    assert peer.closed()
    assert door.server.counts.no_data == 1
    until(lambda: door.server.counts.open == 0)
    peer.close()


def refused(door: Door) -> bool:
    try:
        socket.create_connection(door.server.address).close()
    except ConnectionRefusedError:
        return True
    return False


def test_full_it_does_not_listen_and_with_room_it_does_again(door: Door) -> None:
    peers = [door.call(variable_socket_path=SECRET) for _ in range(2)]
    until(lambda: len(door.handled) == 2)
    assert refused(door)
    assert not door.server.listening
    peers[0].close()
    until(lambda: door.server.listening)
    peers[0] = door.call(variable_socket_path=SECRET)
    until(lambda: len(door.handled) == 3)
    counts = door.server.counts
    assert (counts.served, counts.most_open, counts.open, counts.times_full) == (3, 2, 2, 2)
    for peer in peers:
        peer.close()


def test_draining_it_does_not_listen_and_its_calls_go_on(door: Door) -> None:
    peer = door.call(variable_socket_path=SECRET)
    until(lambda: door.handled)
    assert not door.server.drain(0.05)
    assert refused(door)
    assert door.handled[0].connected
    draining = gevent.spawn(door.server.drain, 2.0)
    peer.close()
    assert draining.get(timeout=2)
    assert not door.server.listening


def test_stopping_hands_its_calls_on(door: Door) -> None:
    peer = door.call(variable_socket_path=SECRET)
    until(lambda: door.handled)
    door.server.stop()
    assert peer.closed()
    assert [type(ended) for ended in door.ended] == [HandedOn]
    peer.close()


def test_a_hang_up_is_the_callers_and_an_end_is_not(door: Door) -> None:
    first, second = (door.call(variable_socket_path=SECRET) for _ in range(2))
    until(lambda: len(door.handled) == 2)
    first.write(
        b"Content-Type: text/disconnect-notice\nContent-Disposition: linger\nContent-Length: 0\n\n",
        event("CHANNEL_HANGUP", {"Hangup-Cause": "NORMAL_CLEARING"}),
    )
    until(lambda: door.ended)
    second.close()
    until(lambda: len(door.ended) == 2)
    gone, handed_on = door.ended
    assert isinstance(gone, CallerGone)
    assert gone.cause == "NORMAL_CLEARING"
    assert isinstance(handed_on, HandedOn)
    first.close()


# -- the link


class Switch:
    """A switch's event socket that answers everything, and can be broken."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.commands: list[bytes] = []
        self.peer: Peer | None = None
        self.answers: dict[bytes, bytes] = {}
        self.connected = Event()
        self._serving = gevent.spawn(self._serve)

    def _serve(self) -> None:
        while True:
            sock, _ = self.listener.accept()
            self.peer = Peer(sock)
            self.commands.clear()
            self.peer.write(b"Content-Type: auth/request\n\n")
            try:
                while True:
                    line = self.peer.command(60)[0]
                    self.commands.append(line)
                    self.peer.write(command_reply(self.answers.get(line.split(b" ")[0], b"+OK")))
                    self.connected.set()
            except (AssertionError, OSError):
                self.peer.close()

    def cut(self) -> None:
        assert self.peer is not None
        self.peer.sock.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._serving.kill()
        if self.peer is not None:
            self.peer.close()


@pytest.fixture
def switch() -> Iterator[Switch]:
    with listening() as listener:
        switch = Switch(listener)
        yield switch
        switch.stop()


@pytest.fixture
def link(switch: Switch) -> Iterator[Link]:
    link = Link(*switch.listener.getsockname(), "secret", 1.0)
    link.open()
    assert link.up.wait(2)
    yield link
    link.close_for_good()


def test_the_link_comes_back_and_hears_what_it_heard(switch: Switch, link: Link) -> None:
    inbox = Inbox()
    link.watch("leg-1", inbox.put)
    ups = []
    link.on_up(lambda: ups.append(1))
    assert b"filter Unique-ID leg-1" in switch.commands
    switch.cut()
    until(lambda: not link.up.is_set())
    assert not link.health().connected
    assert link.up.wait(2)
    assert b"filter Unique-ID leg-1" in switch.commands
    assert link.health().connections == 2
    until(lambda: ups)
    assert switch.peer is not None
    switch.peer.write(event("CHANNEL_ANSWER", {"Unique-ID": "leg-1"}))
    assert inbox.get(1).name == "CHANNEL_ANSWER"
    link.unwatch("leg-1", inbox.put)
    until(lambda: b"filter delete Unique-ID leg-1" in switch.commands)


def test_while_the_link_is_down_commands_say_so_at_once(switch: Switch, link: Link) -> None:
    switch.stop()
    until(lambda: not link.up.is_set())
    with within(0.5), pytest.raises(Disconnected):
        link.api("status")


def test_a_job_is_answered_or_said_to_be_lost(switch: Switch, link: Link) -> None:
    assert switch.peer is not None
    job, lost = link.background("status"), link.background("status")
    switch.peer.write(event("BACKGROUND_JOB", {"Job-UUID": job.id}, b"UP\n"))
    assert job.wait(1) == "UP"
    told: list[str | Exception] = []
    lost.tell(told.append)
    switch.cut()
    with pytest.raises(Disconnected):
        lost.wait(1)
    until(lambda: told)
    assert isinstance(told[0], Disconnected)


def test_a_switch_reports_its_health(switch: Switch, link: Link) -> None:
    assert link.health().heartbeat_age is None
    assert switch.peer is not None
    switch.peer.write(event("HEARTBEAT", {"Session-Count": "7"}))
    until(lambda: link.health().sessions == 7)
    age = link.health().heartbeat_age
    assert age is not None
    assert age < 1


def test_a_wrong_password_is_said_and_tried_again(switch: Switch) -> None:
    switch.answers[b"auth"] = b"-ERR invalid"
    link = Link(*switch.listener.getsockname(), "wrong", 1.0)
    link.open()
    until(lambda: "invalid" in link.health().error)
    del switch.answers[b"auth"]
    assert link.up.wait(2)
    link.close_for_good()


def test_a_refusal_is_raised(switch: Switch, link: Link) -> None:
    switch.answers[b"bgapi"] = b"-ERR no"
    with pytest.raises(Refused, match="no"):
        link.background("status")
    assert not link._jobs


def test_what_is_deferred_goes_out_before_the_next_command_or_the_end(door: Door) -> None:
    peer = door.call(variable_socket_path=SECRET)
    until(lambda: door.handled)
    session = door.handled[0]
    session.defer(b"api older\n\n")
    session.defer(b"api newer\n\n")
    asking = gevent.spawn(session.api, "status")
    assert [peer.answer(b"+OK")[0] for _ in range(2)] == [b"api newer", b"api status"]
    assert asking.get(timeout=2) == "+OK"
    session.defer(b"api last\n\n")
    leaving = gevent.spawn(session.hand_on)
    assert peer.answer()[0] == b"api last"
    leaving.join(2)
    assert not session.connected
    peer.close()
