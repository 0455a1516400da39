"""A SIP message as it came over the wire. Knows no calls and no sockets."""

from __future__ import annotations


class Message:
    """A SIP message as it came: the first line, headers (names in lower case, every value), the body."""

    def __init__(self, raw: bytes) -> None:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode(errors="replace").split("\r\n")
        self.first = lines[0]
        self.body = body.decode(errors="replace")
        self.headers: list[tuple[str, str]] = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers.append((_LONG.get(name.strip().lower(), name.strip().lower()), value.strip()))

    def get(self, name: str) -> str:
        """The first value of a header, or ''."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def status(self) -> int | None:
        """A reply's status; None for a request."""
        return int(self.first.split(" ")[1]) if self.first.startswith("SIP/2.0 ") else None

    @property
    def method(self) -> str:
        """The request's method, or that of the request that a reply answers."""
        return self.get("cseq").split(" ")[-1]


_LONG = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}
