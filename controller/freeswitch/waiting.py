"""A caller who waits on FreeSWITCH (calls/waiting.py): one inbox for keys, news of phones that ring, and whoever wakes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

import gevent

from controller.calls.call import Answer, Offer, Utterance
from controller.calls.waiting import Waited, Waiting
from controller.freeswitch.connection import Execution, Inbox
from controller.freeswitch.protocol import Message
from controller.freeswitch.staff import Staff


class _Woken:
    """Somebody has news."""


class ChannelWaiting(Waiting):
    """`files` makes utterances playable; `play` begins to play them over the music, which `music` keeps on."""

    def __init__(
        self,
        call: str,
        inbox: Inbox,
        staff: Staff,
        *,
        files: Callable[[Sequence[Utterance]], list[Path]],
        play: Callable[[Sequence[Path]], Execution],
        music: Callable[[], None],
    ) -> None:
        self._call = call
        self._inbox = inbox
        self._staff = staff
        self._files = files
        self._play = play
        self._music = music
        self._loop = gevent.get_hub().loop
        self._woken = False
        self._answers: list[tuple[Offer, Answer]] = []
        self._to_say: list[list[Path]] = []
        self._saying: Execution | None = None
        staff.answered = lambda offer, answer: self._answers.append((offer, answer))

    def wake(self) -> None:
        """End the stretch under way, or the next one."""
        self._loop.run_callback_threadsafe(self._put_woken)

    def _put_woken(self) -> None:
        if not self._woken:
            self._woken = True
            self._inbox.put(_Woken())

    def say(self, utterances: Sequence[Utterance]) -> None:
        """Let the caller hear something; the music goes on after it."""
        if files := self._files(utterances):
            self._music()  # it is what goes on afterwards
            self._to_say.append(files)
            self._say_next()

    def _say_next(self) -> None:
        if self._saying is None and self._to_say:
            self._saying = self._play(self._to_say.pop(0))
            self._saying.tell(self._inbox)

    def ring(self, offers: Sequence[Offer]) -> None:
        """Ring phones, beside those that ring already."""
        if offers:
            self._staff.call(offers, self._call)

    def call_off(self, offers: Sequence[Offer]) -> None:
        """End their legs, whether they ring or wait to be joined."""
        self._staff.call_off(offers, "LOSE_RACE")
        gone = {offer.id for offer in offers}
        self._answers = [(offer, answer) for offer, answer in self._answers if offer.id not in gone]

    def wait(self, seconds: float, keys: str = "") -> Waited:
        """Wait so long, or until something happens."""
        self._music()
        until = monotonic() + seconds
        while True:
            if self._answers:
                answers, self._answers = tuple(self._answers), []
                return Waited(answers=answers)
            left = until - monotonic()
            if left <= 0:
                return Waited()
            if self._staff.ringing:
                left = min(left, self._staff.patience())
            item = self._inbox.get(left)
            if item is None:
                self._staff.overdue()
            elif isinstance(item, _Woken):
                self._woken = False
                return Waited()
            elif isinstance(item, Message) and item.get("Unique-ID") == self._call:
                if item.name == "DTMF" and (key := item.get("DTMF-Digit")) and key in keys:
                    return Waited(key=key)
                if self._saying is not None and item.get("Application-UUID") == self._saying.id:
                    self._saying = None
                    self._say_next()
            else:
                self._staff.take(item)
