"""Ringing phones, round after round, until somebody accepts: what ring, on-call, transfer and queues share.

Pure over `Call` and a `Plan`; knows no clinic, no switch and no clock. Where the ringing stands is written as the
node's phase before each round and with each answer, so after a takeover another controller follows the legs that still
ring, rings nobody again who has been rung or has declined, and goes on with the rest of the same plan.
"""

from __future__ import annotations

import base64
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from controller.calls.bookmark import Phase
from controller.calls.call import Answer, Call, CarrierFailed, Offer, Phone

MOST_PHONES = 100
"""Phones a cycle may ring, over all its rounds; more would not fit in the bookmark. The rest are left out."""

RINGING, BETWEEN, TALKING = "ringing", "between", "talking"
"""The phases: phones ring; the caller is told something between two rounds; somebody accepted (written by `Call.join`)."""


@dataclass(frozen=True)
class Round:
    """Phones rung at once, for so many seconds."""

    phones: tuple[Phone, ...]
    seconds: float


class Plan(ABC):
    """What somebody who wants phones rung says of it. A plan is made anew on each controller and keeps nothing."""

    cycles: int = 1
    """How often to go through the rounds; 0: until somebody accepts."""
    leave_keys: str = ""
    """Keys by which the caller ends the ringing."""

    @abstractmethod
    def rounds(self, cycle: int) -> Sequence[Round]:
        """Whom to ring in this cycle (0, 1 ...), asked once at its beginning. No round with a phone: nobody is left."""

    @abstractmethod
    def phones(self) -> Iterable[Phone]:
        """Every phone the plan may ring as things are now, also of people not available: by them a plan that another
        controller began is read back. A phone no longer among them is not rung."""

    @abstractmethod
    def offer(self, id: str, phone: Phone, seconds: float) -> Offer:
        """The offer of this id: what the phone shows, and what whoever answers hears."""

    def accepted(self, phone: Phone) -> None:
        """Somebody accepted on this phone; told again after a takeover before the conversation."""
        return

    def between(self, new_cycle: bool) -> str:
        """Before every round but the very first: tell the caller something. Returns the leave key they pressed, or "".

        Where cycles go on and on, it must take some seconds at a new cycle: all phones may be out of reach at once.
        """
        return ""


class Outcome(StrEnum):
    """How the ringing ended."""

    TALKED = "talked"
    NOBODY = "nobody"
    KEY = "key"


@dataclass(frozen=True)
class Rung:
    """`answers`: of the last round, in its order. `key`: the one that ended the ringing."""

    outcome: Outcome
    answers: tuple[Answer, ...] = ()
    key: str = ""


_LETTERS = {
    Answer.ACCEPTED: "a",
    Answer.DECLINED: "d",
    Answer.BUSY: "b",
    Answer.NO_ANSWER: "n",
    Answer.UNREACHABLE: "u",
}
_ANSWERS = {letter: answer for answer, letter in _LETTERS.items()}
_OPEN, _LOST = ".", "l"
"""Not answered yet (or cancelled because another phone accepted); accepted, and gone before they heard each other."""

_CODE = 6


def code(phone: str) -> str:
    """A phone's id in 6 characters (36 bits: two of 100 phones share one once in 14 million plans)."""
    return base64.urlsafe_b64encode(hashlib.blake2b(phone.encode(), digest_size=5).digest()).decode()[:_CODE]


def rung_in_vain(phone: str, seconds: float) -> dict[str, Any]:
    """A phase's detail, as of a plan of one phone that accepted and is gone: nobody else is left to ring."""
    return _Place(plan=[[seconds, code(phone)]], done=_LOST).detail()


@dataclass
class _Place:
    """Where the ringing stands: the phase's detail. Short, because every event of the channel carries it."""

    plan: list[list[Any]] = field(default_factory=list)
    """[seconds, codes of the phones glued together] of each round of this cycle."""
    cycle: int = 0
    round: int = 0
    again: int = 0
    """How often phones of this round were rung anew, because whoever accepted was gone before they heard each other."""
    done: str = ""
    """A letter for each phone of this round."""

    @classmethod
    def begin(cls, cycle: int, rounds: Sequence[Round]) -> _Place:
        plan, left = [], MOST_PHONES
        for round_ in rounds:
            codes = list(dict.fromkeys(code(phone.id) for phone in round_.phones))[:left]
            left -= len(codes)
            if codes:
                plan.append([round_.seconds, "".join(codes)])
        place = cls(plan, cycle)
        place.enter(0)
        return place

    @classmethod
    def read(cls, detail: dict[str, Any]) -> _Place:
        return cls(**{name: value for name, value in detail.items() if name != "offer"})

    def detail(self) -> dict[str, Any]:
        return asdict(self)

    def enter(self, round_: int) -> None:
        """Go to a round of this cycle, where nobody has been rung yet."""
        self.round, self.again = round_, 0
        self.done = _OPEN * len(self.codes) if round_ < len(self.plan) else ""

    @property
    def seconds(self) -> float:
        return float(self.plan[self.round][0])

    @property
    def codes(self) -> list[str]:
        glued: str = self.plan[self.round][1]
        return [glued[at : at + _CODE] for at in range(0, len(glued), _CODE)]

    @property
    def accepted(self) -> int | None:
        """Which phone of the round has accepted and is not lost."""
        at = self.done.find(_LETTERS[Answer.ACCEPTED])
        return None if at < 0 else at

    def mark(self, index: int, letter: str) -> None:
        self.done = self.done[:index] + letter + self.done[index + 1 :]

    def answers(self) -> tuple[Answer, ...]:
        return tuple(_ANSWERS.get(letter, Answer.CANCELLED) for letter in self.done)


class Ringing:
    """One node's ringing for one call, on one controller."""

    def __init__(self, call: Call, plan: Plan) -> None:
        self._call = call
        self._plan = plan
        self._phones: dict[str, Phone] = {}

    def run(self) -> Rung:
        """Ring from the first round on. Raises `Talking` once the caller has been joined with whoever accepted."""
        place = self._new_cycle(0)
        if place is None:
            self._call.note("nobody to ring")
            return Rung(Outcome.NOBODY)
        return self._with_music(place, told=True)

    def resume(self, phase: Phase) -> Rung:
        """Go on from a phase that `run` wrote, after a takeover or a conversation. Raises as `run` does."""
        call, place = self._call, _Place.read(phase.detail)
        if phase.name == TALKING:
            conversation = call.conversation
            if conversation is not None and conversation.offer == phase.detail.get("offer"):
                call.note("conversation", seconds=round(conversation.seconds, 1), cause=conversation.cause)
                if conversation.seconds > 0:
                    return Rung(Outcome.TALKED, place.answers())
            # They never heard each other: whoever accepted is joined if still there, and else the ringing goes on.
        self._learn(self._plan.phones())
        return self._with_music(place, told=phase.name != BETWEEN)

    def _with_music(self, place: _Place, told: bool) -> Rung:
        """Ring with music on for the caller, and off whatever comes of it (but a conversation)."""
        self._call.start_music()
        try:
            rung = self._go_on(place, told)
        except CarrierFailed:
            self._call.stop_music()
            raise
        self._call.stop_music()
        return rung

    def _go_on(self, place: _Place, told: bool) -> Rung:
        """`told`: the caller need not be told anything before this round."""
        while True:
            if not told:
                self._call.phase(BETWEEN, **place.detail())
                key = self._plan.between(new_cycle=place.round == 0)
                if key:
                    return self._left_by(key, place)
            told = False
            key = self._ring_round(place)
            if key:
                return self._left_by(key, place)
            answers = place.answers()
            following = self._following(place)
            if following is None:
                return Rung(Outcome.NOBODY, answers)
            place = following

    def _ring_round(self, place: _Place) -> str:
        """Ring this round's open phones until one is joined (which raises `Talking`) or none is left.

        Returns the key by which the caller left, or "". Whoever accepts and is gone before they hear each other is lost,
        and those whose ringing was cancelled for them are rung anew, by offers of their own.
        """
        if place.accepted is not None:
            self._join(place)
        while offers := self._offers(place):
            where = {offer.id: index for index, offer in offers.items()}

            def answered(offer: Offer, answer: Answer, where: dict[str, int] = where) -> None:
                self._call.note("answer", phone=offer.phone.id, person=offer.phone.person, answer=str(answer))
                if answer in _LETTERS:
                    place.mark(where[offer.id], _LETTERS[answer])
                    self._call.phase(RINGING, **place.detail())

            self._call.note("ring", phones=[offer.phone.id for offer in offers.values()], seconds=place.seconds)
            self._call.phase(RINGING, **place.detail())
            result = self._call.ring([*offers.values()], answered=answered, leave_keys=self._plan.leave_keys)
            for id, answer in result.answers.items():
                place.mark(where[id], _LETTERS.get(answer, _OPEN))
            if result.accepted is None:
                return result.key
            place.mark(where[result.accepted.id], _LETTERS[Answer.ACCEPTED])
            self._join(place)
        return ""

    def _join(self, place: _Place) -> None:
        """Join the caller with whoever accepted (the answer is in the phase already). Returns when they are gone before
        they heard each other."""
        index = place.accepted
        assert index is not None
        phone = self._phones.get(place.codes[index])
        if phone is not None:
            self._plan.accepted(phone)
            # After a takeover the others may still ring: the controller that was to end their ringing is dead.
            self._call.cancel([*self._offers(place).values()])
            try:
                self._call.join(self._offer(place, index, phone))
            except CarrierFailed as failed:
                self._call.note("not joined", phone=phone.id, why=str(failed))
        self._lose(place)

    @staticmethod
    def _lose(place: _Place) -> None:
        if place.accepted is not None:
            place.mark(place.accepted, _LOST)
            place.again += 1

    def _offers(self, place: _Place) -> dict[int, Offer]:
        """The offers of this round's phones that have not answered, by their place in it; phones that are gone are skipped."""
        found = {
            index: self._phones.get(code_) for index, code_ in enumerate(place.codes) if place.done[index] == _OPEN
        }
        return {index: self._offer(place, index, phone) for index, phone in found.items() if phone is not None}

    def _offer(self, place: _Place, index: int, phone: Phone) -> Offer:
        where = (place.cycle, place.round, place.again, place.codes[index])
        return self._plan.offer(Offer.make_id(self._call.id, self._call.mark.step, *where), phone, place.seconds)

    def _following(self, place: _Place) -> _Place | None:
        """The next round with a phone that is still there, of this cycle or the next; None when the plan is over."""
        for next_ in range(place.round + 1, len(place.plan)):
            place.enter(next_)
            if self._offers(place):
                return place
        if self._plan.cycles and place.cycle + 1 >= self._plan.cycles:
            return None
        return self._new_cycle(place.cycle + 1)

    def _new_cycle(self, cycle: int) -> _Place | None:
        rounds = self._plan.rounds(cycle)
        self._learn(phone for round_ in rounds for phone in round_.phones)
        place = _Place.begin(cycle, rounds)
        left_out = sum(len(round_.phones) for round_ in rounds) - sum(len(codes) // _CODE for _, codes in place.plan)
        if left_out:
            self._call.note("phones left out", count=left_out)
        return place if place.plan else None

    def _learn(self, phones: Iterable[Phone]) -> None:
        self._phones |= {code(phone.id): phone for phone in phones}

    def _left_by(self, key: str, place: _Place) -> Rung:
        self._call.note("left by key", key=key)
        return Rung(Outcome.KEY, place.answers(), key)
