"""Numbers that patients dial, as staff set them up (the commands' side is service.py)."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.dialling import emergency
from controller.store.models import Flow, Number, NumberState
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.things.numbers import shown, typed
from flow_editor.things.thing import Form, Line, Thing, basics, country


class NumberForm(Form):
    """`backup`: whom the switch rings by itself when nothing of Careline answers; `published`: printed for patients."""

    number: str = Field(max_length=40)
    label: str = Field(default="", max_length=200)
    state: NumberState = NumberState.PLANNED
    location: str | None = None
    flow: str | None = None
    backup: str = Field(default="", max_length=40)
    published: bool = True


class NumberLine(Line):
    """`flow`: the name of the one that answers; `answers`: whether anything of it is live."""

    number: str
    label: str
    state: NumberState
    flow: str
    answers: bool
    published: bool


class Numbers(Thing[Number, NumberForm, NumberLine]):
    path = "numbers"
    row = Number
    form = NumberForm
    line = NumberLine

    def lines(self, session: Session, rows: Sequence[Number]) -> list[NumberLine]:
        flows = {row.id: row for row in session.scalars(select(Flow))}
        lines = []
        for row in sorted(rows, key=lambda row: row.number):
            flow = flows.get(row.flow_id or "")
            basic = {**basics(row, self.changes), "name": row.label or shown(row.number)}
            lines.append(
                NumberLine(
                    **basic,
                    number=shown(row.number),
                    label=row.label,
                    state=row.state,
                    flow=flow.name if flow else "",
                    answers=bool(flow and flow.live_version_id),
                    published=row.published,
                )
            )
        return lines

    def read(self, session: Session, row: Number) -> NumberForm:
        return NumberForm(
            number=shown(row.number),
            label=row.label,
            state=row.state,
            location=row.location_id,
            flow=row.flow_id,
            backup=shown(row.backup),
            published=row.published,
        )

    def write(self, session: Session, row: Number, form: NumberForm) -> None:
        number = typed(form.number, "number")
        if number is None:
            text = T("Please give the number.")
            raise Refusal(text, fields={"number": text})
        if form.backup and emergency(form.backup, country()):
            text = T("An emergency number cannot be a backup line.")
            raise Refusal(text, fields={"backup": text})
        row.number, row.label, row.state, row.published = number, form.label, form.state, form.published
        row.location_id, row.flow_id = form.location, form.flow
        row.backup = typed(form.backup, "backup")
        if row.backup == row.number:
            text = T("The backup line must be another number than the one that it helps out.")
            raise Refusal(text, fields={"backup": text})
