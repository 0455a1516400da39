"""A controller's hold on a rehearsed call, and its journal in memory: what rehearsals walk a flow with.

The legs, the bookmark on the channel and what the caller heard outlive it: see rehearsed_line.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from controller.calls.bookmark import Bookmark
from controller.calls.call import (
    Answer,
    Call,
    CarrierFailed,
    Conversation,
    Digits,
    HandedOn,
    Offer,
    Recorded,
    RecordingState,
    RingResult,
    Talking,
    Utterance,
)
from controller.calls.journal import CallBegan, CallEnded, CallMoved, StepTaken
from controller.calls.waiting import Waited, Waiting
from controller.flows.rehearsed_line import Does, Heard, Leg, RehearsedLine
from controller.flows.walker import Walked, Walker

KEY = bytes(32)
"""Rehearsed bookmarks are sealed like all others, with a key that opens no real one."""

CHARACTERS_A_SECOND = 15.0
"""How fast texts are taken to be spoken."""

RECORDING_SECONDS = 4.0
"""How long a recorded prompt is taken to be; its file is not looked at."""


class RehearsedCall(Call):
    """One controller's hold on a `RehearsedLine`."""

    def __init__(
        self,
        line: RehearsedLine,
        bookmark: Bookmark,
        journal: RehearsedJournal,
        number: str | None,
        location: str | None,
    ) -> None:
        super().__init__(
            id=line.id,
            caller=line.caller,
            dialled=line.dialled,
            bookmark=bookmark,
            journal=journal,
            key=KEY,
            now=lambda: line.now,
            controller="rehearsal",
            number=number,
            location=location,
            test=True,
        )
        self.line = line
        self.conversation = line.conversation

    def _can(self, what: str) -> None:
        self.line.check()
        if what in self.line.fails:
            raise CarrierFailed(f"the switch cannot {what}")

    def _put_bookmark(self, sealed: str) -> None:
        self.line.check()
        self.line.sealed = sealed
        self.line.told("bookmark")

    def answer(self, wait: bool = True) -> None:
        self.line.check()
        self.line.answered = True

    def play(self, utterances: Sequence[Utterance]) -> None:
        self._can("play")
        self._hear(utterances)

    def _hear(self, utterances: Sequence[Utterance], wait: bool = True) -> None:
        """`wait`: until it has been said."""
        self.answer()
        for said in utterances:
            if not said.text.strip() and said.recording is None:
                continue
            recording = said.recording.name if said.recording else ""
            where = self.mark.version, self.mark.node
            self.line.heard.append(Heard(self.line.seconds, *where, said.language, said.text, recording))
            if wait:
                self.line.wait(len(said.text) / CHARACTERS_A_SECOND if said.text else RECORDING_SECONDS)
        self.line.told("heard")

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
        self._can("collect")
        self._hear(utterances)
        keys = ""
        for key in self.line.script.keys(self.mark.node)[: most + 1]:
            if len(keys) == most:
                break
            self.line.wait(1.0)
            if key in terminators:
                return Digits(keys, "terminator")
            keys += key
        if len(keys) == most:
            return Digits(keys, "length")
        self.line.wait(between_seconds if keys else first_seconds)
        return Digits(keys, "time" if keys else "nothing")

    def start_music(self, music: Path | None = None) -> None:
        self.answer()
        self.line.music = True

    def stop_music(self) -> None:
        self.line.music = False

    def ring(
        self,
        offers: Sequence[Offer],
        *,
        answered: Callable[[Offer, Answer], None] = lambda offer, answer: None,
        leave_keys: str = "",
    ) -> RingResult:
        self._can("ring")
        line = self.line
        leaves = line.script.leaves_after(self.mark.node) if leave_keys else None
        leaves_at = None if leaves is None else line.now + timedelta(seconds=leaves)
        legs = sorted((line.leg(offer) for offer in offers), key=lambda leg: leg.at)
        answers: dict[str, Answer] = {}
        accepted: Offer | None = None
        key = ""
        for leg in legs:
            if leaves_at is not None and leaves_at < leg.at:
                line.wait((leaves_at - line.now).total_seconds())
                key = leave_keys[0]
                break
            line.wait((leg.at - line.now).total_seconds())
            if leg.state == "over":
                continue
            answers[leg.offer.id] = leg.answer
            leg.state = "accepted" if leg.answer is Answer.ACCEPTED else "over"
            if leg.state == "accepted":
                line.staff_heard += [*leg.offer.confirm, *leg.offer.whisper]
            answered(leg.offer, leg.answer)
            if leg.answer is Answer.ACCEPTED:
                accepted = leg.offer
                break
        for leg in legs:
            if leg.offer.id not in answers:
                answers[leg.offer.id] = Answer.CANCELLED
                leg.state = "over"
        return RingResult(accepted, answers, key)

    def cancel(self, offers: Sequence[Offer]) -> None:
        for offer in offers:
            leg = self.line.legs.get(offer.id)
            if leg is not None and leg.state == "ringing":
                leg.state = "over"

    @contextmanager
    def waiting(self, music: Path | None = None) -> Iterator[Waiting]:
        self.start_music(music)
        waiting = _RehearsedWaiting(self)
        try:
            yield waiting
        except (Talking, HandedOn):
            raise
        except Exception:
            waiting.call_off(waiting.offers)
            raise
        waiting.call_off(waiting.offers)
        self.stop_music()

    def join(self, offer: Offer, met: Callable[[], None] = lambda: None) -> None:
        self._can("ring")
        self.phase("talking", **{**self.mark.phase.detail, "offer": offer.id})
        line = self.line
        leg = line.legs.get(offer.id)
        if leg is None or leg.state != "accepted":
            return
        if leg.reaction.does is Does.VANISHES:
            leg.state = "over"
            return
        leg.state = "joined"
        line.joined.append(offer.phone)
        line.music = False
        met()
        line.now += timedelta(seconds=leg.reaction.talks)
        line.patience += leg.reaction.talks  # nobody loses patience in a conversation
        line.conversation = Conversation(offer.id, leg.reaction.talks, "NORMAL_CLEARING")
        if leg.reaction.caller_hangs_up:
            line.hang_up("the caller hung up")
        line.told("joined")
        raise Talking

    def record(
        self, path: Path, *, most_seconds: float, silence_seconds: float = 5.0, terminators: str = "#"
    ) -> Recorded:
        self._can("record")
        self.answer()
        message = self.line.script.message(self.mark.node)
        if message.seconds >= most_seconds:
            self.line.wait(most_seconds)
            return Recorded(path, most_seconds, "length")
        silence = silence_seconds if message.ended == "silence" or not message.seconds else 0.0
        seconds = message.seconds + silence
        self.line.wait(seconds)
        if silence:
            return Recorded(path, seconds, "silence")
        if message.ended == "hang-up":
            self.line.hang_up("the caller hung up")
            return Recorded(path, seconds, "hang-up")
        return Recorded(path, seconds, "key", terminators[:1])

    def set_recording(self, state: RecordingState, path: Path | None = None) -> None:
        self._can("recording")
        self.line.recordings.append(state)
        self.line.told("recording")

    def hang_up(self, reason: Literal["finished", "busy", "rejected"] = "finished") -> None:
        self.line.check()
        self.line.ended = True

    def to_backup_line(self) -> None:
        self.line.check()
        self.line.backup = self.line.ended = True


BETWEEN_KEYS = timedelta(seconds=2)
"""Between two keys that a caller presses while waiting."""


class _RehearsedWaiting(Waiting):
    """Waits on the line's clock."""

    def __init__(self, call: RehearsedCall) -> None:
        self._call = call
        self._legs: dict[str, Leg] = {}
        self._told: set[str] = set()
        self._woken = False
        leaves = call.line.script.leaves_after(call.mark.node)
        self._leaves_at = None if leaves is None else call.line.now + timedelta(seconds=leaves)
        self._presses: str | None = None
        """What the caller is yet to press."""

    @property
    def offers(self) -> list[Offer]:
        return [leg.offer for leg in self._legs.values()]

    def wake(self) -> None:
        self._woken = True

    def say(self, utterances: Sequence[Utterance]) -> None:
        self._call._can("play")
        self._call._hear(utterances, wait=False)

    def ring(self, offers: Sequence[Offer]) -> None:
        self._call._can("ring")
        for offer in offers:
            self._legs[offer.id] = self._call.line.leg(offer)

    def call_off(self, offers: Sequence[Offer]) -> None:
        for offer in offers:
            leg = self._legs.pop(offer.id, None)
            if leg is not None and leg.state != "joined":
                leg.state = "over"
            self._told.discard(offer.id)

    def wait(self, seconds: float, keys: str = "") -> Waited:
        line = self._call.line
        until = line.now + timedelta(seconds=seconds)
        while True:
            line.check()
            if answers := tuple(self._answers()):
                return Waited(answers=answers)
            if self._woken:
                self._woken = False
                return Waited()
            if keys and self._leaves_at is not None and self._leaves_at <= line.now:
                if self._presses is None:
                    self._presses = line.script.keys(self._call.mark.node)
                pressed, self._presses = self._presses[:1], self._presses[1:]
                self._leaves_at = line.now + BETWEEN_KEYS if self._presses else None
                return Waited(key=pressed if pressed and pressed in keys else keys[0])
            if line.now >= until:
                return Waited()
            due = [leg.at for id, leg in self._legs.items() if id not in self._told]
            due += [at for at, _ in line.alarms]
            due += [self._leaves_at] if keys and self._leaves_at is not None else []
            line.wait((min([until, *due]) - line.now).total_seconds())

    def _answers(self) -> Iterator[tuple[Offer, Answer]]:
        for id, leg in self._legs.items():
            if id not in self._told and leg.at <= self._call.line.now:
                accepted = leg.state != "over" and leg.answer is Answer.ACCEPTED
                if leg.state == "ringing" and accepted:
                    self._call.line.staff_heard += [*leg.offer.confirm, *leg.offer.whisper]
                leg.state = "accepted" if accepted else "over"
                self._told.add(id)
                yield leg.offer, leg.answer if accepted or leg.answer is not Answer.ACCEPTED else Answer.UNREACHABLE


@dataclass
class RehearsedJournal:
    """A journal in memory: the steps in order, each told anew replaced."""

    steps: dict[int, StepTaken] = field(default_factory=dict)
    endings: list[CallEnded] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    newest: str | None = None

    def began(self, call: CallBegan) -> None:
        return

    def moved(self, position: CallMoved) -> None:
        self.newest = position.bookmark

    def step(self, step: StepTaken) -> None:
        before = self.steps.get(step.step)
        if before is not None:
            step = StepTaken(
                **{**vars(step), "entered_at": before.entered_at, "notes": [*before.notes, *step.notes]},
            )
        self.steps[step.step] = step

    def ended(self, end: CallEnded) -> None:
        self.endings.append(end)

    def keep(self, call: str, variables: Mapping[str, str]) -> None:
        self.kept |= variables

    def recall(self, call: str, names: Iterable[str]) -> dict[str, str]:
        return {name: self.kept[name] for name in names if name in self.kept}

    def bookmark(self, call: str) -> str | None:
        return self.newest

    def flush(self) -> None:
        return


def carry(line: RehearsedLine, walker: Walker, journal: RehearsedJournal, call: Callable[[], RehearsedCall]) -> Walked:
    """Walk the call to its end, stretch after stretch, as controllers do: `call` makes each stretch's hold on it."""
    walked = walker.walk(call())
    while walked.outcome == "talking":
        if line.gone is not None:
            journal.ended(CallEnded(line.id, line.now, "caller hung up", line.gone))
            return Walked("gone", line.gone)
        walked = walker.walk(call())
    return walked


def resumed(line: RehearsedLine, journal: RehearsedJournal, number: str | None, location: str | None) -> RehearsedCall:
    """A new controller's hold on the line, from the bookmark that the last one left on the channel."""
    assert line.sealed is not None, "a call comes back only after a bookmark was written"
    return RehearsedCall(line, Bookmark.unseal(line.sealed, KEY, line.id), journal, number, location)


def recording_name(call: str, what: Any) -> Path:
    """Where a rehearsed recording would be; nothing is ever there."""
    return Path(PurePosixPath("/rehearsed") / f"{call}-{what}.wav")
