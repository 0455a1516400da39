"""Which public holidays there are: countries and their regions by name, and the days of this year and the next."""

from __future__ import annotations

import functools
from datetime import date

import holidays as public_holidays
from babel import Locale
from pydantic import BaseModel, ValidationError

from controller.flows.hours import Holidays
from flow_editor.errors import NotFound


class Region(BaseModel):
    code: str
    name: str


class Country(BaseModel):
    """`regions`: empty where the whole country has the same holidays."""

    code: str
    name: str
    regions: list[Region]


class Countries(BaseModel):
    items: list[Country]


class Holiday(BaseModel):
    """A holiday by the name under which it is taken, and when it is kept; the observed day counts as the holiday itself."""

    name: str
    days: list[date]


class HolidayList(BaseModel):
    items: list[Holiday]


@functools.lru_cache(maxsize=8)
def countries(language: str) -> Countries:
    """Every country whose holidays are known, by its name in `language`."""
    names = Locale.parse(language).territories
    found = []
    for code, regions in public_holidays.list_supported_countries(include_aliases=False).items():
        aliases: dict[str, str] = getattr(getattr(public_holidays, code, None), "subdivisions_aliases", {})
        called = {region: name for name, region in aliases.items()}
        places = [Region(code=region, name=called.get(region, region)) for region in regions]
        places.sort(key=lambda place: place.name)
        found.append(Country(code=code, name=names.get(code, code), regions=places))
    return Countries(items=sorted(found, key=lambda one: one.name))


def days(country: str, region: str | None, year: int) -> HolidayList:
    """The holidays of a year and the next, in the order of the first. Raises NotFound for a country that is not known."""
    try:
        calendar = Holidays(country=country, region=region)
    except ValidationError:
        raise NotFound from None
    found: dict[str, list[date]] = {}
    for of in (year, year + 1):
        for day, names in calendar.names(of).items():
            for name in names:
                found.setdefault(name.removesuffix(" (observed)"), []).append(day)
    return HolidayList(items=[Holiday(name=name, days=sorted(set(kept))) for name, kept in found.items()])
