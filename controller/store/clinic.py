"""The clinic as flows see it (flows/clinic.py), from SQL.

What flows ask is answered from a snapshot in memory, made anew when the bus says that something of it has changed, so that a call
costs no SQL. Only callers are looked up by number, since a clinic has many thousands of contacts; that is remembered too.
"""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import gevent
import structlog
from gevent.event import Event
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from controller.calls.call import Phone
from controller.dialling import DIAL_RULES, Reach
from controller.flows import upgrades
from controller.flows.clinic import (
    ContactAnswer,
    HoursAnswer,
    LocationAnswer,
    MailboxAnswer,
    NumberAnswer,
    PersonAnswer,
    PromptAnswer,
    ProviderAnswer,
    QueueAnswer,
    WebAnswer,
    WebRequest,
)
from controller.flows.walker import Version
from controller.queues.waiting import Queues
from controller.store.bus import MISSED, Bus
from controller.store.engine import Database, DatabaseBusy
from controller.store.models import (
    Change,
    Contact,
    ContactList,
    ContactNumber,
    Flow,
    FlowVersion,
    ListEntry,
    Message,
    Person,
    Turn,
)
from controller.store.notices import Notice
from controller.store.snapshot import DEFAULT_FLOW, Snapshot
from controller.telephone import NotATelephoneNumber, e164, without_parameters
from controller.voice import tones

log = structlog.get_logger(__name__)

CALLERS_KEPT = 5_000
VERSIONS_KEPT = 32
"""Versions kept in memory besides as many as are live: those of calls under way. Each is hundreds of objects, which the
interpreter's garbage collection stops everything to look through; one that is needed again is read again in milliseconds."""
ANSWERED = "answered"
"""Topic: this person has just taken a call."""
EMERGENCY_SENTENCE = "emergency_sentence"
"""Preference of the organisation: text by language (Clinic.emergency_sentence)."""
CALLER_TOPICS = (Contact.__tablename__, ContactNumber.__tablename__, ContactList.__tablename__, ListEntry.__tablename__)


class NoQueues(Exception):
    """This process was not told how it is with the queues: it takes no calls."""


class Web(Protocol):
    """Asks web services (delivery/webhooks.py)."""

    def may_ask(self, url: str) -> bool: ...
    def send(self, request: WebRequest) -> WebAnswer: ...


class SqlClinic:
    """One per process. `start` keeps it fresh; without, it is as of its first question (commands do with that)."""

    def __init__(
        self,
        database: Database,
        *,
        data_dir: Path,
        web: Web,
        country: str = "US",
        taken_up: Callable[[Mapping[str, str]], None] = lambda live: None,
        queues: Queues | None = None,
    ) -> None:
        """`country` (ISO 3166): how numbers dialled without a country code are read. `taken_up` is told, each time that
        the clinic has been looked at, which version of each flow new calls take from then on. `queues`: none in a process
        that takes no calls."""
        self._database = database
        self._data_dir = data_dir.resolve()
        self._web = web
        self._country = country
        self._taken_up = taken_up
        self._queues = queues
        self._snapshot: Snapshot | None = None
        self._seen = _Seen()
        self._versions: OrderedDict[str, Version] = OrderedDict()
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        self._wake = Event()
        self._told: set[str] = set()
        """What notices have said to be old in the snapshot; woken without one, it looks whether anything is."""
        self._refresher: gevent.Greenlet[..., None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    # -- keeping it fresh

    def start(self, bus: Bus) -> None:
        """Look once, and from now on whenever something has changed. Raises SQLAlchemy's errors when it cannot look."""
        # Subscribed before the first look: whatever changes after it is heard.
        self._unsubscribe = bus.subscribe(self._heard)
        self.refresh()
        self._refresher = gevent.spawn(self._keep_fresh)

    def stop(self) -> None:
        """Keep what is known."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._refresher is not None:
            self._refresher.kill()
            self._refresher = None

    def refresh(self) -> None:
        """Look now."""
        with self._database.read() as session:
            seen = _Seen(_counter(session, _FLOWS), _counter(session, _OTHERS))
            snapshot = Snapshot.take(session, self._data_dir)
        self._callers.clear()
        self._take(snapshot, seen)

    def supposing(self, session: Session, callers: Iterable[str] = ()) -> SqlClinic:
        """The clinic as it would be with what this session has written and not yet committed: to rehearse upon. `callers`:
        the numbers that will be asked about."""
        supposed = copy.copy(self)
        supposed._snapshot = Snapshot.take(session, self._data_dir)
        supposed._callers = OrderedDict((number, _Caller.read(session, number)) for number in callers)
        supposed._versions = OrderedDict(self._versions)
        for version in set(supposed._snapshot.live.values()) - set(self._versions):
            if (read := _version(session, version)) is not None:
                supposed._versions[version] = read
        return supposed

    def _refresh_flows(self) -> None:
        """Look at flows only: so a version that was put live is taken up in a fraction of the time."""
        with self._database.read() as session:
            seen = _Seen(_counter(session, _FLOWS), self._seen.others)
            snapshot = self._now.with_flows(session)
        self._take(snapshot, seen)

    def _take(self, snapshot: Snapshot, seen: _Seen) -> None:
        """Answer from this one from now on."""
        readable = {}
        for flow, version in snapshot.live.items():
            if version not in self._versions:
                gevent.sleep(0)  # reading a large flow takes milliseconds: calls go on in between
            if self.version(version) is not None:
                readable[flow] = version
        self._snapshot, self._seen = snapshot, seen
        self._taken_up(readable)

    def _heard(self, notice: Notice) -> None:
        if notice is MISSED:
            self._callers.clear()
            self._wake.set()
        elif notice.topic in Snapshot.TOPICS:
            self._told.add(notice.topic)
            self._wake.set()
        elif notice.topic == ANSWERED:
            self._hear_answered(notice.key)
        if notice.topic in CALLER_TOPICS:
            self._callers.clear()

    def _keep_fresh(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            told, self._told = self._told, set()
            try:
                told = told or self._changed()
                if told == {Flow.__tablename__}:
                    self._refresh_flows()
                elif told:
                    self.refresh()
            except (SQLAlchemyError, DatabaseBusy) as error:
                # What is known goes on being answered; the next nudge comes in seconds.
                self._told |= Snapshot.TOPICS
                log.error("clinic_not_refreshed", error=type(error).__name__)
            except Exception:
                self._told |= Snapshot.TOPICS
                log.exception("clinic_not_refreshed")

    def _changed(self) -> set[str]:
        """What has, of the topics; all of them where we cannot tell."""
        with self._database.read() as session:
            if _counter(session, _OTHERS, self._seen.others[0]) != self._seen.others:
                return {*Snapshot.TOPICS}
            if _counter(session, _FLOWS, self._seen.flows[0]) != self._seen.flows:
                return {Flow.__tablename__}
        return set()

    def _hear_answered(self, person: str) -> None:
        if self._snapshot is None:
            return
        with self._database.read() as session:
            at = session.scalar(select(Person.last_answered_at).where(Person.id == person))
        if at is not None:
            self._snapshot.answered(person, at)

    @property
    def _now(self) -> Snapshot:
        if self._snapshot is None:
            self.refresh()
        assert self._snapshot is not None
        return self._snapshot

    # -- what flows ask

    def number(self, dialled: str) -> NumberAnswer | None:
        """By the number dialled, however the network writes it."""
        dialled = without_parameters(dialled)
        found = self._now.numbers.get(dialled)
        if found is None:
            try:
                found = self._now.numbers.get(e164(dialled, self._country))
            except NotATelephoneNumber:
                return None
        return found

    def numbers(self) -> Sequence[NumberAnswer]:
        return list(self._now.numbers.values())

    def default_flow(self) -> str | None:
        flow = self._now.preference(DEFAULT_FLOW, None)
        return flow if isinstance(flow, str) else None

    def emergency_sentence(self) -> Mapping[str, str]:
        sentence = self._now.preference(EMERGENCY_SENTENCE, None)
        return sentence if isinstance(sentence, dict) else {}

    def announcement(self, location: str | None, at: datetime) -> Mapping[str, str]:
        for place in (location, None):
            found = self._now.announcements.get(place)
            if found is not None and (said := found.at(at)):
                return said
        return {}

    def live_version(self, flow: str) -> Version | None:
        live = self._now.live.get(flow)
        return None if live is None else self.version(live)

    def version(self, version: str) -> Version | None:
        known = self._versions.get(version)
        if known is not None:
            self._versions.move_to_end(version)
            return known
        with self._database.read() as session:
            known = _version(session, version)
        if known is None:
            return None
        self._versions[version] = known
        live = 0 if self._snapshot is None else len(self._snapshot.live)
        if len(self._versions) > VERSIONS_KEPT + live:
            self._versions.popitem(last=False)
        return known

    def hours(self, hours: str, at: datetime) -> HoursAnswer | None:
        found = self._now.hours.get(hours)
        return None if found is None else found.at(at)

    def contact(self, number: str | None) -> ContactAnswer | None:
        if number is None:
            return None
        caller = self._caller(number)
        if caller.contact is None:
            return None
        now = datetime.now(UTC)
        lists = frozenset(list_id for list_id, expires in caller.lists if expires is None or now < expires)
        contact = caller.contact
        return ContactAnswer(contact.id, contact.name, contact.language, lists, contact.attributes)

    def listed(self, list_id: str, number: str | None, at: datetime) -> bool:
        if number is None:
            return False
        lists = self._caller(number).lists
        return any(listed == list_id and (expires is None or at < expires) for listed, expires in lists)

    def _caller(self, number: str) -> _Caller:
        known = self._callers.get(number)
        if known is not None:
            self._callers.move_to_end(number)
            return known
        with self._database.read() as session:
            known = _Caller.read(session, number)
        self._callers[number] = known
        if len(self._callers) > CALLERS_KEPT:
            self._callers.popitem(last=False)
        return known

    def location(self, location: str) -> LocationAnswer | None:
        return self._now.locations.get(location)

    def locations(self) -> Sequence[LocationAnswer]:
        return list(self._now.locations.values())

    def person(self, person: str) -> PersonAnswer | None:
        return self._now.people.get(person)

    def team(self, team: str) -> Sequence[PersonAnswer] | None:
        members = self._now.teams.get(team)
        return None if members is None else [self._now.people[member] for member in members]

    def on_call(self, rota: str, at: datetime) -> Sequence[Sequence[Phone]] | None:
        """A step in which nobody has a phone is left out."""
        found = self._now.rotas.get(rota)
        if found is None:
            return None
        steps = [[phone for member in step for phone in self._now.phones_of(member)] for step in found.on_call(at)]
        return [step for step in steps if step]

    def rota_members(self, rota: str) -> Sequence[PersonAnswer | Phone] | None:
        found = self._now.rotas.get(rota)
        if found is None:
            return None
        members = sorted(found.plan.members(), key=lambda member: (member.person or "", member.number or ""))
        people = [self._now.people[member.person] for member in members if member.person in self._now.people]
        return [*people, *(phone for member in members if member.number for phone in self._now.phones_of(member))]

    def queue(self, queue: str) -> QueueAnswer | None:
        return self._now.queues.get(queue)

    def provider(self, provider: str) -> ProviderAnswer | None:
        return self._now.providers.get(provider)

    @property
    def queues(self) -> Queues:
        """Raises NoQueues."""
        if self._queues is None:
            raise NoQueues
        return self._queues

    def prompt(self, prompt: str) -> PromptAnswer | None:
        return self._now.prompts.get(prompt)

    def mailbox(self, mailbox: str) -> MailboxAnswer | None:
        return self._now.mailboxes.get(mailbox)

    def trunk(self, location: str | None) -> str | None:
        return self._now.trunk(location)

    def outside_number(self, given: str, location: str | None) -> str:
        rules = {**(self._now.preferences.get((DIAL_RULES, None)) or {})}
        rules |= self._now.preferences.get((DIAL_RULES, location)) or {}
        return Reach.read(rules, self._country).number(given)

    def beep(self) -> Path:
        return tones.beep(self._data_dir)

    def names(self, noun: str) -> Mapping[str, str]:
        return self._now.names.get(noun, {})

    # -- effects

    def turn(self, key: str, of: int) -> int:
        if of <= 1:
            return 0
        insert = (sqlite.insert if self._database.sqlite else postgresql.insert)(Turn).values(key=key, count=0)
        counted = insert.on_conflict_do_update(index_elements=["key"], set_={"count": Turn.count + 1})
        with self._database.connect() as connection:
            return connection.execute(counted.returning(Turn.count)).scalar_one() % of

    def answered(self, person: str, at: datetime) -> None:
        later = Person.last_answered_at.is_(None) | (Person.last_answered_at < at)
        with self._database.connect(Notice(ANSWERED, person)) as connection:
            connection.execute(update(Person).where(Person.id == person, later).values(last_answered_at=at))
        self._now.answered(person, at)

    def message_path(self, call: str, step: int) -> Path:
        """Its folder is there."""
        return self._made(self._data_dir / "messages" / _filename(call)[:2] / f"{_filename(call)}-{step}.wav")

    def recording_path(self, call: str, at: datetime) -> Path:
        """Its folder (by day, in UTC) is there."""
        day = at.astimezone(UTC).strftime("%Y/%m/%d")
        return self._made(self._data_dir / "recordings" / day / f"{_filename(call)}.wav")

    def _made(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def leave_message(
        self,
        *,
        mailbox: str,
        call: str,
        step: int,
        path: Path,
        seconds: float,
        at: datetime,
        caller: str | None,
        caller_name: str,
        language: str,
        urgent: bool = False,
    ) -> None:
        """Raises SQLAlchemy's IntegrityError when the mailbox is not there any more."""
        insert = (sqlite.insert if self._database.sqlite else postgresql.insert)(Message)
        row = {
            "mailbox_id": mailbox,
            "location_id": self._now.mailbox_location(mailbox),
            "call_id": call,
            "step": step,
            "path": str(path.relative_to(self._data_dir) if path.is_relative_to(self._data_dir) else path),
            "seconds": seconds,
            "left_at": at,
            "caller": None if caller is None else caller[:64],
            "caller_name": caller_name.replace("\0", "")[:200],
            "language": language,
            "urgent": urgent,
        }
        with self._database.connect(Notice(Message.__tablename__, mailbox)) as connection:
            connection.execute(insert.on_conflict_do_nothing(index_elements=["call_id", "step"]), row)

    def may_ask(self, url: str) -> bool:
        return self._web.may_ask(url)

    def send(self, request: WebRequest) -> WebAnswer:
        return self._web.send(request)


class _Caller:
    """What is known of a number: whose it is, and on which lists, each until when."""

    __slots__ = ("contact", "lists")

    def __init__(self, contact: Contact | None, lists: tuple[tuple[str, datetime | None], ...]) -> None:
        self.contact = contact
        self.lists = lists

    @classmethod
    def read(cls, session: Session, number: str) -> _Caller:
        contacts = session.scalars(
            select(Contact).join(ContactNumber).where(ContactNumber.number == number).order_by(Contact.id)
        ).all()
        on = (ListEntry.number == number) | ListEntry.contact_id.in_([contact.id for contact in contacts])
        entries = session.execute(select(ListEntry.list_id, ListEntry.expires_at).where(on))
        return cls(contacts[0] if contacts else None, tuple((row.list_id, row.expires_at) for row in entries))


def _version(session: Session, version: str) -> Version | None:
    """A version as it is in SQL; None when there is none, or none that this program can read."""
    found = session.get(FlowVersion, version)
    if found is None:
        return None
    try:
        document = upgrades.from_json(found.document)
    except upgrades.DocumentRefused as error:
        log.error("version_unreadable", version=version, why=str(error))
        return None
    return Version.read(found.id, found.flow_id, document)


def _filename(call: str) -> str:
    """A call's id as a file's name: ids are UUIDs, but they come from the network."""
    return re.sub(r"[^A-Za-z0-9-]", "_", call)[:64] or "_"


_FLOWS = Change.entity == Flow.__tablename__
_OTHERS = Change.entity != Flow.__tablename__


@dataclass(frozen=True)
class _Seen:
    """How far the history had come when we looked: at flows, and at everything else."""

    flows: tuple[int, int] = (0, 0)
    others: tuple[int, int] = (0, 0)


def _counter(session: Session, of: ColumnElement[bool], since: int | None = None) -> tuple[int, int]:
    """Changes whenever staff have changed anything of that: every such change writes history. `since`: the newest id seen
    before.

    The newest id alone would not do: on PostgreSQL an older id may be committed after it.
    """
    newest = session.scalar(select(func.max(Change.id)).where(of)) or 0
    after = (newest if since is None else since) - 1000
    recent = select(func.count()).select_from(Change).where(of, Change.id > after)
    return newest, session.scalar(recent) or 0
