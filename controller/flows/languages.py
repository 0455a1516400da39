"""What languages are called."""

from __future__ import annotations

from controller.texts import T, Text

_LANGUAGES = {
    "en": T("English"),
    "es": T("Spanish"),
    "fr": T("French"),
    "pt": T("Portuguese"),
    "zh": T("Chinese"),
    "vi": T("Vietnamese"),
    "ru": T("Russian"),
    "ar": T("Arabic"),
    "ko": T("Korean"),
    "de": T("German"),
}

KNOWN = tuple(_LANGUAGES)
"""Those that have a name here: what a flow can be offered in."""


def language_name(code: str) -> Text:
    """A language in words; its code where there are none for it."""
    return _LANGUAGES.get(code.partition("-")[0], T("{code}", code=code))
