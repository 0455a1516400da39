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


LISTENING = (What.LISTEN, What.LISTEN_AS, What.STOP_LISTENING)
"""Those that are carried out by ordered.py."""


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
