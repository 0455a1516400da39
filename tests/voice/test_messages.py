from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from controller.voice.messages import NOTHING, inspect
from tests.voice.conftest import voice_like


def recorded(path: Path, samples: object, rate: int = 8000) -> Path:
    soundfile.write(path, samples, rate, subtype="PCM_16")
    return path


def test_a_message(tmp_path: Path) -> None:
    found = inspect(recorded(tmp_path / "m.wav", np.concatenate([voice_like(4, 8000), np.zeros(8000, np.float32)])))
    assert found.seconds == pytest.approx(5)
    assert found.sound_seconds == pytest.approx(4, abs=0.7)
    assert -25 < found.level < -18
    assert not found.empty


def test_silence_is_no_message(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(80_000).astype(np.float32) * 0.001
    for quiet in (np.zeros(80_000, np.float32), noise):
        found = inspect(recorded(tmp_path / "m.wav", quiet))
        assert found.silent
        assert found.empty
        assert found.seconds == pytest.approx(10)


def test_a_click_is_no_message(tmp_path: Path) -> None:
    quiet = np.zeros(80_000, np.float32)
    quiet[40_000:40_100] = 0.9
    assert inspect(recorded(tmp_path / "m.wav", quiet)).empty


def test_hanging_up_at_once_is_no_message(tmp_path: Path) -> None:
    found = inspect(recorded(tmp_path / "m.wav", voice_like(0.6, 8000)))
    assert found.empty
    assert not found.silent


def test_both_sides_of_a_call(tmp_path: Path) -> None:
    one_sided = np.stack([np.zeros(16_000, np.float32), voice_like(2, 8000)], axis=1)
    assert not inspect(recorded(tmp_path / "m.wav", one_sided)).empty


def test_no_file_or_only_its_header(tmp_path: Path) -> None:
    assert inspect(tmp_path / "gone.wav") == NOTHING
    path = recorded(tmp_path / "m.wav", np.zeros(0, np.float32))
    assert inspect(path) == NOTHING
    (tmp_path / "junk.wav").write_bytes(b"x" * 100)
    with pytest.raises(ValueError, match="not a recording: junk"):
        inspect(tmp_path / "junk.wav")
