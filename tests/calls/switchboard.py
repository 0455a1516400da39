"""A telephone switch in memory, and a Call on it: what outlives a controller (legs, bookmark, conversation, SQL) is in
`Switchboard`; a `SwitchboardCall` is one controller's hold on the call, which may die before and after any effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from controller.calls.bookmark import Bookmark
from controller.calls.call import (
    Answer,
    Call,
    Caller,
    CallerGone,
    Conversation,
    Digits,
    Offer,
    Recorded,
    RecordingState,
    RingResult,
    Talking,
    Utterance,
)
from controller.calls.journal import CallBegan, CallEnded, CallMoved, StepTaken
from controller.calls.waiting import Waiting

KEY = bytes(range(32))
ANA = Caller("+13125550142", "Ana Ruiz")
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


class ControllerDied(BaseException):
    """kill -9: nothing in a controller may catch it."""


@dataclass
class Ledger:
    """A journal whose SQL outlives controllers."""

    begun: list[CallBegan] = field(default_factory=list)
    positions: list[CallMoved] = field(default_factory=list)
    steps: list[StepTaken] = field(default_factory=list)
    endings: list[CallEnded] = field(default_factory=list)
    kept: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def began(self, call: CallBegan) -> None:
        self.begun.append(call)

    def moved(self, position: CallMoved) -> None:
        self.positions.append(position)

    def step(self, step: StepTaken) -> None:
        self.steps.append(step)

    def ended(self, end: CallEnded) -> None:
        self.endings.append(end)

    def keep(self, call: str, variables: Mapping[str, str]) -> None:
        self.kept[call] |= variables

    def recall(self, call: str, names: Iterable[str]) -> dict[str, str]:
        return {name: self.kept[call][name] for name in names if name in self.kept[call]}

    def bookmark(self, call: str) -> str | None:
        return self.positions[-1].bookmark if self.positions else None

    def flush(self) -> None: ...


Manner = Literal["accept", "decline", "busy", "no answer", "unreachable", "drop", "mute"]
"""What somebody does when rung. "drop": accepts, and is gone before the joining; "mute": joined, and gone before a word."""

_ANSWERS: dict[str, Answer] = {
    "accept": Answer.ACCEPTED,
    "drop": Answer.ACCEPTED,
    "mute": Answer.ACCEPTED,
    "decline": Answer.DECLINED,
    "busy": Answer.BUSY,
    "no answer": Answer.NO_ANSWER,
    "unreachable": Answer.UNREACHABLE,
}


@dataclass
class Leg:
    """A ring of a phone."""

    offer: Offer
    manner: Manner
    live: bool = True


@dataclass
class Switchboard:
    """`manners`: by phone, one for each time it is rung, the last one for ever. `presses`: what the caller presses at each
    asking, then nothing; `presses_at`: by node, each time. `messages`: (seconds, how it ends) of each recording, the last
    one for ever. `key_while_ringing`: pressed when so many phones have been rung. `strikes`: asked at each point, by its
    number (from 1) and name, whether the controller dies there.
    """

    manners: Mapping[str, Sequence[Manner]] = field(default_factory=dict)
    presses: list[str] = field(default_factory=list)
    presses_at: Mapping[str, str] = field(default_factory=dict)
    messages: list[tuple[float, Literal["key", "silence", "length", "hang-up"]]] = field(default_factory=list)
    key_while_ringing: dict[int, str] = field(default_factory=dict)
    seconds_of_talk: float = 40.0
    strikes: Callable[[int, str], bool] = lambda number, name: False

    ledger: Ledger = field(default_factory=Ledger)
    bookmark: str | None = None
    legs: dict[str, Leg] = field(default_factory=dict)
    rung: list[str] = field(default_factory=list)
    """Phones, in the order in which they began to ring."""
    conversation: Conversation | None = None
    joined: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    recorded: list[Path] = field(default_factory=list)
    music: bool = False
    hung_up: bool = False
    at_backup: bool = False
    points: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        """A moment at which a controller may die: before or after something that outlives it. Not after the caller has hung
        up: the switch hands a channel that is gone to nobody."""
        if self.hung_up:
            return
        self.points.append(name)
        if self.strikes(len(self.points), name):
            raise ControllerDied

    def ring(self, offer: Offer) -> Leg:
        """The leg of an offer: it rings once, however often it is asked to."""
        leg = self.legs.get(offer.id)
        if leg is None:
            manners = self.manners.get(offer.phone.id, ["no answer"])
            times = self.rung.count(offer.phone.id)
            self.rung.append(offer.phone.id)
            leg = self.legs[offer.id] = Leg(offer, manners[min(times, len(manners) - 1)])
        return leg

    def ringing(self) -> list[str]:
        """Phones whose legs are still there."""
        return [leg.offer.phone.id for leg in self.legs.values() if leg.live]


class SwitchboardCall(Call):
    """One controller's hold on the call."""

    def __init__(
        self,
        board: Switchboard,
        bookmark: Bookmark,
        *,
        controller: str = "one",
        caller: Caller = ANA,
        location: str | None = None,
    ) -> None:
        super().__init__(
            id="5f1c3f0a-7a9b-4f64-9a51-0d6a0e1b2c3d",
            caller=caller,
            dialled="+13125550100",
            bookmark=bookmark,
            journal=board.ledger,
            key=KEY,
            now=lambda: NOW,
            controller=controller,
            location=location,
        )
        self.board = board

    @classmethod
    def again(
        cls, board: Switchboard, id: str = "5f1c3f0a-7a9b-4f64-9a51-0d6a0e1b2c3d", **more: object
    ) -> SwitchboardCall:
        """The call as another controller, or another stretch, finds it."""
        assert board.bookmark is not None
        call = cls(board, Bookmark.unseal(board.bookmark, KEY, id), **more)  # type: ignore[arg-type]
        call.conversation = board.conversation
        return call

    def _put_bookmark(self, sealed: str) -> None:
        self._here()
        self.board.point("before writing")
        self.board.bookmark = sealed
        self.board.point("after writing")

    def _here(self) -> None:
        if self.board.hung_up:
            raise CallerGone("NORMAL_CLEARING")

    def _hear(self, utterances: Sequence[Utterance]) -> None:
        self._here()
        self.board.heard += [utterance.text or f"<{utterance.recording}>" for utterance in utterances]

    def answer(self, wait: bool = True) -> None:
        self._here()

    def play(self, utterances: Sequence[Utterance]) -> None:
        self._hear(utterances)

    def collect(
        self,
        utterances: Sequence[Utterance],
        *,
        least: int = 1,
        most: int = 1,
        first_seconds: float = 5.0,
        between_seconds: float = 3.0,
        terminators: str = "#",
        sensitive: bool = False,
    ) -> Digits:
        self._hear(utterances)
        keys = self.board.presses_at.get(self.mark.node, "")
        if self.board.presses:
            keys = self.board.presses.pop(0)
        if keys == "hang up":
            self.board.hung_up = True
            self._here()
        return Digits(keys, "length" if len(keys) == most else "time" if keys else "nothing")

    def start_music(self, music: Path | None = None) -> None:
        self._here()
        self.board.music = True

    def stop_music(self) -> None:
        self._here()
        self.board.music = False

    def ring(
        self,
        offers: Sequence[Offer],
        *,
        answered: Callable[[Offer, Answer], None] = lambda offer, answer: None,
        leave_keys: str = "",
    ) -> RingResult:
        self._here()
        assert len({offer.id for offer in offers}) == len(offers)
        legs = []
        for offer in offers:
            self.board.point("before ringing")
            legs.append(self.board.ring(offer))
        answers: dict[str, Answer] = {}
        accepted, key = None, ""
        pressed = self.board.key_while_ringing.get(len(self.board.rung), "")
        if pressed and pressed in leave_keys:
            key = pressed
        for leg in legs:
            if accepted is None and not key:
                answer = _ANSWERS[leg.manner]
                answers[leg.offer.id] = answer
                leg.live = answer is Answer.ACCEPTED
                answered(leg.offer, answer)
                if answer is Answer.ACCEPTED:
                    accepted = leg.offer
            else:
                answers[leg.offer.id] = Answer.CANCELLED
                leg.live = False
        return RingResult(accepted, answers, key)

    def cancel(self, offers: Sequence[Offer]) -> None:
        self._here()
        for offer in offers:
            if offer.id in self.board.legs:
                self.board.legs[offer.id].live = False

    def waiting(self, music: Path | None = None) -> AbstractContextManager[Waiting]:
        raise NotImplementedError("whoever waits in line is tested on a rehearsed line, and on switches")

    def join(self, offer: Offer, met: Callable[[], None] = lambda: None) -> None:
        self._here()
        self.phase("talking", **{**self.mark.phase.detail, "offer": offer.id})
        leg = self.board.legs[offer.id]
        if leg.manner == "drop":
            leg.live = False
        if not leg.live:
            return
        self.board.point("before joining")
        leg.live = False
        self.board.joined.append(offer.phone.id)
        self.board.conversation = Conversation(offer.id, 0.0 if leg.manner == "mute" else self.board.seconds_of_talk)
        raise Talking

    def record(
        self, path: Path, *, most_seconds: float, silence_seconds: float = 5.0, terminators: str = "#"
    ) -> Recorded:
        self._here()
        seconds, ended = self.board.messages[0] if self.board.messages else (0.0, "key")
        if len(self.board.messages) > 1:
            del self.board.messages[0]
        self.board.recorded.append(path)
        self.board.point("after recording")
        self.board.hung_up = ended == "hang-up"
        return Recorded(path, min(seconds, most_seconds), ended, "#" if ended == "key" else "")

    def set_recording(self, state: RecordingState, path: Path | None = None) -> None:
        self._here()

    def hang_up(self, reason: Literal["finished", "busy", "rejected"] = "finished") -> None:
        self._here()
        self.board.point("before hanging up")
        self.board.hung_up = True

    def to_backup_line(self) -> None:
        self._here()
        self.board.at_backup = True
