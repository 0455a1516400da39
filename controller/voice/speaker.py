"""What a caller hears, as files: the recording if it is there, else its text, spoken. Implements calls.call.Speaker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog

from controller.calls.call import Utterance
from controller.voice.reading import speakable
from controller.voice.speech import Speech, SpeechFailed

log = structlog.get_logger(__name__)


def _unheard(recording: Path) -> None:
    """Nobody asked to be told; the log is."""
    log.warning("recording_missing", path=str(recording))


class RecordingSpeaker:
    """Plays recordings, and speaks where there is none."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    def files(self, utterances: Sequence[Utterance], missing: Callable[[Path], None] = _unheard) -> list[Path]:
        """One file for each utterance that is not empty. `missing` is told of each recording whose file is not there.

        Raises SpeechFailed when a text had to be spoken and could not be, in any way.
        """
        found = []
        for utterance in utterances:
            if utterance.recording is not None:
                if _has_sound(utterance.recording):
                    found.append(utterance.recording)
                    continue
                missing(utterance.recording)
            if speakable(utterance.text, utterance.language):
                found.append(self._spoken(utterance))
        return found

    def _spoken(self, utterance: Utterance) -> Path:
        try:
            return self._speech.file(utterance.language, utterance.text)
        except SpeechFailed as failed:
            if failed.code != "no-voice":
                raise
            # A language espeak does not have: an odd accent tells a caller more than silence does.
            log.warning("no_voice", language=utterance.language)
            return self._speech.file("en", utterance.text)

    def prepare(self, utterances: Iterable[Utterance]) -> None:
        """Have what will be needed spoken in the background; what has a recording as well, in case that goes missing."""
        self._speech.prepare((utterance.language, utterance.text) for utterance in utterances)


def _has_sound(recording: Path) -> bool:
    try:
        return os.stat(recording).st_size > 0
    except OSError:
        return False
