"""Legs to staff, on the link: rung for an offer, asked to accept, waiting to be joined. Knows no caller but by id.

A leg's id is its offer's, so a second ring of the same offer is refused by the switch while the leg is there. That it has been
rung also stands on the caller's channel, for a leg that is gone: an offer once rung is followed, never rung again.
Staff.ring is a loop over one inbox; what each leg is doing is its state, and what may happen in a state is a row of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from time import monotonic

import gevent
import structlog

from controller.calls.call import Answer, Offer, Utterance
from controller.freeswitch import arguments
from controller.freeswitch.arguments import Argument
from controller.freeswitch.connection import Disconnected, Inbox, NoReply, Refused
from controller.freeswitch.link import Link
from controller.freeswitch.protocol import Message

log = structlog.get_logger(__name__)

PARK_SECONDS = 60
"""How long an answered leg waits without a command: a dead controller's legs end by themselves."""
ASK_SECONDS = 8
"""How long somebody may take to press a key, after they were asked."""
GRACE_SECONDS = 2.0
"""After a leg should have ended by the switch's own clock, until we end it."""
COMING_SECONDS = 1.0
"""After which a leg that a dead controller has ordered, and that is not there, is taken to be over and not only coming."""
LINK_SECONDS = 3.0
"""How long a broken link is waited for before phones count as unreachable."""
QUESTION = "play_and_get_digits"
KEY = "careline_key"
ACCEPTED = "careline_accepted"
RUNG = "careline_rung"
"""On the caller's channel: the offers rung last, each by the beginning of its id (`_short`), with dots between."""

_ANSWERS = {
    "USER_BUSY": Answer.BUSY,
    "NO_ANSWER": Answer.NO_ANSWER,
    "NO_USER_RESPONSE": Answer.NO_ANSWER,
    "ALLOTTED_TIMEOUT": Answer.NO_ANSWER,
    "PROGRESS_TIMEOUT": Answer.NO_ANSWER,
    "ORIGINATOR_CANCEL": Answer.CANCELLED,
    "LOSE_RACE": Answer.CANCELLED,
    "CALL_REJECTED": Answer.DECLINED,
    "NORMAL_CLEARING": Answer.DECLINED,
}
"""What a hang-up before accepting means; every other cause: UNREACHABLE."""


class State(Enum):
    """What a leg is doing."""

    CALLING = auto()
    """The switch has been told to ring it, and has not said yet what came of it."""
    ASKING = auto()
    """Answered, and asked to press 1."""
    ACCEPTED = auto()
    OVER = auto()


@dataclass
class StaffLeg:
    """One offer's leg."""

    offer: Offer
    until: float
    """By `monotonic`: when we end it, if the switch has not."""
    state: State = State.CALLING
    answer: Answer | None = None
    lost: bool = False
    """The link broke while it was on its way: the switch must be asked what became of it."""
    unseen: bool = False
    """It was ordered, by another controller or as the link broke, and has not been seen: over, only just coming, or never."""

    @property
    def open(self) -> bool:
        """Whether it may still accept."""
        return self.state in (State.CALLING, State.ASKING)


@dataclass(frozen=True)
class _Told:
    """What `originate` said of a leg; None: the link broke before it said anything."""

    leg: str
    said: str | None


class _LinkUp:
    """The link is back."""


@dataclass
class Staff:
    """Rings phones over one switch's link. `files` makes utterances playable; `gateway` is for phones without a trunk. `rung`:
    what RUNG says on the caller's channel; kept as it is there."""

    link: Link
    files: Callable[[Sequence[Utterance]], list[Path]]
    gateway: str = "careline"
    rung: list[str] = field(default_factory=list)
    legs: dict[str, StaffLeg] = field(default_factory=dict)
    inbox: Inbox = field(default_factory=Inbox)
    answered: Callable[[Offer, Answer], None] = lambda offer, answer: None

    def __enter__(self) -> Staff:
        self._link_up: Callable[[], None] = lambda: self.inbox.put(_LinkUp())
        self.link.on_up(self._link_up)
        return self

    def __exit__(self, *_: object) -> None:
        self.link.off_up(self._link_up)
        for leg in self.legs:
            self.link.unwatch(leg, self.inbox.put)

    # -- ringing

    def call(self, offers: Sequence[Offer], call: str) -> None:
        """Begin to ring, beside what rings already. `call` is the caller's id. A phone that cannot be dialled is unreachable
        at once.

        An offer that another controller has rung for this caller is followed; one whose leg is gone was not answered.
        """
        if not self.link.up.is_set():
            self.link.up.wait(LINK_SECONDS)
        caller = arguments.leg(call)
        # Those that are over stay too: nobody else is to ring them again before what became of them is written down.
        shorts = {_short(offer) for offer in (*offers, *(leg.offer for leg in self.legs.values()))}
        self.rung[:] = [short for short in self.rung if short in shorts]
        for offer in offers:
            leg = self.legs[offer.id] = StaffLeg(offer, monotonic() + offer.seconds + GRACE_SECONDS)
            try:
                command = self._originate(offer, call)
                if _short(offer) in self.rung:
                    self.link.watch(offer.id, self.inbox.put)
                    self._find(leg)
                elif not self.link.up.is_set():
                    raise Disconnected
                else:
                    self.rung.append(_short(offer))
                    mark = arguments.value(".".join(self.rung))
                    self._order(leg, command, f"uuid_setvar {caller} {RUNG} {mark}")
            except arguments.ArgumentRefused as refused:
                log.warning("phone_refused", phone=offer.phone.id, error=str(refused))
                self._end(leg, Answer.UNREACHABLE)
            except (Disconnected, NoReply, Refused):
                self._end(leg, Answer.UNREACHABLE)

    def _order(self, leg: StaffLeg, command: Argument, first: str) -> None:
        id = leg.offer.id
        try:
            job = self.link.background(command, first, self.link.listen(id, self.inbox.put))
        except (Disconnected, NoReply):
            # It may have been taken even so; the switch is asked when the link is back.
            leg.unseen, leg.lost, leg.until = True, True, monotonic() + LINK_SECONDS
            return
        job.tell(lambda said: self.inbox.put(_Told(id, said if isinstance(said, str) else None)))

    def _originate(self, offer: Offer, call: str) -> Argument:
        phone = offer.phone
        dial = (
            arguments.user(phone.address)
            if phone.kind == "inside"
            else arguments.trunk(phone.trunk or self.gateway, phone.address)
        )
        seconds = arguments.number(offer.seconds, 1, 3600)
        variables = {
            "origination_uuid": arguments.leg(offer.id),
            "originate_timeout": seconds,
            "leg_timeout": seconds,
            "park_timeout": str(PARK_SECONDS),
            "careline_offer_of": arguments.leg(call),
            "app_disable_expand_variables": "true",
            "ignore_early_media": "true",
            "hangup_after_bridge": "true",
            "playback_terminators": "none",
        }
        if offer.caller_number:
            variables["origination_caller_id_number"] = offer.caller_number
        return arguments.originate(dial, variables=variables, names={"origination_caller_id_name": offer.caller_name})

    def take(self, item: object) -> None:
        """Go on by what came out of the inbox, if it is about a leg."""
        if isinstance(item, _Told):
            told = self.legs.get(item.leg)
            if told is not None:
                self._told(told, item.said)
        elif isinstance(item, _LinkUp):
            for leg in list(self.legs.values()):
                if leg.lost and leg.open:
                    self._look(leg)
        elif isinstance(item, Message):
            found = self.legs.get(item.get("Unique-ID"))
            if found is not None and found.state is not State.OVER:
                self._event(found, item)

    def _told(self, leg: StaffLeg, said: str | None) -> None:
        if leg.state is not State.CALLING:
            return
        if said is None:
            leg.lost = True
            if self.link.up.is_set():
                self._look(leg)
        elif said.startswith("+OK"):
            self._picked_up(leg)
        elif "DESTINATION_OUT_OF_ORDER" in said:
            # So says the switch when a leg with this id is there already: another controller rang it.
            self._look(leg)
        else:
            self._end(leg, _ANSWERS.get(said.removeprefix("-ERR").strip(), Answer.UNREACHABLE))

    def _event(self, leg: StaffLeg, event: Message) -> None:
        name = event.name
        if name == "CHANNEL_HANGUP":
            answer = _ANSWERS.get(event.get("Hangup-Cause"), Answer.UNREACHABLE)
            if leg.state is State.ASKING:
                answer = Answer.DECLINED
            self._end(leg, answer)
        elif name == "CHANNEL_PARK" and leg.state is State.CALLING and leg.lost:
            self._picked_up(leg)
        elif leg.state is State.ASKING and event.get("Application") == QUESTION and name == "CHANNEL_EXECUTE_COMPLETE":
            # Whichever controller asked: a leg is asked one thing, and nothing else.
            self._replied(leg, event.get(f"variable_{KEY}"))

    def _find(self, leg: StaffLeg) -> None:
        """Follow what another controller has ordered."""
        leg.unseen, leg.lost, leg.until = True, True, monotonic() + COMING_SECONDS
        self._look(leg)

    def _look(self, leg: StaffLeg) -> None:
        """Ask the switch what a leg is doing, and go on from there."""
        id = arguments.leg(leg.offer.id)
        try:
            if self.link.api(f"uuid_exists {id}") != "true":
                if not leg.unseen:
                    self._end(leg, Answer.UNREACHABLE)
                return
            leg.lost = True
            if leg.unseen:
                leg.unseen, leg.until = False, monotonic() + leg.offer.seconds + GRACE_SECONDS
            if "1" in (self._variable(id, ACCEPTED), self._variable(id, KEY)):
                self._accept(leg)
                return
            running = self._variable(id, "current_application")
            if running == QUESTION:
                leg.state, leg.until = State.ASKING, monotonic() + PARK_SECONDS
            elif running == "park":
                # Not as soon as it is answered: an application that begins before the leg is parked is cut short by it.
                self._picked_up(leg)
        except (Disconnected, NoReply):
            leg.lost = True

    def _variable(self, id: Argument, name: str) -> str:
        return self.link.api(f"uuid_getvar {id} {arguments.variable(name)}")

    def _picked_up(self, leg: StaffLeg) -> None:
        if not leg.offer.confirm:
            self._accept(leg)
            return
        leg.state = State.ASKING
        leg.until = monotonic() + PARK_SECONDS
        files = arguments.sound(self.files(leg.offer.confirm))
        try:
            self.link.execute(
                QUESTION,
                f"1 1 1 {ASK_SECONDS * 1000} none {files} {arguments.silence(1)} {KEY} [12] {ASK_SECONDS * 1000}",
                leg=arguments.leg(leg.offer.id),
            ).taken()
        except (Refused, NoReply):
            self._end(leg, Answer.UNREACHABLE)
        except Disconnected:
            leg.state, leg.lost = State.CALLING, True

    def _replied(self, leg: StaffLeg, key: str) -> None:
        if key == "1":
            self._accept(leg)
        else:
            # A mailbox that answered presses nothing.
            self._end(leg, Answer.DECLINED if key == "2" else Answer.NO_ANSWER)
            self.hang_up([leg.offer.id], "NORMAL_CLEARING")

    def _accept(self, leg: StaffLeg) -> None:
        leg.state, leg.answer = State.ACCEPTED, Answer.ACCEPTED
        try:
            self.link.api(f"uuid_setvar {arguments.leg(leg.offer.id)} {ACCEPTED} 1")
        except (Disconnected, NoReply):
            pass  # after a takeover they would be asked again
        self.answered(leg.offer, Answer.ACCEPTED)

    def _end(self, leg: StaffLeg, answer: Answer) -> None:
        before, leg.state = leg.state, State.OVER
        if before is not State.ACCEPTED:
            leg.answer = answer
            if answer is not Answer.CANCELLED:
                self.answered(leg.offer, answer)

    # -- the end of ringing

    @property
    def accepted(self) -> StaffLeg | None:
        """The leg that accepted first."""
        return next((leg for leg in self.legs.values() if leg.answer is Answer.ACCEPTED), None)

    @property
    def ringing(self) -> bool:
        """Whether anybody may still accept."""
        return any(leg.open for leg in self.legs.values())

    def overdue(self) -> None:
        """End legs whose time is over and that the switch has not ended by itself."""
        for leg in self.legs.values():
            if leg.open and monotonic() >= leg.until and leg.unseen:
                self._look(leg)
            if leg.open and monotonic() >= leg.until:
                self.hang_up([leg.offer.id], "NO_ANSWER")
                self._end(leg, Answer.NO_ANSWER)

    def patience(self) -> float:
        """Seconds until `overdue` is to be asked."""
        return max(0.0, min((leg.until for leg in self.legs.values() if leg.open), default=0.0) - monotonic())

    def cancel(self, cause: str) -> None:
        """End every leg that may still accept."""
        mine = [leg for leg in self.legs.values() if leg.open]
        for leg in mine:
            leg.state, leg.answer = State.OVER, Answer.CANCELLED
        self.hang_up([leg.offer.id for leg in mine], cause)

    def call_off(self, offers: Iterable[Offer], cause: str) -> None:
        """End their legs, whatever they do, and forget them."""
        for offer in offers:
            leg = self.legs.pop(offer.id, None)
            if leg is not None:
                self.link.unwatch(offer.id, self.inbox.put)
                if leg.state is not State.OVER:
                    self.hang_up([offer.id], cause)

    def hang_up(self, legs: Iterable[str], cause: str) -> None:
        """End legs; nothing for those that are gone. Never raises: the switch ends them itself when the link is down."""
        for leg in legs:
            gevent.spawn(hang_up, self.link, leg, cause)

    def answers(self) -> dict[str, Answer]:
        """What each offer came to."""
        return {id: leg.answer for id, leg in self.legs.items() if leg.answer is not None}


def _short(offer: Offer) -> str:
    """An offer by the first 32 bits of its id: every event of the caller's carries them."""
    return offer.id[:8]


def answer_of(cause: str) -> Answer:
    """What it means that a leg was hung up, or never came about, before anybody accepted."""
    return _ANSWERS.get(cause, Answer.UNREACHABLE)


def hang_up(link: Link, leg: str, cause: str) -> None:
    """End one leg; nothing when it is gone or the link is down."""
    command = f"uuid_kill {arguments.leg(leg)} {arguments.cause(cause)}"
    try:
        # A leg that is only just being rung is not known to the switch yet.
        for wait in (0.1, 0.5, 2.0):
            if link.api(command).startswith("+OK"):
                return
            gevent.sleep(wait)
    except (Disconnected, NoReply):
        log.warning("leg_left", switch=link.name)
