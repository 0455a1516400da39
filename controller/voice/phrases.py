"""Numbers, times, dates, durations and money as people say them, in English and Spanish. Pure; knows no templates, no audio.

Languages other than these two get words from num2words and Babel where those have the language, else figures.
A language is "en", "es", or with a territory ("es-US").
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_time
from babel.units import format_unit
from dateutil import parser as dates
from num2words import num2words

LARGEST = Decimal(10) ** 15
"""Numbers from here on are said digit by digit: nobody can follow their name."""

HOME = "US"
"""Numbers of this region are said without a country code."""


class Unreadable(ValueError):
    """A value is not what its format says it is. The message names both and is one line."""

    def __init__(self, value: str, format: str) -> None:
        super().__init__(f"not a {format}: {value[:60]!r}")
        self.value = value
        self.format = format


def _base(language: str) -> str:
    return language.partition("-")[0].lower()


def _locale(language: str) -> Locale:
    """Babel's locale; English for a language that it does not have. Bare "en" and "es" are those of the home region."""
    code = {"en": "en_US", "es": "es_US"}.get(language, language.replace("-", "_"))
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_US")


# -- numbers


def _decimal(value: str, format: str) -> Decimal:
    text = value.strip().replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text, re.ASCII) or len(text) > 40:
        raise Unreadable(value, format)
    try:
        return Decimal(text)
    except InvalidOperation as error:  # pragma: no cover - the pattern admits nothing else
        raise Unreadable(value, format) from error


def _words(number: Decimal, language: str) -> str:
    base = _base(language)
    exact: int | Decimal = int(number) if number == number.to_integral_value() else number
    try:
        said = str(num2words(exact, lang=base))
    except NotImplementedError:
        return str(exact)
    if base == "es":
        # num2words says "veintiuno mil" for 21,000.
        said = re.sub(r"veintiuno (?=mil|bill)", "veintiún ", said)
        said = re.sub(r"\buno (?=mil|bill)", "un ", said)
    return said


def number(value: str, language: str) -> str:
    """A number: "42" is "forty-two", "3.5" "three point five". Raises Unreadable."""
    amount = _decimal(value, "number")
    if abs(amount) >= LARGEST or -int(amount.as_tuple().exponent) > 9:
        return digits(value, language)
    return _words(amount, language)


def ordinal(value: str, language: str) -> str:
    """A place in an order: "3" is "third", "tercero". Raises Unreadable for what is not a positive whole number.

    Spanish above ten is said as a plain number, as people do ("once", not "undécimo").
    """
    amount = _decimal(value, "ordinal")
    if amount != amount.to_integral_value() or not 0 < amount < LARGEST:
        raise Unreadable(value, "ordinal")
    base = _base(language)
    if base == "es" and amount > 10:
        return _words(amount, language)
    try:
        return str(num2words(int(amount), lang=base, to="ordinal"))
    except NotImplementedError:
        return str(int(amount))


def _spell(text: str, language: str) -> str:
    return " ".join(_words(Decimal(ord(sign) - 48), language) if sign in "0123456789" else sign for sign in text)


def digits(value: str, language: str) -> str:
    """Signs one by one ("4 0 7" is "four zero seven"), those written in groups with a pause between the groups.

    Letters are spelled. A single run of more than four signs is grouped in threes. Raises Unreadable when there are none.
    """
    groups = re.findall(r"[^\W_]+", value)
    if len(groups) == 1 and len(groups[0]) > 4:
        groups = _threes(groups[0])
    if not groups:
        raise Unreadable(value, "digits")
    return ", ".join(_spell(group.upper(), language) for group in groups)


def _threes(run: str) -> list[str]:
    """Groups of three, the last one of two to four, so that no sign stands alone."""
    groups = [run[at : at + 3] for at in range(0, len(run), 3)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def phone(value: str, language: str) -> str:
    """A telephone number in the groups it is written in where it belongs; abroad, with "plus" and its country code.

    Short ones (extensions, 911) are said digit by digit. Raises Unreadable.
    """
    if not re.fullmatch(r"[+\d\s().\-/x*#]{1,40}", value.strip(), re.ASCII) or not re.search(r"[0-9]", value):
        raise Unreadable(value, "phone number")
    try:
        parsed = phonenumbers.parse(value, HOME)
    except phonenumbers.NumberParseException:
        return digits(value, language)
    if not phonenumbers.is_possible_number(parsed):
        return digits(value, language)
    home = parsed.country_code == phonenumbers.country_code_for_region(HOME)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    groups = re.findall(r"[0-9]+", phonenumbers.format_number(parsed, style))
    said = ", ".join(_spell(group, language) for group in groups)
    return said if home else {"es": "más"}.get(_base(language), "plus") + " " + said


def money(value: str, language: str) -> str:
    """An amount with its currency: "12.50" or "$12.50" (dollars), "12.50 EUR". Raises Unreadable."""
    found = re.fullmatch(r"\s*(-?)\s*([$€£]|[A-Z]{3})?\s*([\d,]*\.?\d+)\s*([$€£]|[A-Z]{3})?\s*", value, re.ASCII)
    if not found or (found[2] and found[4]):
        raise Unreadable(value, "amount of money")
    amount = _decimal(found[1] + found[3], "amount of money").quantize(Decimal("0.01"), ROUND_HALF_UP)
    sign = found[2] or found[4] or "USD"
    currency = {"$": "USD", "€": "EUR", "£": "GBP"}.get(sign, sign)
    if currency not in get_global("all_currencies") or abs(amount) >= LARGEST:
        raise Unreadable(value, "amount of money")
    cut = "|"
    try:
        said = str(num2words(amount, lang=_base(language), to="currency", currency=currency, separator=cut))
    except NotImplementedError:
        return f"{_words(amount, language)} {_locale(language).currencies.get(currency, currency)}"
    whole, _, cents = (part.strip() for part in said.partition(cut))
    if _base(language) == "es":
        whole = re.sub(r"(mill(?:ón|ones)|bill(?:ón|ones)) (?=\w+$)", r"\1 de ", whole)
        whole = re.sub(r"veintiuno (?=mil|mill|bill)", "veintiún ", whole)
    if amount == amount.to_integral_value():
        return whole
    return f"{whole} {'con' if _base(language) == 'es' else 'and'} {cents}"


# -- time


def _moment(value: str, format: str) -> datetime:
    """What people and programs write for a date, a time or both. Figures alone are neither."""
    text = value.strip()
    if not 0 < len(text) <= 40 or re.fullmatch(r"[+-]?[\d.,]*", text):
        raise Unreadable(value, format)
    try:
        return dates.isoparse(text)
    except ValueError:
        pass
    try:
        # A default that shows what was not given is not needed: `time` and `date` check for it by pattern.
        return dates.parse(text, default=datetime(2000, 1, 1))  # noqa: DTZ001 - a wall clock, in no zone
    except (ValueError, OverflowError) as error:
        raise Unreadable(value, format) from error


def time_of_day(value: str | time | datetime, language: str) -> str:
    """A time of day: "10:30" is "ten thirty in the morning", "las diez y media de la mañana". Raises Unreadable.

    From text: "22:30", "10:30 pm", or an ISO date and time (said in the zone it is written in).
    """
    if isinstance(value, str):
        if not re.search(r"\d:\d\d|\d\s*[ap]\.?m", value, re.ASCII | re.IGNORECASE):
            raise Unreadable(value, "time")
        value = _moment(value, "time")
    hour, minute = value.hour, value.minute
    base = _base(language)
    if base == "en":
        return _english_time(hour, minute)
    if base == "es":
        return _spanish_time(hour, minute)
    return format_time(time(hour, minute), "short", locale=_locale(language))


def _english_time(hour: int, minute: int) -> str:
    if minute == 0 and hour % 12 == 0:
        return "noon" if hour else "midnight"
    # Nobody is "in the morning" at ten past midnight who is told when to come.
    part = "at night" if hour >= 21 or hour == 0 else "in the morning" if hour < 12 else "in the afternoon"
    if 17 <= hour < 21:
        part = "in the evening"
    said = _words(Decimal(hour % 12 or 12), "en")
    if 0 < minute < 10:
        said += " oh " + _words(Decimal(minute), "en")
    elif minute:
        said += " " + _words(Decimal(minute), "en")
    return f"{said} {part}"


def _spanish_time(hour: int, minute: int) -> str:
    twelve = hour % 12 or 12
    said = "la una" if twelve == 1 else "las " + _words(Decimal(twelve), "es")
    if minute:
        said += " y " + {15: "cuarto", 30: "media"}.get(minute, _words(Decimal(minute), "es"))
    if hour == 0:
        part = "de la noche"
    elif hour < 6:
        part = "de la madrugada"
    elif hour < 12:
        part = "de la mañana"
    elif hour == 12:
        part = "del mediodía"
    else:
        part = "de la tarde" if hour < 20 else "de la noche"
    return f"{said} {part}"


def _day(value: str | date | datetime, format: str) -> date:
    if not isinstance(value, str):
        return value
    # A date has a day: "5 pm" alone must not become the first of January.
    if not re.search(
        r"\d{4}-?\d{2}-?\d{2}|\d[/.-]\d|[A-Za-z]{3,}\.?,?\s*\d|\d\s*(th|st|nd|rd)?\s*[A-Za-z]{3,}", value, re.ASCII
    ):
        raise Unreadable(value, format)
    return _moment(value, format).date()


def date_of_year(value: str | date | datetime, language: str, *, year: bool = False) -> str:
    """A date with its weekday: "Tuesday, November 24th", "martes 24 de noviembre"; with its year if asked.

    From text: ISO, or as people write it, month first ("11/24/2026"). Raises Unreadable.
    """
    day = _day(value, "date")
    base = _base(language)
    if base == "en":
        ending = "th" if 10 < day.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
        said = format_date(day, "EEEE, MMMM ", locale="en_US") + f"{day.day}{ending}"
        return said + (f", {day.year}" if year else "")
    if base == "es":
        said = format_date(day, f"EEEE '{'primero' if day.day == 1 else day.day}' 'de' MMMM", locale="es_US")
        return said + (f" de {day.year}" if year else "")
    return format_date(day, "full" if year else "EEEE d MMMM", locale=_locale(language))


def weekday(value: str | date | datetime, language: str) -> str:
    """The day of the week of a date: "Tuesday", "martes". Raises Unreadable."""
    return format_date(_day(value, "day"), "EEEE", locale=_locale(language))


_SPANISH_UNITS = {
    "day": ("día", "días"),
    "hour": ("hora", "horas"),
    "minute": ("minuto", "minutos"),
    "second": ("segundo", "segundos"),
}


def _count(count: int, unit: str, language: str) -> str:
    base = _base(language)
    if base == "en":
        return f"{_words(Decimal(count), language)} {unit}{'' if count == 1 else 's'}"
    if base == "es":
        said = _words(Decimal(count), language)
        if unit == "hour":
            said = re.sub(r"uno$", "una", said)
        else:
            said = re.sub(r"veintiuno$", "veintiún", said)
            said = re.sub(r"\buno$", "un", said)
        return f"{said} {_SPANISH_UNITS[unit][count != 1]}"
    return format_unit(count, f"duration-{unit}", "long", locale=_locale(language))


def duration(value: str | float, language: str) -> str:
    """How long, from seconds: "150" is "two minutes and thirty seconds". Raises Unreadable for what is negative or no number.

    The longer, the coarser: seconds are left out from ten minutes on, minutes from a day on.
    """
    amount = _decimal(str(value), "duration")
    if not 0 <= amount < 10**9:
        raise Unreadable(str(value), "duration")
    seconds = int(amount.to_integral_value(ROUND_HALF_UP))
    if seconds >= 600:
        seconds = (seconds + 30) // 60 * 60
    if seconds >= 86400:
        seconds = (seconds + 1800) // 3600 * 3600
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    counts = [("day", day), ("hour", hour), ("minute", minute), ("second", second)]
    parts = [_count(count, unit, language) for unit, count in counts if count] or [_count(0, "second", language)]
    joint = {"en": " and ", "es": " y "}.get(_base(language), " ")
    return ", ".join(parts[:-1]) + joint + parts[-1] if len(parts) > 1 else parts[0]
