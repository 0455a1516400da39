"""A clinic in memory for tests, from plain dicts or YAML; its effects are lists to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from controller.calls.call import Phone
from controller.dialling import Reach
from controller.flows.clinic import (
    AbsenceAnswer,
    ContactAnswer,
    ExpectedAnswer,
    HoursAnswer,
    LocationAnswer,
    MailboxAnswer,
    NumberAnswer,
    Opening,
    PersonAnswer,
    PromptAnswer,
    ProviderAnswer,
    QueueAnswer,
    QueueTeamAnswer,
    WebAnswer,
    WebRequest,
)
from controller.flows.document import Document
from controller.flows.rehearsed_queues import RehearsedQueues
from controller.flows.walker import Version
from controller.queues.rules import QueueRules


def phone(given: str, person: str | None = None) -> Phone:
    """ "inside:101" or "outside:+13125550123"; the id is the text itself, the label what follows a space."""
    address, _, label = given.partition(" ")
    kind, _, number = address.partition(":")
    assert kind in ("inside", "outside"), given
    return Phone(address, "inside" if kind == "inside" else "outside", number, person, label)


def _time(given: str | datetime) -> datetime:
    """A time with its zone. YAML reads one without quotes as one in UTC."""
    at = datetime.fromisoformat(given) if isinstance(given, str) else given
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass
class SampleClinic:
    """Everything by id; names are the ids in words unless `name` is given. Facts, as YAML has them:

    hours: {main: open}                      numbers: {"+13125550100": {flow: f, location: l, backup: ...}}
    people: {ana: {name: Ana, phones: [inside:101, "outside:+13125550142"], available: true, languages: [es]}}
    teams: {desk: [ana, bo]}                 rotas: {night: [[ana], ["outside:+13125550199 Answering service"]]}
    locations: {lake: {name: Lakeside, zone: America/Chicago, number: ..., area_codes: [...], post_codes: [...]}}
    contacts: {"+13125550142": {id: c, name: Ana, language: es, lists: [...], attributes: {...}}}
    lists: {blocked: ["+1..."]}              prompts: {hello: {text: {en: Hello}, recordings: {en: hello.wav}}}
    mailboxes: {front: {name: Front desk, greeting: {en: Hi}}}      emergency_sentence: {en: ...}
    allowed_hosts: [...]                     webs: {url: {status: 200, fields: {...}}}
    flows: {other: {document}}
    queues: {desk: {name: Front desk, hours: main, teams: [desk, {team: nurses, joins_after: 300}], rules: {...}}}
    providers: {park: {name: Dr. Park, spoken: Doctor Park, person: ellen, queue: desk, location: lake,
        absences: [{begins: 2026-11-23T00:00:00-06:00, ends: ..., cover: torres}],
        expected: [{until: 2026-11-23T15:00:00-06:00, number: "+1...", list: hospital, label: The hospital}]}}
    skills: {es: {name: Spanish}}
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    took: list[tuple[str, datetime]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    requests: list[WebRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        for flow, drawn in self.facts.get("flows", {}).items():
            self.publish(flow, Document.model_validate(drawn))

    def publish(self, flow: str, document: Document) -> Version:
        """Make this the flow's live version."""
        version = Version.read(f"{flow}-{len(self.versions) + 1}", flow, document)
        self.versions[version.id] = version
        self.live[flow] = version.id
        return version

    def _all(self, what: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.facts.get(what, {})
        return found

    def number(self, dialled: str) -> NumberAnswer | None:
        return next((number for number in self.numbers() if number.number == dialled), None)

    def numbers(self) -> Sequence[NumberAnswer]:
        return [
            NumberAnswer(
                number, number, row.get("location"), row.get("flow"), row.get("backup"), row.get("testing", False)
            )
            for number, row in self._all("numbers").items()
        ]

    def default_flow(self) -> str | None:
        return self.facts.get("default_flow")

    def emergency_sentence(self) -> Mapping[str, str]:
        return self._all("emergency_sentence")

    def announcement(self, location: str | None, at: datetime) -> Mapping[str, str]:
        return self._all("announcement")

    def live_version(self, flow: str) -> Version | None:
        return self.versions[self.live[flow]] if flow in self.live else None

    def version(self, version: str) -> Version | None:
        return self.versions.get(version)

    def hours(self, hours: str, at: datetime) -> HoursAnswer | None:
        state = self._all("hours").get(hours)
        return HoursAnswer(Opening(state)) if state else None

    def contact(self, number: str | None) -> ContactAnswer | None:
        row = self._all("contacts").get(number or "")
        if row is None:
            return None
        return ContactAnswer(
            row.get("id", number),
            row.get("name", ""),
            row.get("language"),
            frozenset(row.get("lists", ())),
            row.get("attributes", {}),
        )

    def listed(self, list_id: str, number: str | None, at: datetime) -> bool:
        return number is not None and number in self._all("lists").get(list_id, ())

    def location(self, location: str) -> LocationAnswer | None:
        return next((place for place in self.locations() if place.id == location), None)

    def locations(self) -> Sequence[LocationAnswer]:
        return [
            LocationAnswer(
                id,
                row.get("name", id),
                ZoneInfo(row.get("zone", "America/Chicago")),
                row.get("number"),
                tuple(row.get("area_codes", ())),
                tuple(row.get("post_codes", ())),
                row.get("hours"),
            )
            for id, row in self._all("locations").items()
        ]

    def person(self, person: str) -> PersonAnswer | None:
        row = self._all("people").get(person)
        if row is None:
            return None
        last = max((at for who, at in self.took if who == person), default=row.get("last_answered"))
        return PersonAnswer(
            person,
            row.get("name", person),
            tuple(phone(given, person) for given in row.get("phones", ())),
            tuple(row.get("languages", ())),
            row.get("available", True),
            last,
        )

    def team(self, team: str) -> Sequence[PersonAnswer] | None:
        members = self._all("teams").get(team)
        return None if members is None else [found for id in members if (found := self.person(id))]

    def on_call(self, rota: str, at: datetime) -> Sequence[Sequence[Phone]] | None:
        steps = self._all("rotas").get(rota)
        if steps is None:
            return None
        return [[one for member in step for one in self._phones(member)] for step in steps]

    def rota_members(self, rota: str) -> Sequence[PersonAnswer | Phone] | None:
        steps = self._all("rotas").get(rota)
        return None if steps is None else [self.person(member) or phone(member) for step in steps for member in step]

    def _phones(self, member: str) -> Sequence[Phone]:
        person = self.person(member)
        return person.phones if person else [phone(member)]

    def queue(self, queue: str) -> QueueAnswer | None:
        row = self._all("queues").get(queue)
        if row is None:
            return None
        teams = [{"team": team} if isinstance(team, str) else team for team in row.get("teams", ())]
        answering = tuple(QueueTeamAnswer(**team) for team in teams)
        rules = QueueRules.model_validate(row.get("rules", {}))
        where = row.get("location"), row.get("hours")
        return QueueAnswer(queue, row.get("name", queue), *where, teams=answering, rules=rules)

    def provider(self, provider: str) -> ProviderAnswer | None:
        row = self._all("providers").get(provider)
        if row is None:
            return None
        return ProviderAnswer(
            provider,
            row.get("name", provider),
            row.get("spoken", ""),
            row.get("location"),
            row.get("person"),
            row.get("queue"),
            tuple(
                AbsenceAnswer(_time(away["begins"]), _time(away["ends"]), away.get("cover"))
                for away in row.get("absences", ())
            ),
            tuple(
                ExpectedAnswer(_time(call["until"]), call.get("label", ""), call.get("number"), call.get("list"))
                for call in row.get("expected", ())
            ),
        )

    @property
    def queues(self) -> RehearsedQueues:
        return RehearsedQueues(self, {}, lambda: datetime.now(UTC), lambda seconds, do: None)

    def prompt(self, prompt: str) -> PromptAnswer | None:
        row = self._all("prompts").get(prompt)
        if row is None:
            return None
        recordings = {language: Path(file) for language, file in row.get("recordings", {}).items()}
        return PromptAnswer(prompt, row.get("name", prompt), recordings, row.get("text", {}))

    def mailbox(self, mailbox: str) -> MailboxAnswer | None:
        row = self._all("mailboxes").get(mailbox)
        return None if row is None else MailboxAnswer(mailbox, row.get("name", mailbox), row.get("greeting", {}))

    def trunk(self, location: str | None) -> str | None:
        return "trunk"

    def outside_number(self, given: str, location: str | None) -> str:
        return Reach.read({}, "US").number(given)

    def beep(self) -> Path:
        return Path("beep.wav")

    def names(self, noun: str) -> Mapping[str, str]:
        if noun == "flow":
            return {flow: self.versions[version].document.name or flow for flow, version in self.live.items()}
        plural = {"person": "people", "hours": "hours", "mailbox": "mailboxes"}.get(noun, noun + "s")
        return {id: row.get("name", id) if isinstance(row, Mapping) else id for id, row in self._all(plural).items()}

    def may_ask(self, url: str) -> bool:
        return any(url.startswith(f"https://{host}/") for host in self.facts.get("allowed_hosts", ()))

    def turn(self, key: str, of: int) -> int:
        self.turns[key] += 1
        return (self.turns[key] - 1) % of

    def answered(self, person: str, at: datetime) -> None:
        self.took.append((person, at))

    def message_path(self, call: str, step: int) -> Path:
        return Path(f"/messages/{call}-{step}.wav")

    def leave_message(self, **message: Any) -> None:
        if all((left["call"], left["step"]) != (message["call"], message["step"]) for left in self.messages):
            self.messages.append(message)

    def recording_path(self, call: str, at: datetime) -> Path:
        return Path(f"/recordings/{call}.wav")

    def send(self, request: WebRequest) -> WebAnswer:
        self.requests.append(request)
        row = self._all("webs").get(request.url)
        return WebAnswer(0, error="no answer") if row is None else WebAnswer(**row)
