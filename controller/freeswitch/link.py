"""One switch's control socket: staff legs are rung and followed here, and the switch's health is known from here.

It keeps itself connected. greenswitch's InboundESL is underneath. A link that breaks loses its background jobs; whoever waits
for one is told (Disconnected), and asks the switch what became of it once the link is back.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import gevent
import structlog
from gevent import socket
from gevent.event import AsyncResult, Event
from greenswitch.esl import InboundESL

from controller.freeswitch import protocol
from controller.freeswitch.connection import Connection, Disconnected, Inbox, NoReply, Refused, value_of
from controller.freeswitch.protocol import Message

log = structlog.get_logger(__name__)

EVENTS = (
    "HEARTBEAT BACKGROUND_JOB CHANNEL_PARK CHANNEL_HANGUP CHANNEL_BRIDGE CHANNEL_EXECUTE_COMPLETE DTMF "
    "CUSTOM careline::emergency"
)
WHOLE_SWITCH = ("HEARTBEAT", "BACKGROUND_JOB", "CUSTOM")
"""Events that are about no leg of ours; of the others only those of the legs we watch come."""
CONNECT_SECONDS = 5.0
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds between attempts to connect: doubled each time, with chance, so that controllers do not come all at once."""


class PasswordRefused(Exception):
    """The switch does not take the password."""


@dataclass(frozen=True)
class Health:
    """What is known of a switch. Ages in seconds; None: never heard, or not said."""

    name: str
    connected: bool
    heartbeat_age: float | None = None
    sessions: int | None = None
    connections: int = 0
    """How often the link has been made; 1 when it never broke."""
    error: str = ""
    """Why the link is down."""


class Link(Connection, InboundESL):  # type: ignore[misc]
    """The link to one switch. `open` keeps it up until `close_for_good`; commands raise Disconnected while it is down."""

    def __init__(self, host: str, port: int, password: str, timeout: float = CONNECT_SECONDS) -> None:
        Connection.__init__(self)
        self.host, self.port, self.password, self.timeout = host, port, password, timeout
        self.name = f"{host}:{port}"
        self.up = Event()
        """Set while the link is up and subscribed."""
        self._keeping: gevent.Greenlet[..., None] | None = None
        self._watched: Counter[str] = Counter()
        self._jobs: dict[str, AsyncResult[Message]] = {}
        self._ups: list[Callable[[], None]] = []
        self._ended = Event()
        self._making: object = None
        """The greenlet that is signing in: until it has, nobody else may send."""
        self._heartbeat_at: float | None = None
        self._sessions: int | None = None
        self._connections = 0
        self._error = ""

    # -- up and down

    def open(self) -> None:
        """Connect, and connect again whenever the link breaks. Returns at once; `up.wait()` waits."""
        if self._keeping is None:
            self._keeping = gevent.spawn(self._keep)

    def close_for_good(self) -> None:
        """End the link and connect no more."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.kill()
        self.up.clear()
        self.stop()

    def on_up(self, call: Callable[[], None]) -> None:
        """Call `call`, in a greenlet of its own, each time that the link has come up."""
        self._ups.append(call)

    def off_up(self, call: Callable[[], None]) -> None:
        """Undo `on_up`."""
        self._ups.remove(call)

    def connect(self) -> None:
        """Connect once, sign in and subscribe. Raises OSError, Disconnected, NoReply, PasswordRefused."""
        sock = socket.create_connection((self.host, self.port), self.timeout)
        self._reset()
        self._making = gevent.getcurrent()
        self._ended.clear()
        self._auth_request_event.clear()
        self.start(sock)
        try:
            if not self._auth_request_event.wait(self.timeout):
                raise NoReply("the switch does not ask for the password")
            self._raise_if_ended()
            self.authenticate()
            self._subscribe()
        except BaseException:
            self.close()
            raise
        finally:
            self._making = None

    def _raise_if_ended(self) -> None:
        super()._raise_if_ended()
        if self._making is not None and self._making is not gevent.getcurrent():
            raise Disconnected("the link is being made")

    def authenticate(self) -> None:
        """Sign in. Raises PasswordRefused."""
        try:
            self.command(protocol.command(f"auth {self.password}"))
        except Refused as refused:
            raise PasswordRefused(f"{self.name}: {refused}") from None

    def _subscribe(self) -> None:
        commands = [f"filter Event-Name {name}" for name in WHOLE_SWITCH]
        commands += [f"filter Unique-ID {leg}" for leg in self._watched]
        commands.append(f"event plain {EVENTS}")
        for reply in self.request(*map(protocol.command, commands)):
            if not reply.data.startswith("+OK"):
                raise Disconnected(f"not subscribed: {reply.data.strip()}")

    def _keep(self) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                self.connect()
            except (OSError, Disconnected, NoReply, PasswordRefused) as error:
                if str(error) != self._error:
                    log.warning("link_down", switch=self.name, error=str(error) or type(error).__name__)
                self._error = str(error) or type(error).__name__
                gevent.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            wait = FIRST_WAIT
            self._error = ""
            self._connections += 1
            log.info("link_up", switch=self.name, times=self._connections)
            self.up.set()
            for call in list(self._ups):
                gevent.spawn(call)
            self._ended.wait()
            self._error = str(self._why or "")
            log.warning("link_lost", switch=self.name, error=self._error)
            gevent.sleep(FIRST_WAIT * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    def _close(self, why: Exception) -> None:
        self.up.clear()
        super()._close(why)
        jobs = list(self._jobs.values())
        self._jobs.clear()
        for job in jobs:
            job.set_exception(why)
        self._ended.set()

    # -- what comes

    def _noticed(self, name: str, event: Message) -> None:
        if name == "HEARTBEAT":
            self._heartbeat_at = monotonic()
            sessions = event.get("Session-Count")
            self._sessions = int(sessions) if sessions.isdecimal() else None
        elif name == "BACKGROUND_JOB":
            job = self._jobs.pop(event.get("Job-UUID"), None)
            if job is not None:
                job.set(event)

    def health(self) -> Health:
        """What is known of the switch now."""
        age = None if self._heartbeat_at is None else monotonic() - self._heartbeat_at
        return Health(self.name, self.up.is_set(), age, self._sessions, self._connections, self._error)

    # -- legs and jobs

    def background(self, line: str, first: str = "", hear: Sequence[bytes] = ()) -> Job:
        """Run an API command aside; returns when the switch has taken it. Raises Refused, NoReply, Disconnected.

        `first`: an API command that goes before, in the same write: the switch does both, or, if we die, neither. `hear`:
        what `listen` returned, which goes before that.
        """
        name = str(uuid.uuid4())
        done: AsyncResult[Message] = AsyncResult()
        self._jobs[name] = done
        try:
            before = [protocol.api(first)] if first else []
            *_, taken = self.request(*hear, *before, protocol.bgapi(line, name))
            if taken.data.startswith("-ERR"):
                raise Refused(taken.data.strip())
        except BaseException:
            self._jobs.pop(name, None)
            raise
        return Job(self, name, done)

    @contextmanager
    def watching(self, leg: str, inbox: Inbox) -> Iterator[None]:
        """Have a leg's events put into an inbox, also across breaks of the link. Raises Disconnected when it is down."""
        self.watch(leg, inbox.put)
        try:
            yield
        finally:
            self.unwatch(leg, inbox.put)

    def watch(self, leg: str, deliver: Callable[[Message], object]) -> None:
        """Hear a leg's events from now on. Raises Disconnected, NoReply."""
        try:
            self.request(*self.listen(leg, deliver))
        except BaseException:
            self._forget(leg, deliver)
            raise

    def listen(self, leg: str, deliver: Callable[[Message], object]) -> list[bytes]:
        """The same, once the commands returned have been sent (or the link has come up again)."""
        self._watched[leg] += 1
        self.on_leg(leg, deliver)
        return [protocol.command(f"filter Unique-ID {leg}")] if self._watched[leg] == 1 else []

    def unwatch(self, leg: str, deliver: Callable[[Message], object]) -> None:
        """Undo `watch`. Does not wait."""
        self._forget(leg, deliver)
        if leg not in self._watched and self.up.is_set():
            gevent.spawn(self._unfilter, leg)

    def _forget(self, leg: str, deliver: Callable[[Message], object]) -> None:
        self.off_leg(leg, deliver)
        self._watched[leg] -= 1
        if self._watched[leg] <= 0:
            del self._watched[leg]

    def _unfilter(self, leg: str) -> None:
        if leg in self._watched:
            return
        try:
            self.request(protocol.command(f"filter delete Unique-ID {leg}"))
        except (Disconnected, NoReply):
            pass  # a new connection begins without it


class Job:
    """An API command that the switch runs aside."""

    __slots__ = ("_done", "_link", "id")

    def __init__(self, link: Link, id: str, done: AsyncResult[Message]) -> None:
        self._link = link
        self._done = done
        self.id = id

    def tell(self, deliver: Callable[[str | Exception], None]) -> None:
        """Have the answer given to `deliver` (which must not wait) when it is there, or the exception that ended the job."""

        def told(done: AsyncResult[Message]) -> None:
            deliver(done.value.text.strip() if done.value is not None else Disconnected(str(done.exception)))

        self._done.rawlink(told)

    def wait(self, seconds: float | None = None) -> str:
        """What the command said. Raises NoReply, and Disconnected when the link broke: what became of it is not known."""
        try:
            return value_of(self._done, seconds).text.strip()
        except NoReply:
            self._link._jobs.pop(self.id, None)
            raise
