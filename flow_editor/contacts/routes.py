"""The pages of contacts and of lists of callers, and contacts from a table."""

from __future__ import annotations

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from flow_editor.accounts.permissions import Permission, needs
from flow_editor.contacts import csv_import
from flow_editor.contacts.contacts import Contacts, Lists
from flow_editor.editor import editor, language, must, visitor
from flow_editor.things.numbers import shown
from flow_editor.things.serving import serve
from flow_editor.things.thing import country

blueprint = APIBlueprint("contacts", __name__, url_prefix="/api")
serve(blueprint, Contacts())
serve(blueprint, Lists())

SHOWN = 20
"""Lines that are shown before an import, and errors."""


class ContactsImport(BaseModel):
    """A table as text. `location`: whose contacts they become."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=8_000_000)
    location: str | None = None


class ContactsImportColumn(BaseModel):
    """`meaning`: "name", "number", "language", or the name of a detail; empty for one that is left out."""

    title: str
    meaning: str


class ContactsImportRow(BaseModel):
    line: int
    name: str
    numbers: list[str]
    language: str | None
    details: dict[str, str]


class ContactsImportWrong(BaseModel):
    line: int
    message: str


class ContactsImportPreview(BaseModel):
    """What an import would do, and the first lines of it; `wrong`: lines that would be left out, of `wrong_count`."""

    columns: list[ContactsImportColumn]
    rows: list[ContactsImportRow]
    new: int
    changed: int
    same: int
    wrong: list[ContactsImportWrong]
    wrong_count: int


class ContactsImported(BaseModel):
    """`change`: by which all of it is undone."""

    new: int
    changed: int
    same: int
    change: str


@blueprint.post("/contacts/import/preview")
@needs(Permission.CHANGE_SETUP)
@blueprint.input(ContactsImport)
@blueprint.output(ContactsImportPreview)
def preview(json_data: ContactsImport) -> ContactsImportPreview:
    """What taking contacts from a table would do, and what is wrong with it; nothing is changed."""
    must(Permission.CHANGE_SETUP, json_data.location)
    table = csv_import.read(json_data.text, country())
    with editor().database.read() as session:
        counts = csv_import.count(csv_import.plan(session, table.rows, json_data.location))
    return ContactsImportPreview(
        columns=[ContactsImportColumn(title=title, meaning=meaning) for title, meaning in table.columns],
        rows=[
            ContactsImportRow(
                line=row.line,
                name=row.name,
                numbers=[shown(number) for number in row.numbers],
                language=row.language,
                details=dict(row.details),
            )
            for row in table.rows[:SHOWN]
        ],
        new=counts.new,
        changed=counts.changed,
        same=counts.same,
        wrong=[ContactsImportWrong(line=it.line, message=it.text.render(language())) for it in table.wrong[:SHOWN]],
        wrong_count=len(table.wrong),
    )


@blueprint.post("/contacts/import")
@needs(Permission.CHANGE_SETUP)
@blueprint.input(ContactsImport)
@blueprint.output(ContactsImported)
def take(json_data: ContactsImport) -> ContactsImported:
    """Take contacts from a table: the lines that are right, as one change."""
    must(Permission.CHANGE_SETUP, json_data.location)
    table = csv_import.read(json_data.text, country())

    def work(session: Session) -> ContactsImported:
        counts = csv_import.take(session, table.rows, json_data.location)
        change = str(session.info.get("change") or "")
        return ContactsImported(new=counts.new, changed=counts.changed, same=counts.same, change=change)

    return editor().database.transact(work, visitor().person)
