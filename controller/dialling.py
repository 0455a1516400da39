"""Which numbers calls may go to: dial rules as staff set them. Pure; phones (exchange.py) and flows (store/clinic.py) both
go by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import phonenumbers

from controller.telephone import NotATelephoneNumber, e164

DIAL_RULES = "dial_rules"
"""Preference, of the organisation or a location: {"region", "allowed", "denied", "outside_prefix", "at_once"}."""

ALWAYS_EMERGENCY = ("911", "933", "112", "999")
"""Dialling these calls for help, or may do so where a clinic says it does, whatever the region."""

_COSTLY = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)
_OTHER_THAN_DIGITS = re.compile(r"[^0-9]")


class NotDialable(ValueError):
    """Calls may not go there; the message is one line and says why."""


def emergency(given: str, region: str = "US") -> bool:
    """Whether dialling this calls rescuers, here or where its country code leads. `region` (ISO 3166): where it is dialled."""
    digits = _OTHER_THAN_DIGITS.sub("", given)
    if digits in ALWAYS_EMERGENCY or phonenumbers.connects_to_emergency_number(digits, region):
        return True
    try:
        parsed = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException:
        return False
    there = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    national = str(parsed.national_number)
    return national in ALWAYS_EMERGENCY or phonenumbers.is_emergency_number(national, there)


def costly(number: str) -> bool:
    """Whether calling a number (E.164) costs more than a call, or those who call it: no patient is called at one."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return True
    return kind in _COSTLY


@dataclass(frozen=True)
class Reach:
    """Where calls may go: numbers in E.164 that begin with one of `allowed` and none of `denied`. `region`: how numbers
    without a country code are read."""

    region: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]

    @classmethod
    def read(cls, given: Mapping[str, Any], country: str) -> Self:
        """As staff set it. Without any rules, calls may go to the own country, but not to what costs by the call there."""
        region = given.get("region") or country
        code = f"+{phonenumbers.country_code_for_region(region)}"
        denied = given.get("denied", ["+1900", "+1976"] if code == "+1" else [])
        return cls(region, tuple(given.get("allowed", [code])), tuple(denied))

    def number(self, given: str) -> str:
        """`given` in E.164, when calls may go there. Raises NotDialable: never to an emergency number, since it would reach
        the rescuers of the clinic's place and not the caller's."""
        if emergency(given, self.region):
            raise NotDialable("an emergency number")
        try:
            number = e164(given, self.region)
        except NotATelephoneNumber:
            raise NotDialable("not a telephone number") from None
        if number.startswith(self.denied) or not number.startswith(self.allowed):
            raise NotDialable("the dial rules do not allow it")
        return number
