"""Events and who hears them. Knows nothing of what they are about."""

from __future__ import annotations

import itertools
import uuid
from collections import defaultdict
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import unquote

from controller.practice.clock import Clock
from controller.practice.wire import Headers, header_lines, json_event, plain_event

NAMES = frozenset(
    """
    CUSTOM CLONE CHANNEL_CREATE CHANNEL_DESTROY CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_ANSWER CHANNEL_HANGUP
    CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD
    CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_OUTGOING CHANNEL_PARK
    CHANNEL_UNPARK CHANNEL_APPLICATION CHANNEL_ORIGINATE CHANNEL_UUID API LOG INBOUND_CHAN OUTBOUND_CHAN
    STARTUP SHUTDOWN PUBLISH UNPUBLISH TALK NOTALK SESSION_CRASH MODULE_LOAD MODULE_UNLOAD DTMF MESSAGE
    PRESENCE_IN NOTIFY_IN PRESENCE_OUT PRESENCE_PROBE MESSAGE_WAITING MESSAGE_QUERY ROSTER CODEC
    BACKGROUND_JOB DETECTED_SPEECH DETECTED_TONE PRIVATE_COMMAND HEARTBEAT TRAP ADD_SCHEDULE DEL_SCHEDULE
    EXE_SCHEDULE RE_SCHEDULE RELOADXML NOTIFY PHONE_FEATURE PHONE_FEATURE_SUBSCRIBE SEND_MESSAGE RECV_MESSAGE
    REQUEST_PARAMS CHANNEL_DATA GENERAL COMMAND SESSION_HEARTBEAT CLIENT_DISCONNECTED SERVER_DISCONNECTED
    SEND_INFO RECV_INFO RECV_RTCP_MESSAGE SEND_RTCP_MESSAGE CALL_SECURE NAT RECORD_START RECORD_STOP
    PLAYBACK_START PLAYBACK_STOP CALL_UPDATE FAILURE SOCKET_DATA MEDIA_BUG_START MEDIA_BUG_STOP
    CONFERENCE_DATA_QUERY CONFERENCE_DATA CALL_SETUP_REQ CALL_SETUP_RESULT CALL_DETAIL DEVICE_STATE TEXT
    SHUTDOWN_REQUESTED ALL
    """.split()  # noqa: SIM905 (a list to be read)
)
OF_ONE_CALL = frozenset(
    """
    CHANNEL_ANSWER CHANNEL_APPLICATION CHANNEL_BRIDGE CHANNEL_CREATE CHANNEL_DATA CHANNEL_DESTROY
    CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE CHANNEL_ORIGINATE
    CHANNEL_UUID CHANNEL_OUTGOING CHANNEL_PARK CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_STATE
    CHANNEL_UNBRIDGE CHANNEL_UNPARK DETECTED_SPEECH DTMF NOTALK TALK
    """.split()  # noqa: SIM905 (a list to be read)
)
"""What `myevents` turns on."""


class Event:
    """One event. Its lines are put together when the first listener wants them, and then kept."""

    __slots__ = ("_json", "_plain", "body", "lines", "name", "owner", "subclass", "uuid")

    def __init__(self, name: str, lines: str, body: str | None, uuid: str, subclass: str, owner: str) -> None:
        self.name = name
        self.lines = lines
        self.body = body
        self.uuid = uuid
        self.subclass = subclass
        self.owner = owner
        self._plain: bytes | None = None
        self._json: bytes | None = None

    def plain(self) -> bytes:
        """As `event plain` sends it."""
        if self._plain is None:
            self._plain = plain_event(self.lines, self.body)
        return self._plain

    def json(self) -> bytes:
        """As `event json` sends it."""
        if self._json is None:
            self._json = json_event(self.headers(), self.body)
        return self._json

    def headers(self) -> Headers:
        """Decoded again, for filters and JSON."""
        pairs = [line.partition(": ") for line in self.lines.split("\n") if line]
        return [(name, unquote(value, errors="surrogateescape")) for name, _, value in pairs]


class Listener(Protocol):
    """Somebody who may want events."""

    def wants(self, name: str, subclass: str) -> bool: ...
    def hear(self, event: Event) -> None: ...


class Bus:
    """Every event of one switch."""

    def __init__(self, clock: Clock, hostname: str = "practice") -> None:
        self.clock = clock
        self.core_uuid = str(uuid.uuid4())
        self.hostname = hostname
        self._all: list[Listener] = []
        self._of_call: dict[str, list[Listener]] = defaultdict(list)
        self._sequence = itertools.count(450)
        self._fixed = header_lines(
            [
                ("Core-UUID", self.core_uuid),
                ("FreeSWITCH-Hostname", hostname),
                ("FreeSWITCH-Switchname", hostname),
                ("FreeSWITCH-IPv4", "127.0.0.1"),
                ("FreeSWITCH-IPv6", "::1"),
            ]
        )
        self._second = -1
        self._stamps = ""

    def join(self, listener: Listener, uuid: str = "") -> None:
        """Hear everything, or one call's events."""
        (self._of_call[uuid] if uuid else self._all).append(listener)

    def leave(self, listener: Listener, uuid: str = "") -> None:
        """Hear nothing more; no matter if it never joined."""
        heard = self._of_call.get(uuid, []) if uuid else self._all
        if listener in heard:
            heard.remove(listener)
        if uuid and not heard:
            self._of_call.pop(uuid, None)

    def listening(self, name: str, uuid: str, subclass: str = "", owner: str = "") -> list[Listener]:
        """Who wants such an event."""
        heard = [listener for listener in self._all if listener.wants(name, subclass)]
        for call in {uuid, owner} - {""}:
            heard += [listener for listener in self._of_call.get(call, ()) if listener.wants(name, subclass)]
        return heard

    def core(self, name: str, subclass: str = "") -> str:
        """The lines that begin every event."""
        now = self.clock.now()
        second = int(now)
        if second != self._second:
            self._second = second
            moment = datetime.fromtimestamp(second, UTC)
            local = moment.astimezone()
            self._stamps = header_lines(
                [
                    ("Event-Date-Local", local.strftime("%Y-%m-%d %H:%M:%S")),
                    ("Event-Date-GMT", moment.strftime("%a, %d %b %Y %H:%M:%S GMT")),
                ]
            )
        kind = f"Event-Subclass: {subclass.replace(':', '%3A')}\n" if subclass else ""
        return (
            f"{kind}Event-Name: {name}\n{self._fixed}{self._stamps}Event-Date-Timestamp: {int(now * 1e6)}\n"
            f"Event-Calling-File: practice\nEvent-Calling-Function: fire\nEvent-Calling-Line-Number: 1\n"
            f"Event-Sequence: {next(self._sequence)}\n"
        )

    def fire(
        self,
        name: str,
        headers: Headers | None = None,
        body: str | None = None,
        *,
        subclass: str = "",
        owner: str = "",
    ) -> None:
        """An event that is about no channel."""
        heard = self.listening(name, "", subclass, owner)
        if heard:
            event = Event(name, self.core(name, subclass) + header_lines(headers or []), body, "", subclass, owner)
            for listener in heard:
                listener.hear(event)
