"""Captured streams of a real FreeSWITCH's event sockets: README.md says what they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Message(NamedTuple):
    """One message: seconds since the connection began, "switch" or "controller", and its bytes."""

    at: float
    sender: str
    content: bytes


def names() -> list[str]:
    """Every captured connection, like "menu_call.call-1"."""
    return sorted(path.name.removesuffix(".jsonl") for path in HERE.glob("*.jsonl"))


def load(name: str) -> list[Message]:
    """One connection's messages, in order."""
    with (HERE / f"{name}.jsonl").open() as file:
        lines = [json.loads(line) for line in file]
    return [Message(line["at"], line["from"], line["bytes"].encode("latin-1")) for line in lines]


def stream(name: str, sender: str = "switch") -> bytes:
    """Everything one side sent, as one stream."""
    return b"".join(message.content for message in load(name) if message.sender == sender)
