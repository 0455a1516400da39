"""Telephone numbers as staff type them, and as they read them."""

from __future__ import annotations

import functools

import phonenumbers

from controller.telephone import NotATelephoneNumber, e164
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.things.thing import country


@functools.lru_cache(maxsize=4096)
def written(number: str | None, region: str) -> str:
    """A number as people of a country write it: without its code at home ("(608) 555-0100"), with it abroad."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    home = phonenumbers.country_code_for_region(region) == parsed.country_code
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def shown(number: str | None) -> str:
    """A number as people read it here."""
    return written(number, country())


def typed(given: str, field: str) -> str | None:
    """What somebody typed into a field, in E.164; None for nothing. Raises Refusal for what is no number."""
    if not given.strip():
        return None
    try:
        return e164(given, country())
    except NotATelephoneNumber:
        text = T("This is not a telephone number. Write it as you would dial it, with its area code.")
        raise Refusal(text, fields={field: text}) from None
