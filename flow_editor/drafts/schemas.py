"""What browsers and the server tell each other about drafts. Updates and state vectors are Yjs's own bytes."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from controller.flows.registry import Severity, Undrawn

LARGEST_UPDATE = 500_000
"""Bytes of one update: some hundreds of nodes pasted at once."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    flow: str = Field(max_length=40)


class OpenDraft(_Asked):
    """Open a draft, or come back to it. `epoch` and `vector`: what the browser has of it already. `language`: in which it is to
    be told of it; none: in the person's."""

    language: str | None = Field(default=None, max_length=20)
    epoch: int | None = None
    vector: bytes | None = Field(default=None, max_length=LARGEST_UPDATE)


class TakeUpdate(_Asked):
    """Something was drawn."""

    epoch: int
    update: bytes


class Point(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    x: float
    y: float


class Whereabouts(BaseModel):
    """Where somebody is in a draft: their pointer, in the canvas's own measure, what they have selected, and what they are
    dragging: where that is while it has not been dropped."""

    model_config = ConfigDict(extra="forbid")

    pointer: Point | None = None
    selected: list[str] = Field(default=[], max_length=200)
    moving: dict[str, Point] = Field(default={}, max_length=200)


class Here(_Asked):
    """Where I am."""

    at: Whereabouts


class ReadDraft(_Asked):
    """Tell me in this language from now on."""

    language: str = Field(max_length=20)


class LeaveDraft(_Asked):
    """I have closed it."""


class Somebody(BaseModel):
    """A browser that has the draft open, and whose it is."""

    client: str
    person: str
    name: str
    at: Whereabouts


class DrawnExit(BaseModel):
    """A way out of a node. `undrawn`: what happens when no arrow leaves by it. `gone`: there is only an arrow left of it."""

    name: str
    label: str
    undrawn: Undrawn
    gone: bool = False


class NodeLook(BaseModel):
    """What a card shows that only the server knows."""

    summary: str | None
    exits: list[DrawnExit]


class DrawnProblem(BaseModel):
    """What is wrong, and what to do; at a node, and its exit or setting when it is about one."""

    code: str
    text: str
    node: str | None
    exit: str | None
    setting: str | None
    severity: Severity


class LiveNow(BaseModel):
    """The version that callers hear."""

    id: str
    number: int
    published_at: datetime


class Drawn(BaseModel):
    """How a draft looks as of `revision`. `whole`: `nodes` are all of them; otherwise only those that look different now.

    `changed`: whether it differs from the version it was drawn from.
    """

    flow: str
    revision: int
    whole: bool
    nodes: dict[str, NodeLook]
    problems: list[DrawnProblem]
    changed: bool
    base: str | None
    live: LiveNow | None


class DraftOpened(BaseModel):
    """`update` brings the browser up to date; `vector` says what the server has, so that the browser can send the rest."""

    flow: str
    epoch: int
    revision: int
    update: bytes
    vector: bytes
    client: str
    may_draw: bool
    people: list[Somebody]
    drawn: Drawn


class Taken(BaseModel):
    """It is kept."""

    revision: int


class DraftUpdated(BaseModel):
    """Somebody else has drawn something."""

    flow: str
    update: bytes


class People(BaseModel):
    """Everybody who has the draft open."""

    flow: str
    people: list[Somebody]


class Moved(BaseModel):
    """Somebody is elsewhere now."""

    flow: str
    client: str
    at: Whereabouts


class DraftGone(BaseModel):
    """The flow has been deleted, or its draft begun anew: open it again."""

    flow: str


class CopyUnsent(BaseModel):
    """What a browser has drawn in an earlier epoch and could not send: all that it has of that draft."""

    model_config = ConfigDict(extra="forbid")

    update: str = Field(max_length=8_000_000)
    """Yjs's bytes in base64."""


class Copied(BaseModel):
    flow: str
    name: str
