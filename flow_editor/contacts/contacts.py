"""Contacts: callers whom the clinic knows; and lists of callers, such as those who are blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session, selectinload

from controller.store.models import Contact, ContactList, ContactNumber, ListEntry
from controller.texts import T
from flow_editor.accounts.permissions import Permission
from flow_editor.errors import Refusal
from flow_editor.things.numbers import shown, typed
from flow_editor.things.thing import Form, Line, Thing, basics, named
from flow_editor.things.uses import now

MOST = 200
"""Contacts that a list shows: the first that have in them what was searched for."""


class ContactNumberForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: str = Field(max_length=40)
    label: str = Field(default="", max_length=40)


class ContactForm(Form):
    """`details`: what flows may compare ("doctor": "Dr. Ruiz")."""

    name: str = Field(max_length=200)
    location: str | None = None
    language: str | None = Field(default=None, max_length=8)
    numbers: list[ContactNumberForm] = Field(default_factory=list, max_length=50)
    details: dict[str, str] = Field(default_factory=dict, max_length=100)


class ContactLine(Line):
    """`lists`: names of those it is on."""

    numbers: list[str]
    language: str | None
    lists: list[str]


class Contacts(Thing[Contact, ContactForm, ContactLine]):
    path = "contacts"
    row = Contact
    form = ContactForm
    line = ContactLine
    goes_along = frozenset({"list_entries"})
    sees = Permission.SEE_CALLERS

    def find(self, session: Session, search: str) -> Sequence[Contact]:
        query = select(Contact).options(selectinload(Contact.numbers)).order_by(func.lower(Contact.name), Contact.id)
        if search:
            digits = "".join(sign for sign in search if sign.isdigit())
            like = select(ContactNumber.contact_id).where(cast(ContactNumber.number, String).contains(digits))
            named_so = func.lower(Contact.name).contains(search.lower(), autoescape=True)
            query = query.where(or_(named_so, Contact.id.in_(like)) if len(digits) > 2 else named_so)
        return session.scalars(query.limit(MOST)).all()

    def lines(self, session: Session, rows: Sequence[Contact]) -> list[ContactLine]:
        lists: dict[str, list[str]] = {}
        on = select(ListEntry.contact_id, ContactList.name).join(ContactList).order_by(ContactList.name)
        for contact, name in session.execute(on.where(ListEntry.contact_id.in_([row.id for row in rows]))):
            lists.setdefault(str(contact), []).append(name)
        return [
            ContactLine(
                **basics(row, self.changes),
                numbers=[shown(one.number) for one in row.numbers],
                language=row.language,
                lists=lists.get(row.id, []),
            )
            for row in rows
        ]

    def read(self, session: Session, row: Contact) -> ContactForm:
        return ContactForm(
            name=row.name,
            location=row.location_id,
            language=row.language,
            numbers=[ContactNumberForm(number=shown(one.number), label=one.label) for one in row.numbers],
            details=row.attributes,
        )

    def write(self, session: Session, row: Contact, form: ContactForm) -> None:
        row.name, row.location_id = named(form.name), form.location
        row.language = form.language or None
        row.attributes = {key.strip(): value.strip() for key, value in form.details.items() if key.strip()}
        there = {one.number: one for one in row.numbers}
        wanted: dict[str, str] = {}
        for place, given in enumerate(form.numbers):
            if (number := typed(given.number, f"numbers.{place}")) is not None:
                wanted.setdefault(number, given.label.strip())
        kept = []
        for number, label in wanted.items():
            one = there.get(number) or ContactNumber(number=number)
            one.label = label
            kept.append(one)
        row.numbers = kept


class ListEntryForm(BaseModel):
    """A number or a contact. `until`: none, until it is taken off."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(default="", max_length=40)
    contact: str | None = None
    contact_name: str = ""
    reason: str = Field(default="", max_length=500)
    until: AwareDatetime | None = None


class ListForm(Form):
    name: str = Field(max_length=200)
    location: str | None = None
    entries: list[ListEntryForm] = Field(default_factory=list, max_length=5000)


class ListLine(Line):
    """`count`: of entries; `expired`: of those, how many count no more."""

    count: int
    expired: int


class Lists(Thing[ContactList, ListForm, ListLine]):
    path = "lists"
    row = ContactList
    form = ListForm
    line = ListLine
    sees = Permission.SEE_CALLERS

    def lines(self, session: Session, rows: Sequence[ContactList]) -> list[ListLine]:
        counted = select(ListEntry.list_id, func.count()).group_by(ListEntry.list_id)
        counts: dict[str, int] = dict(session.execute(counted).all())
        over: dict[str, int] = dict(session.execute(counted.where(ListEntry.expires_at <= now())).all())
        return [
            ListLine(**basics(row, self.changes), count=counts.get(row.id, 0), expired=over.get(row.id, 0))
            for row in sorted(rows, key=lambda row: row.name.casefold())
        ]

    def read(self, session: Session, row: ContactList) -> ListForm:
        return ListForm(
            name=row.name,
            location=row.location_id,
            entries=[
                ListEntryForm(
                    number=shown(entry.number),
                    contact=entry.contact_id,
                    contact_name=entry.contact.name if entry.contact else "",
                    reason=entry.reason,
                    until=entry.expires_at,
                )
                for entry in sorted(row.entries, key=lambda entry: entry.id, reverse=True)
            ],
        )

    def write(self, session: Session, row: ContactList, form: ListForm) -> None:
        row.name, row.location_id = named(form.name), form.location
        there = {entry.number or entry.contact_id: entry for entry in row.entries}
        kept: dict[str, ListEntry] = {}
        for place, given in enumerate(form.entries):
            number = None if given.contact else typed(given.number, f"entries.{place}")
            if number is None and given.contact is None:
                text = T("Give a number, or choose a contact.")
                raise Refusal(text, fields={f"entries.{place}": text})
            if given.contact is not None and session.get(Contact, given.contact) is None:
                text = T("This contact is not here any more.")
                raise Refusal(text, fields={f"entries.{place}": text})
            key = number or given.contact or ""
            entry = there.get(key) or ListEntry(number=number, contact_id=given.contact)
            entry.reason, entry.expires_at = given.reason.strip(), _moment(given.until)
            kept.setdefault(key, entry)
        row.entries = list(kept.values())


def _moment(given: datetime | None) -> datetime | None:
    return given.replace(microsecond=0) if given is not None else None
