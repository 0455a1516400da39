"""The practice switch: its parts put together, its ports, and calls made on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import gevent
from gevent import socket as sockets
from gevent.server import StreamServer

from controller.practice.api import Api
from controller.practice.applications import applications
from controller.practice.callers import Caller, Script
from controller.practice.channel import Channel
from controller.practice.clock import Clock
from controller.practice.conversation import Conversations
from controller.practice.dialplan import CALLS, Dialplan
from controller.practice.events import Bus
from controller.practice.listener import Listener
from controller.practice.outbound import Outbound
from controller.practice.profile import Profile, inbound_variables
from controller.practice.ringing import Ringing
from controller.practice.staff import Habit, Phones
from controller.practice.watching import Watchers

POLL = 0.02
HEARTBEAT_SECONDS = 20


class PracticeSwitch:
    """One switch. Everything runs under gevent; `start` opens the event socket."""

    def __init__(
        self,
        *,
        password: str,
        secret: str,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        polls: bool = False,
        backup_line: str = "",
        otherwise: Habit | Callable[[str], Habit] | None = None,
    ) -> None:
        """`secret` goes with each call as `socket_path`. `speed`: how much faster than the wall clock time passes.

        `polls`: events wait for the next 20 ms, as on a real switch. `otherwise`: how phones behave that were not `put`.
        """
        self.password = password
        self.polls = polls
        self.clock = Clock(speed)
        self.started = self.clock.now()
        self.globals: dict[str, str] = {}
        self.bus = Bus(self.clock)
        self.channels: dict[str, Channel] = {}
        self.watchers = Watchers()
        self.phones = Phones(self.clock, otherwise or Habit())
        self.conversations = Conversations(self)
        self.ringing = Ringing(self)
        self.outbound = Outbound(self)
        self.applications = applications()
        self.dialplan = Dialplan(self, secret, backup_line)
        self.api = Api(self)
        self.sessions = 0
        self.peak = 0
        self.most_sessions = 2000
        self.most_per_second = 200
        self._listeners: set[Listener] = set()
        self._server = StreamServer((host, port), self._accept)
        self._heart: gevent.Greenlet[..., object] | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where the event socket listens, once started."""
        return str(self._server.server_host), int(self._server.server_port or 0)

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server.start()
        self._heart = gevent.spawn(self._beat)

    def stop(self) -> None:
        """Hang everybody up and close every connection."""
        self._server.stop()
        if self._heart is not None:
            self._heart.kill()
        for channel in list(self.channels.values()):
            channel.hang_up("SYSTEM_SHUTDOWN")
        for listener in list(self._listeners):
            listener.close()
        for channel in list(self.channels.values()):
            for socket in list(channel.sockets):
                socket.close()

    def call(
        self, number: str, caller: str = "+13125550111", *, name: str = "", script: Script = (), **variables: str
    ) -> tuple[Channel, Caller]:
        """Somebody outside dials one of our numbers: their leg, and the caller who acts out `script`."""
        identity = str(uuid.uuid4())
        channel_name = f"sofia/outside/{caller}@127.0.0.1"
        person = Caller(script, self.clock)
        profile = Profile(
            uuid=identity,
            channel_name=channel_name,
            direction="inbound",
            number=caller,
            # A real switch lets no caller write a variable into their name.
            name=name.replace("${", "%{") or caller,
            original_name=name.replace("${", "%{") or caller,
            destination=number,
            created=self.clock.now(),
            dialplan="XML",
            context=CALLS,
            username=caller,
            network="127.0.0.1",
        )
        brought = inbound_variables(identity, channel_name, caller, name, number, "outside", self.next_session())
        harmless = {key: value for key, value in brought.items() if "${" not in value}
        leg = Channel(self, profile, {**harmless, **variables}, person)
        self.channels[identity] = leg
        self.peak = max(self.peak, len(self.channels))
        leg.start()
        person.begin(leg)
        return leg, person

    def find(self, identity: str) -> Channel | None:
        """A leg by its id, for commands: one that has hung up is not found any more, even if it is not forgotten."""
        channel = self.channels.get(identity)
        return None if channel is None or channel.down else channel

    def next_session(self) -> int:
        """A number for one more leg."""
        self.sessions += 1
        return self.sessions

    def forget(self, channel: Channel) -> None:
        """A leg is over and nobody holds it any more."""
        self.channels.pop(channel.uuid, None)

    def next_poll(self) -> float:
        """Seconds on the wall until a real switch would look again."""
        return POLL - gevent.get_hub().loop.now() % POLL

    def admits(self, sock: sockets.socket) -> bool:
        """Whether a peer may speak to us: this machine only."""
        return bool(str(sock.getpeername()[0]).startswith("127."))

    def written(self, at: float) -> str:
        """A moment as the switch writes it: its own local time."""
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ006 (the switch's local time)

    def _accept(self, sock: sockets.socket, address: Any) -> None:
        listener = Listener(self, sock)
        self._listeners.add(listener)
        try:
            listener.serve()
        finally:
            self._listeners.discard(listener)

    def _beat(self) -> None:
        while True:
            self.clock.sleep(HEARTBEAT_SECONDS)
            up = int(self.clock.now() - self.started)
            self.bus.fire(
                "HEARTBEAT",
                [
                    ("Event-Info", "System Ready"),
                    (
                        "Up-Time",
                        f"0 years, {up // 86400} days, {up // 3600 % 24} hours, {up // 60 % 60} minutes, {up % 60} seconds",
                    ),
                    ("FreeSWITCH-Version", "1.10.12-practice"),
                    ("Uptime-msec", str(up * 1000)),
                    ("Session-Count", str(len(self.channels))),
                    ("Max-Sessions", str(self.most_sessions)),
                    ("Session-Per-Sec", str(self.most_per_second)),
                    ("Session-Per-Sec-Last", "0"),
                    ("Session-Per-Sec-Max", "0"),
                    ("Session-Per-Sec-FiveMin", "0"),
                    ("Session-Since-Startup", str(self.sessions)),
                    ("Session-Peak-Max", str(self.peak)),
                    ("Session-Peak-FiveMin", str(self.peak)),
                    ("Idle-CPU", "100.000000"),
                ],
            )
