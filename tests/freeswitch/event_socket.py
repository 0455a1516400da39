"""A plain event-socket client for tests: blocking, on threads, with nothing of Careline in it.

It is written apart from `controller.freeswitch` on purpose: what both understand in the same way is likely to be true.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from urllib.parse import unquote

Headers = dict[str, str]


class Gone(Exception):
    """The other side closed the connection, or did not answer in time."""


class Connection:
    """One event socket, either way round. A thread reads; `command` waits for its reply, `wait_for` for an event."""

    def __init__(self, sock: socket.socket, timeout: float = 5.0) -> None:
        sock.settimeout(None)
        self._sock = sock
        self._timeout = timeout
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._replies: list[tuple[Headers, str]] = []
        self._seen = 0
        self.events: list[Headers] = []
        """Every event so far, oldest first; an event's body is its header `_body`."""
        self.closed = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def command(self, line: str, body: str = "") -> tuple[Headers, str]:
        """Send a command as it stands; its reply's headers and body. Raises Gone."""
        text = line.rstrip("\n") + "\n"
        if body:
            text += f"content-length: {len(body.encode())}\n\n{body}"
        else:
            text += "\n"
        with self._writing:
            self._sock.sendall(text.encode())
            with self._changed:
                if not self._changed.wait_for(lambda: self._replies or self.closed, self._timeout) or not self._replies:
                    raise Gone(f"no reply to {line!r}")
                return self._replies.pop(0)

    def api(self, line: str) -> str:
        """Run an API command; what it says."""
        return self.command(f"api {line}")[1].strip()

    def execute(self, application: str, argument: str = "", *, wait: float | None = 10.0, uuid: str = "") -> Headers:
        """Run an application; its CHANNEL_EXECUTE_COMPLETE, or {} at once when `wait` is None."""
        name = f"{id(self)}-{time.monotonic_ns()}"
        lines = [f"sendmsg {uuid}".rstrip(), "call-command: execute", f"execute-app-name: {application}"]
        lines += [f"Event-UUID: {name}", "content-type: text/plain"]
        if argument:
            self.command("\n".join(lines), argument)
        else:
            self.command("\n".join(lines[:-1]))
        if wait is None:
            return {}
        return self.wait_for("CHANNEL_EXECUTE_COMPLETE", timeout=wait, **{"Application-UUID": name})

    def wait_for(
        self, name: str, *, timeout: float = 5.0, where: Callable[[Headers], bool] | None = None, **headers: str
    ) -> Headers:
        """The first event of that name with these headers, among those here already too. Raises Gone."""

        def fits(event: Headers) -> bool:
            return (
                event.get("Event-Name") == name
                and all(event.get(key) == value for key, value in headers.items())
                and (where is None or where(event))
            )

        def find() -> Headers | None:
            return next((event for event in self.events if fits(event)), None)

        with self._changed:
            self._changed.wait_for(lambda: find() or self.closed, timeout)
            found = find()
            if found is None:
                state = "closed" if self.closed else f"not within {timeout} s"
                raise Gone(f"{name} {headers}: {state}; there were {[e.get('Event-Name') for e in self.events]}")
            return found

    def wait_closed(self, timeout: float = 5.0) -> bool:
        """Whether the other side closes within that time (seconds)."""
        with self._changed:
            return self._changed.wait_for(lambda: self.closed, timeout)

    def close(self) -> None:
        """Close at once, as the kernel does for a process that was killed."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._reader.join(2)

    def _read(self) -> None:
        file = self._sock.makefile("rb")
        try:
            while headers := _headers(file.readline):
                length = int(headers.get("Content-Length", "0"))
                body = file.read(length).decode(errors="replace") if length else ""
                self._take(headers, body)
        except (OSError, ValueError):
            pass  # closed under our hands, by either side
        finally:
            file.close()
            with self._changed:
                self.closed = True
                self._changed.notify_all()

    def _take(self, headers: Headers, body: str) -> None:
        kind = headers.get("Content-Type", "")
        with self._changed:
            if kind == "text/event-plain":
                lines = iter(body.encode().splitlines(keepends=True))
                event = _headers(lambda: next(lines, b""))
                event["_body"] = b"".join(lines).decode()
                self.events.append(event)
            elif kind in ("command/reply", "api/response", "auth/request"):
                self._replies.append((headers, body))
            else:
                self.events.append({**headers, "Event-Name": kind, "_body": body})
            self._changed.notify_all()


def _headers(readline: Callable[[], bytes]) -> Headers:
    """Header lines up to an empty one, values decoded; {} at the end."""
    headers: Headers = {}
    while (line := readline()) not in (b"", b"\n"):
        name, _, value = line.decode(errors="replace").rstrip("\n").partition(": ")
        headers[name] = unquote(value)
    return headers


def connect(host: str, port: int, password: str, timeout: float = 5.0) -> Connection:
    """Sign in to a switch's event socket. Raises OSError, Gone, PermissionError."""
    connection = Connection(socket.create_connection((host, port), timeout), timeout)
    with connection._changed:
        if not connection._changed.wait_for(lambda: connection._replies or connection.closed, timeout):
            raise Gone("no greeting")
        if not connection._replies:
            raise PermissionError("not let in: our address is not in the list")
        connection._replies.pop(0)
    reply, _ = connection.command(f"auth {password}")
    if not reply.get("Reply-Text", "").startswith("+OK"):
        connection.close()
        raise PermissionError(reply.get("Reply-Text", ""))
    return connection


class ControlledCall(Connection):
    """A call that the switch handed to a stand-in controller: `data` is the channel's, as `connect` answered."""

    data: Headers

    @property
    def uuid(self) -> str:
        return self.data["Unique-ID"]


class StandInController:
    """Takes the calls of a switch as a controller would, and does what a test tells it. Not a controller: no flow."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._listening = socket.create_server((host, 0))
        self.address = f"{host}:{self._listening.getsockname()[1]}"
        self._arrived = threading.Condition()
        self._calls: list[ControlledCall] = []
        self.all_calls: list[ControlledCall] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def next_call(self, timeout: float = 5.0, *, take: bool = True) -> ControlledCall:
        """The next call that arrives: its data read, its events on; marked as taken unless told otherwise. Raises Gone."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: self._calls, timeout):
                raise Gone(f"no call within {timeout} s")
            call = self._calls.pop(0)
        call.data = call.command("connect")[0]
        call.command("myevents")
        call.command("linger 5")
        if take:
            call.command(f"api uuid_setvar {call.uuid} careline_taken 1")
        return call

    def die(self) -> None:
        """Stop listening and break every connection, as a killed process does."""
        self.stop_listening()
        for call in self.all_calls:
            call.close()

    def stop_listening(self) -> None:
        """Take no more calls; those here stay."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(2)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return  # stop_listening
            call = ControlledCall(sock)
            with self._arrived:
                self._calls.append(call)
                self.all_calls.append(call)
                self._arrived.notify_all()
