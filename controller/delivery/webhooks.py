"""Asks web services on behalf of flows: allowed hosts only, within a time, with retries that a service can recognise.

Where a name leads is judged each time it is asked, and it is asked there: else an allowed host's owner could make Careline
ask the clinic's own machines. Knows nothing of flows but `WebRequest` and `WebAnswer`.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import gevent
import structlog
import urllib3
from gevent.lock import BoundedSemaphore
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from controller.flows.clinic import WebAnswer, WebRequest

MOST_BYTES = 64 * 1024
"""Of an answer: more is not read, and taken for a failure."""
MOST_FIELDS = 200
MOST_DEPTH = 8
AT_ONCE = 100
"""Requests at once in one controller: a service that hangs must not take all sockets."""
PAUSE = 0.25
"""Seconds before the first retry; doubles."""
CONNECT_SECONDS = 3.0
"""For one address, so that the next one gets its turn."""
REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD = frozenset({307, 308})

log = structlog.get_logger(__name__)


class Refused(Exception):
    """An address that flows may not ask; the message is for staff."""


class _OutOfReach(Exception):
    """No connection came about, so nothing was asked: asking again does no harm."""


class _NoAnswer(Exception):
    """Asked, and no answer that can be read; the message says why, without the address: it may hold private values."""


@dataclass(frozen=True)
class _Target:
    """An allowed address. `private`: it may lead to the clinic's own network."""

    url: str
    host: str
    port: int
    https: bool
    path: str
    private: bool

    @property
    def header(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == (443 if self.https else 80) else f"{shown}:{self.port}"

    def addresses(self) -> list[str]:
        """Where the name leads, in order of preference. Raises Refused when none of it is public but must be."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise _OutOfReach("There is no such host.") from error
        addresses = list(dict.fromkeys(str(where[0]) for *_, where in found))
        allowed = [address for address in addresses if self.private or _public(address)]
        if not allowed:
            raise Refused("This name leads to a private address; allow it with its port if that is meant.")
        return allowed


class Webhooks:
    """One per process. `hosts`: those that may be asked, as "host" (its public addresses only) or "host:port" (any)."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._free = BoundedSemaphore(AT_ONCE)

    def may_ask(self, url: str) -> bool:
        """Whether the address is of an allowed host; where its name leads is looked at when it is asked."""
        try:
            self._target(url)
        except Refused:
            return False
        return True

    def send(self, request: WebRequest) -> WebAnswer:
        """Ask; again when the service could not be reached or says that it is broken (5xx). All of it, pauses and
        redirects too, takes at most `request.seconds`. Never raises for what the service or the network does."""
        limit = gevent.Timeout(request.seconds)
        try:
            # The sockets' time-outs are per wait: a service that trickles bytes would stretch them for ever.
            with limit, self._free:
                answer = self._until_answered(request)
        except gevent.Timeout as timeout:
            if timeout is not limit:
                raise
            answer = WebAnswer(0, error=f"No answer within {request.seconds:g} s.")
        except (Refused, _OutOfReach, _NoAnswer) as error:
            answer = WebAnswer(0, error=str(error))
        if answer.status == 0 or answer.status >= 500:
            log.warning("webhook_failed", host=_host(request.url), status=answer.status, error=answer.error)
        return answer

    def _until_answered(self, request: WebRequest) -> WebAnswer:
        target = self._target(request.url)
        for attempt in range(max(0, request.retries) + 1):
            if attempt:
                gevent.sleep(PAUSE * 2 ** (attempt - 1))
            last = attempt == request.retries
            try:
                answer = self._follow(request, target)
            except _OutOfReach:
                if last:
                    raise
                continue
            if answer.status < 500 or last:
                return answer
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, request: WebRequest, target: _Target) -> WebAnswer:
        """One attempt, along redirects as long as they stay with allowed hosts and, once encrypted, encrypted."""
        method, body = request.method, _body(request)
        if method == "GET" and request.body:
            query = urlencode(dict(request.body), errors="replace")
            target = self._target(f"{target.url}{'&' if '?' in target.url else '?'}{query}")
        for _ in range(REDIRECTS + 1):
            status, headers, content = _ask(target, method, body, request)
            location = headers.get("Location")
            if status not in _REDIRECTS or not location:
                return WebAnswer(status, fields(content))
            onward = self._target(urljoin(target.url, location))
            if target.https and not onward.https:
                raise Refused("The service sent us to an address that is not encrypted.")
            if status not in _SAME_METHOD:
                method, body = "GET", None
            target = onward
        raise _NoAnswer("The service sent us round in circles.")

    def _target(self, url: str) -> _Target:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise Refused("This is not a web address.") from error
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise Refused("This is not a web address.")
        if not url.isascii() or any(ord(character) <= 32 for character in url):
            raise Refused("This web address has signs that it must not have.")
        https = parts.scheme == "https"
        port = port or (443 if https else 80)
        by_port = f"{host}:{port}" in self._hosts
        if not by_port and host not in self._hosts:
            raise Refused("This web address is not one that flows may ask (CARELINE_WEBHOOK_HOSTS).")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(url, host, port, https, path, private=by_port or _is_address(host))


def _ask(target: _Target, method: str, body: bytes | None, request: WebRequest) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and content. Raises Refused, _OutOfReach, _NoAnswer."""
    headers = {
        "Accept": "application/json",
        # A compressed answer could grow beyond all bounds while it is read.
        "Accept-Encoding": "identity",
        "User-Agent": "Careline",
        "Host": target.header,
    }
    if body is not None:
        headers["Content-Type"] = "application/json"
    if request.idempotency_key:
        headers["Idempotency-Key"] = request.idempotency_key
    unreached = _OutOfReach("The service could not be reached.")
    for address in target.addresses():
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, request.seconds), read=request.seconds)
        try:
            with _pool(target, address, timeout) as pool:
                response = pool.urlopen(
                    method, target.path, body=body, headers=headers, redirect=False, preload_content=False
                )
                try:
                    content = response.read(MOST_BYTES + 1, decode_content=False)
                finally:
                    response.close()
        except (NewConnectionError, ConnectTimeoutError) as error:
            unreached.__cause__ = error
            continue
        except SSLError as error:
            raise _NoAnswer("The service could not prove who it is (TLS).") from error
        except (HTTPError, OSError) as error:
            raise _NoAnswer("The connection broke off.") from error
        if len(content) > MOST_BYTES:
            raise _NoAnswer(f"The answer was longer than {MOST_BYTES // 1024} kB.")
        return response.status, response.headers, content
    raise unreached


def _pool(target: _Target, address: str, timeout: urllib3.Timeout) -> urllib3.HTTPConnectionPool:
    if not target.https:
        return urllib3.HTTPConnectionPool(address, target.port, timeout=timeout, retries=False)
    return urllib3.HTTPSConnectionPool(
        address,
        target.port,
        timeout=timeout,
        retries=False,
        ssl_context=_tls(),
        server_hostname=target.host,
        assert_hostname=target.host,
    )


@functools.cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates takes long enough to be heard, so it is done once."""
    return ssl.create_default_context()


def _body(request: WebRequest) -> bytes | None:
    if request.method == "GET" or request.body is None:
        return None
    return json.dumps(dict(request.body)).encode()


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return ip.is_global and not ip.is_multicast


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def fields(content: bytes) -> dict[str, str]:
    """The scalars of a JSON object, as text, by name; those inside other objects and lists by the way to them
    ("patient.name", "visits.0.day"). Figures as they were written. Nothing of what is no JSON object."""
    try:
        # Kept as text: 12.50 stays 12.50, and a number of a thousand digits costs nothing.
        found = json.loads(content, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    texts: dict[str, str] = {}
    for name, text in _scalars(found, "", MOST_DEPTH):
        if len(texts) >= MOST_FIELDS:
            break
        texts[name] = text
    return texts


def _scalars(found: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    match found:
        case bool():
            yield name, "true" if found else "false"
        case None:
            yield name, ""
        case str():
            yield name, found
        case dict() | list() if depth:
            inside = found.items() if isinstance(found, dict) else enumerate(found)
            for key, value in inside:
                yield from _scalars(value, f"{name}.{key}" if name else str(key), depth - 1)
