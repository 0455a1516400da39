"""Uploaded sound files into samples, or a reason why not. Runs in the child (studio.py): uploads may be anything.

Goes by content, never by name. libsndfile decodes WAV, FLAC, Ogg (Vorbis, Opus) and MP3.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from controller.voice import audio
from controller.voice.audio import Samples
from controller.voice.child import Refused

FORMATS = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3"})
_MOST_CHANNELS = 8
_BLOCK = 65536


@dataclass(frozen=True)
class Limits:
    """What an upload may be: bytes of its file, seconds of its sound."""

    bytes: int = 50_000_000
    most_seconds: float = 600
    least_seconds: float = 0.3


def decoded(source: Path, limits: Limits) -> tuple[Samples, int, str]:
    """Samples (mono), their rate in Hz, and the format found. Raises Refused with a code of uploads.REASONS."""
    content = source.read_bytes() if source.stat().st_size <= limits.bytes else None
    if content is None:
        raise Refused("too-large", {"most": limits.bytes})
    if not content:
        raise Refused("empty", {})
    try:
        file = soundfile.SoundFile(io.BytesIO(content))
    except soundfile.LibsndfileError as error:
        raise Refused("broken" if _looks_known(content) else "not-sound", {"error": str(error)}) from error
    with file:
        if file.format not in FORMATS:
            raise Refused("not-sound", {"found": file.format})
        rate: int = file.samplerate
        if file.channels > _MOST_CHANNELS or not 4000 <= rate <= 384_000:
            raise Refused("broken", {"channels": file.channels, "rate": rate})
        if _cut_short(content):
            raise Refused("cut-short", {})
        samples = _read(file, limits)
        if file.format in ("FLAC", "WAV", "WAVEX") and len(samples) < file.frames:
            raise Refused("cut-short", {})
        format: str = file.format
    if not np.isfinite(samples).all():
        raise Refused("broken", {"error": "samples that are no numbers"})
    if len(samples) < limits.least_seconds * rate:
        raise Refused("too-short", {"least": limits.least_seconds})
    if audio.level(samples, rate) <= -120:
        raise Refused("silent", {})
    return samples, rate, format


def _read(file: soundfile.SoundFile, limits: Limits) -> Samples:
    """Block by block: the length that a header claims is not to be trusted, nor to be allocated."""
    most = int(limits.most_seconds * file.samplerate)
    blocks: list[Samples] = [np.zeros(0, np.float32)]
    count = 0
    try:
        while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
            count += len(block)
            if count > most:
                raise Refused("too-long", {"most": limits.most_seconds})
            blocks.append(block.mean(axis=1, dtype=np.float32))
    except soundfile.LibsndfileError as error:
        raise Refused("broken", {"error": str(error)}) from error
    return np.concatenate(blocks)


def _looks_known(content: bytes) -> bool:
    return content[:4] in (b"RIFF", b"fLaC", b"OggS") or content[:3] == b"ID3"


def _cut_short(content: bytes) -> bool:
    """Whether the file says itself that there was more of it. libsndfile reads on silently, up to where it was cut."""
    if content[:4] == b"RIFF":
        return _wav_cut_short(content)
    if content[:4] == b"OggS":
        # Every Ogg stream ends with a page that has the flag "last page" (RFC 3533); streams that never ended have none.
        last = content.rfind(b"OggS")
        if last < 0 or len(content) < last + 27:
            return True
        segments = content[last + 26]
        table = content[last + 27 : last + 27 + segments]
        whole = len(table) == segments and len(content) >= last + 27 + segments + sum(table)
        return not whole or not content[last + 5] & 4
    if content[:3] == b"ID3" or content[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xfa", b"\xff\xf2"):
        return _mp3_cut_short(content)
    return False


def _wav_cut_short(content: bytes) -> bool:
    """By the size of its chunk "data"; programs that write to a pipe leave 0 or all ones there."""
    at = 12
    while at + 8 <= len(content):
        name = content[at : at + 4]
        size = int(struct.unpack_from("<I", content, at + 4)[0])
        if name == b"data":
            return 0 < size < 0xFFFFF000 and at + 8 + size > len(content)
        at += 8 + size + size % 2
    return True


def _mp3_cut_short(content: bytes) -> bool:
    """By the number of bytes in the first frame's Xing or Info tag; without one nobody can know."""
    start = 0
    if content[:3] == b"ID3" and len(content) >= 10:
        size = 0
        for byte in content[6:10]:
            size = size << 7 | byte & 0x7F
        start = 10 + size
    head = content[start : start + 256]
    for tag in (b"Xing", b"Info"):
        at = head.find(tag)
        if at >= 0 and len(head) >= at + 16:
            flags = struct.unpack_from(">I", head, at + 4)[0]
            if flags & 2:
                stated = int(struct.unpack_from(">I", head, at + 8 + (4 if flags & 1 else 0))[0])
                return len(content) - start < stated
    return False
