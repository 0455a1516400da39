"""Every text shown to people is translated, with the same places as the original; what is gone is not kept."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from controller.texts import Text, catalogue
from tests.extraction import LANGUAGES, messages, places, read


@pytest.fixture(params=LANGUAGES)
def translated(request: pytest.FixtureRequest) -> Catalog:
    return read(request.param)


def test_the_texts_are_found() -> None:
    assert messages()["Nobody accepts"]
    assert "What callers hear" in messages()  # a setting's title


def test_nothing_lacks_a_translation(translated: Catalog) -> None:
    found = {message.id for message in translated if message.id and message.string}
    assert sorted(messages().keys() - found) == [], "run `make texts`, then translate what lacks a translation"


def test_nothing_is_translated_that_is_gone(translated: Catalog) -> None:
    found = {str(message.id) for message in translated if message.id}
    assert sorted(found - messages().keys()) == [], "run `make texts`"


def test_translations_have_the_places_of_the_original(translated: Catalog) -> None:
    other = [
        message.id
        for message in translated
        if message.id and message.string and places(str(message.id)) != places(str(message.string))
    ]
    assert other == []


def test_no_translation_is_marked_as_unsure(translated: Catalog) -> None:
    assert [message.id for message in translated if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_can_be_filled(language: str) -> None:
    assert catalogue(language)
    for message, where in messages().items():
        if where:  # the others are texts of forms, whose braces are shown as they are
            values = tuple((name, "x") for name in places(message))
            assert "{" not in Text(message, values).render(language).replace("“{x}”", "")
