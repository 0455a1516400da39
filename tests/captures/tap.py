"""A recording proxy for event sockets: what one side sends reaches the other unchanged, and is written down."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Connection:
    """One recorded connection: (seconds since it began, "switch" or "controller", bytes) as they passed."""

    began: float
    pieces: list[tuple[float, str, bytes]] = field(default_factory=list)
    ended: str = ""
    """Who closed first."""

    def bytes_from(self, side: str) -> bytes:
        """Everything one side sent."""
        return b"".join(piece for _, who, piece in self.pieces if who == side)


class Tap:
    """Listens on a free port of 127.0.0.1 and passes each connection on to `target` (host:port).

    `connecting`: which side connects to us ("switch" for the outbound socket, "controller" for the inbound one).
    """

    def __init__(self, target: str, connecting: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._sides = (connecting, "controller" if connecting == "switch" else "switch")
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.connections: list[Connection] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            connection = Connection(time.monotonic())
            self.connections.append(connection)
            for sock in (near, far):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass_both, args=(near, far, connection), daemon=True).start()

    def _pass_both(self, near: socket.socket, far: socket.socket, connection: Connection) -> None:
        with near, far:
            back = threading.Thread(target=self._pass, args=(far, near, self._sides[1], connection), daemon=True)
            back.start()
            self._pass(near, far, self._sides[0], connection)
            back.join()

    def _pass(self, source: socket.socket, sink: socket.socket, side: str, connection: Connection) -> None:
        while True:
            try:
                piece = source.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                break
            connection.pieces.append((time.monotonic() - connection.began, side, piece))
            try:
                sink.sendall(piece)
            except OSError:
                break
        connection.ended = connection.ended or side
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


def messages(pieces: list[tuple[float, str, bytes]], side: str) -> list[tuple[float, bytes]]:
    """One side's stream as (seconds, whole message): a head up to an empty line, and the body it announces."""
    found, held = [], b""
    for at, who, piece in pieces:
        if who != side:
            continue
        held += piece
        while True:
            head, mark, rest = held.partition(b"\n\n")
            if not mark:
                break
            length = content_length(head)
            if len(rest) < length:
                break
            found.append((at, head + mark + rest[:length]))
            held = rest[length:]
    if held:
        found.append((pieces[-1][0], held))
    return found


def content_length(head: bytes) -> int:
    """The length of the body that a head announces; 0 for none."""
    for line in head.split(b"\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def save(connection: Connection, path: Path, scrub: dict[bytes, bytes]) -> None:
    """Write a connection as JSON lines, with the machine's own names replaced and lengths made true again."""
    lines = []
    for side in ("switch", "controller"):
        for at, message in messages(connection.pieces, side):
            lines.append((at, side, _scrubbed(message, scrub)))
    lines.sort(key=lambda line: line[0])
    with path.open("w") as file:
        for at, side, message in lines:
            record = {"at": round(at, 4), "from": side, "bytes": message.decode("latin-1")}
            file.write(json.dumps(record) + "\n")


def _scrubbed(message: bytes, scrub: dict[bytes, bytes]) -> bytes:
    head, mark, body = message.partition(b"\n\n")
    for old, new in scrub.items():
        head, body = head.replace(old, new), body.replace(old, new)
    if body:
        lines = head.split(b"\n")
        for place, line in enumerate(lines):
            name, _, _ = line.partition(b":")
            if name.strip().lower() == b"content-length":
                lines[place] = name + b": " + str(len(body)).encode()
        head = b"\n".join(lines)
    return head + mark + body
