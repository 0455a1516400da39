"""What browsers and the server tell each other about test calls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from controller.calls.journal import Ending
from controller.flows.clinic import Opening
from controller.store.models import WebServices

Moment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""A time as text also where models go to Socket.IO, which knows none."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BeginTest(_Asked):
    """Call a flow: its draft as it stands now, or (`live`) what callers reach. Without `flow` the number dialled says which,
    and then it is what callers reach. `caller` empty: withheld; `at` empty: now."""

    flow: str | None = Field(default=None, max_length=40)
    live: bool = False
    dialled: str = Field(default="", max_length=40)
    caller: str = Field(default="", max_length=40)
    caller_name: str = Field(default="", max_length=80)
    at: AwareDatetime | None = None
    hours: dict[str, Opening] = Field(default_factory=dict, max_length=50)
    web_services: WebServices = WebServices.ANSWER


class TestBegun(BaseModel):
    """The test call's id."""

    __test__ = False

    id: str


class PressKeys(_Asked):
    keys: str = Field(pattern=r"^[0-9*#]{1,40}$")


class SpeakFor(_Asked):
    """The caller says something, for so long."""

    seconds: float = Field(gt=0, le=120)


class OnePhone(_Asked):
    """A phone that rings, or has answered, in this test call."""

    leg: str = Field(max_length=64)


class TestSound(BaseModel):
    """Something that is played. `number`: by which it can be fetched, if it can; `text`: what is said, if it is known."""

    __test__ = False

    kind: Literal["said", "music", "tone"]
    number: int | None = None
    text: str = ""
    language: str = ""


class TestPhone(BaseModel):
    """A phone that was rung. `name`: whose it is."""

    __test__ = False

    leg: str
    name: str
    number: str
    state: Literal["ringing", "answered", "talking", "over"]


class TestLine(BaseModel):
    """A line of what happened, in order: what the clinic said to the caller ("staff", "said": to whoever is rung), and what the
    caller and staff did."""

    __test__ = False

    who: Literal["clinic", "caller", "staff"]
    what: Literal["said", "pressed", "nothing_pressed", "spoke", "rings", "answered", "declined", "talking", "parted"]
    text: str = ""
    at: Moment


class TestStep(BaseModel):
    """A node on the call's way; `flow`: the flow it is in; `exit` is empty where the call is now."""

    __test__ = False

    step: int
    node: str
    title: str
    kind: str
    flow: str | None
    exit: str
    error: str | None


class TestState(BaseModel):
    """All that is known of a test call. `playing`: what the caller hears now, the same number for as long as it is the same.

    `here`: flow and node where the call is. `variables`: what the flow knows, never what is sensitive.
    """

    __test__ = False

    id: str
    stage: Literal["ringing", "answered", "ended"]
    began_at: Moment
    seconds: float | None = None
    ending: Ending | None = None
    playing: int = 0
    sounds: list[TestSound] = Field(default_factory=list)
    recording: bool = False
    talking_with: str | None = None
    phones: list[TestPhone] = Field(default_factory=list)
    lines: list[TestLine] = Field(default_factory=list)
    path: list[TestStep] = Field(default_factory=list)
    here: TestStep | None = None
    variables: dict[str, str] = Field(default_factory=dict)


class NumberToDial(BaseModel):
    number: str
    location: str | None
    flow: str | None


class NamedHours(BaseModel):
    id: str
    name: str


class WebServicesChoice(BaseModel):
    value: WebServices
    words: str


class TestChoices(BaseModel):
    """What can be chosen for a test call. `zone`: in which times are meant."""

    __test__ = False

    numbers: list[NumberToDial]
    hours: list[NamedHours]
    web_services: list[WebServicesChoice]
    zone: str


class TestRehearsal(BaseModel):
    """A rehearsal made of a test call, and whether it passes as it is; `why` not, in words."""

    __test__ = False

    rehearsal: dict[str, Any]
    passes: bool
    why: list[str]
