"""The words for where agents, entries, offers and held places stand."""

from __future__ import annotations

from enum import StrEnum

from controller.choices import Choices
from controller.texts import T


class AgentMode(Choices):
    """What an agent is doing. Each with an end has a deadline, and is swept when it has passed."""

    SIGNED_OUT = "signed_out", T("Signed out")
    AVAILABLE = "available", T("Available")
    OFFERED = "offered", T("Being rung")
    TALKING = "talking", T("On a call")
    WRAP_UP = "wrap_up", T("After a call")
    PAUSED = "paused", T("Paused")
    SET_ASIDE = "set_aside", T("Did not answer")
    BUSY = "busy", T("On a call of their own")
    """On the telephone outside the queues: no calls are offered meanwhile."""


class Told(Choices):
    """Why no calls are offered to an agent for a while, or why they were passed over: for their own page."""

    MISSED = "missed", T("You did not answer a call")
    DECLINED = "declined", T("You declined a call")
    UNREACHABLE = "unreachable", T("Your phone could not be reached")
    BUSY = "busy", T("Your phone was busy")
    WENT = "went", T("Your phone hung up before the caller was put through")


class EntryKind(StrEnum):
    """What waits."""

    CALL = "call"
    HELD = "held"  # a place kept for somebody who is called back
    BACK = "back"  # they have been called back, and are on the line
    RETURNED = "returned"  # a transfer that nobody took: it waits for who sent it, ahead of the line


class EntryState(StrEnum):
    """Where an entry stands."""

    WAITING = "waiting"
    OFFERED = "offered"  # somebody is being rung, or reserved while a patient is called back
    JOINING = "joining"  # somebody accepted; they do not hear each other yet
    TALKING = "talking"
    OVER = "over"


class Outcome(Choices):
    """How waiting ended."""

    ANSWERED = "answered", T("Answered")
    ABANDONED = "abandoned", T("Hung up while waiting")
    KEY = "key", T("Left by a key")
    CALLBACK = "callback", T("Asked to be called back")
    TOO_LONG = "too_long", T("Waited too long")
    CLOSED = "closed", T("Closed while waiting")
    NOBODY = "nobody", T("Nobody there to answer")
    CANCELLED = "cancelled", T("Cancelled by staff")
    WITHDRAWN = "withdrawn", T("No longer wished to be called back")
    UNREACHED = "unreached", T("Could not be called back")
    LOST = "lost", T("Lost")


class OfferState(StrEnum):
    """What became of ringing an agent."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MISSED = "missed"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"  # the caller went, another accepted, or staff moved the call


class HeldState(StrEnum):
    """Where a held place stands."""

    HELD = "held"  # waiting in line, or for the next attempt
    CALLING = "calling"  # an agent is reserved, and the patient is being called
    TALKING = "talking"  # the patient is on the line: they wait for that agent, or talk
    OVER = "over"


class Tried(Choices):
    """What came of an attempt to call somebody back."""

    BUSY = "busy", T("It was busy")
    NO_ANSWER = "no_answer", T("Nobody answered")
    DECLINED = "declined", T("The call was declined")
    UNREACHABLE = "unreachable", T("The number could not be reached")
    NO_KEY = "no_key", T("Somebody or a machine answered, and no key was pressed")
    HUNG_UP = "hung_up", T("They hung up before pressing a key")
    LATER = "later", T("They asked to be called later")
    FORBIDDEN = "forbidden", T("The dial rules do not allow the number")
    UNKNOWN = "unknown", T("It is not known how the attempt ended")
    TOO_LATE = "too_late", T("For days nobody was free to call back")
