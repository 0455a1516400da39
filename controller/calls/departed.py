"""A call whose caller has gone, and whose controller too: as a `Call` on which nothing can be done any more.

Walked, it raises `CallerGone` at the first thing that needs the caller, so that a node does what it owes somebody who has
hung up (a message is put in its mailbox), by the same code as if it had been there. Knows no switch and no SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NoReturn

from controller.calls.bookmark import Bookmark
from controller.calls.call import (
    Answer,
    Call,
    Caller,
    CallerGone,
    Digits,
    Offer,
    Recorded,
    RecordingState,
    RingResult,
    Utterance,
)
from controller.calls.journal import Journal
from controller.calls.waiting import Waiting


@dataclass(frozen=True)
class LeftCall:
    """What is on record of a call that has not ended there. `seen`: when it last moved. `sealed`: its newest bookmark."""

    id: str
    phase: str
    seen: datetime
    caller: Caller
    dialled: str
    number: str | None = None
    location: str | None = None
    test: bool = False
    sealed: str | None = None


class Departed(Call):
    """A call that is gone from the switch. Its time stands still at when it was last seen."""

    def __init__(self, left: LeftCall, *, journal: Journal, key: bytes, controller: str) -> None:
        """Raises BookmarkRefused when the record's bookmark cannot be read, or there is none."""
        super().__init__(
            id=left.id,
            caller=left.caller,
            dialled=left.dialled,
            bookmark=Bookmark.unseal(left.sealed or "", key, left.id),
            journal=journal,
            key=key,
            now=lambda: left.seen,
            controller=controller,
            number=left.number,
            location=left.location,
            test=left.test,
        )

    def _gone(self) -> NoReturn:
        raise CallerGone("found gone")

    def _put_bookmark(self, sealed: str) -> None:
        self._gone()

    def answer(self, wait: bool = True) -> None:
        self._gone()

    def play(self, utterances: Sequence[Utterance]) -> None:
        self._gone()

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
        self._gone()

    def start_music(self, music: Path | None = None) -> None:
        self._gone()

    def stop_music(self) -> None:
        self._gone()

    def ring(
        self,
        offers: Sequence[Offer],
        *,
        answered: Callable[[Offer, Answer], None] = lambda offer, answer: None,
        leave_keys: str = "",
    ) -> RingResult:
        self._gone()

    def waiting(self, music: Path | None = None) -> AbstractContextManager[Waiting]:
        self._gone()

    def join(self, offer: Offer, met: Callable[[], None] = lambda: None) -> None:
        self._gone()

    def record(
        self, path: Path, *, most_seconds: float, silence_seconds: float = 5.0, terminators: str = "#"
    ) -> Recorded:
        self._gone()

    def set_recording(self, state: RecordingState, path: Path | None = None) -> None:
        self._gone()

    def hang_up(self, reason: Literal["finished", "busy", "rejected"] = "finished") -> None:
        self._gone()

    def to_backup_line(self) -> None:
        self._gone()
