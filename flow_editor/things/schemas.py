"""What browsers and the server tell each other about what staff set up, the same for every kind."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from flow_editor.publishing.schemas import PublishingProblem
from flow_editor.publishing.service import NOTE
from flow_editor.rehearsals.schemas import OfFlowOut
from flow_editor.rehearsals.service import failing
from flow_editor.things.proving import Judged


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


class VersionEffect(BaseModel):
    """A new version that a flow would get by replacing something. `planned`: it would be live only later, by itself; `blocked`:
    it has errors, so that nothing is replaced; `failing`: rehearsals for which a reason has to be given."""

    flow: str
    name: str
    planned: bool
    problems: list[PublishingProblem]
    rehearsals: list[OfFlowOut]
    blocked: bool
    failing: int

    @classmethod
    def of(cls, judged: Judged, language: str) -> VersionEffect:
        found = judged.verdict
        return cls(
            flow=judged.flow,
            name=judged.name,
            planned=judged.planned,
            problems=[PublishingProblem.of(one, language) for one in found.problems],
            rehearsals=[OfFlowOut.of(one, language) for one in found.rehearsals],
            blocked=found.blocked,
            failing=len(failing(found.rehearsals)),
        )


class EffectOut(BaseModel):
    """What saving would do: where it is used, which of the rehearsals that were run would end elsewhere, and the versions that
    flows would get."""

    used_by: list[UseOut]
    rehearsals: int
    elsewhere: list[ElsewhereOut]
    versions: list[VersionEffect]


class Deletion(BaseModel):
    """Delete it; `replace_by`: after that one has been put in its place everywhere. `keep`: do only the latter. `reason`: why,
    although rehearsals fail by that."""

    model_config = ConfigDict(extra="forbid")

    replace_by: str | None = None
    keep: bool = False
    reason: str = Field(default="", max_length=NOTE)


class Back(BaseModel):
    """Undo everything that was done to a thing after this change."""

    model_config = ConfigDict(extra="forbid")

    change: str
