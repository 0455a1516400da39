"""FreeSWITCH's event socket: bytes to messages and commands to bytes. Pure: no sockets, no greenlets, no clock.

A stream is split into lines and messages before anything in it is decoded, and only at line feeds, so that nothing a caller
sends (their display name, say) can look like a header. An event has 5 to 9 kB of headers of which a handful are read:
the bytes are kept as they came, and a header is looked for when somebody asks for it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

LARGEST_HEAD = 1 << 20
"""Bytes a block of headers may have. A channel with every variable at its limit stays far below."""
LARGEST_BODY = 32 << 20
"""Bytes a body may have: `show channels` on a large switch is a few MB."""


class ProtocolError(Exception):
    """What came is not the event socket's protocol. Where the next message begins is unknown: the connection is of no use."""


class TooLarge(ProtocolError):
    """A message beyond the limits."""


class BadLength(ProtocolError):
    """A Content-Length that is no number."""


class CommandRefused(ValueError):
    """A command that cannot be sent: a line break in it would begin a header, or a command, of its own."""


class Headers(Mapping[str, str]):
    """A block of header lines, percent-encoded on the wire; names as FreeSWITCH spells them.

    Of a header that is there twice the first counts: what a caller can add comes behind what the switch says.
    """

    __slots__ = ("_block",)

    def __init__(self, block: bytes | bytearray) -> None:
        """`block`: the lines without the empty one that ends them."""
        self._block = b"\n" + block

    def raw(self, name: str) -> bytes | None:
        """The value's bytes as they came, or None."""
        block = self._block
        line = _line(name)
        start = block.find(line)
        if start < 0:
            return None
        start += len(line)
        end = block.find(b"\n", start)
        return block[start:].strip() if end < 0 else block[start:end].strip()

    def __getitem__(self, name: str) -> str:
        value = self.raw(name)
        if value is None:
            raise KeyError(name)
        return _decode(value)

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or `default` without the exception that Mapping's own would make of each one missing."""
        value = self.raw(name)
        return default if value is None else _decode(value)

    def __iter__(self) -> Iterator[str]:
        seen = set()
        for line in self._block.split(b"\n"):
            name, colon, _ = line.partition(b":")
            if colon and name and name not in seen:
                seen.add(name)
                yield name.decode("utf-8", "surrogateescape")

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.raw(name) is not None


@functools.lru_cache(maxsize=512)
def _line(name: str) -> bytes:
    """How a header's line begins, behind the one before."""
    return b"\n%b:" % name.encode("utf-8", "surrogateescape")


def _decode(value: bytes) -> str:
    return (unquote_to_bytes(value) if b"%" in value else value).decode("utf-8", "replace")


_NOTHING: Mapping[str, str] = {}


class Message:
    """One message of the switch: a reply, an event, a notice.

    `kind` is its Content-Type. `head` are the outer headers; of an event, `headers` are its own, otherwise the same as `head`.
    `body` is what came with it: an API command's answer, an event's own body.
    """

    __slots__ = ("_body", "_headers", "head", "kind", "payload")

    def __init__(self, head: Headers, payload: bytes) -> None:
        self.head = head
        self.kind = head.get("Content-Type", "")
        self.payload = payload
        """The bytes behind the outer headers."""
        self._headers: Mapping[str, str] | None = None
        self._body: bytes | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """The event's headers, or the message's own."""
        if self._headers is None:
            self._open()
        assert self._headers is not None
        return self._headers

    @property
    def body(self) -> bytes:
        """The event's body, or the message's."""
        if self._body is None:
            self._open()
        assert self._body is not None
        return self._body

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    @property
    def data(self) -> str:
        """What a command was answered: the reply's line, or the API command's output (greenswitch's name for it)."""
        return self.head.get("Reply-Text", "") if self.kind == "command/reply" else self.text

    def get(self, name: str, default: str = "") -> str:
        """The event's or the message's header, decoded."""
        return self.headers.get(name, default)

    @property
    def name(self) -> str:
        """Of an event: its name; the subclass of a CUSTOM one."""
        name = self.get("Event-Name")
        return self.get("Event-Subclass") if name == "CUSTOM" else name

    @property
    def is_event(self) -> bool:
        """Whether it is an event, in a form that we read."""
        return self.kind in _EVENTS

    def _open(self) -> None:
        if self.kind == "text/event-plain":
            head, _, self._body = self.payload.partition(b"\n\n")
            self._headers = Headers(head)
        elif self.kind == "text/event-json":
            fields = _object(self.payload)
            self._body = str(fields.pop("_body", "")).encode("utf-8", "surrogatepass")
            self._headers = {str(name): value if isinstance(value, str) else "" for name, value in fields.items()}
        else:
            self._headers, self._body = self.head, self.payload

    def __repr__(self) -> str:
        # Without headers: they hold callers' numbers and names, and this ends up in logs.
        return f"<{self.kind or 'message'} {self.name}>" if self.is_event else f"<{self.kind or 'message'}>"


_EVENTS = frozenset(("text/event-plain", "text/event-json"))


def _object(payload: bytes) -> dict[str, Any]:
    try:
        found = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class Reader:
    """Cuts a stream into messages, however it is sliced. After a ProtocolError it takes nothing more."""

    def __init__(self, largest_head: int = LARGEST_HEAD, largest_body: int = LARGEST_BODY) -> None:
        self._buffer = bytearray()
        self._looked = 0
        """How far the buffer has been searched for the end of a head."""
        self._head: Headers | None = None
        self._length = 0
        self._largest_head = largest_head
        self._largest_body = largest_body
        self._failed: ProtocolError | None = None

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete with `data`. Raises ProtocolError; what was complete before it is then lost."""
        if self._failed is not None:
            raise self._failed
        self._buffer += data
        messages: list[Message] = []
        try:
            while (message := self._next()) is not None:
                messages.append(message)
        except ProtocolError as error:
            self._failed = error
            self._buffer.clear()
            raise
        return messages

    @property
    def midway(self) -> bool:
        """Whether part of a message is here: an end of the stream now is a break."""
        return self._head is not None or bool(self._buffer.strip(b"\n"))

    def _next(self) -> Message | None:
        buffer = self._buffer
        if self._head is None:
            if buffer.startswith(b"\n"):
                del buffer[: len(buffer) - len(buffer.lstrip(b"\n"))]
                self._looked = 0
            end = buffer.find(b"\n\n", self._looked)
            if (end if end >= 0 else len(buffer)) > self._largest_head:
                raise TooLarge(f"headers of more than {self._largest_head} bytes")
            if end < 0:
                self._looked = max(0, len(buffer) - 1)
                return None
            head = Headers(buffer[:end])
            self._length = self._content_length(head)
            self._head = head
            del buffer[: end + 2]
            self._looked = 0
        if len(buffer) < self._length:
            return None
        message = Message(self._head, bytes(buffer[: self._length]))
        del buffer[: self._length]
        self._head = None
        return message

    def _content_length(self, head: Headers) -> int:
        written = head.raw("Content-Length")
        if written is None:
            return 0
        if not written.isdigit() or len(written) > 12:
            raise BadLength(repr(written[:40]))
        length = int(written)
        if length > self._largest_body:
            raise TooLarge(f"a body of {length} bytes")
        return length


# -- commands ---------------------------------------------------------------------------------------------------------


def command(line: str, headers: Mapping[str, str] | None = None, body: str | None = None) -> bytes:
    """A command as it goes on the wire. Raises CommandRefused for a line break (or NUL) in the line or a header."""
    lines = [_one_line(line)]
    for name, value in (headers or {}).items():
        if ":" in name:
            raise CommandRefused(f"a colon in the header name {name!r}")
        lines.append(f"{_one_line(name)}: {_one_line(value)}")
    if body is None:
        return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")
    if "\0" in body:
        raise CommandRefused("a NUL in a body")
    content = body.encode("utf-8", "replace")
    return ("\n".join(lines) + f"\ncontent-length: {len(content)}\n\n").encode("utf-8", "replace") + content


def api(line: str) -> bytes:
    """Run an API command; the answer is the reply's body."""
    return command(f"api {line}")


def bgapi(line: str, job: str) -> bytes:
    """Run an API command aside; the answer is a BACKGROUND_JOB event with Job-UUID `job`."""
    return command(f"bgapi {line}", {"Job-UUID": job})


def execute(
    application: str, argument: str = "", *, id: str, leg: str = "", lock: bool = False, loops: int | None = None
) -> bytes:
    """Run an application on the connection's call, or on the leg given.

    `id` comes back as Application-UUID on CHANNEL_EXECUTE and CHANNEL_EXECUTE_COMPLETE. `lock`: nothing nests inside it.
    The argument travels as a body, where a line break is only a line break.
    """
    headers = {"call-command": "execute", "execute-app-name": application, "Event-UUID": id}
    if lock:
        headers["event-lock"] = "true"
    if loops is not None:
        headers["loops"] = str(loops)
    if argument:
        headers["content-type"] = "text/plain"
    return command(f"sendmsg {leg}".rstrip(), headers, argument or None)


def hangup(cause: str, leg: str = "") -> bytes:
    """End the connection's call, or the leg given."""
    return command(f"sendmsg {leg}".rstrip(), {"call-command": "hangup", "hangup-cause": cause})


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text or "\0" in text:
        raise CommandRefused(f"a line break in {text[:40]!r}")
    return text
