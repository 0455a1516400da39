"""A synthesiser with a folder of its own, and sounds to upload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from controller.voice.audio import Samples
from controller.voice.speech import Speech


@pytest.fixture
def speech(tmp_path: Path) -> Iterator[Speech]:
    made = Speech(tmp_path / "speech")
    yield made
    made.close()


def heard(path: Path) -> tuple[Samples, int]:
    """A file as the switch would read it, which must be what it plays without converting."""
    info = soundfile.info(path)
    assert (info.format, info.subtype, info.channels) == ("WAV", "PCM_16", 1)
    samples, rate = soundfile.read(path, dtype="float32")
    return samples, rate


def voice_like(seconds: float, rate: int, level: float = 0.1) -> Samples:
    """Syllables of noise: loud and quiet by turns, as speech is."""
    at = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(1).standard_normal(len(at))
    return (level * noise * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * at))).astype(np.float32)
