"""What staff tell a controller to do with a conversation: the words for it, and how it is carried out once.

An order is a row (store/models/waiting.py). Whichever controller has the link to the call's switch takes it, does it, and says
what came of it; the rows stay, as the record of who did what with whose conversation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from controller.choices import Choices
from controller.texts import T


class What(StrEnum):
    """What is to be done; and, where the flow editor does it by itself, what has been done. `detail` of each stands beside it."""

    LISTEN = "listen"  # ring whoever ordered it, and let them into a conversation; detail: mode
    LISTEN_AS = "listen as"  # change how; detail: listening, mode
    STOP_LISTENING = "stop listening"  # detail: listening
    MOVE = "move"  # a caller to another queue; detail: from, to (names)
    CANCEL = "cancel"  # somebody who was to be called back; detail: queue
    AGENT = "agent"  # what somebody does as an agent; detail: do, reason


class Handling(StrEnum):
    """What agents have done with the call that they have in hand (controller/conversations.py)."""

    HOLD = "hold"
    TAKE_BACK = "take back"
    PAUSE_RECORDING = "pause recording"
    RECORD_ON = "record on"
    SEND = "send"  # on, to somebody else; detail: as flows/transfers.Sent has it, with language, rank, of (the entry)
    CONSULT = "consult"  # talk to a colleague first, the caller on hold; detail: to
    BRING_IN = "bring in"  # a third party, whom both hear; detail: number, name
    LET_GO = "let go"  # of a colleague or third party; detail: which
    HAND_OVER = "hand over"  # to the colleague talked to; detail: which, and as of send


CARRIED_OUT = (What.LISTEN, What.LISTEN_AS, What.STOP_LISTENING, *Handling)
"""Those that a controller carries out; the others are done as they are given, and only recorded."""


class ListenMode(Choices):
    """How a supervisor is in a conversation."""

    LISTEN = "listen", T("Listen in: nobody hears you")
    WHISPER = "whisper", T("Whisper: only our side hears you")
    BARGE = "barge", T("Join in: both hear you")


class Failure(Choices):
    """Why an order was not carried out."""

    OVER = "over", T("The conversation is over.")
    NO_PHONE = "no_phone", T("You have no phone to listen on. Add one on your page under People and phones.")
    NOT_ANSWERED = "not_answered", T("Your phone was not answered.")
    UNREACHABLE = "unreachable", T("Your phone could not be reached.")
    THEY_DID_NOT_ANSWER = "they_did_not_answer", T("They did not answer.")
    NOT_REACHED = "not_reached", T("They could not be reached.")
    NOT_ALLOWED = "not_allowed", T("Calls may not go to this number. Ask whoever looks after your lines.")
    NOT_RECORDED = "not_recorded", T("The call is not being recorded.")
    NOT_LIVE = "not_live", T("This flow is not live.")
    LOST = "lost", T("Nobody was there to do it. Please try again.")


@dataclass(frozen=True)
class Order:
    """An order that has not been carried out. `made_by`, `person`: who gave it, and whom it is about (ids of people)."""

    id: str
    what: str
    made_by: str
    call: str | None = None
    person: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Orders(Protocol):
    """Orders as a controller has them. Each is one short transaction; raises the database's errors."""

    def waiting(self) -> Sequence[Order]:
        """Those that nobody has taken, the oldest first."""

    def take(self, order: str) -> bool:
        """Take one, to carry it out; False when somebody else has."""

    def done(self, order: str, **detail: Any) -> None:
        """It is carried out. `detail`: what is to be kept with it."""

    def failed(self, order: str, why: Failure) -> None:
        """It was not, and will not be."""

    def also(self, order: str, **detail: Any) -> None:
        """What has become of one that was carried out."""
