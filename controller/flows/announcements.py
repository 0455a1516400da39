"""The day's announcement: what every caller hears once, until its time is over ("We close at noon today").

Said before the first step that holds the caller (asks them something, brings them to people, ends the call), when their
language is known. The emergency sentence comes first all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from controller.calls.call import Call, CarrierFailed, Utterance
from controller.flows.clinic import Clinic
from controller.flows.document import Language
from controller.flows.registry import Node
from controller.flows.speech import contains

log = structlog.get_logger(__name__)

ANNOUNCEMENT = "announcement"
"""Preference of a location, or of the organisation: an `Announcement`."""
LONGEST = 500
"""Characters: half a minute, which callers bear once."""


class Announcement(BaseModel):
    """Text by language, from a moment until another; `until` None: until it is taken back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: dict[Language, str] = Field(max_length=20)
    since: AwareDatetime
    until: AwareDatetime | None = None

    def at(self, moment: datetime) -> dict[str, str]:
        """What is said at a moment, by language; nothing when it is over, or not yet begun."""
        if moment < self.since or (self.until is not None and moment >= self.until):
            return {}
        return {language: text for language, text in self.text.items() if text.strip()}


def announce(call: Call, clinic: Clinic, node: Node | None = None) -> None:
    """Let the caller hear the day's announcement, if there is one and they have not yet; `node` is what comes next, None when
    the call is about to end. What cannot be played must not keep the call from going on. Raises CallerGone, HandedOn."""
    if call.mark.announced or (node is not None and not node.holds_caller()):
        return
    said = _in(clinic.announcement(call.location, call.now()), call.language)
    if said is None:
        return
    before = _in(clinic.emergency_sentence(), call.language)
    opening = node.opening() if node is not None else None
    told = [said]
    if before and opening and contains(opening, clinic, before.text, before.language):
        told.insert(0, before)
    try:
        call.play(told)
    except CarrierFailed as failed:
        log.warning("not_announced", call=call.id, why=str(failed))
        call.note("announcement failed", why=str(failed))
        return
    call.note("announcement")
    call.mark.announced = True
    call.write_bookmark()  # whoever takes over does not say it again


def _in(texts: Mapping[str, str], language: str) -> Utterance | None:
    """A text in this language, or in another one rather than nothing."""
    spoken = language if texts.get(language) else next((other for other, text in texts.items() if text), None)
    return None if spoken is None else Utterance(spoken, texts[spoken])
