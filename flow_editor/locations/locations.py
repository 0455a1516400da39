"""Locations: where the clinic is, what calls from there show, and how callers are told apart by where they live."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field
from sqlalchemy.orm import Session

from controller.store.models import Location
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.things.numbers import shown, typed
from flow_editor.things.thing import Form, Line, Thing, basics, named

_AREA_CODE = re.compile(r"[0-9]{2,6}")
_POST_CODE = re.compile(r"[A-Z0-9][A-Z0-9 -]{0,11}")


class LocationForm(Form):
    """`zone`: an IANA name; `number`: what calls from here show; `address`: for calls for help."""

    name: str = Field(max_length=200)
    zone: str = Field(max_length=64)
    number: str = Field(default="", max_length=40)
    address: str = Field(default="", max_length=500)
    area_codes: list[str] = Field(default_factory=list, max_length=200)
    post_codes: list[str] = Field(default_factory=list, max_length=2000)


class LocationLine(Line):
    zone: str
    number: str
    address: str


class Locations(Thing[Location, LocationForm, LocationLine]):
    path = "locations"
    row = Location
    form = LocationForm
    line = LocationLine

    def lines(self, session: Session, rows: Sequence[Location]) -> list[LocationLine]:
        ordered = sorted(rows, key=lambda row: row.name.casefold())
        return [
            LocationLine(**basics(row, self.changes), zone=row.zone, number=shown(row.number), address=row.address)
            for row in ordered
        ]

    def read(self, session: Session, row: Location) -> LocationForm:
        return LocationForm(
            name=row.name,
            zone=row.zone,
            number=shown(row.number),
            address=row.address,
            area_codes=row.area_codes,
            post_codes=row.post_codes,
        )

    def write(self, session: Session, row: Location, form: LocationForm) -> None:
        try:
            ZoneInfo(form.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            text = T("Please choose a time zone from the list.")
            raise Refusal(text, fields={"zone": text}) from None
        row.name, row.zone, row.address = named(form.name), form.zone, form.address
        row.number = typed(form.number, "number")
        row.area_codes = _codes(form.area_codes, "area_codes", _AREA_CODE)
        row.post_codes = _codes(form.post_codes, "post_codes", _POST_CODE)


def _codes(given: list[str], field: str, form: re.Pattern[str]) -> list[str]:
    """Each once, in order. Raises Refusal for what can be no code."""
    codes = [" ".join(code.upper().split()) for code in given if code.strip()]
    for code in codes:
        if not form.fullmatch(code):
            text = T(
                "“{code}” is not a code that can be compared: use its digits, or its letters and digits.", code=code
            )
            raise Refusal(text, fields={field: text})
    return list(dict.fromkeys(codes))
