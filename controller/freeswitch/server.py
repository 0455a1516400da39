"""Takes the connections that the switch opens for its calls: who may, how many, and in what time.

Full or draining, the listening socket is closed: the switch then tries the next controller at once, where a refusal after
accepting would cost the caller seconds.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from time import monotonic

import gevent
import structlog
from gevent import socket
from gevent.event import Event
from gevent.server import StreamServer

from controller.calls.call import CallerGone, HandedOn
from controller.freeswitch.connection import NoReply
from controller.freeswitch.session import Session

log = structlog.get_logger(__name__)

FIRST_DATA_SECONDS = 3.0
"""How long a peer may take to send the channel's data."""
LOOPBACK = ("127.0.0.0/8", "::1/128")
_BACKLOG = 512


class AddressTaken(Exception):
    """The address to listen on is in use, or not this machine's."""


@dataclass
class Counts:
    """What a server has done so far; `open` is the calls it has now."""

    accepted: int = 0
    served: int = 0
    open: int = 0
    most_open: int = 0
    refused_network: int = 0
    refused_secret: int = 0
    no_data: int = 0
    failed: int = 0
    times_full: int = 0
    last_seconds_to_data: float | None = None
    """From accepting the newest call to having its data."""


@dataclass(frozen=True)
class Rules:
    """Who may connect. `secret` is the path in `socket host:port/SECRET`; None lets every allowed address in."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    secret: str | None
    capacity: int = 1000
    first_data_seconds: float = FIRST_DATA_SECONDS

    def allows(self, address: str) -> bool:
        """Whether an address is in one of the networks."""
        try:
            found = ip_address(address.split("%")[0])
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self.networks)

    def knows(self, session: Session) -> bool:
        """Whether the peer brought the secret."""
        if self.secret is None:
            return True
        assert session.session_data is not None
        brought = session.session_data.get("variable_socket_path", "")
        return hmac.compare_digest(brought.encode(), self.secret.encode())


class Server:
    """Listens for the switch's calls and runs `handle` for each, in a greenlet of its own, once its data are there."""

    def __init__(self, address: tuple[str, int], handle: Callable[[Session], None], rules: Rules) -> None:
        self._address = address
        self._handle = handle
        self._rules = rules
        self._server: StreamServer | None = None
        self.counts = Counts()
        self._draining = False
        self._empty = Event()
        self._empty.set()
        self._sessions: set[Session] = set()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; the port is known once it has listened."""
        return self._address

    @property
    def listening(self) -> bool:
        """Whether new calls are taken now."""
        return self._server is not None

    @property
    def draining(self) -> bool:
        """Whether it takes no more calls for good."""
        return self._draining

    def start(self) -> None:
        """Listen. Raises AddressTaken."""
        self._draining = False
        self._listen()

    def drain(self, seconds: float | None = None) -> bool:
        """Take no more calls, and wait until those here are over, or that long; whether none is left."""
        self._draining = True
        self._close_listener()
        return bool(self._empty.wait(seconds))

    def stop(self) -> None:
        """Take no more calls, and let go of those here: the switch takes them to the next controller."""
        self._draining = True
        self._close_listener()
        for session in list(self._sessions):
            session.hand_on()
        self._empty.wait(5.0)

    def _listen(self) -> None:
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            raise AddressTaken(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        self._address = (host, listener.getsockname()[1])
        self._server = StreamServer(listener, self._accepted)
        self._server.start()

    def _close_listener(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            # close, not stop: stop would end the calls with it.
            server.close()

    def _reopen(self) -> None:
        if self._server is None and not self._draining and self.counts.open < self._rules.capacity:
            try:
                self._listen()
            except AddressTaken as error:
                log.error("cannot_listen_again", error=str(error))
                gevent.spawn_later(1.0, self._reopen)

    def _accepted(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        counts, rules = self.counts, self._rules
        counts.accepted += 1
        if not rules.allows(str(peer[0])):
            counts.refused_network += 1
            log.warning("refused_network", peer=peer[0])
            sock.close()
            return
        counts.open += 1
        counts.most_open = max(counts.most_open, counts.open)
        self._empty.clear()
        if counts.open >= rules.capacity:
            counts.times_full += 1
            self._close_listener()
        session: Session | None = None
        try:
            began = monotonic()
            session = Session(peer, sock)
            self._sessions.add(session)
            self._serve(session, began)
        finally:
            if session is not None:
                self._sessions.discard(session)
                session.close()
            counts.open -= 1
            if counts.open == 0:
                self._empty.set()
            self._reopen()

    def _serve(self, session: Session, began: float) -> None:
        counts, rules = self.counts, self._rules
        try:
            session.connect(rules.first_data_seconds)
        except (NoReply, CallerGone, HandedOn) as error:
            counts.no_data += 1
            log.warning("no_data", peer=session.address[0], error=type(error).__name__)
            return
        counts.last_seconds_to_data = monotonic() - began
        if not rules.knows(session):
            counts.refused_secret += 1
            log.warning("refused_secret", peer=session.address[0])
            return
        counts.served += 1
        try:
            self._handle(session)
        except (CallerGone, HandedOn) as ended:
            log.debug("call_over", how=type(ended).__name__)
        except Exception:
            counts.failed += 1
            log.exception("call_failed", call=session.uuid)


def networks(written: Iterable[str] = LOOPBACK) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks in CIDR notation. Raises ValueError."""
    return tuple(IPv4Network(one) if ":" not in one else IPv6Network(one) for one in written)
