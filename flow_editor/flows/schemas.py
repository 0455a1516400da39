"""What browsers and the server tell each other about flows and kinds of node."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from controller.flows.registry import Family
from flow_editor.things.thing import Line


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KindOut(BaseModel):
    """A kind of node, in the reader's language. `icon`: the paths it is drawn with; `fields`: JSON Schema of its settings."""

    kind: str
    family: Family
    title: str
    purpose: str
    icon: list[str]
    everyday: bool
    fields: dict[str, Any]


class FamilyOut(BaseModel):
    """How kinds are grouped."""

    family: Family
    title: str


class Palette(BaseModel):
    """Every kind of node there is. `nouns`: what things that nodes refer to are called; `languages`: by their codes."""

    kinds: list[KindOut]
    families: list[FamilyOut]
    nouns: dict[str, str]
    languages: dict[str, str]


class LiveVersion(BaseModel):
    """The version callers hear."""

    id: str
    number: int
    published_at: datetime
    published_by: str | None


class FlowOut(Line):
    """A flow as the list shows it. `changed`: something is drawn that callers do not hear yet. `drawing`: who has it open.
    `may_change`: whether it may be deleted."""

    live: LiveVersion | None
    changed: bool
    changed_at: datetime | None
    changed_by: str | None
    drawing: list[str]
    numbers: list[str]


class FlowsList(BaseModel):
    """`may_make`: whether new ones may be drawn."""

    items: list[FlowOut]
    may_make: bool


class NewFlow(_Asked):
    """A flow with nothing drawn yet."""

    name: str = Field(max_length=200)
    location: str | None = Field(default=None, max_length=40)


class FlowMade(BaseModel):
    id: str
    name: str
