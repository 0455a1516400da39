"""What Home shows, and what can be done there. Times in answers are UTC; times asked for are local to the place."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from controller.flows.announcements import LONGEST
from controller.flows.clinic import Opening
from controller.flows.document import Language
from controller.flows.hours import DayEnd


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HoursNow(BaseModel):
    """What one set of opening hours says of this moment, until when, and why."""

    id: str
    name: str
    state: Opening
    until: datetime | None
    reason: str


class ClosureNow(BaseModel):
    since: datetime
    until: datetime | None
    reason: str


class ChangeNow(BaseModel):
    """The day under way ends earlier or later than usually; `ends`: None where nothing is left of it."""

    kind: DayEnd
    ends: datetime | None


class AnnouncementNow(BaseModel):
    text: dict[Language, str]
    until: datetime | None


class PlaceKind(StrEnum):
    """Whose hours: a location's, or hours that belong to no single one."""

    LOCATION = "location"
    HOURS = "hours"


class PlaceNow(BaseModel):
    """A place of the clinic at this moment. `hours`: the first are those that flows ask; empty: it has none yet.

    `day_ends`: when the day under way usually ends. `may_change`: whether whoever asks may open and close it.
    """

    kind: PlaceKind
    id: str
    name: str
    zone: str
    hours: list[HoursNow]
    closure: ClosureNow | None = None
    change: ChangeNow | None = None
    day_ends: datetime | None = None
    announcement: AnnouncementNow | None = None
    calls: int = 0
    may_change: bool = False


class LineNow(BaseModel):
    """A number that patients dial (`shown`: as people write it), and how many are on it."""

    id: str
    number: str
    shown: str
    label: str
    location: str
    flow: str
    calls: int
    today: int


class MailboxNow(BaseModel):
    id: str
    name: str
    unheard: int
    urgent: int


class OnCallMember(BaseModel):
    name: str
    reachable: bool
    """Has a telephone."""


class OnCallPeriod(BaseModel):
    start: datetime
    end: datetime
    steps: list[list[OnCallMember]]


class RotaNow(BaseModel):
    """Who is on call from now on, for a day."""

    id: str
    name: str
    zone: str
    periods: list[OnCallPeriod]


class HomeNow(BaseModel):
    """`announcement`: for callers of every location that has none of its own. `languages`: those that callers are offered."""

    organisation: str
    zone: str
    languages: list[Language]
    places: list[PlaceNow]
    announcement: AnnouncementNow | None
    may_announce: bool
    lines: list[LineNow]
    on_call: list[RotaNow]
    messages: list[MailboxNow]


class Concern(BaseModel):
    """Something that needs somebody: what, and the page where it is put right."""

    code: str
    severity: str
    text: str
    path: str


class Concerns(BaseModel):
    items: list[Concern]


class CloseFor(_Asked):
    """Close in an emergency. `until`: local to the place, or until somebody lifts it."""

    until: datetime | None = None
    reason: str = Field(default="", max_length=200)


class EndDay(_Asked):
    """Move the end of the day under way. After midnight, "late" means the next day."""

    kind: DayEnd
    at: time


class Announce(_Asked):
    """Have callers told something. `until`: local to the place, or until somebody takes it back."""

    text: dict[Language, str] = Field(max_length=20)
    until: datetime | None = None

    @property
    def said(self) -> dict[str, str]:
        """Without what is empty."""
        return {language: " ".join(text.split()) for language, text in self.text.items() if text.strip()}

    @property
    def too_long(self) -> bool:
        return any(len(text) > LONGEST for text in self.said.values())


class Done(BaseModel):
    """`change`: what to undo; None when everything was so already."""

    change: str | None
