"""Bytes of the event socket, both ways: commands in, events and replies out. Pure; knows no call and no socket."""

from __future__ import annotations

import json
from collections.abc import Iterator

_PLAIN = {
    code: (chr(code) if 32 <= code <= 126 and chr(code) not in '\r\n #%&+:;<=>?@[\\]^`{|}"' else f"%{code:02X}")
    for code in range(256)
}
_HEX = "0123456789ABCDEF"
Headers = list[tuple[str, str]]


def encode(value: str) -> str:
    """A header's value as the switch writes it: what already looks like %XX is left alone."""
    if value.isalnum() and value.isascii():
        return value
    if "%" not in value:
        return "".join([_PLAIN[code] for code in value.encode("utf-8", "surrogateescape")])
    raw = value.encode("utf-8", "surrogateescape").decode("latin-1")
    out = []
    for place, char in enumerate(raw):
        escaped = char == "%" and len(raw) - place > 2 and raw[place + 1] in _HEX and raw[place + 2] in _HEX
        out.append("%" if escaped else _PLAIN[ord(char)])
    return "".join(out)


def header_lines(headers: Headers) -> str:
    """`Name: value` lines, values encoded."""
    return "".join([f"{name}: {encode(value)}\n" for name, value in headers])


def plain_event(lines: str, body: str | None) -> bytes:
    """A `text/event-plain` message around header lines that are encoded already."""
    text = lines + "\n" if body is None else f"{lines}Content-Length: {len(body.encode())}\n\n{body}"
    content = text.encode()
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n%b" % (len(content), content)


def json_event(headers: Headers, body: str | None) -> bytes:
    """A `text/event-json` message."""
    fields = dict(headers)
    if body is not None:
        fields |= {"Content-Length": str(len(body.encode())), "_body": body}
    content = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    return b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(content), content)


class Command:
    """One command as it came: its first line, its headers (looked up in any case; the first one wins), its body."""

    __slots__ = ("body", "headers", "line")

    def __init__(self, line: str, headers: Headers, body: str) -> None:
        self.line = line
        self.headers = headers
        self.body = body

    def get(self, name: str, default: str = "") -> str:
        """A header's value."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)


class CommandReader:
    """Takes bytes in any pieces, gives whole commands."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, piece: bytes) -> Iterator[Command]:
        """Every command that is whole now."""
        self._held += piece
        while True:
            held = self._held.lstrip(b"\r\n")
            if b"\r" in held:
                head, mark, _ = held.replace(b"\r\n", b"\n").partition(b"\n\n")
                end = held.find(b"\n\r\n") + 3 if b"\n\r\n" in held else held.find(b"\n\n") + 2
            else:
                head, mark, _ = held.partition(b"\n\n")
                end = len(head) + 2
            if not mark:
                self._held = held
                return
            lines = head.decode("utf-8", "surrogateescape").split("\n")
            headers = []
            length = 0
            for line in lines[1:]:
                name, colon, value = line.partition(":")
                value = value.lstrip(" ")
                if colon and value:
                    headers.append((name, value))
                    if name.lower() == "content-length":
                        length = _number(value)
            if len(held) < end + length:
                self._held = held
                return
            body = held[end : end + length].decode("utf-8", "surrogateescape")
            self._held = held[end + length :]
            yield Command(lines[0], headers, body)


def _number(text: str) -> int:
    """Leading digits, as C's atoi reads them."""
    digits = ""
    for char in text.strip():
        if not char.isdigit():
            break
        digits += char
    return int(digits or "0")
