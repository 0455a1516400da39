from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.voice import phrases
from controller.voice.phrases import Unreadable


@pytest.mark.parametrize(
    ("given", "english", "spanish"),
    [
        ("10:30", "ten thirty in the morning", "las diez y media de la mañana"),
        ("8:05", "eight oh five in the morning", "las ocho y cinco de la mañana"),
        ("20:05:59", "eight oh five in the evening", "las ocho y cinco de la noche"),
        ("13:15", "one fifteen in the afternoon", "la una y cuarto de la tarde"),
        ("00:00", "midnight", "las doce de la noche"),
        ("12:00", "noon", "las doce del mediodía"),
        ("12:45", "twelve forty-five in the afternoon", "las doce y cuarenta y cinco del mediodía"),
        ("0:10", "twelve ten at night", "las doce y diez de la noche"),
        ("3 am", "three in the morning", "las tres de la madrugada"),
        ("5:30 p.m.", "five thirty in the evening", "las cinco y media de la tarde"),
        ("2026-11-24T21:01:00-06:00", "nine oh one at night", "las nueve y uno de la noche"),
    ],
)
def test_times(given: str, english: str, spanish: str) -> None:
    assert phrases.time_of_day(given, "en") == english
    assert phrases.time_of_day(given, "es-US") == spanish


def test_other_languages_use_their_own_clock() -> None:
    assert phrases.time_of_day(time(22, 30), "fr") == "22:30"
    assert "10:30" in phrases.time_of_day(time(22, 30), "ko")


@pytest.mark.parametrize(
    ("given", "english", "spanish"),
    [
        ("2026-11-24", "Tuesday, November 24th", "martes 24 de noviembre"),
        ("11/1/2026", "Sunday, November 1st", "domingo primero de noviembre"),
        ("Nov 3, 2026", "Tuesday, November 3rd", "martes 3 de noviembre"),
        ("2026-11-12T23:59:00Z", "Thursday, November 12th", "jueves 12 de noviembre"),
    ],
)
def test_dates(given: str, english: str, spanish: str) -> None:
    assert phrases.date_of_year(given, "en") == english
    assert phrases.date_of_year(given, "es") == spanish
    assert phrases.date_of_year(given, "en", year=True) == english + ", 2026"
    assert phrases.date_of_year(given, "es", year=True) == spanish + " de 2026"


def test_weekdays() -> None:
    assert phrases.weekday("2026-11-24", "en") == "Tuesday"
    assert phrases.weekday(date(2026, 11, 24), "es") == "martes"
    assert phrases.weekday(datetime(2026, 11, 24, 23, 59, tzinfo=UTC), "fr") == "mardi"


@pytest.mark.parametrize(
    ("given", "english", "spanish"),
    [
        ("0", "zero", "cero"),
        ("42", "forty-two", "cuarenta y dos"),
        ("21000", "twenty-one thousand", "veintiún mil"),
        ("31000", "thirty-one thousand", "treinta y un mil"),
        ("1,234", "one thousand, two hundred and thirty-four", "mil doscientos treinta y cuatro"),
        ("-3.25", "minus three point two five", "menos tres punto dos cinco"),
    ],
)
def test_numbers(given: str, english: str, spanish: str) -> None:
    assert phrases.number(given, "en") == english
    assert phrases.number(given, "es") == spanish


def test_a_number_nobody_can_follow_is_said_digit_by_digit() -> None:
    assert phrases.number("1" + "0" * 15, "en").startswith("one zero zero, zero zero zero")


def test_places_in_line() -> None:
    assert [phrases.ordinal(n, "en") for n in ("1", "2", "21")] == ["first", "second", "twenty-first"]
    assert [phrases.ordinal(n, "es") for n in ("1", "3", "11")] == ["primero", "tercero", "once"]
    for wrong in ("0", "-1", "1.5"):
        with pytest.raises(Unreadable):
            phrases.ordinal(wrong, "en")


def test_telephone_numbers_are_said_in_groups() -> None:
    assert phrases.phone("+13125550147", "en") == "three one two, five five five, zero one four seven"
    assert phrases.phone("(312) 555-0147", "es") == "tres uno dos, cinco cinco cinco, cero uno cuatro siete"
    assert phrases.phone("+442079460018", "en") == "plus four four, two zero, seven nine four six, zero zero one eight"
    assert phrases.phone("911", "en") == "nine one one"


def test_digits() -> None:
    assert phrases.digits("407", "en") == "four zero seven"
    assert phrases.digits("1234567", "en") == "one two three, four five six seven"
    assert phrases.digits("60601-1234", "en") == "six zero six zero one, one two three four"
    assert phrases.digits("A1", "es") == "A uno"


@pytest.mark.parametrize(
    ("given", "english", "spanish"),
    [
        ("$12.50", "twelve dollars and fifty cents", "doce dólares con cincuenta centavos"),
        ("20", "twenty dollars", "veinte dólares"),
        ("1", "one dollar", "un dólar"),
        ("0.01", "zero dollars and one cent", "cero dólares con un centavo"),
        ("1000000", "one million dollars", "un millón de dólares"),
        ("21000", "twenty-one thousand dollars", "veintiún mil dólares"),
    ],
)
def test_money(given: str, english: str, spanish: str) -> None:
    assert phrases.money(given, "en") == english
    assert phrases.money(given, "es") == spanish


@pytest.mark.parametrize(
    ("given", "english", "spanish"),
    [
        ("0", "zero seconds", "cero segundos"),
        ("1", "one second", "un segundo"),
        ("150", "two minutes and thirty seconds", "dos minutos y treinta segundos"),
        ("621", "ten minutes", "diez minutos"),
        ("1260", "twenty-one minutes", "veintiún minutos"),
        ("5460", "one hour and thirty-one minutes", "una hora y treinta y un minutos"),
        ("75600", "twenty-one hours", "veintiuna horas"),
        ("90000", "one day and one hour", "un día y una hora"),
    ],
)
def test_durations(given: str, english: str, spanish: str) -> None:
    assert phrases.duration(given, "en") == english
    assert phrases.duration(given, "es") == spanish


@pytest.mark.parametrize("say", [phrases.number, phrases.ordinal, phrases.duration, phrases.money, phrases.time_of_day])
@pytest.mark.parametrize("value", ["", "soon", "1e5", "NaN", "Infinity", "٣", "--1", "25:99", "\x00", "1" * 41])
def test_what_is_not_what_it_should_be_is_said_so(say: object, value: str) -> None:
    assert callable(say)
    with pytest.raises(Unreadable):
        say(value, "en")


def test_part_of_a_date_is_not_filled_up() -> None:
    for wrong in ("5 pm", "12", "2026"):
        with pytest.raises(Unreadable):
            phrases.date_of_year(wrong, "en")
    for wrong in ("2026-11-24", "12"):
        with pytest.raises(Unreadable):
            phrases.time_of_day(wrong, "en")


LANGUAGES = st.sampled_from(["en", "en-GB", "es", "es-MX", "fr", "zh", "tlh", "xx-YY"])


@given(st.decimals(allow_nan=False, allow_infinity=False), LANGUAGES)
def test_any_number_can_be_said(value: object, language: str) -> None:
    text = format(value, "f")
    try:
        assert phrases.number(text, language)
    except Unreadable:
        assert len(text) > 40


@given(st.times(), LANGUAGES)
def test_any_time_can_be_said(value: time, language: str) -> None:
    said = phrases.time_of_day(value, language)
    assert said == phrases.time_of_day(value.isoformat(), language)
    if language in ("en", "es"):
        assert not any(sign.isdigit() for sign in said)


@given(st.dates(), LANGUAGES)
def test_any_date_can_be_said(value: date, language: str) -> None:
    assert phrases.date_of_year(value, language) == phrases.date_of_year(value.isoformat(), language)
    assert phrases.weekday(value, language)


@given(st.integers(0, 10**9 - 1), LANGUAGES)
def test_any_duration_can_be_said(seconds: int, language: str) -> None:
    assert phrases.duration(seconds, language)
