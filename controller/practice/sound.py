"""How long a sound lasts, and recordings as files. Nothing is heard here: time passes, and silence or a tone is kept."""

from __future__ import annotations

import re
import struct
import wave
from functools import lru_cache
from math import pi, sin
from pathlib import Path

RATE = 8000
"""Samples a second, of recordings and of sounds whose file does not say."""
FOR_EVER = float("inf")
_PARAMETERS = re.compile(r"^\{[^}]*\}")


def seconds_of(name: str) -> float | None:
    """How long a file, tone or silence lasts; None if there is no such file. `local_stream://` and -1 last for ever."""
    name = _PARAMETERS.sub("", name)
    kind, mark, rest = name.partition("://")
    if not mark:
        return _file_seconds(name)
    if kind == "silence_stream":
        milliseconds = int(rest.split(",")[0] or 0)
        return FOR_EVER if milliseconds < 0 else milliseconds / 1000
    if kind == "tone_stream":
        return _tone_seconds(rest)
    if kind == "file_string":
        lengths = [seconds_of(part) for part in rest.split("!")]
        known = [length for length in lengths if length is not None]
        return sum(known) if known else None
    if kind == "local_stream":
        return FOR_EVER
    return None


def _tone_seconds(tones: str) -> float:
    """`%(on,off,frequencies)` in ms, one after the other, `loops=` times (-1: for ever)."""
    once = sum(float(on) + float(off) for on, off in re.findall(r"%\((\d+),(\d+)", tones)) / 1000
    loops = re.search(r"loops=(-?\d+)", tones)
    times = int(loops[1]) if loops else 1
    return FOR_EVER if times < 0 else once * max(1, times)


def _file_seconds(path: str) -> float | None:
    try:
        changed = Path(path).stat().st_mtime_ns
    except OSError:
        return None
    return _wav_seconds(path, changed)


@lru_cache(maxsize=4096)
def _wav_seconds(path: str, changed: int) -> float | None:
    try:
        with wave.open(path, "rb") as file:
            return file.getnframes() / (file.getframerate() or RATE)
    except (OSError, EOFError, wave.Error):
        return None  # not a WAV file: the switch says that it cannot open it


class Recording:
    """A recording under way: who spoke when, written as a WAV file when it ends. Times are the clock's seconds.

    `channels` 2: the caller on the left, the other side on the right.
    """

    def __init__(self, path: str, began: float, channels: int = 1) -> None:
        self.path = path
        self.channels = channels
        self.began = began
        self._sides: list[list[tuple[float, float]]] = [[] for _ in range(channels)]
        self._masks: list[tuple[float, float]] = []
        self._masked_since: float | None = None

    def open(self) -> None:
        """Make the file, empty as yet. Raises OSError."""
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        self._write([], 0)

    def spoken(self, since: float, until: float, side: int = 0) -> None:
        """Somebody spoke: on the left (0), or on the right (1), which is the same when there is one channel."""
        self._sides[min(side, self.channels - 1)].append((since, until))

    def mask(self, now: float) -> None:
        """Silence from here on; the time goes on."""
        if self._masked_since is None:
            self._masked_since = now

    def unmask(self, now: float) -> None:
        """Sound again."""
        if self._masked_since is not None:
            self._masks.append((self._masked_since, now))
            self._masked_since = None

    def close(self, now: float) -> float:
        """Write it; its length in seconds."""
        self.unmask(now)
        length = max(0.0, now - self.began)
        frames = int(length * RATE)
        self._write([self._loud(side, frames) for side in self._sides], frames)
        return length

    def _loud(self, spans: list[tuple[float, float]], frames: int) -> list[tuple[int, int]]:
        """Frames in which there is sound, with what was masked cut out."""
        loud = []
        for since, until in spans:
            pieces = [(since, until)]
            for hidden_since, hidden_until in self._masks:
                pieces = [
                    (start, end)
                    for a, b in pieces
                    for start, end in ((a, min(b, hidden_since)), (max(a, hidden_until), b))
                    if start < end
                ]
            loud += [
                (max(0, int((start - self.began) * RATE)), min(frames, int((end - self.began) * RATE)))
                for start, end in pieces
            ]
        return loud

    def _write(self, sides: list[list[tuple[int, int]]], frames: int) -> None:
        with wave.open(self.path, "wb") as file:
            file.setnchannels(self.channels)
            file.setsampwidth(2)
            file.setframerate(RATE)
            for start in range(0, frames, RATE):
                size = min(RATE, frames - start)
                file.writeframes(_second(sides, start, size))


_TONE = struct.pack(f"<{RATE}h", *(int(6000 * sin(2 * pi * 200 * place / RATE)) for place in range(RATE)))


def _second(sides: list[list[tuple[int, int]]], start: int, size: int) -> bytes:
    """`size` frames of tone where there is sound, zeroes elsewhere."""
    tracks = []
    for spans in sides:
        track = bytearray(2 * size)
        for since, until in spans:
            first, last = max(0, since - start), min(size, until - start)
            if first < last:
                track[2 * first : 2 * last] = _TONE[2 * first : 2 * last]
        tracks.append(track)
    if len(tracks) == 1:
        return bytes(tracks[0])
    left, right = memoryview(tracks[0]).cast("h"), memoryview(tracks[1]).cast("h")
    both = bytearray(4 * size)
    mixed = memoryview(both).cast("h")
    mixed[0::2] = left
    mixed[1::2] = right
    return bytes(both)
