"""One event socket: the commands that a peer sends, and the events it gets. The same for both directions."""

from __future__ import annotations

import re
import uuid
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import gevent
from gevent import socket as sockets

from controller.practice.events import NAMES, OF_ONE_CALL, Event
from controller.practice.wire import Command, CommandReader, Headers, header_lines

if TYPE_CHECKING:
    from controller.practice.channel import Channel
    from controller.practice.switch import PracticeSwitch

FIRST_COMMAND_SECONDS = 25.0
"""How long a peer may take to say anything."""
MOST_QUEUED = 100_000
MOST_LOST = 500
"""A listener that loses more events than this is cut off."""
GOODBYE = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
_FORMATS = ("plain", "json", "xml")


class Listener:
    """A peer. With a channel it is an outbound socket, which controls that call."""

    def __init__(self, switch: PracticeSwitch, sock: sockets.socket, channel: Channel | None = None) -> None:
        self.switch = switch
        self.channel = channel
        self.full = True
        self.asynchronous = True
        self.connected = False
        self.resume = False
        self.lingering = False
        self.linger_seconds: float | None = None
        self.running = True
        self._sock = sock
        self._signed_in = channel is not None
        self._format = "plain"
        self._names: set[str] = set()
        self._subclasses: set[str] = set()
        self._hearing = False
        self._of_one_call = False
        self._filters: list[tuple[str, str]] = []
        self._pending: deque[Event] = deque()
        self._poll: gevent.Greenlet[..., object] | None = None
        self._out = bytearray()
        self._flusher: gevent.Greenlet[..., object] | None = None
        self._lost = 0
        with suppress(OSError):
            sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)

    # --- events

    def wants(self, name: str, subclass: str) -> bool:
        """Whether an event of that name is subscribed."""
        if not self._hearing or not self.running:
            return False
        if "ALL" in self._names:
            return True
        return name in self._names and (name != "CUSTOM" or not subclass or subclass in self._subclasses)

    def hear(self, event: Event) -> None:
        """Send an event: at once, or at the next look when the switch polls as a real one does."""
        if self._filters and not self._passes(event):
            return
        if not self.switch.polls:
            self._send_event(event)
            return
        if len(self._pending) >= MOST_QUEUED:
            self._lose()
            return
        # What it says is what holds now, not at the next look.
        event.plain() if self._format == "plain" else event.json()
        self._pending.append(event)
        if self._poll is None:
            self._poll = gevent.spawn_later(self.switch.next_poll(), self._send_pending)

    def _send_pending(self) -> None:
        self._poll = None
        while self._pending:
            self._send_event(self._pending.popleft())

    def _send_event(self, event: Event) -> None:
        if len(self._out) > MOST_QUEUED * 100:
            self._lose()
            return
        self.write(event.json() if self._format == "json" else event.plain())

    def _lose(self) -> None:
        self._lost += 1
        if self._lost > MOST_LOST:
            self._goodbye("killed listener because of lost events\n")
            self.running = False
            self._cut()

    def _passes(self, event: Event) -> bool:
        headers = dict(event.headers())
        passes = False
        for name, wanted in self._filters:
            value = next((text for key, text in headers.items() if key.lower() == name.lower()), None)
            if value is None:
                continue
            positive = True
            pattern = wanted.lstrip("+- ")
            if wanted.startswith("-"):
                positive = False
            if passes and positive:
                continue
            same = (
                bool(re.search(pattern.strip("/"), value))
                if wanted.startswith("/")
                else value.lower() == pattern.lower()
            )
            if same and not positive:
                return False
            passes = passes or same
        return passes

    # --- the connection

    def write(self, piece: bytes) -> None:
        """Send without ever waiting: what the kernel does not take is sent as it takes more."""
        if not self.running:
            return
        if not self._out:
            try:
                sent = self._sock._sock.send(piece)  # type: ignore[attr-defined]
            except BlockingIOError:
                sent = 0
            except OSError:
                self.running = False
                return
            if sent == len(piece):
                return
            piece = piece[sent:]
        self._out += piece
        if self._flusher is None:
            self._flusher = gevent.spawn(self._flush)

    def _flush(self) -> None:
        try:
            while self._out:
                piece = bytes(self._out)
                self._sock.sendall(piece)
                del self._out[: len(piece)]
        except OSError:
            self.running = False
        finally:
            self._flusher = None

    def serve(self) -> None:
        """Read and obey until either side closes. The outbound socket's first command has 25 s to come."""
        reader = CommandReader()
        self._sock.settimeout(FIRST_COMMAND_SECONDS)
        if not self._signed_in:
            if not self.switch.admits(self._sock):
                message = "Access Denied, go away.\n"
                self.write(f"Content-Type: text/rude-rejection\nContent-Length: {len(message)}\n\n{message}".encode())
                self.running = False
            else:
                self.write(b"Content-Type: auth/request\n\n")
        try:
            while self.running:
                piece = self._sock.recv(65536)
                if not piece:
                    break
                for command in reader.feed(piece):
                    self._sock.settimeout(None)
                    self._send_pending()
                    self._obey(command)
        except OSError:
            pass  # closed by either side
        finally:
            self._end()

    def close(self) -> None:
        """End this connection, with a word of it; `serve` returns."""
        if self.running:
            self._send_pending()
            self._goodbye(GOODBYE)
        self.running = False
        self._cut()

    def _cut(self) -> None:
        with suppress(OSError):
            self._sock.shutdown(sockets.SHUT_RDWR)

    def _end(self) -> None:
        self._forget()
        if self.running:
            self._send_pending()
            self._goodbye(GOODBYE)
        if self._flusher is not None:
            self._flusher.join(1)
        self.running = False
        self._cut()
        self._sock.close()

    def _forget(self) -> None:
        self.switch.bus.leave(self)
        if self.channel is not None:
            self.switch.bus.leave(self, self.channel.uuid)

    def _goodbye(self, message: str) -> None:
        told: str
        if self.channel is not None:
            told = f"Controlled-Session-UUID: {self.channel.uuid}\nContent-Disposition: disconnect\n"
        else:
            told = ""
        self.write(f"Content-Type: text/disconnect-notice\n{told}Content-Length: {len(message)}\n\n{message}".encode())

    def hung_up(self) -> None:
        """Our call is over: say that we linger, or close."""
        channel = self.channel
        if channel is None or not self.running:
            return
        self._send_pending()
        if not self.lingering:
            self.close()
            return
        seconds = -1 if self.linger_seconds is None else int(self.linger_seconds)
        self.write(
            f"Content-Type: text/disconnect-notice\nControlled-Session-UUID: {channel.uuid}\n"
            f"Content-Disposition: linger\nChannel-Name: {channel.profile.channel_name}\n"
            f"Linger-Time: {seconds}\nContent-Length: 0\n\n".encode()
        )
        if self.linger_seconds is not None:
            self.switch.clock.later(self.linger_seconds + 1, self.close)

    # --- commands

    def _obey(self, command: Command) -> None:
        if not self.running:
            return  # it came behind `exit`
        reply = self._answer_to(command)
        if reply is None:
            return
        if reply.startswith("~"):
            self.write(f"Content-Type: command/reply\n{reply[1:]}".encode())
        else:
            self.write(f"Content-Type: command/reply\nReply-Text: {reply[:511]}\n\n".encode())

    def _answer_to(self, command: Command) -> str | None:
        """Do it; the reply, or None when it has been sent already."""
        line = command.line
        word, _, rest = line.partition(" ")
        if line.lower().startswith(("exit", "...")):
            return self._last_words("+OK bye")
        if not self._signed_in:
            return self._sign_in(word, rest)
        # FreeSWITCH looks at how the line begins, in this order.
        lower = line.lower()
        if lower.startswith("filter "):
            return self._filter(rest.strip())
        if self.channel is not None:
            if lower.startswith("resume"):
                self.resume = True
                self.channel.set("socket_resume", "true")
                return "+OK"
            if lower.startswith("connect"):
                return self._connect()
            if lower.startswith("getvar"):
                return self.channel.get(rest) or "-ERR command not found"
            if lower.startswith("myevents"):
                return self._my_events(rest)
        elif lower.startswith("myevents "):
            return self._my_events_of(rest)
        if lower.startswith("divert_events"):
            if self.channel is None:
                return "-ERR not controlling a session."
            return "+OK events diverted" if rest.strip().lower() == "on" else "+OK events not diverted"
        if lower.startswith("sendmsg"):
            return self._send_message(command, rest.strip())
        if self.channel is not None and not self.full:
            return "-ERR command not found"
        return self._full_command(command, lower, rest)

    def _full_command(self, command: Command, lower: str, rest: str) -> str | None:
        if lower.startswith("sendevent"):
            return self._send_event_command(command, rest.strip())
        if lower.startswith("api "):
            name, _, argument = rest.partition(" ")
            answer = self.switch.api.answer(name, argument, self) or "-ERR no reply\n"
            content = answer.encode("utf-8", "surrogateescape")
            self.write(b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(content), content))
            return None
        if lower.startswith("bgapi "):
            return self._background(command, rest)
        if lower.startswith("linger"):
            return self._linger(rest)
        if lower.startswith("nolinger"):
            if self.channel is None:
                return "-ERR not controlling a session"
            self.lingering = False
            return "+OK will not linger"
        if lower.startswith("nolog"):
            return "-ERR not loging"
        if lower.startswith("log"):
            return f"+OK log level {rest.strip()} [7]"
        if lower.startswith("event"):
            return self._subscribe(rest)
        if lower.startswith("nixevent"):
            return self._unsubscribe(rest)
        if lower.startswith("noevents"):
            if not self._hearing:
                return "-ERR not listening for events"
            self._hearing = False
            self._names.clear()
            self._subclasses.clear()
            return "+OK no longer listening for events"
        return "-ERR command not found"

    def _last_words(self, reply: str) -> str | None:
        self.write(f"Content-Type: command/reply\nReply-Text: {reply}\n\n".encode())
        self.close()
        return None

    def _sign_in(self, word: str, rest: str) -> str | None:
        if word.lower() == "auth":
            if rest == self.switch.password:
                self._signed_in = True
                return "+OK accepted"
            return self._last_words("-ERR invalid")
        return "-ERR command not found"

    def _filter(self, rest: str) -> str:
        words = rest.split(" ", 2)
        if words[0].lower() == "delete" and len(words) > 1:
            name, value = words[1], words[2] if len(words) > 2 else ""
            if name.lower() == "all":
                self._filters.clear()
            else:
                self._filters = [
                    (key, wanted)
                    for key, wanted in self._filters
                    if key.lower() != name.lower() or (value and wanted != value)
                ]
            return f"+OK filter deleted. [{name}][{value}]"
        if words[0].lower() == "add":
            words = words[1:]
        if len(words) < 2:
            return "-ERR invalid syntax"
        name, value = words[0], " ".join(words[1:])
        self._filters.append((name, value))
        return f"+OK filter added. [{name}]=[{value}]"

    def _connect(self) -> str | None:
        channel = self.channel
        assert channel is not None
        self.connected = True
        told: Headers = [("Content-Type", "command/reply"), ("Reply-Text", "+OK\n")]
        told += [("Socket-Mode", "async" if self.asynchronous else "static")]
        told += [("Control", "full" if self.full else "single-channel")]
        lines = (
            self.switch.bus.core("CHANNEL_DATA")
            + channel.profile.lines("Channel")
            + channel.lines("CHANNEL_DATA")
            + header_lines(told)
        )
        self.write((lines + "\n").encode())
        channel.wake()
        return None

    def _my_events(self, rest: str) -> str:
        assert self.channel is not None
        if self._of_one_call:
            return "-ERR aready enabled."
        self._of_one_call = True
        self._names |= OF_ONE_CALL
        if "json" in rest.lower():
            self._format = "json"
        self._hearing = True
        self.switch.bus.leave(self)
        self.switch.bus.join(self, self.channel.uuid)
        return "+OK Events Enabled"

    def _my_events_of(self, rest: str) -> str:
        name, _, form = rest.strip().partition(" ")
        channel = self.switch.channels.get(name)
        if channel is None:
            return "-ERR invalid uuid"
        self.channel = channel
        if form in _FORMATS:
            self._format = form
        return self._my_events(rest)

    def _send_message(self, command: Command, name: str) -> str:
        name = name or command.get("session-id")
        if not name and self.channel is not None:
            channel: Channel | None = self.channel
        else:
            channel = self.channel if self.channel and name == self.channel.uuid else self.switch.find(name)
        if channel is None:
            return f"-ERR invalid session id [{name}]"
        channel.command(command)
        return "+OK"

    def _send_event_command(self, command: Command, name: str) -> str:
        identity = str(uuid.uuid4())
        subclass = command.get("Event-Subclass")
        self.switch.bus.fire(
            name.upper() if name.upper() in NAMES else "CUSTOM",
            [("Command", command.line), *command.headers, ("Event-UUID", identity)],
            command.body or None,
            subclass=subclass,
        )
        return f"+OK {identity}"

    def _background(self, command: Command, rest: str) -> str | None:
        name, _, argument = rest.partition(" ")
        job = command.get("Job-UUID") or str(uuid.uuid4())
        owner = self.channel.uuid if self.channel is not None else ""
        self.write(f"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n".encode())
        gevent.spawn(self._run_job, name, argument, job, owner)
        return None

    def _run_job(self, name: str, argument: str, job: str, owner: str) -> None:
        answer = self.switch.api.answer(name, argument, self)
        headers: Headers = [("Job-UUID", job)]
        if owner:
            headers.append(("Job-Owner-UUID", owner))
        headers.append(("Job-Command", name))
        if argument:
            headers.append(("Job-Command-Arg", argument))
        self.switch.bus.fire("BACKGROUND_JOB", headers, answer, owner=owner)

    def _linger(self, rest: str) -> str:
        if self.channel is None:
            return "-ERR not controlling a session"
        self.lingering = True
        if rest.strip():
            self.linger_seconds = float(int(rest))
            return f"+OK will linger {int(rest)} seconds"
        self.linger_seconds = None
        return "+OK will linger"

    def _subscribe(self, rest: str) -> str:
        words = rest.split(" ") if rest else []
        known = 0
        custom = False
        for place, word in enumerate(words):
            if place == 0 and word.lower() in _FORMATS:
                self._format = word.lower()
            elif custom:
                self._subclasses.add(word)
            elif word.upper() in NAMES:
                known += 1
                self._names.add(word.upper())
                custom = word.upper() == "CUSTOM"
        if not known:
            return "-ERR no keywords supplied"
        if not self._hearing:
            self._hearing = True
            if not self._of_one_call:
                self.switch.bus.join(self)
        return f"+OK event listener enabled {self._format}"

    def _unsubscribe(self, rest: str) -> str:
        known = 0
        custom = False
        for word in rest.split(" "):
            name = word.upper()
            if custom:
                self._subclasses.discard(word)
            elif name in NAMES:
                known += 1
                if name == "CUSTOM":
                    custom = True
                    continue
                if name == "ALL":
                    self._names.clear()
                elif "ALL" in self._names:
                    self._names = set(NAMES) - {"ALL"}
                self._names.discard(name)
        return "+OK events nixed" if known else "-ERR no keywords supplied"
