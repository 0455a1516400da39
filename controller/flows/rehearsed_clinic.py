"""A clinic as it is, without effects: what a rehearsed flow asks, and where what it would leave behind is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from controller.calls.call import Phone
from controller.flows.clinic import (
    Clinic,
    ContactAnswer,
    HoursAnswer,
    LocationAnswer,
    MailboxAnswer,
    NumberAnswer,
    Opening,
    PersonAnswer,
    PromptAnswer,
    ProviderAnswer,
    QueueAnswer,
    WebAnswer,
    WebRequest,
)
from controller.flows.rehearsed import (
    recording_name,
)
from controller.flows.rehearsed_queues import QueueScript, RehearsedQueues
from controller.flows.walker import Version


@dataclass
class RehearsedClinic:
    """A clinic as it is, at the rehearsed time, whose effects are only written down. `rehearsed`: the version rehearsed,
    which need not be published. `instead`: by flow, versions to be taken for the live ones."""

    clinic: Clinic
    web: Callable[[str], WebAnswer]
    """What is answered to a request to an address."""
    rehearsed: Version
    opening: Mapping[str, Opening] = field(default_factory=dict)
    instead: Mapping[str, Version] = field(default_factory=dict)
    stated: Mapping[str, QueueScript] = field(default_factory=dict)
    """How it is taken to be with queues, by id or name."""
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    later: Callable[[float, Callable[[], None]], object] = field(default=lambda seconds, do: None)
    """Has something done after so many seconds."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    requests: list[WebRequest] = field(default_factory=list)
    took: list[str] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._queues = RehearsedQueues(self, self.stated, self.now, self.later)

    def number(self, dialled: str) -> NumberAnswer | None:
        return self.clinic.number(dialled)

    def numbers(self) -> Sequence[NumberAnswer]:
        return self.clinic.numbers()

    def default_flow(self) -> str | None:
        return self.clinic.default_flow()

    def emergency_sentence(self) -> Mapping[str, str]:
        return self.clinic.emergency_sentence()

    def announcement(self, location: str | None, at: datetime) -> Mapping[str, str]:
        return self.clinic.announcement(location, at)

    def live_version(self, flow: str) -> Version | None:
        if flow == self.rehearsed.flow:
            return self.rehearsed
        return self.instead.get(flow) or self.clinic.live_version(flow)

    def version(self, version: str) -> Version | None:
        known = (self.rehearsed, *self.instead.values())
        return next((one for one in known if one.id == version), None) or self.clinic.version(version)

    def hours(self, hours: str, at: datetime) -> HoursAnswer | None:
        for name in (hours, self.clinic.names("hours").get(hours, "")):
            if name in self.opening:
                return HoursAnswer(self.opening[name])
        return self.clinic.hours(hours, at)

    def contact(self, number: str | None) -> ContactAnswer | None:
        return self.clinic.contact(number)

    def listed(self, list_id: str, number: str | None, at: datetime) -> bool:
        return self.clinic.listed(list_id, number, at)

    def location(self, location: str) -> LocationAnswer | None:
        return self.clinic.location(location)

    def locations(self) -> Sequence[LocationAnswer]:
        return self.clinic.locations()

    def person(self, person: str) -> PersonAnswer | None:
        return self.clinic.person(person)

    def team(self, team: str) -> Sequence[PersonAnswer] | None:
        return self.clinic.team(team)

    def on_call(self, rota: str, at: datetime) -> Sequence[Sequence[Phone]] | None:
        return self.clinic.on_call(rota, at)

    def rota_members(self, rota: str) -> Sequence[PersonAnswer | Phone] | None:
        return self.clinic.rota_members(rota)

    def queue(self, queue: str) -> QueueAnswer | None:
        return self.clinic.queue(queue)

    def provider(self, provider: str) -> ProviderAnswer | None:
        return self.clinic.provider(provider)

    @property
    def queues(self) -> RehearsedQueues:
        return self._queues

    def prompt(self, prompt: str) -> PromptAnswer | None:
        return self.clinic.prompt(prompt)

    def mailbox(self, mailbox: str) -> MailboxAnswer | None:
        return self.clinic.mailbox(mailbox)

    def trunk(self, location: str | None) -> str | None:
        return self.clinic.trunk(location)

    def outside_number(self, given: str, location: str | None) -> str:
        return self.clinic.outside_number(given, location)

    def beep(self) -> Path:
        return self.clinic.beep()

    def names(self, noun: str) -> Mapping[str, str]:
        return self.clinic.names(noun)

    def may_ask(self, url: str) -> bool:
        return self.clinic.may_ask(url)

    def turn(self, key: str, of: int) -> int:
        turn = self.turns.get(key, 0)
        self.turns[key] = turn + 1
        return turn % of

    def answered(self, person: str, at: datetime) -> None:
        self.took.append(person)

    def message_path(self, call: str, step: int) -> Path:
        return recording_name(call, f"message-{step}")

    def leave_message(self, **message: Any) -> None:
        if all((left["call"], left["step"]) != (message["call"], message["step"]) for left in self.messages):
            self.messages.append(message)

    def recording_path(self, call: str, at: datetime) -> Path:
        return recording_name(call, "call")

    def send(self, request: WebRequest) -> WebAnswer:
        self.requests.append(request)
        return self.web(request.url)
