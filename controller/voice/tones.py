"""The tone after which a caller speaks, as a file: every carrier plays files, and only FreeSWITCH has tone_stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from controller.voice import audio

HERTZ, SECONDS, LEVEL = 1000.0, 0.4, -15.0
"""As answering machines sound everywhere; `LEVEL` in dBFS."""


def beep(folder: Path, rate: int = 8000) -> Path:
    """The voicemail tone in `folder`, made if it is not there."""
    path = folder / f"beep-{rate}.wav"
    if not path.is_file():
        at = np.arange(int(SECONDS * rate)) / rate
        # 10 ms of rise and fall: without them it clicks.
        edges = np.clip(np.minimum(at, SECONDS - at) / 0.01, 0, 1)
        tone = np.sin(2 * np.pi * HERTZ * at) * edges * np.sqrt(2) * 10 ** (LEVEL / 20)
        audio.write_wav(path, tone.astype(np.float32), rate)
    return path
