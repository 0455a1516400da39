from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.voice.reading import (
    FORMATS,
    LONGEST,
    LONGEST_VALUE,
    Field,
    TemplateError,
    fields,
    has_places,
    read_out,
    speakable,
)


def test_places_are_filled() -> None:
    values = {"when": "2026-11-24T10:30:00-06:00", "caller.number": "+13125550147", "who": "DR. CHEN"}
    said = read_out("{who:name}, {when:day} at {when:time}. We call {caller.number}.", values, "en")
    assert said == (
        "Dr. Chen, Tuesday at ten thirty in the morning. We call three one two, five five five, zero one four seven."
    )


def test_in_spanish() -> None:
    values = {"when": "2026-11-24T10:30:00-06:00"}
    assert read_out("Su cita es el {when:date} a {when:time}.", values, "es") == (
        "Su cita es el martes 24 de noviembre a las diez y media de la mañana."
    )


def test_a_sentence_that_begins_with_a_value_begins_with_a_capital() -> None:
    assert read_out("Our number. {number:phone}", {"number": "911"}, "en") == "Our number. Nine one one"
    assert read_out("{hour:time}, please", {"hour": "12:00"}, "en") == "noon, please"


def test_a_variable_without_a_value_is_passed_over() -> None:
    assert read_out("Hello {name}, welcome.", {}, "en") == "Hello, welcome."


def test_a_value_that_does_not_fit_is_said_as_it_is() -> None:
    assert read_out("At {when:time}.", {"when": "teatime"}, "en") == "At teatime."


def test_reference_numbers_are_not_said_as_amounts() -> None:
    assert read_out("{order}", {"order": "0042"}, "en") == "zero zero four two"
    assert read_out("{people}", {"people": "12"}, "en") == "12"


def test_keys_have_names() -> None:
    assert read_out("Press # or *.", {}, "en") == "Press pound or star."
    assert read_out("Oprima # o *.", {}, "es") == "Oprima numeral o asterisco."


def test_fields_are_found() -> None:
    assert fields("{a} and {b.c:time}") == [Field("a"), Field("b.c", "time")]
    assert fields("nothing") == []


@pytest.mark.parametrize(
    ("template", "code", "at"),
    [
        ("Hello {", "malformed-place", 6),
        ("Hello }", "malformed-place", 6),
        ("{}", "malformed-place", 0),
        ("{a b}", "malformed-place", 0),
        ("{{a}}", "malformed-place", 0),
        ("{a:clock}", "unknown-format", 3),
        ("{a:}", "malformed-place", 0),
        ("a" * (LONGEST + 1), "too-long", LONGEST),
    ],
)
def test_what_cannot_be_understood_is_said_so(template: str, code: str, at: int) -> None:
    with pytest.raises(TemplateError) as raised:
        fields(template)
    assert (raised.value.code, raised.value.at) == (code, at)
    assert has_places(template)
    assert only_speakable(read_out(template, {}, "en")), "a caller hears something all the same"


def test_a_text_with_a_stray_brace_is_still_said() -> None:
    assert read_out("If this is an emergency} dial 911.", {}, "en") == "If this is an emergency dial 911."
    assert not has_places("Dial 911.")
    assert has_places("Dial {number}.")


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("[[h@l'oU]]", "h l'oU"),
        ("<voice name='x'>hi</voice>", "voice name 'x' hi /voice"),
        ("\x01200SMary", "200SMary"),
        ("{caller.name}", "caller.name"),
        ("a\r\nb\u2028c\x00", "a b c"),
        ("\udc80lone", "lone"),
        ("left\u202eright\u200b", "left right"),
        ("${system(x)}", "$ system(x)"),
    ],
)
def test_values_cannot_command_the_synthesiser(hostile: str, harmless: str) -> None:
    assert read_out("{name}", {"name": hostile}, "en") == harmless
    assert speakable(hostile, "en") == harmless


def test_a_value_cannot_be_long() -> None:
    assert len(read_out("{name}", {"name": "x" * 100_000}, "en")) == LONGEST_VALUE


def only_speakable(text: str) -> bool:
    return (
        not any(sign in "[]<>{}|\\`" or unicodedata.category(sign)[0] == "C" for sign in text) and len(text) <= LONGEST
    )


@given(st.text(st.characters(), max_size=200), st.sampled_from(["en", "es", "fr", ""]))
def test_whatever_is_given_only_what_can_be_spoken_comes_out(text: str, language: str) -> None:
    said = speakable(text, language)
    assert only_speakable(said)
    assert speakable(said, language) == said
    said.encode()


@given(
    st.text(st.characters(), max_size=60), st.sampled_from(["", *FORMATS]), st.sampled_from(["en", "es", "fr", "zh"])
)
def test_reading_out_never_raises_for_a_value(value: str, format: str, language: str) -> None:
    template = "{v:" + format + "}" if format else "{v}"
    assert only_speakable(read_out(template, {"v": value}, language))


@given(st.from_regex(r"[0-9 +:.,/TZapm$-]{1,25}", fullmatch=True), st.sampled_from(["", *FORMATS]))
def test_nor_for_what_almost_fits(value: str, format: str) -> None:
    template = "{v:" + format + "}" if format else "{v}"
    for language in ("en", "es", "ja"):
        assert only_speakable(read_out(template, {"v": value}, language))
