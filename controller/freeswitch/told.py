"""A call that tells what is heard, pressed and said in it, as it happens: for test calls, which are watched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from controller.calls.call import Digits, Recorded, Utterance
from controller.freeswitch.channel import Channel


class Tell(Protocol):
    """Is told before the caller hears it, and once they have pressed or spoken."""

    def heard(self, call: ToldChannel, sounds: Sequence[tuple[Path, Utterance]], *, staff: bool) -> None:
        """`staff`: not the caller hears it, but whoever is rung for them."""

    def pressed(self, call: ToldChannel, digits: Digits, *, sensitive: bool) -> None: ...
    def spoke(self, call: ToldChannel, recorded: Recorded) -> None: ...


class ToldChannel(Channel):
    """A `Channel` with somebody to tell."""

    def __init__(self, *given: Any, tell: Tell, **rest: Any) -> None:
        super().__init__(*given, **rest)
        self._tell = tell

    def _files(self, utterances: Sequence[Utterance]) -> list[Path]:
        return self._told(utterances, staff=False)

    def _files_for_staff(self, utterances: Sequence[Utterance]) -> list[Path]:
        return self._told(utterances, staff=True)

    def _told(self, utterances: Sequence[Utterance], *, staff: bool) -> list[Path]:
        # One by one: an utterance without a sound has no file.
        found = [(path, utterance) for utterance in utterances for path in super(ToldChannel, self)._files([utterance])]
        if found:
            self._tell.heard(self, found, staff=staff)
        return [path for path, _ in found]

    def collect(self, utterances: Sequence[Utterance], *, sensitive: bool = False, **how: Any) -> Digits:
        """Let the caller hear something and press keys, which cut it short."""
        digits = super().collect(utterances, sensitive=sensitive, **how)
        self._tell.pressed(self, digits, sensitive=sensitive)
        return digits

    def record(self, path: Path, **how: Any) -> Recorded:
        """Record what the caller says, into a WAV file."""
        recorded = super().record(path, **how)
        self._tell.spoke(self, recorded)
        return recorded
