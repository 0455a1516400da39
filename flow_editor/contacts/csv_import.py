"""Contacts from a table (CSV): read in full before anything is changed, with what is wrong line by line. Pure but for writing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from controller.store.models import Contact, ContactNumber
from controller.telephone import NotATelephoneNumber, e164
from controller.texts import T, Text

MOST = 5_000
"""Lines that one import may have."""

_NAMES = {"name", "full name", "patient", "nombre", "paciente"}
_LANGUAGES = {"language", "idioma", "lang"}
_NUMBERS = (
    "number",
    "phone",
    "telephone",
    "mobile",
    "cell",
    "número",
    "numero",
    "teléfono",
    "telefono",
    "móvil",
    "movil",
)


@dataclass(frozen=True)
class Row:
    """A line that can be taken. `line`: its number in the file, the head being 1."""

    line: int
    name: str
    numbers: tuple[str, ...]
    language: str | None
    details: Mapping[str, str]


@dataclass(frozen=True)
class Wrong:
    """A line that cannot, and why."""

    line: int
    text: Text


@dataclass(frozen=True)
class Table:
    """What a file holds. `columns`: how each was understood: "name", "number", "language", or a detail's own name."""

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[Row, ...] = ()
    wrong: tuple[Wrong, ...] = ()


@dataclass
class Counts:
    """What an import did, or would do."""

    new: int = 0
    changed: int = 0
    same: int = 0


def read(text: str, region: str) -> Table:
    """A file's text: its first line names the columns; commas, semicolons or tabs part them. `region`: how numbers are read."""
    text = text.removeprefix("\ufeff").replace("\0", "")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        head = next(lines)
    except (StopIteration, csv.Error):
        return Table(wrong=(Wrong(1, T("The file is empty.")),))
    kinds = [_kind(title) for title in head]
    columns = tuple((title.strip(), kind) for title, kind in zip(head, kinds, strict=True))
    if "name" not in kinds:
        return Table(
            columns, wrong=(Wrong(1, T("The first line must name the columns, and one of them must be “name”.")),)
        )
    rows: list[Row] = []
    wrong: list[Wrong] = []
    seen: dict[tuple[str, ...], int] = {}
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) + len(wrong) >= MOST:
                wrong.append(Wrong(lines.line_num, T("The file has more than {count} lines: split it.", count=MOST)))
                break
            found = _row(lines.line_num, kinds, cells, region)
            if isinstance(found, Row):
                same = (found.name.casefold(), *found.numbers)
                if (earlier := seen.setdefault(same, found.line)) != found.line:
                    found = Wrong(found.line, T("It is the same as line {line}.", line=earlier))
            (rows if isinstance(found, Row) else wrong).append(found)  # type: ignore[arg-type]
    except csv.Error:
        wrong.append(Wrong(lines.line_num, T("From here on this is not a table with columns.")))
    return Table(columns, tuple(rows), tuple(wrong))


def _kind(title: str) -> str:
    plain = " ".join(title.lower().split())
    if plain in _NAMES:
        return "name"
    if plain in _LANGUAGES:
        return "language"
    if any(plain.startswith(word) or plain.endswith(f" {word}") for word in _NUMBERS):
        return "number"
    return title.strip()


def _row(line: int, kinds: Sequence[str], cells: Sequence[str], region: str) -> Row | Wrong:
    if len(cells) > len(kinds):
        return Wrong(
            line, T("There are more cells than columns; a comma within a cell needs quotation marks around it.")
        )
    name, language, numbers, details = "", None, [], {}
    for kind, cell in zip(kinds, cells, strict=False):
        value = " ".join(cell.split())
        if not value:
            continue
        if kind == "name":
            name = value
        elif kind == "language":
            language = value.lower()[:8]
        elif kind == "number":
            for one in value.replace("/", ";").split(";"):
                try:
                    numbers.append(e164(one, region))
                except NotATelephoneNumber:
                    return Wrong(line, T("“{number}” is not a telephone number.", number=one.strip()))
        elif kind:
            details[kind[:200]] = value[:500]
    if not name:
        return Wrong(line, T("There is no name."))
    if len(name) > 200:
        return Wrong(line, T("The name is too long."))
    return Row(line, name, tuple(dict.fromkeys(numbers)), language, details)


def plan(session: Session, rows: Sequence[Row], location: str | None) -> list[tuple[Row, Contact | None]]:
    """Whom each row is about: one with the name and a number of a contact that is there, is that one; all others are new."""
    known: dict[tuple[str, str], Contact] = {}
    query = (
        select(Contact)
        .options(selectinload(Contact.numbers))
        .where(Contact.location_id.is_(None) if location is None else Contact.location_id == location)
    )
    for contact in session.scalars(query):
        for number in contact.numbers:
            known[contact.name.casefold(), number.number] = contact
    found = ((row, (known.get((row.name.casefold(), number)) for number in row.numbers)) for row in rows)
    return [(row, next((contact for contact in contacts if contact is not None), None)) for row, contacts in found]


def count(planned: Iterable[tuple[Row, Contact | None]]) -> Counts:
    """What taking them would do."""
    counts = Counts()
    for row, contact in planned:
        if contact is None:
            counts.new += 1
        elif _news(contact, row):
            counts.changed += 1
        else:
            counts.same += 1
    return counts


def take(session: Session, rows: Sequence[Row], location: str | None) -> Counts:
    """Put rows into SQL."""
    planned = plan(session, rows, location)
    counts = count(planned)
    for row, contact in planned:
        if contact is None:
            made = Contact(name=row.name, location_id=location, language=row.language, attributes=dict(row.details))
            made.numbers = [ContactNumber(number=number) for number in row.numbers]
            session.add(made)
        elif _news(contact, row):
            contact.language = row.language or contact.language
            contact.attributes = {**contact.attributes, **row.details}
            there = {number.number for number in contact.numbers}
            new = [ContactNumber(number=number) for number in row.numbers if number not in there]
            contact.numbers = [*contact.numbers, *new]
    session.flush()
    return counts


def _news(contact: Contact, row: Row) -> bool:
    """Whether a row says something that the contact does not have yet, or has otherwise."""
    return (
        (row.language or contact.language) != contact.language
        or {**contact.attributes, **row.details} != contact.attributes
        or not {number.number for number in contact.numbers}.issuperset(row.numbers)
    )
