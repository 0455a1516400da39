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


def without_parameters(sent: str) -> str:
    """A number as a trunk sends it, without what it may put behind (";npdi=yes", of numbers that were ported)."""
    return sent.partition(";")[0]


def within_country(number: str) -> list[str]:
    """A number in E.164 as some trunks send it within its country: "3125550100"; with the prefix of calls within it, if that
    makes another one."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return []  # of no country's
    plain = phonenumbers.national_significant_number(parsed)
    region = phonenumbers.region_code_for_number(parsed) or ""
    prefix = phonenumbers.ndd_prefix_for_region(region, True) or ""
    return [form for form in dict.fromkeys((plain, prefix + plain)) if form != number.lstrip("+")]
