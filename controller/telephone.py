"""Telephone numbers: whatever people type or networks send, as E.164."""

from __future__ import annotations

import functools
import re

import phonenumbers

E164 = re.compile(r"\+[1-9][0-9]{5,14}")


class NotATelephoneNumber(ValueError):
    """What was given cannot be a telephone number; the message is one line and says what was given."""


@functools.lru_cache(maxsize=4096)
def e164(given: str, region: str | None = None) -> str:
    """`given` as E.164 ("+13125550100"). `region` (ISO 3166, "US") reads numbers written without a country code.

    Raises NotATelephoneNumber. Numbers that are possible but not assigned pass: numbering plans change.
    """
    try:
        parsed = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException as error:
        raise NotATelephoneNumber(f"not a telephone number: {given!r}") from error
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(parsed) or not E164.fullmatch(number):
        raise NotATelephoneNumber(f"not a telephone number: {given!r}")
    return number
