"""Whether anything is in what the switch has recorded: for voicemail, before it is put in a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from controller.voice import audio

SHORTEST = 1.0
"""Seconds; a message shorter than this is somebody hanging up."""
SOUND_SECONDS = 0.3
"""Seconds of sound that a message has at least."""


@dataclass(frozen=True)
class Inspected:
    """Length and sound of a recording: `level` and `peak` in dBFS, `sound_seconds` is what is above silence."""

    seconds: float
    level: float
    peak: float
    sound_seconds: float

    @property
    def silent(self) -> bool:
        """Nobody said anything."""
        return self.sound_seconds < SOUND_SECONDS

    @property
    def empty(self) -> bool:
        """Not worth anybody's time: too short, or silent."""
        return self.seconds < SHORTEST or self.silent


NOTHING = Inspected(0.0, -120.0, -120.0, 0.0)


def inspect(path: Path) -> Inspected:
    """What is in a WAV file that the switch recorded; NOTHING when it is missing, empty or has only a header.

    Raises ValueError when it is not a sound file. Three minutes at 8 kHz take some 10 ms; longer ones belong in a thread.
    """
    try:
        if path.stat().st_size <= 44:
            return NOTHING
    except FileNotFoundError:
        return NOTHING
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ValueError(f"not a recording: {path.name}: {error}") from error
    samples = np.asarray(sound[:, 0] if sound.shape[1] == 1 else np.max(np.abs(sound), axis=1), dtype=np.float32)
    levels = audio.frame_levels(samples, rate)
    return Inspected(
        seconds=len(samples) / rate,
        level=audio.level(samples, rate),
        peak=audio.peak(samples),
        sound_seconds=float(np.count_nonzero(levels > audio.SILENCE)) * 0.02,
    )
