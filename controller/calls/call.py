"""What a flow can do with a caller, whatever carries the call: FreeSWITCH, the practice switch, or a rehearsal.

`Call` holds what every carrier shares (the bookmark, variables, notes) and names what each one does in its own way.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from controller.calls.bookmark import Bookmark, BookmarkTooLarge, Phase
from controller.calls.journal import CallMoved, Journal
from controller.choices import Choices
from controller.texts import T

if TYPE_CHECKING:
    from controller.calls.waiting import Waiting


class CallerGone(Exception):
    """The caller is no longer there. Raised out of whatever was waited for; the one path of every hang-up."""

    def __init__(self, cause: str = "") -> None:
        super().__init__(cause)
        self.cause = cause


class Talking(Exception):
    """The caller has been joined with somebody and this stretch of control is over.

    After the conversation the call comes back as a new stretch, which resumes the node in its phase "talking".
    """


class HandedOn(Exception):
    """This controller no longer has the call, but the caller is still there: another controller goes on with it.

    Raised when the connection to the switch ends without a hang-up, and when a controller that stops lets go of its calls.
    """


class CarrierFailed(Exception):
    """The switch could not do what was asked (a missing file, a refused command, no answer in time)."""


@dataclass(frozen=True)
class Caller:
    """Who calls: `number` in E.164, or None when withheld or not a telephone number; `name` as the network sent it."""

    number: str | None
    name: str = ""


@dataclass(frozen=True)
class Utterance:
    """Something to be heard: a recording when there is one, otherwise (or when its file is missing) the text, spoken."""

    language: str
    text: str
    recording: Path | None = None


class Speaker(Protocol):
    """Turns utterances into audio files that the switch can play (voice/speaker.py)."""

    def files(self, utterances: Sequence[Utterance], missing: Callable[[Path], None] = ...) -> list[Path]:
        """One file for each utterance that is not empty. `missing` is told of each recording whose file is not there."""


@dataclass(frozen=True)
class Digits:
    """Keys a caller pressed; `ended` says what ended the collecting."""

    keys: str
    ended: Literal["length", "terminator", "time", "nothing"]


@dataclass(frozen=True)
class Recorded:
    """A message a caller left."""

    path: Path
    seconds: float
    ended: Literal["key", "silence", "length", "hang-up"]
    key: str = ""


@dataclass(frozen=True)
class Phone:
    """A telephone to ring. `address` is a user of the inside profile, or an outside number in E.164."""

    id: str
    kind: Literal["inside", "outside"]
    address: str
    person: str | None = None
    label: str = ""
    trunk: str | None = None


@dataclass(frozen=True)
class Offer:
    """One ring of one phone. Its id is the id of the leg on the switch: the same offer can never ring twice.

    `confirm`: utterances said to whoever answers, who must then press 1 to accept (2 declines); empty: answering accepts.
    `whisper`: said to whoever accepted, before the caller is joined.
    """

    id: str
    phone: Phone
    seconds: float
    confirm: tuple[Utterance, ...] = ()
    whisper: tuple[Utterance, ...] = ()
    caller_number: str | None = None
    caller_name: str = ""

    @staticmethod
    def make_id(call: str, step: int, *where: int | str) -> str:
        """The same id for the same place in the same call, on every controller."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, ":".join([call, str(step), *map(str, where)])))


class Answer(StrEnum):
    """What became of an offer."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class RingResult:
    """`accepted`: the offer whose leg now waits to be joined. `key`: the caller pressed a key that ends the ringing."""

    accepted: Offer | None
    answers: dict[str, Answer] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True)
class Conversation:
    """What came of joining, known when the call is back: 0 seconds when they never heard each other."""

    offer: str
    seconds: float
    cause: str = ""


class RecordingState(Choices):
    """Whether the call is being recorded."""

    OFF = "off", T("off")
    ON = "on", T("on")
    PAUSED = "paused", T("paused")


class Call(ABC):
    """One caller on the line.

    Every method that waits raises `CallerGone` when the caller hangs up, `CarrierFailed` when the switch cannot do it, and
    `HandedOn` when this controller no longer has the call.
    A carrier answers the call by itself before the first thing that needs it to be answered.
    """

    def __init__(
        self,
        *,
        id: str,
        caller: Caller,
        dialled: str,
        bookmark: Bookmark,
        journal: Journal,
        key: bytes,
        now: Callable[[], datetime],
        controller: str,
        number: str | None = None,
        location: str | None = None,
        test: bool = False,
    ) -> None:
        self.id = id
        self.caller = caller
        self.dialled = dialled
        self.number = number
        """The row of the number dialled."""
        self._location_of_number = location
        self.test = test
        self.mark = bookmark
        self.journal = journal
        self.now = now
        self.controller = controller
        self.notes: list[dict[str, Any]] = []
        self.secrets: dict[str, str] = {}
        """Sensitive answers: in memory only, gone after a takeover, never stored, logged, read out or put on the channel."""
        self.conversation: Conversation | None = None
        """What came of the last joining; every stretch after it knows, since this one's controller may die too."""
        self._key = key
        self._stored = journal.recall(id, bookmark.kept) if bookmark.kept else {}
        bookmark.variables.update(self._stored)

    # -- what every carrier shares

    @property
    def language(self) -> str:
        """The language the caller is spoken to in."""
        return self.mark.language

    @language.setter
    def language(self, language: str) -> None:
        self.mark.language = language

    @property
    def location(self) -> str | None:
        """The location the call is for: the number's, unless the flow has placed the caller elsewhere."""
        return self.mark.location or self._location_of_number

    @location.setter
    def location(self, location: str | None) -> None:
        self.mark.location = location

    @property
    def variables(self) -> dict[str, str]:
        """What the flow knows of this call by name; travels with the bookmark, so keep it small. Never sensitive."""
        return self.mark.variables

    def values(self) -> dict[str, str]:
        """`variables` and what every call brings: `caller.number`, `caller.name`, `dialled`, `language`."""
        return {
            "caller.number": self.caller.number or "",
            "caller.name": self.caller.name,
            "dialled": self.dialled,
            "language": self.language,
            **self.variables,
        }

    def note(self, what: str, **detail: Any) -> None:
        """Write something to the step under way in the journal. Never sensitive digits, never more than a line."""
        self.notes.append({"at": self.now().isoformat(), "what": what, **detail})

    def phase(self, name: str, **detail: Any) -> None:
        """Say how far inside the node the call is; returns when it is on the channel. Call it before an effect outside."""
        self.mark.phase = Phase(name, detail)
        self.notes.append({"at": self.now().isoformat(), "what": "phase", "phase": name})
        self.write_bookmark()

    def write_bookmark(self) -> None:
        """Put the bookmark on the channel, and tell the journal where the call is."""
        mark = self.mark
        mark.kept = [name for name in mark.kept if name in self.variables]
        changed = {name: self.variables[name] for name in mark.kept if self.variables[name] != self._stored.get(name)}
        while True:
            if changed:
                self.journal.keep(self.id, changed)
                self._stored |= changed
            try:
                sealed = mark.seal(self._key, self.id)
                break
            except BookmarkTooLarge:
                here = [name for name in self.variables if name not in mark.kept]
                if not here:
                    raise
                # Only its name stays in the bookmark; after a takeover the value is read back from SQL.
                largest = max(here, key=lambda name: len(self.variables[name]))
                mark.kept.append(largest)
                changed = {largest: self.variables[largest]}
        self._put_bookmark(sealed)
        self.journal.moved(
            CallMoved(self.id, self.now(), mark.version, mark.node, mark.step, mark.phase.name, sealed, self.controller)
        )

    def sealed_for(self, other: str) -> str:
        """Where the call stands, sealed for something else that is to begin there: a call to the patient. Not what belongs to
        this call alone: its recording, its place in line, and values too large to travel."""
        mark = self.mark
        small = {name: value for name, value in mark.variables.items() if name not in mark.kept}
        copy = replace(
            mark, phase=Phase(), variables=small, kept=[], entry=None, recording=None, recording_state="off", failures=0
        )
        return copy.seal(self._key, other)

    # -- what each carrier does in its own way

    @abstractmethod
    def _put_bookmark(self, sealed: str) -> None:
        """Write the sealed bookmark on the channel; return when it is there."""

    @abstractmethod
    def answer(self, wait: bool = True) -> None:
        """Answer the call; nothing when it is answered already. Without `wait` it returns before it is: whatever then needs
        the call to be answered waits for it."""

    @abstractmethod
    def play(self, utterances: Sequence[Utterance]) -> None:
        """Let the caller hear something, to its end. Music goes on afterwards if it was on."""

    @abstractmethod
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
        """Let the caller hear something and press keys, which cut it short.

        Ends at `most` keys, at a terminator (not part of the keys), or when no key comes for so long.
        `sensitive`: the keys must not appear in any log, event subscription, recording or channel variable.
        """

    @abstractmethod
    def start_music(self, music: Path | None = None) -> None:
        """Music until something else needs the line; None is the switch's own. Returns at once."""

    @abstractmethod
    def stop_music(self) -> None:
        """End the music, if it is on."""

    @abstractmethod
    def ring(
        self,
        offers: Sequence[Offer],
        *,
        answered: Callable[[Offer, Answer], None] = lambda offer, answer: None,
        leave_keys: str = "",
    ) -> RingResult:
        """Ring phones at once until one accepts, all have refused, or each one's time is over; cancel the others then.

        The caller hears music meanwhile. `answered` is told of each answer as it comes (not of offers cancelled), and has
        returned before anything else happens (so that a phase can be written). An offer whose leg already exists on the
        switch (another controller rang it before it died) is followed, not rung again. A caller's key in `leave_keys`
        ends the ringing.
        """

    def cancel(self, offers: Sequence[Offer]) -> None:
        """End the legs that still ring for these offers, if there are any: `ring` does so itself, unless its controller
        died. A carrier whose legs end with their controller has nothing to do."""
        return

    @abstractmethod
    def waiting(self, music: Path | None = None) -> AbstractContextManager[Waiting]:
        """Let the caller wait, with music (None: the switch's own) until it is left. Phones still rung then are called off,
        unless the caller talks now, or another controller goes on with the call."""

    @abstractmethod
    def join(self, offer: Offer, met: Callable[[], None] = lambda: None) -> None:
        """Join the caller with the leg that accepted. Raises `Talking` once they are about to hear each other.

        Writes the phase "talking" (keeping the phase's detail, plus `offer`) before it joins. Returns normally when the
        other side was gone before they heard each other: the caller is still with us. `met` is told, by somebody else and
        later, that they do hear each other; not if this controller is gone by then.
        """

    @abstractmethod
    def record(
        self, path: Path, *, most_seconds: float, silence_seconds: float = 5.0, terminators: str = "#"
    ) -> Recorded:
        """Record what the caller says, into a WAV file. A caller who hangs up ends it too: `ended` is then "hang-up"."""

    @abstractmethod
    def set_recording(self, state: RecordingState, path: Path | None = None) -> None:
        """Record the whole call from here on (both sides), pause (silence, the timeline keeps), or stop."""

    @abstractmethod
    def hang_up(self, reason: Literal["finished", "busy", "rejected"] = "finished") -> None:
        """End the call."""

    @abstractmethod
    def to_backup_line(self) -> None:
        """Hand the caller to the backup line that the switch keeps for the number: the last resort."""
