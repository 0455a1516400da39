"""Rehearsals: given this caller, at this time, pressing these keys, the call must go there.

A rehearsal is kept in the flow's document and run before a version goes live. It reads the clinic as it is and has no
effects: nobody is rung, nothing is asked or left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from controller.calls.call import Caller, Phone
from controller.flows.clinic import (
    Clinic,
    Opening,
    WebAnswer,
)
from controller.flows.rehearsed import RehearsedCall, RehearsedJournal, carry, resumed
from controller.flows.rehearsed_clinic import RehearsedClinic
from controller.flows.rehearsed_line import Does, Heard, Message, Reaction, RehearsedLine
from controller.flows.rehearsed_queues import QueueScript
from controller.flows.walker import Version, Walker
from controller.texts import T, Text

EVERYONE = "everyone"
"""In `people`: whoever is not named."""

_T = TypeVar("_T")
_U = TypeVar("_U")

_TypedKeys: TypeAlias = Annotated[str, Field(pattern=r"^[0-9*#]*$")]
_Keys: TypeAlias = Annotated[
    _TypedKeys,
    BeforeValidator(
        lambda given: str(given) if isinstance(given, int) else given, json_schema_input_type=_TypedKeys | int
    ),
]


def _or_in_short(**short: Any) -> Callable[[dict[str, Any]], None]:
    """For a model's JSON Schema: what may be written instead of the object."""

    def say_so(schema: dict[str, Any]) -> None:
        whole = {**schema}
        schema.clear()
        schema |= {"title": whole.pop("title"), "anyOf": [short, whole]}

    return say_so


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PersonScript(_Written):
    """What somebody does when rung. In short: "accepts", "declines", "no answer" ..."""

    model_config = ConfigDict(json_schema_extra=_or_in_short(enum=[does.value for does in Does]))

    does: Does = Does.ACCEPTS
    after: float = Field(default=4, ge=0, le=600)
    talks: float = Field(default=60, ge=0, le=7200)
    caller_hangs_up: bool = False

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, given: object) -> object:
        return {"does": given} if isinstance(given, str) else given


class MessageScript(_Written):
    """What the caller says into a mailbox. In short: the seconds."""

    model_config = ConfigDict(json_schema_extra=_or_in_short(type="number", minimum=0, maximum=3600))

    seconds: float = Field(default=10, ge=0, le=3600)
    ended: Literal["key", "silence", "hang-up"] = "key"

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, given: object) -> object:
        return {"seconds": given} if isinstance(given, int | float) else given


class WebScript(_Written):
    """What a web service answers; status 0: nothing."""

    status: int = Field(default=200, ge=0, le=599)
    fields: dict[str, str] = Field(default_factory=dict)
    error: str = ""


def _listed(given: object) -> object:
    return given if isinstance(given, list) else [given]


_Reactions: TypeAlias = Annotated[
    list[PersonScript],
    Field(min_length=1, max_length=50),
    BeforeValidator(_listed, json_schema_input_type=list[PersonScript] | PersonScript),
]
_Answers: TypeAlias = Annotated[
    list[WebScript],
    Field(min_length=1, max_length=50),
    BeforeValidator(_listed, json_schema_input_type=list[WebScript] | WebScript),
]
_Pressed: TypeAlias = Annotated[
    list[_Keys], Field(max_length=100), BeforeValidator(_listed, json_schema_input_type=list[_Keys] | _Keys)
]


class Rehearsal(_Written):
    """A scripted test call. Nodes are named by title or id; people, phones and mailboxes by name or id.

    `keys`: what the caller presses, one entry each time they are asked ("" for nothing); or such a list for each node.
    `people`: what happens when somebody is rung; a list goes by turns, its last entry stays. Whoever is not named does not
    answer. `hours`: opening hours that are to be taken as in this state, whatever the time. `queues`: how it is with them.
    """

    title: str = Field(default="", max_length=200)
    caller: str | None = Field(default=None, max_length=40)
    caller_name: str = Field(default="", max_length=80)
    dialled: str = Field(default="", max_length=40)
    at: datetime
    zone: str | None = Field(default=None, max_length=60)
    keys: _Pressed | dict[str, _Pressed] = Field(default_factory=list)
    leaves_after: dict[str, float] = Field(default_factory=dict)
    people: dict[str, _Reactions] = Field(default_factory=dict)
    messages: list[MessageScript] = Field(default_factory=list, max_length=20)
    webhooks: dict[str, _Answers] = Field(default_factory=dict)
    """By the beginning of the address asked."""
    hours: dict[str, Opening] = Field(default_factory=dict)
    queues: dict[str, QueueScript] = Field(default_factory=dict, max_length=50)
    patience: float = Field(default=1800, gt=0, le=7200)
    path: list[str] = Field(default_factory=list, max_length=200)
    avoids: list[str] = Field(default_factory=list, max_length=200)
    hears: list[str] = Field(default_factory=list, max_length=50)
    reaches: str | None = Field(default=None, max_length=200)
    end: Literal["flow ended", "caller hung up", "backup line"] | None = None

    @model_validator(mode="after")
    def _time_has_a_zone(self) -> Rehearsal:
        if self.at.tzinfo is None and self.zone is None:
            raise ValueError("the time has no zone: give one, or a time like 2026-11-29T03:00:00-06:00")
        self.time()
        return self

    def time(self) -> datetime:
        """When the call comes in, with its zone."""
        if self.zone is None:
            return self.at
        try:
            zone = ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{self.zone!r} is not a time zone") from error
        return self.at.replace(tzinfo=zone) if self.at.tzinfo is None else self.at.astimezone(zone)


@dataclass(frozen=True)
class PathStep:
    """A node on the call's way; `exit` is how it was left, `seconds` when it was entered."""

    node: str
    title: str
    kind: str
    exit: str
    seconds: float
    version: str
    error: str | None = None


@dataclass(frozen=True)
class RehearsalResult:
    """How a rehearsal went; `why`: what was not as expected, empty when it passed."""

    rehearsal: Rehearsal
    path: tuple[PathStep, ...]
    heard: tuple[Heard, ...]
    reached: tuple[str, ...]
    """People, phones and mailboxes that took the call, in order."""
    end: str
    seconds: float
    why: tuple[Text, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.why


class _Script:
    """A rehearsal's people, by turns."""

    def __init__(self, rehearsal: Rehearsal, titles: Mapping[str, str], names: Mapping[str, str]) -> None:
        self._rehearsal = rehearsal
        self._titles = titles
        self._names = names
        self._turns: dict[str, int] = defaultdict(int)

    def keys(self, node: str) -> str:
        given = self._rehearsal.keys
        if isinstance(given, list):
            return self._next("keys", given, "")
        name = self._named(node, given)
        return self._next(f"keys {name}", given[name], "") if name is not None else ""

    def reaction(self, phone: Phone) -> Reaction:
        people = self._rehearsal.people
        known = (phone.id, phone.address, phone.label, phone.person or "", self._names.get(phone.person or "", ""))
        name = next((name for name in known if name and name in people), EVERYONE)
        given = people.get(name)
        if given is None:
            return Reaction()
        script = self._next(f"people {name}", given, given[-1])
        return Reaction(script.does, script.after, script.talks, script.caller_hangs_up)

    def message(self, node: str) -> Message:
        script = self._next("messages", self._rehearsal.messages, None)
        return Message(script.seconds, script.ended) if script else Message()

    def leaves_after(self, node: str) -> float | None:
        name = self._named(node, self._rehearsal.leaves_after)
        return None if name is None else self._rehearsal.leaves_after[name]

    def answer(self, url: str) -> WebAnswer:
        for beginning, answers in self._rehearsal.webhooks.items():
            if url.startswith(beginning):
                script = self._next(f"webhooks {beginning}", answers, answers[-1])
                return WebAnswer(script.status, script.fields, script.error)
        return WebAnswer(0, error="the rehearsal has no answer for it")

    def _named(self, node: str, given: Mapping[str, object]) -> str | None:
        return next((name for name in (node, self._titles.get(node, "")) if name and name in given), None)

    def _next(self, what: str, given: Sequence[_T], after: _U) -> _T | _U:
        turn = self._turns[what]
        self._turns[what] += 1
        return given[turn] if turn < len(given) else after


@dataclass(frozen=True)
class Stage:
    """All that a rehearsal plays on."""

    version: Version
    line: RehearsedLine
    journal: RehearsedJournal
    clinic: RehearsedClinic

    @classmethod
    def set(
        cls, version: Version, rehearsal: Rehearsal, clinic: Clinic, instead: Mapping[str, Version] | None = None
    ) -> Stage:
        """A caller about to ring, as the rehearsal says."""
        titles = {id: drawn.title for id, drawn in version.document.nodes.items()}
        script = _Script(rehearsal, titles, clinic.names("person"))
        line = RehearsedLine(
            id=f"rehearsal-{version.id}",
            caller=Caller(rehearsal.caller, rehearsal.caller_name),
            dialled=rehearsal.dialled,
            now=rehearsal.time().astimezone(UTC),
            script=script,
            patience=rehearsal.patience,
        )
        played = RehearsedClinic(
            clinic,
            script.answer,
            version,
            opening=rehearsal.hours,
            instead=instead or {},
            stated=rehearsal.queues,
            now=lambda: line.now,
            later=line.later,
        )
        return cls(version, line, RehearsedJournal(), played)

    def call(self) -> RehearsedCall:
        """A controller's hold on the call: where its bookmark stands, at the beginning of the flow when it has none."""
        number = self.clinic.number(self.line.dialled)
        where = number.id if number else None, number.location if number else None
        if self.line.sealed is not None:
            return resumed(self.line, self.journal, *where)
        return RehearsedCall(self.line, Walker.beginning(self.version), self.journal, *where)


def rehearse(
    version: Version, rehearsal: Rehearsal, clinic: Clinic, instead: Mapping[str, Version] | None = None
) -> RehearsalResult:
    """Walk `version` as the rehearsal says, and compare. Nothing outside is touched.

    `instead`: by flow, versions that other flows' calls enter in place of the live ones: to see what those would do.
    """
    stage = Stage.set(version, rehearsal, clinic, instead)
    line, journal = stage.line, stage.journal
    walked = carry(line, Walker(stage.clinic, journal), journal, stage.call)
    result = RehearsalResult(
        rehearsal=rehearsal,
        path=tuple(_path(line, journal, stage.clinic)),
        heard=tuple(line.heard),
        reached=tuple(_reached(line, stage.clinic)),
        end=journal.endings[0].ending if journal.endings else walked.outcome,
        seconds=line.seconds,
    )
    return RehearsalResult(**{**vars(result), "why": tuple(_why(result, stage))})


def _path(line: RehearsedLine, journal: RehearsedJournal, clinic: Clinic) -> Iterator[PathStep]:
    for _, step in sorted(journal.steps.items()):
        version = clinic.version(step.version)
        drawn = version.document.nodes.get(step.node) if version else None
        entered = (step.entered_at - line.began).total_seconds()
        yield PathStep(step.node, drawn.title if drawn else "", step.kind, step.exit, entered, step.version, step.error)


def _reached(line: RehearsedLine, clinic: RehearsedClinic) -> Iterator[str]:
    """Who took the call: by name where there is one."""
    people = clinic.names("person")
    for phone in line.joined:
        yield people.get(phone.person or "") or phone.label or phone.person or phone.address
    for message in clinic.messages:
        yield clinic.names("mailbox").get(message["mailbox"], message["mailbox"])


def _why(result: RehearsalResult, stage: Stage) -> Iterator[Text]:
    """What was not as the rehearsal expects. Nodes are called by title, however the rehearsal names them."""
    expected, clinic = result.rehearsal, stage.clinic
    titles = {id: drawn.title for id, drawn in stage.version.document.nodes.items() if drawn.title}
    way = iter(result.path)
    before = ""
    for name in expected.path:
        if not any(name in (step.node, step.title) for step in way):
            if before:
                yield T("After “{before}” the call did not come to “{name}”. Its way was: {way}.",
                        before=titles.get(before, before), name=titles.get(name, name), way=_way(result))  # fmt: skip
            else:
                yield T("The call did not come to “{name}”. Its way was: {way}.",
                        name=titles.get(name, name), way=_way(result))  # fmt: skip
            break
        before = name
    for name in expected.avoids:
        if any(name in (step.node, step.title) for step in result.path):
            yield T("The call came to “{name}”, where it should not go. Its way was: {way}.",
                    name=titles.get(name, name), way=_way(result))  # fmt: skip
    said = " ".join(" ".join(heard.text.split()) for heard in result.heard)
    for text in expected.hears:
        if " ".join(text.split()).casefold() not in said.casefold():
            yield T("The caller did not hear “{text}”.", text=text)
    if expected.reaches is not None and expected.reaches not in result.reached:
        ids = {*clinic.took, *(message["mailbox"] for message in clinic.messages)}
        if expected.reaches not in ids:
            reached = ", ".join(result.reached)
            if reached:
                yield T("The call should reach {name}; it reached {reached}.", name=expected.reaches, reached=reached)
            else:
                yield T("The call should reach {name}; it reached nobody.", name=expected.reaches)
    if expected.end is not None and expected.end != result.end:
        yield T("The call should end so: {expected}; it ended so: {end}.",
                expected=ENDS.get(expected.end, expected.end), end=ENDS.get(result.end, result.end))  # fmt: skip


ENDS: dict[str, Text] = {
    "flow ended": T("the flow came to its end"),
    "caller hung up": T("the caller hung up"),
    "staff hung up": T("staff hung up"),
    "backup line": T("the backup line took it"),
    "lost": T("the call was lost"),
}
"""How a call ended, in words."""


def _way(result: RehearsalResult) -> str:
    """The path as staff read it."""
    names = [step.title or step.node for step in result.path]
    shown = names if len(names) <= 12 else [*names[:6], "…", *names[-5:]]
    return " → ".join(shown) if shown else "—"
