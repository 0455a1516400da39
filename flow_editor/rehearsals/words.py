"""What a rehearsal's form offers, in staff's words: what people do when they are rung, and how a call ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from controller.flows.rehearsals import ENDS, Rehearsal
from controller.flows.rehearsed_line import Does
from controller.texts import T, Text

DOES: Mapping[Does, Text] = {
    Does.ACCEPTS: T("takes the call"),
    Does.NO_ANSWER: T("does not answer"),
    Does.DECLINES: T("declines the call"),
    Does.BUSY: T("is on the phone"),
    Does.UNREACHABLE: T("cannot be reached"),
    Does.VOICEMAIL: T("has a voicemail that answers"),
    Does.VANISHES: T("takes the call, and is gone at once"),
}

_END = next(kind for kind in get_args(Rehearsal.model_fields["end"].annotation) if get_args(kind))
EXPECTED_ENDS: Mapping[str, Text] = {end: ENDS[end] for end in get_args(_END)}
