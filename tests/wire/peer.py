"""The switch's side of an event socket, played by a test over real TCP, byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import gevent
from gevent import socket


class Peer:
    """One connection, as the switch holds it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.got = bytearray()

    def write(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.sock.sendall(piece)

    def read_until(self, end: bytes, seconds: float = 5.0) -> bytes:
        """What came up to and with `end`."""
        with within(seconds):
            while end not in self.got:
                data = self.sock.recv(65536)
                assert data, f"closed; there was {bytes(self.got)!r}"
                self.got += data
        cut = self.got.index(end) + len(end)
        found = bytes(self.got[:cut])
        del self.got[:cut]
        return found

    def command(self, seconds: float = 5.0) -> tuple[bytes, dict[str, str], bytes]:
        """The next command: its line, its headers, its body."""
        lines = self.read_until(b"\n\n", seconds)[:-2].split(b"\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        length = int(headers.get("content-length", "0"))
        with within(seconds):
            while len(self.got) < length:
                data = self.sock.recv(65536)
                assert data, "closed in a body"
                self.got += data
        body = bytes(self.got[:length])
        del self.got[:length]
        return lines[0], headers, body

    def answer(self, reply: bytes = b"+OK") -> tuple[bytes, dict[str, str], bytes]:
        """Read a command and reply to it."""
        command = self.command()
        self.write(api_response(reply) if command[0].startswith(b"api ") else command_reply(reply))
        return command

    def closed(self, seconds: float = 5.0) -> bool:
        """Whether the other side closes within that time."""
        with within(seconds):
            try:
                while self.sock.recv(65536):
                    pass
            except OSError:
                pass
        return True

    def close(self) -> None:
        self.sock.close()


def command_reply(text: bytes = b"+OK", **headers: str) -> bytes:
    more = b"".join(f"{name}: {value}\n".encode() for name, value in headers.items())
    return b"Content-Type: command/reply\nReply-Text: " + text + b"\n" + more + b"\n"


def api_response(text: bytes) -> bytes:
    return b"Content-Type: api/response\nContent-Length: %d\n\n" % len(text) + text


def event(name: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """An event as the switch writes it: values percent-encoded, its own body behind its own headers."""
    lines = [f"Event-Name: {quote(name)}"] + [f"{key}: {quote(value)}" for key, value in (headers or {}).items()]
    inner = "\n".join(lines).encode() + b"\n"
    if body:
        inner += b"Content-Length: %d\n\n" % len(body) + body
    else:
        inner += b"\n"
    return framed(inner)


def framed(inner: bytes, kind: str = "text/event-plain") -> bytes:
    return f"Content-Length: {len(inner)}\nContent-Type: {kind}\n\n".encode() + inner


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when what is done takes longer."""
    timer = gevent.Timeout.start_new(seconds)
    try:
        yield
    except gevent.Timeout as timeout:
        if timeout is not timer:
            raise
        raise AssertionError(f"not within {seconds} s") from None
    finally:
        timer.close()


@contextmanager
def pair() -> Iterator[tuple[Peer, socket.socket]]:
    """A TCP connection: the switch's side, and the socket of ours."""
    with listening() as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
        try:
            yield Peer(theirs), ours
        finally:
            theirs.close()
            ours.close()


@contextmanager
def listening() -> Iterator[socket.socket]:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    try:
        yield listener
    finally:
        listener.close()
