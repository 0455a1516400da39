"""Lines: the ways by which calls leave, in the order in which they are tried."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.store.models import Trunk
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.things.thing import Form, Line, Thing, basics, named

_GATEWAY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class LineForm(Form):
    """`gateway`: what the line is called on the switch, which has its address and password."""

    name: str = Field(max_length=200)
    gateway: str = Field(max_length=64)
    location: str | None = None
    enabled: bool = True


class LineLine(Line):
    gateway: str
    enabled: bool
    position: int


class Lines(Thing[Trunk, LineForm, LineLine]):
    path = "lines"
    row = Trunk
    form = LineForm
    line = LineLine

    def lines(self, session: Session, rows: Sequence[Trunk]) -> list[LineLine]:
        return [
            LineLine(**basics(row, self.changes), gateway=row.gateway, enabled=row.enabled, position=row.position)
            for row in sorted(rows, key=lambda row: (row.position, row.id))
        ]

    def read(self, session: Session, row: Trunk) -> LineForm:
        return LineForm(name=row.name, gateway=row.gateway, location=row.location_id, enabled=row.enabled)

    def new(self, form: LineForm) -> Trunk:
        return Trunk(position=-1)

    def write(self, session: Session, row: Trunk, form: LineForm) -> None:
        if not _GATEWAY.fullmatch(form.gateway):
            text = T(
                "Use the line's name on the switch: letters, digits, dots and hyphens. Whoever set it up knows it."
            )
            raise Refusal(text, fields={"gateway": text})
        row.name, row.gateway, row.location_id, row.enabled = (
            named(form.name),
            form.gateway,
            form.location,
            form.enabled,
        )
        if row.position < 0:
            row.position = (session.scalar(select(func.max(Trunk.position))) or 0) + 1
