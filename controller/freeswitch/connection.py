"""One event socket, whichever side opened it: what session.py and link.py share. Knows no calls and no flows.

It stands in for greenswitch's ESLProtocol where that one waits for ever, guesses, or dies quietly (tests/wire/test_contracts.py
has each case). One greenlet reads; it matches replies and completions itself and never waits for anything else.
"""

from __future__ import annotations

import os
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, ClassVar

import gevent
import structlog
from gevent import socket
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from gevent.queue import Empty, SimpleQueue
from greenswitch.esl import ESLProtocol, NotConnectedError

from controller.calls.call import CallerGone, HandedOn
from controller.freeswitch import protocol
from controller.freeswitch.protocol import Message, ProtocolError, Reader

log = structlog.get_logger(__name__)

REPLY_SECONDS = 5.0
"""How long a command's reply may take. The switch replies at once; `api` commands may take a little."""
_CHUNK = 1 << 16

Deliver = Callable[[Message], object]
"""Takes an event at once. It runs in the reading greenlet: it may put things away and wake others, never wait."""


class Disconnected(NotConnectedError):  # type: ignore[misc]
    """The connection is closed, by either side or by the network."""


class NoReply(Exception):
    """The switch did not reply, or did not complete, within the time given."""


class Refused(Exception):
    """The switch replied -ERR; the message is its reply."""


class Inbox:
    """Events put aside in order for one greenlet that waits for them. An exception put in is raised, again and again."""

    __slots__ = ("_ended", "_queue")

    def __init__(self) -> None:
        self._queue: SimpleQueue[Message | BaseException | Any] = SimpleQueue()
        self._ended: BaseException | None = None

    def put(self, item: Any) -> None:
        """Put in an event, or whatever else the waiting greenlet is to be told; an exception ends the inbox."""
        self._queue.put(item)

    def get(self, seconds: float | None = None) -> Any:
        """The next item; None when nothing came within so many seconds. Raises what was put in as an exception."""
        if self._ended is not None:
            raise self._ended
        try:
            item = self._queue.get(timeout=seconds) if seconds is None or seconds > 0 else self._queue.get(block=False)
        except Empty:
            return None
        if isinstance(item, BaseException):
            self._ended = item
            raise item
        return item


class _Mailbox:
    """A handler that may wait: it gets its events in order, in a greenlet of its own that lives while there are any."""

    __slots__ = ("_events", "_running", "handler")

    def __init__(self, handler: Callable[[Message], object]) -> None:
        self.handler = handler
        self._events: deque[Message] = deque()
        self._running = False

    def put(self, event: Message) -> None:
        self._events.append(event)
        if not self._running:
            self._running = True
            gevent.spawn(self._work)

    def _work(self) -> None:
        try:
            while self._events:
                event = self._events.popleft()
                try:
                    self.handler(event)
                except Exception:
                    # Not the event itself: its headers are callers' numbers and names.
                    log.exception("handler_failed", handler=getattr(self.handler, "__name__", "?"), what=event.name)
        finally:
            self._running = False


class Connection(ESLProtocol):  # type: ignore[misc]
    """An event socket. `start` it with a connected socket; it ends once, for one reason, and that wakes whoever waits."""

    round_trips: ClassVar[deque[float]] = deque(maxlen=1000)
    """Seconds that the newest commands of this process took until they were replied to, on whatever connection."""

    def __init__(self) -> None:
        # By name: what lies between in a subclass opens sockets of its own.
        ESLProtocol.__init__(self)
        self.sock: socket.socket | None = None
        self.reply_seconds = REPLY_SECONDS
        self._reset()
        self._by_name: dict[str, list[Deliver]] = {}
        self._by_leg: dict[str, list[Deliver]] = {}
        self._mailboxes: dict[tuple[str, Callable[[Message], object]], _Mailbox] = {}

    def _reset(self) -> None:
        self._replies: deque[AsyncResult[Message]] = deque()
        self._completions: dict[str, AsyncResult[Message]] = {}
        self._lasting: dict[str, AsyncResult[Message]] = {}
        """Completions that still come after a hang-up."""
        self._inboxes: list[Inbox] = []
        self._writing = BoundedSemaphore()
        self._why: Exception | None = None
        self._reading: gevent.Greenlet[..., None] | None = None

    def start(self, sock: socket.socket) -> None:
        """Begin to read from a connected socket."""
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.connected = True
        self._run = True
        self._reading = gevent.spawn(self.receive_events)

    # -- sending

    def post(self, *commands: bytes, seconds: float | None = None) -> list[AsyncResult[Message]]:
        """Write commands in one piece; their replies to be. Returns when they are written. Raises why the connection ended."""
        with self._writing:
            self._raise_if_ended()
            assert self.sock is not None
            replies: list[AsyncResult[Message]] = [AsyncResult() for _ in commands]
            self._replies.extend(replies)
            try:
                self._write(b"".join(commands), seconds)
            except OSError as error:
                self._close(self._lost(str(error)))
            except gevent.Timeout:
                # Half a command may be out there: nothing behind it would be understood.
                self._close(self._lost("the switch does not read"))
                raise
        self._raise_if_ended()
        return replies

    def _write(self, data: bytes, seconds: float | None) -> None:
        assert self.sock is not None
        try:
            # Nearly always the kernel takes it all at once: neither a timer nor a wait then.
            sent = os.write(self.sock.fileno(), data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            with gevent.Timeout(seconds, OSError("the switch does not read")):
                self.sock.sendall(data[sent:])

    def request(self, *commands: bytes, seconds: float | None = None) -> list[Message]:
        """Send commands in one piece and wait for every reply. Raises NoReply, or why the connection ended."""
        seconds = self.reply_seconds if seconds is None else seconds
        timer = gevent.Timeout.start_new(seconds)
        began = monotonic()
        try:
            replies = [value_of(reply) for reply in self.post(*commands)]
            self.round_trips.append(monotonic() - began)
            return replies
        except gevent.Timeout as timeout:
            if timeout is not timer:
                raise
            # A reply that still comes finds its place in the row taken, so that later ones are not mistaken for it.
            raise NoReply(f"no reply within {seconds} s") from None
        finally:
            timer.close()

    def command(self, command: bytes, seconds: float | None = None) -> Message:
        """Send one command; its reply. Raises Refused for -ERR, NoReply, or why the connection ended."""
        (reply,) = self.request(command, seconds=seconds)
        if reply.kind == "command/reply" and reply.data.startswith("-ERR"):
            self._raise_if_ended()
            raise Refused(reply.data.strip())
        return reply

    def send(self, data: str) -> Message:
        """One command of one line (greenswitch's way). Raises protocol.CommandRefused for a line break in it."""
        return self.request(protocol.command(data))[0]

    def api(self, line: str, seconds: float | None = None) -> str:
        """Run an API command; what it says, which may be "-ERR ...". Raises NoReply, or why the connection ended."""
        return self.command(protocol.api(line), seconds).text.strip()

    def execute(
        self,
        application: str,
        argument: str = "",
        *,
        leg: str = "",
        lock: bool = False,
        loops: int | None = None,
        lasting: bool = False,
    ) -> Execution:
        """Begin an application; returns when the command is written. Raises why the connection ended.

        Should the switch refuse it, `wait` says so; `taken` waits for the switch's word alone. `lasting`: its completion is
        still waited for after a hang-up, and only the end of the connection ends the wait.
        """
        name = str(uuid.uuid4())
        done: AsyncResult[Message] = AsyncResult()
        (self._lasting if lasting else self._completions)[name] = done
        try:
            (reply,) = self.post(
                protocol.execute(application, argument, id=name, leg=leg, lock=lock, loops=loops),
                seconds=self.reply_seconds,
            )
        except BaseException:
            self._completions.pop(name, None)
            self._lasting.pop(name, None)
            raise
        execution = Execution(self, name, application, reply, done)
        reply.rawlink(execution.refused)
        return execution

    # -- events

    def on(self, name: str, deliver: Deliver) -> None:
        """Have events of a name (of CUSTOM: the subclass; "*": all) put away by `deliver`, which must not wait."""
        self._by_name.setdefault(name, []).append(deliver)

    def off(self, name: str, deliver: Deliver) -> None:
        """Undo `on`; nothing when it was not on."""
        _remove(self._by_name, name, deliver)

    def on_leg(self, leg: str, deliver: Deliver) -> None:
        """Have the events of one leg (its UUID) put away by `deliver`, which must not wait."""
        self._by_leg.setdefault(leg, []).append(deliver)

    def off_leg(self, leg: str, deliver: Deliver) -> None:
        """Undo `on_leg`; nothing when it was not on."""
        _remove(self._by_leg, leg, deliver)

    def attach(self, inbox: Inbox) -> None:
        """Tell an inbox when the connection (or the call on it) ends."""
        if self._why is not None:
            inbox.put(self._why)
        else:
            self._inboxes.append(inbox)

    def detach(self, inbox: Inbox) -> None:
        """Undo `attach`."""
        if inbox in self._inboxes:
            self._inboxes.remove(inbox)

    def register_handle(self, name: str, handler: Callable[[Message], object]) -> None:
        """Call `handler` with each event of a name, in order; it may wait without holding up anybody else."""
        if (name, handler) not in self._mailboxes:
            mailbox = self._mailboxes[name, handler] = _Mailbox(handler)
            self.on(name, mailbox.put)

    def unregister_handle(self, name: str, handler: Callable[[Message], object]) -> None:
        """Undo `register_handle`. Raises ValueError when it was not registered."""
        mailbox = self._mailboxes.pop((name, handler), None)
        if mailbox is None:
            raise ValueError(f"no such handler for {name}")
        self.off(name, mailbox.put)

    # -- reading

    def receive_events(self) -> None:
        """The reading greenlet: ends with the connection."""
        sock, reader = self.sock, Reader()
        assert sock is not None
        why = "the switch closed the connection"
        turns = 0
        try:
            while data := sock.recv(_CHUNK):
                for message in reader.feed(data):
                    self.handle_event(message)
                turns += 1
                if turns % 16 == 0:
                    gevent.sleep(0)  # a peer that always has more must not keep everybody else from running
        except OSError as error:
            why = str(error)
        except ProtocolError as error:
            why = f"not the event socket's protocol: {type(error).__name__}: {error}"
            log.error("protocol_error", error=str(error))
        except Exception:
            why = "a message could not be handled"
            log.exception("reading_failed")
        finally:
            self._close(self._lost(why))

    def handle_event(self, event: Message) -> None:
        """Put a message where it belongs. Never waits."""
        kind = event.kind
        if kind in _EVENT_KINDS:
            self._take_event(event)
        elif kind in ("command/reply", "api/response"):
            if self._replies:
                self._replies.popleft().set(event)
            else:
                log.warning("unasked_reply")
        elif kind == "auth/request":
            self._auth_request_event.set()
        elif kind == "text/disconnect-notice":
            self._take_notice(event)
        elif kind == "text/rude-rejection":
            self._close(self._lost("the switch does not let this address in"))
        else:
            log.debug("message_ignored", kind=kind[:60])

    def _take_event(self, event: Message) -> None:
        headers = event.headers
        name = headers.get("Event-Name", "")
        if name == "CHANNEL_EXECUTE_COMPLETE":
            execution = headers.get("Application-UUID", "")
            done = self._completions.pop(execution, None) or self._lasting.pop(execution, None)
            if done is not None:
                done.set(event)
        self._noticed(name, event)
        if self._by_leg:
            _deliver(self._by_leg.get(headers.get("Unique-ID", "")), event)
        if self._by_name:
            _deliver(self._by_name.get(event.name if name == "CUSTOM" else name), event)
            _deliver(self._by_name.get("*"), event)

    def _noticed(self, name: str, event: Message) -> None:
        """For subclasses: an event has come."""

    def _take_notice(self, event: Message) -> None:
        """A disconnect notice: the end of the connection follows by itself."""
        _deliver(self._by_name.get("DISCONNECT"), event)

    # -- the end

    def _lost(self, why: str) -> Exception:
        """What is raised for a connection that ended for that reason."""
        return Disconnected(why)

    def _raise_if_ended(self) -> None:
        if self._why is not None:
            raise self._why
        if not self.connected:
            raise Disconnected("not connected")

    @property
    def why_ended(self) -> Exception | None:
        """Why the call or the connection ended; None while it has not."""
        return self._why

    def _wake(self, why: Exception) -> None:
        """Wake everybody who waits, the one time that it ends: commands, completions, inboxes."""
        if self._why is not None:
            return
        self._why = why
        replies, completions, inboxes = list(self._replies), list(self._completions.values()), self._inboxes
        self._replies.clear()
        self._completions.clear()
        self._inboxes = []
        _fail(replies, why)
        _fail(completions, why)
        for inbox in inboxes:
            inbox.put(why)

    def _close(self, why: Exception) -> None:
        self.connected = False
        self._run = False
        self._wake(why)
        lasting = list(self._lasting.values())
        self._lasting.clear()
        _fail(lasting, why)
        self._auth_request_event.set()
        sock, self.sock = self.sock, None
        if sock is not None:
            try:
                # The reading greenlet may be waiting on it: shut down first, so that it sees the end.
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other side was first
            sock.close()

    def close(self) -> None:
        """Close at once."""
        self._close(self._lost("closed by us"))
        if self._reading is not None and self._reading is not gevent.getcurrent():
            self._reading.join(1.0)

    def stop(self) -> None:
        """Say good-bye and close; takes as long as a reply may at most."""
        if self.connected and self._why is None:
            try:
                self.request(protocol.command("exit"), seconds=min(1.0, self.reply_seconds))
            except (NoReply, NotConnectedError, CallerGone, HandedOn) as error:
                log.debug("no_good_bye", error=type(error).__name__)
        self.close()


class Execution:
    """An application that the switch has been told to run."""

    __slots__ = ("_connection", "_done", "_reply", "application", "id")

    def __init__(
        self,
        connection: Connection,
        id: str,
        application: str,
        reply: AsyncResult[Message],
        done: AsyncResult[Message],
    ) -> None:
        self._connection = connection
        self._reply = reply
        self._done = done
        self.id = id
        self.application = application

    def refused(self, reply: AsyncResult[Message]) -> None:
        """Told of the switch's reply: a refusal ends the wait for a completion that cannot come."""
        if reply.value is not None and reply.value.data.startswith("-ERR") and not self._done.ready():
            self.forget()
            why = self._connection.why_ended
            self._done.set_exception(why or Refused(reply.value.data.strip()))

    def taken(self) -> Execution:
        """Wait until the switch has taken the command. Raises Refused, NoReply, or why the call or the connection ended."""
        reply = value_of(self._reply, self._connection.reply_seconds, "no reply")
        if reply.data.startswith("-ERR"):
            raise self._connection.why_ended or Refused(reply.data.strip())
        return self

    def wait(self, seconds: float | None = None) -> Message:
        """Its completion event. Raises Refused, NoReply after so many seconds, or why the call or the connection ended."""
        try:
            return value_of(self._done, seconds, f"{self.application} did not complete")
        except NoReply:
            self.forget()
            raise

    def tell(self, inbox: Inbox) -> None:
        """Have the completion event put into an inbox instead of waiting for it here."""
        self._done.rawlink(lambda done: inbox.put(done.value) if done.successful() else None)

    @property
    def completed(self) -> bool:
        """Whether it has ended."""
        return bool(self._done.ready())

    def forget(self) -> None:
        """Wait for its completion no more."""
        self._connection._completions.pop(self.id, None)
        self._connection._lasting.pop(self.id, None)


_EVENT_KINDS = ("text/event-plain", "text/event-json")


def value_of(result: AsyncResult[Message], seconds: float | None = None, what: str = "no answer") -> Message:
    """A result, waited for. Raises NoReply after so many seconds; never a gevent.Timeout of its own."""
    if seconds is None or result.ready():
        value = result.get()
        assert value is not None
        return value
    timer = gevent.Timeout.start_new(seconds)
    try:
        value = result.get()
    except gevent.Timeout as timeout:
        if timeout is not timer:
            raise
        raise NoReply(f"{what} within {seconds} s") from None
    finally:
        timer.close()
    assert value is not None
    return value


def _deliver(those: list[Deliver] | None, event: Message) -> None:
    if those:
        for deliver in tuple(those):
            deliver(event)


def _fail(waiting: Iterable[AsyncResult[Message]], why: Exception) -> None:
    for result in waiting:
        result.set_exception(why)


def _remove(those: dict[str, list[Deliver]], key: str, deliver: Deliver) -> None:
    kept = those.get(key)
    if kept is not None and deliver in kept:
        kept.remove(deliver)
        if not kept:
            del those[key]
