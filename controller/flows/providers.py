"""Who takes a provider's callers at a time, whom a provider expects, and finding a provider by keys. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from controller.flows.clinic import AbsenceAnswer, Clinic, ExpectedAnswer, ProviderAnswer

ID, NAME, COVER, QUEUE = "provider.id", "provider.name", "provider.cover", "provider.queue"
"""What a call keeps of the provider asked for: who; as said; who covers for them now; the care team's queue."""

_LETTERS = {"2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"}
KEYS = {letter: key for key, letters in _LETTERS.items() for letter in letters}
"""Letter to key, as on every telephone (ITU-T E.161)."""
_TITLES = frozenset(
    {
        "dr",
        "dra",
        "doctor",
        "doctora",
        "prof",
        "professor",
        "mr",
        "mrs",
        "ms",
        "mx",
        "sr",
        "sra",
        "md",
        "do",
        "np",
        "pa",
    }
)


def away(provider: ProviderAnswer, at: datetime) -> AbsenceAnswer | None:
    """The absence of this moment; of several, the one that began last."""
    now = [absence for absence in provider.absences if absence.begins <= at < absence.ends]
    return max(now, key=lambda absence: absence.begins, default=None)


def taken_by(provider: ProviderAnswer, clinic: Clinic, at: datetime) -> ProviderAnswer:
    """Whose care team takes their callers: their own, or while they are away the cover's, who may be away too. Where no
    cover is left (nobody, or a circle), the last one's own care team."""
    seen = {provider.id}
    while (absence := away(provider, at)) is not None and absence.cover and absence.cover not in seen:
        cover = clinic.provider(absence.cover)
        if cover is None:
            break
        seen.add(cover.id)
        provider = cover
    return provider


def expects(provider: ProviderAnswer, number: str | None, clinic: Clinic, at: datetime) -> ExpectedAnswer | None:
    """The expected call that somebody who calls from this number is."""
    for call in provider.expected:
        if at >= call.until:
            continue
        if call.number is not None:
            if call.number == number:
                return call
        elif call.list is not None:
            if clinic.listed(call.list, number, at):
                return call
        else:
            return call
    return None


def keys_of(name: str) -> list[str]:
    """What callers may press for a name: its last word first, then the others, titles left out."""
    words = _words(name)
    return ["".join(KEYS[letter] for letter in word) for word in words[-1:] + words[:-1]]


def matches(pressed: str, providers: Iterable[ProviderAnswer]) -> Sequence[ProviderAnswer]:
    """Whose name begins with these keys, any word of it: those whose last name does before the others, then by name."""
    found = []
    for provider in providers:
        places = [place for place, keys in enumerate(keys_of(provider.name)) if keys.startswith(pressed)]
        if pressed and places:
            found.append((min(places) > 0, provider.name.casefold(), provider))
    return [provider for _, _, provider in sorted(found, key=lambda it: it[:2])]


def named(wanted: str, providers: Sequence[ProviderAnswer]) -> ProviderAnswer | None:
    """The one that somebody wrote down: by id or name, else the only one with this last name."""
    wanted = wanted.strip()
    if not wanted:
        return None
    same = " ".join(wanted.casefold().split())
    for one in providers:
        if wanted == one.id or same in (one.name.casefold(), one.spoken.casefold()):
            return one
    last = _words(wanted)[-1:]
    fitting = [one for one in providers if last and _words(one.name)[-1:] == last]
    return fitting[0] if len(fitting) == 1 else None


def _words(name: str) -> list[str]:
    words = [_letters(word) for word in name.replace("-", " ").split()]
    return [word for word in words if word and word not in _TITLES]


def _letters(word: str) -> str:
    """Small letters without accents: what a telephone has keys for."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if letter in KEYS)
