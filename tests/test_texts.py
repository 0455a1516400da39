"""Texts are made once, in English, and rendered in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller import texts
from controller.texts import T, catalogue

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Press {key}"
msgstr "Pulse {key}"

msgid "Back"
msgstr "Atrás"

msgid "Not yet"
msgstr ""
"""


@pytest.fixture
def spanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "careline.po").write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(texts, "LOCALES", tmp_path)
    catalogue.cache_clear()
    yield
    catalogue.cache_clear()


def test_english_needs_no_catalogue() -> None:
    assert str(T("Press {key}", key="1")) == "Press 1"
    assert T("Press {key}", key=2).render("xx") == "Press 2"


@pytest.mark.usefixtures("spanish")
def test_in_the_readers_language_and_what_is_inside_too() -> None:
    assert T("Press {key}", key=T("Back")).render("es") == "Pulse Atrás"
    assert T("Press {key}", key=T("Back")).render("en") == "Press Back"


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize("message", ["Not yet", "Never heard of"])
def test_what_is_not_translated_stays_english(message: str) -> None:
    assert T(message).render("es") == message


@pytest.mark.parametrize("value", ["{key}", "{0}", "}", "${system(x)}", "{key.__class__}"])
def test_a_value_is_never_taken_for_a_template(value: str) -> None:
    assert str(T("Press {key}", key=value)) == f"Press {value}"


def test_braces_in_a_text_without_places_are_just_braces() -> None:
    assert str(T("Write {name} to have it spoken.")) == "Write {name} to have it spoken."
