"""A caller's time in line: music, what is said of the wait, keys, the agents who are rung, and being joined with one.

Over `Call` and `Queues`: knows no clinic, no switch and no SQL. Whom to ring how, and the words for what is said, it asks its
`Host`. Where the caller stands is in the queues' entry; the phase keeps what else another controller needs to go on: it finds
the same place, follows the phones that ring, says nothing twice and joins whoever has accepted.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog

from controller.calls.bookmark import Phase
from controller.calls.call import Answer, Call, CallerGone, CarrierFailed, HandedOn, Offer, Phone, Talking, Utterance
from controller.calls.waiting import Waited, Waiting
from controller.queues.announce import Announcement, Said, announce, news
from controller.queues.asking import KEYS, Asking, Callback, Step
from controller.queues.states import EntryState, Outcome
from controller.queues.waiting import Queues, Refused, Ringing, Standing, Superseded, Wish

log = structlog.get_logger(__name__)

WAITING, JOINING, TALKING = "waiting", "joining", "talking"
"""The phases: in line; somebody has accepted; they are joined (written by `Call.join`)."""

LOOK = 10.0
"""Seconds after which a caller looks how they stand, though nobody has said that anything has changed."""
FIRST_RING = 6.0
"""Seconds for which somebody who is rung at once may answer before the caller is told anything of a wait."""
APART = 15.0
"""Seconds between two announcements at least."""

NUMBER = "callback.number"
"""The variable of a call that holds where the caller is called back."""

_NEXT_PHONE = (Answer.NO_ANSWER, Answer.UNREACHABLE)
"""What is not said by a person: an agent's next phone is rung."""


class Leaving(StrEnum):
    """How a caller leaves the line."""

    ANSWERED = "answered"
    CLOSED = "closed"
    FULL = "full"
    NOBODY = "nobody"
    TOO_LONG = "too_long"
    KEY = "key"
    CALLBACK = "callback"
    """They are called back, and keep their place."""
    GONE = "gone"
    """The queue is gone, or staff or a sweep took the caller out of it."""


_OVER = {
    Outcome.CLOSED: Leaving.CLOSED,
    Outcome.NOBODY: Leaving.NOBODY,
    Outcome.TOO_LONG: Leaving.TOO_LONG,
    Outcome.CALLBACK: Leaving.CALLBACK,
}
"""Where somebody else ended the waiting; by any other outcome: GONE."""


@dataclass(frozen=True)
class Left:
    """`key`: by which the caller left. `wait`: as they were told it last."""

    why: Leaving
    key: str = ""
    wait: Announcement | None = None


class Host(ABC):
    """What whoever lets a call wait says of it. Made anew on each controller, keeps nothing. Times in seconds."""

    music: Path | None = None
    keys: str = ""
    """By which a caller leaves the line."""
    announces: bool = True
    announces_every: float = 60.0
    comforts_every: float = 40.0
    """How long a caller hears nothing but music before they are told something else."""
    callback: Callback | None = None
    """What callers are told of being called back; None: nobody is."""

    @abstractmethod
    def wish(self, queue: str) -> Wish:
        """Who wants to wait in this queue."""

    @abstractmethod
    def phones(self, person: str) -> Sequence[Phone]:
        """An agent's phones, in the order in which they are rung."""

    @abstractmethod
    def offer(self, id: str, phone: Phone, seconds: float, standing: Standing) -> Offer:
        """The offer of this id: what the phone shows, and what whoever answers hears."""

    @abstractmethod
    def wait_said(self, position: int | None, wait: Announcement | None) -> Sequence[Utterance]:
        """What the caller hears of their place (None: not to be said) and their wait (None: nothing is known)."""

    @abstractmethod
    def comfort(self, turn: int) -> Sequence[Utterance]:
        """What they hear in between, the first time (0), the second ..."""

    def accepted(self, person: str) -> None:
        """An agent has taken the call."""
        return


@dataclass
class _Place:
    """What the phase keeps. Short, because every event of the channel carries it."""

    queue: str
    turn: int = 0
    """How many comfort texts were heard."""
    position: int = 0
    """As told last; 0: not told."""
    told: list[Any] = field(default_factory=list)
    """The announcement made last: said, low, high, promised."""
    phones: dict[str, int] = field(default_factory=dict)
    """By ringing: which of the agent's phones is rung, where that is not the first."""
    ringing: str = ""
    """Who has accepted."""
    asking: bool = False
    """They are being asked where to call them back."""

    @classmethod
    def read(cls, detail: dict[str, Any]) -> _Place:
        return cls(**{name: value for name, value in detail.items() if name != "offer"})

    def detail(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value}

    @property
    def before(self) -> Announcement | None:
        """What the caller was told last."""
        if not self.told:
            return None
        said, low, high, promised = self.told
        return Announcement(Said(said), low, high, promised)

    def tell(self, told: Announcement) -> None:
        self.told = [str(told.said), told.low, told.high, told.promised]


@dataclass
class _Rung:
    """An agent being rung for the caller."""

    ringing: Ringing
    phones: Sequence[Phone]
    index: int
    offer: Offer


class Line:
    """One caller in line, on one controller."""

    def __init__(self, call: Call, queues: Queues, host: Host) -> None:
        self._call = call
        self._queues = queues
        self._host = host
        self._rung: dict[str, _Rung] = {}
        self._asking: Asking | None = None
        self._key_at = call.now()
        """When they were asked something last, or pressed a key then."""

    def run(self, queue: str) -> Left:
        """Wait in a queue. Raises `Talking` once the caller has been joined with an agent, and what `Call` raises."""
        return self._keep_place(_Place(queue), "")

    def resume(self, phase: Phase) -> Left:
        """Go on from a phase that `run` wrote, after a takeover or a conversation. Raises as `run` does."""
        return self._keep_place(_Place.read(phase.detail), phase.name)

    def _keep_place(self, place: _Place, phase: str) -> Left:
        self._place = place
        try:
            if phase == TALKING and self._talked():
                return self._left(Left(Leaving.ANSWERED))
            return self._left(self._in_line(phase))
        except (Talking, HandedOn):
            raise
        except CallerGone:
            self._queues.gone(self._call.id)
            raise
        except Exception:
            # Whatever the flow does with the caller now, nobody is to be rung for them from here.
            with contextlib.suppress(Exception):
                self._queues.gone(self._call.id)
            raise

    def _left(self, left: Left) -> Left:
        self._call.mark.entry = None
        return left

    def _in_line(self, phase: str) -> Left:
        call = self._call
        call.answer(wait=False)
        standing = self._queues.join(self._host.wish(self._place.queue))
        if isinstance(standing, Refused):
            call.note("not in line", why=standing.value)
            return Left(Leaving(standing.value))
        if call.mark.entry != standing.ticket.entry:
            call.mark.entry = standing.ticket.entry
            call.note("in line", queue=standing.queue, position=standing.position)
        now = call.now()
        self._spoken = now
        self._announce_at = now + timedelta(seconds=FIRST_RING if standing.offers else 0)
        with call.waiting(self._host.music) as waiting:
            unwatch = self._queues.watch(standing.ticket.entry, waiting.wake)
            try:
                if phase in (JOINING, TALKING):
                    standing = self._accepted_before(standing)
                else:
                    # The phones first: where the caller stands is in the queues, and the same call finds it again. Written also
                    # after a takeover, so that it is known who has the call.
                    standing = self._follow(waiting, standing)
                    self._write(WAITING)
                return self._wait(waiting, standing)
            finally:
                unwatch()

    def _wait(self, waiting: Waiting, standing: Standing) -> Left:
        while True:
            if standing.state is EntryState.OVER:
                self._call.note("taken out of line", outcome=str(standing.outcome))
                return Left(_OVER.get(standing.outcome or Outcome.LOST, Leaving.GONE), wait=self._place.before)
            if self._too_long(standing):
                if self._leave(standing, Outcome.TOO_LONG):
                    return Left(Leaving.TOO_LONG)
            else:
                standing = self._follow(waiting, standing)
                self._ask_or_say(waiting, standing)
                waited = waiting.wait(self._patience(standing), self._keys(standing))
                if waited.key and (self._asking or self._wants_callback(waited.key)):
                    if self._go_on_asking(waiting, standing, waited.key):
                        return Left(Leaving.CALLBACK, wait=self._place.before)
                elif waited.key and self._leave(standing, Outcome.KEY):
                    self._call.note("left by key", key=waited.key)
                    return Left(Leaving.KEY, waited.key)
                if waited.answers:
                    standing = self._hear(waiting, waited, standing)
                    continue
            standing = self._look(standing)

    # -- how the caller stands

    def _look(self, standing: Standing) -> Standing:
        try:
            found = self._queues.standing(standing.ticket.entry)
        except Exception:
            # The database is away: the caller goes on waiting, and phones go on ringing, as far as is known.
            log.exception("standing_not_known", call=self._call.id)
            return standing
        if found is None:
            raise LookupError("the entry is gone")
        return found

    def _too_long(self, standing: Standing) -> bool:
        """Whether they have waited too long; whoever is being rung for them may still answer."""
        return standing.until is not None and self._call.now() >= standing.until and not self._rung

    def _leave(self, standing: Standing, outcome: Outcome) -> bool:
        """Leave the line; False when somebody else has acted on the entry: look again."""
        try:
            self._queues.leave(standing.ticket, outcome)
        except Superseded:
            return False
        return True

    def _patience(self, standing: Standing) -> float:
        now = self._call.now()
        due = [now + timedelta(seconds=LOOK)]
        if self._asking:
            due.append(self._key_at + timedelta(seconds=self._asking.patience))
        else:
            due.append(self._comfort_at)
        if self._host.announces and not self._asking:
            due.append(self._announce_at)
        if standing.until is not None and not self._rung:
            due.append(standing.until)
        return max(0.05, (min(due) - now).total_seconds())

    def _write(self, phase: str) -> None:
        self._call.phase(phase, **self._place.detail())

    # -- being called back

    def _keys(self, standing: Standing) -> str:
        if self._asking:
            return KEYS
        callback = self._host.callback
        return self._host.keys + (
            callback.key if callback and callback.offered(standing, self._waited(standing)) else ""
        )

    def _waited(self, standing: Standing) -> float:
        return max(0.0, (self._call.now() - standing.joined_at).total_seconds())

    def _wants_callback(self, key: str) -> bool:
        callback = self._host.callback
        return callback is not None and key == callback.key

    def _ask_or_say(self, waiting: Waiting, standing: Standing) -> None:
        if self._place.asking and not self._asking:  # another controller was asking them
            self._begin_asking(waiting)
        if self._asking is None:
            self._say(waiting, standing)
        elif self._call.now() >= self._key_at + timedelta(seconds=self._asking.patience):
            self._take_step(waiting, self._asking, self._asking.idle())

    def _go_on_asking(self, waiting: Waiting, standing: Standing, key: str) -> bool:
        """A key has been pressed that is about being called back. True when the place is kept, and they have left the line."""
        asking = self._asking
        if asking is None:
            self._place.asking = True
            self._write(WAITING)
            self._begin_asking(waiting)
            return False
        step = asking.press(key)
        if step.number and self._hold(standing, step.number):
            return True
        if not step.number:
            self._take_step(waiting, asking, step)
        return False

    def _begin_asking(self, waiting: Waiting) -> None:
        assert self._host.callback is not None
        self._asking = Asking(self._host.callback)
        self._take_step(waiting, self._asking, self._asking.begin())

    def _take_step(self, waiting: Waiting, asking: Asking, step: Step) -> None:
        assert self._host.callback is not None
        self._key_at = self._call.now()
        if step.asked is not None:
            waiting.say(self._host.callback.asks(step.asked, asking.number))
            self._spoken = self._call.now()
        if step.over:
            self._stop_asking()

    def _stop_asking(self) -> None:
        self._asking, self._place.asking = None, False
        self._write(WAITING)

    def _hold(self, standing: Standing, number: str) -> bool:
        """Keep their place; False when somebody else has acted on the entry: look again."""
        callback = self._host.callback
        assert callback is not None
        self._call.variables[NUMBER] = number
        self._stop_asking()
        try:
            new = self._queues.hold(standing.ticket, number, callback.sealed(number), dialled=self._call.dialled)
        except Superseded:
            return False
        self._call.note("to be called back" if new else "to be called back already")
        return True

    # -- what the caller hears

    @property
    def _comfort_at(self) -> datetime:
        return self._spoken + timedelta(seconds=self._host.comforts_every)

    def _say(self, waiting: Waiting, standing: Standing) -> None:
        now = self._call.now()
        if self._host.announces and self._announce(waiting, standing, now):
            return
        if now >= self._comfort_at:
            self._spoken = now
            said = self._host.comfort(self._place.turn)
            if said:
                waiting.say(said)
                self._place.turn += 1
                self._write(WAITING)

    def _announce(self, waiting: Waiting, standing: Standing, now: datetime) -> bool:
        """Say where the caller stands, when it is time, or when there is news that cannot wait. True when anything was said."""
        place, before = self._place, self._place.before
        told = announce(standing.wait, now.timestamp(), before)
        due = now >= self._announce_at
        nearer = 0 < standing.position < place.position
        if not due and not ((nearer or (before is not None and news(told, before))) and now >= self._may_speak_at):
            return False
        self._announce_at = now + timedelta(seconds=self._host.announces_every)
        # A place that is further back than was said is not said: whoever was let in before has a reason nobody can explain.
        position = standing.position if standing.position and standing.position <= (place.position or 1 << 30) else None
        said = self._host.wait_said(position, told)
        callback = self._host.callback
        if callback is not None and callback.offered(standing, self._waited(standing)):
            said = [*said, *callback.offer_said()]
        if not said:
            return False
        waiting.say(said)
        self._spoken = now
        if told is not None:
            place.tell(told)
        place.position = position or place.position
        self._write(WAITING)
        least = told.low * 60.0 if told is not None and told.low else None
        most = told.high * 60.0 if told is not None and told.high is not None else None
        with contextlib.suppress(Superseded):
            self._queues.announced(
                standing.ticket, wait=standing.wait, position=standing.position, least=least, most=most
            )
        return True

    @property
    def _may_speak_at(self) -> datetime:
        return self._spoken + timedelta(seconds=APART)

    # -- who is rung

    def _follow(self, waiting: Waiting, standing: Standing) -> Standing:
        """Ring those whom the queue offers, and nobody else. Returns how the caller stands then."""
        while True:
            wanted = {ringing.id: ringing for ringing in standing.offers}
            self._drop(waiting, [id for id in self._rung if id not in wanted])
            self._place.phones = {id: index for id, index in self._place.phones.items() if id in wanted}
            new = [ringing for id, ringing in wanted.items() if id not in self._rung]
            without = None
            for ringing in new:
                index = self._place.phones.get(ringing.id, 0)
                rung = self._make(ringing, index, standing)
                if rung is None:
                    without = ringing
                    continue
                self._rung[ringing.id] = rung
                self._call.note("ring", person=ringing.person, phones=[rung.offer.phone.id])
                waiting.ring([rung.offer])
            if without is None:
                return standing
            standing = self._report(standing, without.id, Answer.UNREACHABLE)

    def _make(self, ringing: Ringing, index: int, standing: Standing) -> _Rung | None:
        """Ring this one of an agent's phones; None when there is none."""
        phones = [phone for phone in self._host.phones(ringing.person) if ringing.phone in (None, phone.id)]
        if index >= len(phones):
            return None
        phone = phones[index]
        id = ringing.id if index == 0 else Offer.make_id(ringing.id, index, phone.id)
        return _Rung(ringing, phones, index, self._host.offer(id, phone, ringing.seconds, standing))

    def _drop(self, waiting: Waiting, ids: Sequence[str]) -> None:
        """Ring them no more."""
        waiting.call_off([self._rung.pop(id).offer for id in ids])

    def _report(self, standing: Standing, ringing: str, answer: Answer) -> Standing:
        try:
            return self._queues.answered(standing.ticket, ringing, answer)
        except Superseded:
            return self._look(standing)

    def _hear(self, waiting: Waiting, waited: Waited, standing: Standing) -> Standing:
        """Go on by what became of phones; whoever accepted comes last, since that may end it all."""
        for offer, answer in sorted(waited.answers, key=lambda one: one[1] is Answer.ACCEPTED):
            rung = next((rung for rung in self._rung.values() if rung.offer.id == offer.id), None)
            if rung is None:
                continue
            self._call.note("answer", phone=offer.phone.id, person=offer.phone.person, answer=str(answer))
            if answer is Answer.ACCEPTED:
                standing = self._take(waiting, rung, standing)
            elif answer in _NEXT_PHONE and (following := self._make(rung.ringing, rung.index + 1, standing)):
                waiting.call_off([rung.offer])
                self._rung[rung.ringing.id] = following
                self._place.phones[rung.ringing.id] = following.index
                self._write(WAITING)
                waiting.ring([following.offer])
            else:
                self._drop(waiting, [rung.ringing.id])
                standing = self._report(standing, rung.ringing.id, answer)
        return standing

    def _take(self, waiting: Waiting, rung: _Rung, standing: Standing) -> Standing:
        """An agent has accepted: claim them for the caller, and join the two."""
        self._place.ringing = rung.ringing.id
        self._write(JOINING)
        try:
            standing = self._queues.answered(standing.ticket, rung.ringing.id, Answer.ACCEPTED)
        except Superseded:
            self._call.note("too late", person=rung.ringing.person)
            self._drop(waiting, [rung.ringing.id])
            self._place.ringing = ""
            self._write(WAITING)
            return self._look(standing)
        self._drop(waiting, [id for id in self._rung if id != rung.ringing.id])
        standing = self._join(rung, standing)
        self._drop(waiting, list(self._rung))
        return standing

    # -- joining

    def _join(self, rung: _Rung, standing: Standing) -> Standing:
        """Join the caller with whoever was claimed. Returns when they are gone before they heard each other."""
        ticket, ringing = standing.ticket, rung.ringing
        self._host.accepted(ringing.person)

        def met() -> None:
            with contextlib.suppress(Superseded):  # it is over already
                self._queues.talking(ticket, ringing.id)

        try:
            self._call.join(rung.offer, met)
        except CarrierFailed as failed:
            self._call.note("not joined", person=ringing.person, why=str(failed))
        return self._not_joined(standing)

    def _not_joined(self, standing: Standing) -> Standing:
        """Back in line: first in the queues' books, since the phase says who is to be asked about."""
        try:
            standing = self._queues.not_joined(standing.ticket, self._place.ringing)
        except Superseded:
            standing = self._look(standing)
        self._place.phones.pop(self._place.ringing, None)
        self._place.ringing = ""
        self._write(WAITING)
        return standing

    def _accepted_before(self, standing: Standing) -> Standing:
        """Another controller was about to join the caller with whoever had accepted, when it died."""
        id = self._place.ringing
        ringing = next((one for one in standing.offers if one.id == id), None)
        person = ringing.person if ringing is not None else standing.person
        rung = (
            self._make(ringing or Ringing(id, person, 0), self._place.phones.get(id, 0), standing) if person else None
        )
        if rung is not None and ringing is not None:
            with contextlib.suppress(Superseded):
                standing = self._queues.answered(standing.ticket, id, Answer.ACCEPTED)
        if rung is not None and standing.state is EntryState.JOINING:
            return self._join(rung, standing)
        if rung is not None:
            self._call.cancel([rung.offer])
        return self._not_joined(standing)

    def _talked(self) -> bool:
        """The call is back from being joined: whether they heard each other."""
        call, entry = self._call, self._call.mark.entry
        conversation, detail = call.conversation, call.mark.phase.detail
        standing = self._queues.standing(entry) if entry else None
        heard = conversation is not None and conversation.offer == detail.get("offer") and conversation.seconds > 0
        if not heard and (standing is None or standing.state is not EntryState.TALKING):
            return False
        if conversation is not None:
            call.note("conversation", seconds=round(conversation.seconds, 1), cause=conversation.cause)
        if entry:
            self._queues.talked(entry)
        return True
