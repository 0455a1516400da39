"""Sound as arrays: levels, silence, rate, and the WAV files a switch plays. Knows neither speech nor uploads.

Samples are float32 between -1 and 1, mono; levels are dB below full scale (dBFS).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

Samples = npt.NDArray[np.float32]

TARGET_LEVEL = -20.0
"""Level of speech on the telephone: as loud as people on the line, with room above for peaks."""
CEILING = 0.89
"""No sample goes above: -1 dBFS."""
SILENCE = -50.0
"""Quieter than this, against full scale, is silence on the telephone."""
MOST_GAIN = 30.0
"""dB by which a quiet recording is lifted at most: beyond, it is mostly its noise."""
_KNEE = 0.5
_FRAME = 0.02


def frame_levels(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """Level of each 20 ms, in dBFS; the last, shorter piece counts as a frame. -120 is the floor."""
    length = max(1, int(rate * _FRAME))
    starts = np.arange(0, len(samples), length)
    if not len(starts):
        return np.empty(0)
    squares = np.add.reduceat(np.square(samples), starts).astype(np.float64)
    counts = np.minimum(length, len(samples) - starts)
    return np.asarray(10 * np.log10(np.maximum(squares / counts, 1e-12)))


def level(samples: Samples, rate: int) -> float:
    """Level of the speech in it, without its pauses, in dBFS; -120 when there is nothing but silence.

    Gated in two steps as EBU R 128 (ITU-R BS.1770) does, without its frequency weighting: frames above SILENCE, then
    those not more than 10 dB below the mean of these.
    """
    levels = frame_levels(samples, rate)
    heard = levels[levels > SILENCE]
    if not len(heard):
        return -120.0
    heard = heard[heard > _mean(heard) - 10]
    return _mean(heard)


def _mean(levels: npt.NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(np.power(10, levels / 10))))


def peak(samples: Samples) -> float:
    """The largest sample, in dBFS; -120 for none."""
    largest = float(np.max(np.abs(samples), initial=0.0))
    return float(20 * np.log10(max(largest, 1e-6)))


def trimmed(samples: Samples, rate: int, *, lead: float, tail: float) -> Samples:
    """Without the silence at its ends, but for `lead` and `tail` seconds; empty when all is silent.

    Silent is what is below SILENCE, or 35 dB below the speech (a noisy room's hum).
    """
    levels = frame_levels(samples, rate)
    heard = np.flatnonzero(levels > max(SILENCE, level(samples, rate) - 35))
    if not len(heard):
        return samples[:0]
    frame = max(1, int(rate * _FRAME))
    begin = max(0, int(heard[0]) * frame - int(lead * rate))
    end = min(len(samples), (int(heard[-1]) + 1) * frame + int(tail * rate))
    return samples[begin:end]


def levelled(samples: Samples, rate: int, target: float = TARGET_LEVEL) -> Samples:
    """At the level of the telephone. Peaks bend softly from -6 dBFS on and never pass the ceiling: nothing clips."""
    now = level(samples, rate)
    if now <= -120:
        return samples
    louder = samples * np.float32(10 ** (min(target - now, MOST_GAIN) / 20))
    over = np.abs(louder) > _KNEE
    room = CEILING - _KNEE
    bent = np.sign(louder) * (_KNEE + room * np.tanh((np.abs(louder) - _KNEE) / room))
    return np.where(over, bent, louder).astype(np.float32)


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """At another rate, band-limited."""
    if rate == wanted or not len(samples):
        return samples
    return np.asarray(soxr.resample(samples, rate, wanted, quality="HQ"), dtype=np.float32)


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    """16-bit mono WAV, there whole or not at all, whoever else writes the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            whole = np.clip(np.rint(samples * 32767), -32768, 32767).astype(np.int16)
            soundfile.write(file, whole, rate, subtype="PCM_16", format="WAV")
            # The switch may be another user, and mkstemp lets only its own user read.
            os.fchmod(file.fileno(), 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
