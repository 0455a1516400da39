"""What browsers and the server tell each other about what staff set up, the same for every kind."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class UseOut(BaseModel):
    """Where something is used. `kind`: "flow", "plan", "draft", or a table's name; `at`: the steps of a flow."""

    kind: str
    id: str
    what: str
    name: str
    at: list[str]
    count: int


class UsesOut(BaseModel):
    items: list[UseOut]


class EntryOut(BaseModel):
    """One change in a history: `undo`, whether it can be undone as things are now."""

    change: str
    at: datetime
    who: str
    what: list[str]
    undo: bool


class HistoryOut(BaseModel):
    items: list[EntryOut]


class DoneOut(BaseModel):
    """`change`: by which it can be undone; empty when everything was so already."""

    id: str
    revision: int
    change: str


class ElsewhereOut(BaseModel):
    """A rehearsal that would end elsewhere. `fails`: it would not go as it should."""

    flow: str
    flow_name: str
    title: str
    before: str
    after: str
    fails: bool


class EffectOut(BaseModel):
    """What saving would do: where it is used, and which of the rehearsals that were run would end elsewhere."""

    used_by: list[UseOut]
    rehearsals: int
    elsewhere: list[ElsewhereOut]


class Deletion(BaseModel):
    """Delete it; `replace_by`: after that one has been put in its place everywhere. `keep`: do only the latter."""

    model_config = ConfigDict(extra="forbid")

    replace_by: str | None = None
    keep: bool = False


class Back(BaseModel):
    """Undo everything that was done to a thing after this change."""

    model_config = ConfigDict(extra="forbid")

    change: str
