"""The steps a call took: what is written, and the protocol of whoever writes it (store/journal.py; rehearsals keep a list).

Sensitive digits never come here: a node notes only what it may keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Ending = Literal["caller hung up", "flow ended", "staff hung up", "backup line", "lost"]
"""How a call ended: who or what ended it. "lost" is a call found gone after the fact, by a sweep."""


@dataclass(frozen=True)
class CallBegan:
    """A call that reached a controller for the first time."""

    call: str
    at: datetime
    caller: str | None
    caller_name: str
    dialled: str
    number: str | None
    location: str | None
    flow: str | None
    version: str | None
    switch: str
    controller: str
    test: bool = False


@dataclass(frozen=True)
class CallMoved:
    """Where a call is now; the newest one of a call replaces those before."""

    call: str
    at: datetime
    version: str
    node: str
    step: int
    phase: str
    bookmark: str
    controller: str


@dataclass(frozen=True)
class StepTaken:
    """A node that the call has left, or in which it ended (`exit` is then "").

    A step in which a conversation takes place is told twice: when the conversation begins (exit "talking"), so that its
    notes are safe, and when the call has left the node. Of one step (call, step) the first `entered_at`, the notes of
    all tellings in order, and the last of everything else count.
    """

    call: str
    step: int
    version: str
    node: str
    kind: str
    entered_at: datetime
    left_at: datetime
    exit: str
    notes: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None


@dataclass(frozen=True)
class CallEnded:
    """The end of a call. The first one counts; later ones (another controller saw it too) change nothing."""

    call: str
    at: datetime
    ending: Ending
    cause: str = ""


class Journal(Protocol):
    """Takes notes at once and writes them soon (at most 100 ms later), in order, each once."""

    def began(self, call: CallBegan) -> None: ...
    def moved(self, position: CallMoved) -> None: ...
    def step(self, step: StepTaken) -> None: ...
    def ended(self, end: CallEnded) -> None: ...

    def keep(self, call: str, variables: Mapping[str, str]) -> None:
        """Store values too large for the bookmark; returns when they are safe in SQL."""

    def recall(self, call: str, names: Iterable[str]) -> dict[str, str]:
        """What `keep` stored for the call."""

    def bookmark(self, call: str) -> str | None:
        """The newest sealed bookmark written for the call: for a channel that the switch recovered without it."""

    def flush(self) -> None:
        """Return when all that was given so far is in SQL."""
