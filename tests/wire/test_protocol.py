"""Bytes to messages and back, without a socket: whatever comes, however it is sliced."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import quote

import gevent
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.freeswitch import protocol
from controller.freeswitch.protocol import (
    BadLength,
    CommandRefused,
    Headers,
    Message,
    ProtocolError,
    Reader,
    TooLarge,
)
from controller.freeswitch.session import Session
from tests import captures
from tests.wire.peer import api_response, command_reply, event, framed, pair, within


def read(stream: bytes, cuts: list[int]) -> list[tuple[str, bytes, dict[str, str], bytes]]:
    """What a stream comes to when it arrives in these pieces."""
    reader, found = Reader(), []
    for start, end in pairwise([0, *sorted(cuts), len(stream)]):
        found += [(one.kind, one.payload, dict(one.headers), one.body) for one in reader.feed(stream[start:end])]
    assert not reader.midway
    return found


STREAM = (
    b"Content-Type: auth/request\n\n"
    + command_reply(b"+OK accepted")
    + event("CHANNEL_ANSWER", {"Unique-ID": "1", "Caller-Caller-ID-Name": "a\nX-Evil: yes"})
    + api_response(b"+OK\n\nContent-Length: 5\n\n")
    + event("MESSAGE", {"From": "b"}, b"\n\nEvent-Name: FORGED\n\n")
    + framed(b'{"Event-Name": "X", "_body": "hello"}', "text/event-json")
    + b"Content-Type: text/disconnect-notice\nContent-Disposition: linger\nContent-Length: 0\n\n"
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_slicing_changes_nothing(cuts: list[int]) -> None:
    assert read(STREAM, cuts) == read(STREAM, [])
    assert [one[0] for one in read(STREAM, cuts)] == [
        "auth/request",
        "command/reply",
        "text/event-plain",
        "api/response",
        "text/event-plain",
        "text/event-json",
        "text/disconnect-notice",
    ]


def test_byte_by_byte() -> None:
    assert read(STREAM, list(range(len(STREAM)))) == read(STREAM, [])


@pytest.mark.parametrize("capture", captures.names())
def test_real_streams_sliced(capture: str) -> None:
    """Streams that a real switch wrote (tests/captures), at arbitrary cuts."""
    stream = captures.stream(capture)
    whole = read_loosely(stream, [])
    assert len(whole) == sum(one.sender == "switch" for one in captures.load(capture))

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.integers(0, len(stream)), max_size=20))
    def sliced(cuts: list[int]) -> None:
        assert read_loosely(stream, cuts) == whole

    sliced()


def test_a_real_hostile_name_forges_nothing() -> None:
    for message in Reader().feed(captures.stream("hostile_name.call-1")):
        assert not [name for name in message.headers if "evil" in name.lower()]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.sampled_from([event("DTMF"), command_reply()])), max_size=5))
def test_any_bytes_freeze_no_session(pieces: list[bytes]) -> None:
    """Over TCP: whatever the peer sends before it goes, whoever waits is told."""
    with pair() as (peer, sock):
        session = Session(("127.0.0.1", 1), sock)
        session.register_handle("DTMF", lambda event: None)
        waiting = gevent.spawn(session.execute, "playback", "x")
        waiting.link_exception(lambda ended: None)
        try:
            peer.write(*pieces)
        except OSError:
            pass  # refused half-way
        peer.close()
        with within(2):
            waiting.join()
            assert session._reading is not None
            session._reading.join()
        assert not session.connected


def read_loosely(stream: bytes, cuts: list[int]) -> list[tuple[str, bytes]]:
    reader, found = Reader(), []
    for start, end in pairwise([0, *sorted(cuts), len(stream)]):
        found += [(one.kind, one.payload) for one in reader.feed(stream[start:end])]
    return found


@given(st.lists(st.binary(max_size=300), max_size=6))
@example([b"Content-Length: 5\nContent-Type: text/event-plain\n\n\xff\xfe\n\n\n"])
@example([b"\n\n\n", b"Content-Length: -1\n\n"])
def test_any_bytes_crash_nothing(pieces: list[bytes]) -> None:
    reader = Reader(largest_head=1000, largest_body=1000)
    for piece in pieces:
        try:
            messages = reader.feed(piece)
        except ProtocolError:
            with pytest.raises(ProtocolError):
                reader.feed(b"more")
            return
        for message in messages:
            dict(message.headers)
            assert isinstance(message.text + message.data + message.name + repr(message), str)


@given(st.binary(max_size=400))
def test_any_event_crashes_nothing(inner: bytes) -> None:
    for kind in ("text/event-plain", "text/event-json", "log/data", ""):
        (message,) = Reader().feed(framed(inner, kind))
        assert message.payload == inner
        dict(message.headers)
        message.get("Event-Name")


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_value_forges_no_header(first: str, second: str) -> None:
    headers = {"First": first, "Second": second}
    (message,) = Reader().feed(event("X", headers))
    assert set(message.headers) == {"Event-Name", "First", "Second"}
    for name, value in headers.items():
        # Blanks around a value are written encoded, and so are kept.
        assert message.get(name) == quote_and_back(value)


def quote_and_back(value: str) -> str:
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if value else value


def test_the_first_of_two_headers_counts_and_names_match_whole() -> None:
    headers = Headers(b"A: 1\nA: 2\nAB: 3\nX-A: 4\nempty:\nlast: ")
    assert (headers["A"], headers["AB"], headers["empty"], headers["last"]) == ("1", "3", "", "")
    assert len(headers) == 5
    assert "B" not in headers
    with pytest.raises(KeyError):
        headers["B"]


def test_limits() -> None:
    with pytest.raises(TooLarge):
        Reader(largest_head=10).feed(b"x" * 11)
    with pytest.raises(TooLarge):
        Reader(largest_body=10).feed(b"Content-Length: 11\n\n")
    for length in (b"x", b"-1", b"1e3", b"9" * 40, b"\xc2\xb2"):
        with pytest.raises(BadLength):
            Reader().feed(b"Content-Length: " + length + b"\n\n")


def test_a_message_shows_no_headers_of_its_own() -> None:
    (message,) = Reader().feed(event("DTMF", {"Caller-Caller-ID-Number": "+13125550199"}))
    assert repr(message) == "<text/event-plain DTMF>"
    assert isinstance(message, Message)


# -- commands


def as_the_switch_reads(sent: bytes) -> list[tuple[str, dict[str, str], bytes]]:
    """Commands as mod_event_socket takes them apart: lines to an empty one, and a body as long as content-length says."""
    found = []
    while sent:
        head, gap, sent = sent.partition(b"\n\n")
        assert gap
        line, *rest = head.decode().split("\n")
        headers = dict(one.split(": ", 1) for one in rest)
        length = int(headers.get("content-length", "0"))
        body, sent = sent[:length], sent[length:]
        assert len(body) == length
        found.append((line, headers, body))
    return found


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
def test_no_text_begins_a_command_of_its_own(application: str, leg: str, argument: str) -> None:
    try:
        sent = protocol.execute(application, argument, id="id", leg=leg)
    except CommandRefused:
        assert set("\n\r\0") & set(application + leg + argument)
        return
    ((_, headers, body),) = as_the_switch_reads(sent)
    assert body == argument.encode("utf-8", "replace")
    assert set(headers) <= {"call-command", "execute-app-name", "Event-UUID", "content-type", "content-length"}


@pytest.mark.parametrize("build", [protocol.api, lambda line: protocol.bgapi(line, "x"), protocol.command])
@pytest.mark.parametrize("evil", ["a\nb", "a\rb", "a\0b", "a\n\napi evil"])
def test_a_line_is_one_line(build: Any, evil: str) -> None:
    with pytest.raises(CommandRefused):
        build(evil)


def test_how_commands_look() -> None:
    assert protocol.api("status") == b"api status\n\n"
    assert protocol.bgapi("status", "j") == b"bgapi status\nJob-UUID: j\n\n"
    assert protocol.execute("playback", "a\nb", id="i", leg="l", lock=True, loops=3) == (
        b"sendmsg l\ncall-command: execute\nexecute-app-name: playback\nEvent-UUID: i\nevent-lock: true\nloops: 3\n"
        b"content-type: text/plain\ncontent-length: 3\n\na\nb"
    )
    assert protocol.hangup("USER_BUSY") == b"sendmsg\ncall-command: hangup\nhangup-cause: USER_BUSY\n\n"
    with pytest.raises(CommandRefused):
        protocol.command("x", {"a:b": "c"})
    assert quote("ä") == "%C3%A4"
