"""One call's connection: the switch opened it, and it commands that call until it hangs up, is handed on, or talks.

Underneath is greenswitch's OutboundSession, whose verbs (playback, answer ...) work here too.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import gevent
import structlog
from gevent import socket
from gevent.event import AsyncResult
from greenswitch.esl import OutboundSession

from controller.calls.call import CallerGone, HandedOn
from controller.freeswitch import protocol
from controller.freeswitch.connection import Connection, NoReply
from controller.freeswitch.protocol import Headers, Message

log = structlog.get_logger(__name__)

LINGER_SECONDS = 5
"""How long the switch keeps the connection after a hang-up, for the last events."""
CAUSE_SECONDS = 0.1
"""How long after the notice of a hang-up its cause is waited for."""
EVENTS = "CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_BRIDGE DTMF"
"""What a walker needs to hear; each event is 5 to 9 kB, and a call makes some twenty that nobody reads."""


class Session(Connection, OutboundSession):  # type: ignore[misc]
    """The socket of one call. Every wait raises CallerGone after a hang-up, HandedOn when the connection just ended."""

    def __init__(self, client_address: tuple[str, int], sock: socket.socket) -> None:
        # Not OutboundSession's own: it starts greenswitch's readers, and keeps a second buffer a call.
        Connection.__init__(self)
        self.address = client_address
        self.session_data: Headers | None = None
        self.expected_events: dict[str, list[Any]] = {}
        self._outbound_connected = False
        self._hung_up = False
        self._deferred: bytes | None = None
        self.start(sock)

    # -- the beginning

    def connect(self, seconds: float | None = None) -> Headers:
        """Ask for the channel's data. Raises NoReply, CallerGone, HandedOn."""
        if self.session_data is None:
            self.session_data = self.request(protocol.command("connect"), seconds=seconds)[0].head
            self._outbound_connected = True
        return self.session_data

    def listen(self, events: str = EVENTS, first: Sequence[bytes] = ()) -> None:
        """Hear these events of this call and no others, and the last ones after a hang-up too. `first`: commands that go
        before, in the same write. Raises HandedOn when the switch takes one of them badly."""
        wishes = [f"linger {LINGER_SECONDS}", "myevents", "nixevent ALL", f"event plain {events}"]
        for reply in self.request(*first, *map(protocol.command, wishes)):
            if not reply.data.startswith("+OK"):
                self._raise_if_ended()
                raise HandedOn(f"the switch did not take a wish: {reply.data.strip()}")

    @property
    def uuid(self) -> str:
        """The call's id on the switch."""
        return "" if self.session_data is None else self.session_data.get("Unique-ID", "")

    @property
    def hung_up(self) -> bool:
        """Whether the caller's leg is known to be gone."""
        return self._hung_up

    # -- sending

    def defer(self, command: bytes) -> None:
        """Have a command go out just before the next one, in the same write; a later one takes its place.

        For what only has to be there before the next command is: each write costs as much as all the rest of a command.
        """
        self._raise_if_ended()
        self._deferred = command

    def flush(self) -> None:
        """Send what was deferred, and wait for its reply. Raises NoReply, CallerGone, HandedOn."""
        deferred, self._deferred = self._deferred, None
        if deferred is not None:
            self.request(deferred)

    def post(self, *commands: bytes, seconds: float | None = None) -> list[AsyncResult[Message]]:
        """As every connection's, behind what was deferred."""
        deferred, self._deferred = self._deferred, None
        if deferred is None:
            return super().post(*commands, seconds=seconds)
        first, *replies = super().post(deferred, *commands, seconds=seconds)
        first.rawlink(self._deferred_done)
        return replies

    def _deferred_done(self, reply: AsyncResult[Message]) -> None:
        if reply.value is not None and not reply.value.data.startswith("+OK") and not self._lingering:
            log.error("deferred_command_refused", call=self.uuid, said=reply.value.data.strip()[:100])

    # -- the end

    def _noticed(self, name: str, event: Message) -> None:
        if name == "CHANNEL_HANGUP" and not self._hung_up:
            self._hang_up(event.get("Hangup-Cause"))

    def _take_notice(self, event: Message) -> None:
        if event.head.get("Content-Disposition") == "linger":
            # The switch says so when the channel is down, and only then. The event that says why is close behind.
            self._lingering = True
            if not self._hung_up:
                gevent.spawn_later(CAUSE_SECONDS, self._hang_up, "")
        super()._take_notice(event)

    def _raise_if_ended(self) -> None:
        if self._lingering:
            self._hang_up("")
        super()._raise_if_ended()

    @property
    def why_ended(self) -> Exception | None:
        """Why the call or the connection ended; None while it has not."""
        if self._lingering:
            self._hang_up("")
        return self._why

    def _hang_up(self, cause: str) -> None:
        self._hung_up = True
        self._outbound_connected = False
        self._wake(CallerGone(cause))

    def _lost(self, why: str) -> Exception:
        return HandedOn(why)

    def hand_on(self) -> None:
        """Close, so that the switch takes the call to the next controller; whoever waits gets HandedOn."""
        try:
            self.flush()
        except (NoReply, CallerGone, HandedOn) as error:
            log.warning("not_flushed", call=self.uuid, error=type(error).__name__)
        self.close()

    def raise_if_disconnected(self) -> None:
        """Raises CallerGone or HandedOn when the call is no longer ours."""
        self._raise_if_ended()

    # -- greenswitch's verbs

    def call_command(
        self, app_name: str, app_args: str | None = None, block: bool = False, response_timeout: float | None = None
    ) -> Message:
        """Run an application: its reply, or with `block` its completion, matched by id. Raises NoReply after a time-out."""
        if not block:
            return self.command(protocol.execute(app_name, app_args or "", id=str(uuid.uuid4())))
        return self.execute(app_name, app_args or "").wait(response_timeout)

    def playback(self, path: str, block: bool = True) -> None:
        """Play a file, to its end unless told otherwise."""
        self.call_command("playback", path, block=block)

    def uuid_break(self) -> None:
        """Stop all that plays on the call."""
        self.api(f"uuid_break {self.uuid} all")

    def register_expected_event(self, *_: object) -> None:
        """Refused: greenswitch would match a completion by the application's name; `execute` matches it by id."""
        raise NotImplementedError("use execute: completions are matched by id")
