"""What browsers and the server tell each other about publishing, history, import and export."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from controller.flows.differences import Change, Difference
from controller.flows.registry import Problem, Severity
from controller.store.models import Occasion, Standing
from flow_editor.drafts.schemas import NodeLook
from flow_editor.rehearsals.schemas import NamedChoice, OfFlowOut


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DifferenceOut(BaseModel):
    """One difference, in words. `node` and `exit`: where it is on the canvas, if it is there."""

    change: Change
    text: str
    node: str | None
    exit: str | None

    @classmethod
    def of(cls, difference: Difference, language: str) -> DifferenceOut:
        return cls(
            change=difference.change,
            text=difference.text.render(language),
            node=difference.node,
            exit=difference.exit,
        )


class PublishingProblem(BaseModel):
    """Something wrong with the flow. An error keeps it from going live."""

    severity: Severity
    text: str
    node: str | None

    @classmethod
    def of(cls, problem: Problem, language: str) -> PublishingProblem:
        return cls(severity=problem.severity, text=problem.text.render(language), node=problem.node)


class VersionOut(BaseModel):
    """A version of a flow as lists show it."""

    id: str
    number: int
    note: str
    at: datetime
    by: str | None


class PublicationOut(BaseModel):
    """A version being live, or planned to be. `reason`: why, although `failed` rehearsals did not end as expected."""

    id: str
    version: str
    number: int
    occasion: Occasion
    standing: Standing
    made_at: datetime
    by: str
    starts_at: datetime
    ends_at: datetime | None
    began_at: datetime | None
    over_at: datetime | None
    reason: str
    failed: list[str]


class Meanwhile(BaseModel):
    """What has gone live since the draft was begun. `draft_from`: the number of the version that it was drawn from."""

    version: VersionOut
    draft_from: int | None
    changes: list[DifferenceOut]


class PreviewOut(BaseModel):
    """What publishing would mean. `seq` and `live` go along when it is done: so that what was seen is what goes live."""

    flow: str
    name: str
    seq: int
    live: VersionOut | None
    differences: list[DifferenceOut]
    same: bool
    problems: list[PublishingProblem]
    rehearsals: list[OfFlowOut]
    blocked: bool
    failing: int
    meanwhile: Meanwhile | None
    planned: list[PublicationOut]
    until: datetime | None
    """What is live now is so for a time only, until then."""
    may_publish: bool
    zone: str


class PublishAsked(_Asked):
    seq: int = Field(ge=0)
    live: str | None = Field(default=None, max_length=40)
    note: str = Field(default="", max_length=500)
    reason: str = Field(default="", max_length=500)
    on_top: bool = False
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class ControllerOut(BaseModel):
    """`milliseconds`: after how long new calls took the version there; none: not yet."""

    name: str
    milliseconds: float | None


class AcknowledgementOut(BaseModel):
    """Which controllers have taken a version up. `advice`: what to do when not all have."""

    on: int
    of: int
    everywhere: bool
    milliseconds: float | None
    controllers: list[ControllerOut]
    advice: str | None


class PublishedOut(BaseModel):
    """`before`: what was live before, to go back to; `acknowledgement`: none for a plan."""

    publication: str
    version: str
    number: int
    before: str | None
    planned: bool
    acknowledgement: AcknowledgementOut | None
    warnings: list[str]


class FlowHistoryVersion(VersionOut):
    """`live`: callers hear it now; `was_live`: they do, or did; `times`: when, or when it is planned, newest first."""

    live: bool
    was_live: bool
    times: list[PublicationOut]


class FlowHistory(BaseModel):
    """Every version of a flow, newest first."""

    flow: str
    name: str
    location: str | None
    live: str | None
    draft_from: str | None
    draft_changed: bool
    may_publish: bool
    may_draw: bool
    versions: list[FlowHistoryVersion]
    zone: str


class VersionDocument(BaseModel):
    """A version as it was drawn. `nodes`: what its cards show that only the server knows."""

    version: VersionOut
    document: dict[str, Any]
    nodes: dict[str, NodeLook]


class DifferencesOut(BaseModel):
    differences: list[DifferenceOut]


class RollBackAsked(_Asked):
    """`live`: what was live when the page was read."""

    version: str = Field(max_length=40)
    live: str | None = Field(default=None, max_length=40)


class DrawFromAsked(_Asked):
    version: str = Field(max_length=40)


class TakenOver(BaseModel):
    """`both`: steps that both had changed; the draft's were kept."""

    both: list[str]


class TemplateOut(BaseModel):
    """A flow to begin with."""

    id: str
    title: str
    description: str
    steps: int


class TemplatesOut(BaseModel):
    templates: list[TemplateOut]


class ImportLook(_Asked):
    """A document, as parsed JSON or as the text of a file; or the name of a template."""

    text: str | None = Field(default=None, max_length=2_000_000)
    template: str | None = Field(default=None, max_length=40)


class ImportReference(BaseModel):
    """Something that the document refers to. `found`: the clinic's own, by `by` ("id" or "name").

    `make`: it can be made, empty, with its name.
    """

    key: str
    noun: str
    what: str
    name: str
    steps: list[str]
    found: str | None
    by: str | None
    choices: list[NamedChoice]


class ImportOut(BaseModel):
    """What a document would bring. `upgraded_from`: the older format it was in."""

    name: str
    description: str
    steps: int
    rehearsals: int
    languages: list[str]
    upgraded_from: int | None
    references: list[ImportReference]
    name_taken: bool
    may_make: bool
    locations: list[NamedChoice]
    """Where the flow may be: "" for the whole organisation."""


class ImportAsked(ImportLook):
    """`chosen`: by a reference's key, the id of what it is to be; "" makes it, empty, with its name."""

    name: str = Field(min_length=1, max_length=200)
    location: str | None = Field(default=None, max_length=40)
    chosen: dict[str, str] = Field(default_factory=dict, max_length=500)


class Imported(BaseModel):
    """`made`: what was made, empty, and is to be filled in."""

    flow: str
    name: str
    made: list[str]
