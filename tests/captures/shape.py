"""What a stream is made of, without what differs from call to call: names, order, and which headers there are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from tests.captures.tap import content_length

TELLING = (
    "Answer-State",
    "Application-Data",
    "Application-Response",
    "Call-Direction",
    "Channel-State-Number",
    "Control",
    "DTMF-Digit",
    "Hangup-Cause",
    "Other-Type",
    "Record-Completion-Cause",
    "Socket-Mode",
    "variable_current_loop",
    "variable_last_bridge_hangup_cause",
    "variable_last_bridge_role",
    "variable_read_result",
    "variable_socket_path",
    "variable_socket_resume",
)
"""Headers whose values do not differ from call to call."""
CHANCE = frozenset({"variable_sip_cseq", "variable_sip_to_tag"})
"""These come with the caller's ACK, a few ms before or after other things."""


@dataclass(frozen=True)
class Shape:
    """One message. `name` says what it is; `headers` are the names of its headers, `values` those that tell something."""

    name: str
    headers: frozenset[str]
    has_body: bool = False
    values: tuple[tuple[str, str], ...] = ()


def shapes(stream: bytes) -> tuple[list[Shape], list[Shape]]:
    """What the switch sent: events, and the rest (replies and notices), each in order. Of several legs, which a real switch runs
    in threads of their own, each one's events come together, and last those of none.

    Between the two the order is chance: a real switch looks at a socket every 20 ms. So it is whether the last events before the
    call waits for commands come with it, which are on their way while `myevents` is; they are left out.
    """
    of_leg: dict[str, list[Shape]] = {}
    replies: list[Shape] = []
    notices: list[Shape] = []
    for head, body in _split(stream):
        kind = head.get("Content-Type", "")
        if kind == "text/event-plain":
            inner, _, rest = body.partition(b"\n\n")
            headers = _headers(inner)
            of_leg.setdefault(headers.get("Unique-ID", ""), []).append(_event(headers, bool(rest)))
        elif kind == "text/disconnect-notice":
            notices.append(Shape(f"notice {head.get('Content-Disposition', '')}", frozenset(head), bool(body)))
        elif "Event-Name" in head:
            replies.append(_event(head, bool(body)))
        else:
            # Of a reply the first word counts; what an API command answers is data.
            first = head.get("Reply-Text", "").split(" ")[0] if kind == "command/reply" else body[:4].decode()
            replies.append(Shape(f"{kind} {first}", frozenset(head), bool(body)))
    of_none = of_leg.pop("", [])
    events = [event for leg in of_leg.values() for event in leg] + of_none
    for place, event in enumerate(events[:14]):
        if event.name.startswith("CHANNEL_PARK  CS_EXECUTE") and "variable_socket_host" in event.headers:
            del events[: place + 1]
            break
    return events, [*replies, *notices]


def _event(headers: dict[str, str], has_body: bool) -> Shape:
    words = [headers.get(name, "") for name in ("Event-Name", "Application", "Channel-State", "Channel-Call-State")]
    values = tuple((name, headers[name]) for name in TELLING if name in headers and "/" not in headers[name])
    return Shape(" ".join(words).rstrip(), frozenset(headers) - CHANCE, has_body, values)


def _split(stream: bytes) -> list[tuple[dict[str, str], bytes]]:
    found = []
    while stream:
        head, _, stream = stream.partition(b"\n\n")
        length = content_length(head)
        found.append((_headers(head), stream[:length]))
        stream = stream[length:]
    return found


def _headers(head: bytes) -> dict[str, str]:
    lines = [line.partition(b": ") for line in head.split(b"\n") if line]
    return {name.decode(): unquote_to_bytes(value).decode(errors="replace") for name, _, value in lines}
