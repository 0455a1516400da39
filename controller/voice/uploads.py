"""Recordings that staff upload, made into what the switch plays best; refused with a reason that staff understand."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from controller.texts import T, Text
from controller.voice.child import STUDIO, Child, ChildFailed, Refused
from controller.voice.decoding import Limits

_BROKEN = T("This sound file is damaged. Please export or record it again.")

REASONS: Mapping[str, Text] = {
    "empty": T("This file is empty."),
    "too-large": T("This file is too large. Please keep it under {most} megabytes."),
    "not-sound": T("This is not a sound file we can read. Please use WAV, MP3, FLAC, OGG or Opus."),
    "broken": _BROKEN,
    "cut-short": T("This sound file ends too early, as if it was not copied completely. Please upload it again."),
    "too-long": T("This recording is too long. Please keep it under {most} minutes."),
    "too-short": T("This recording is too short to be heard."),
    "silent": T("Nothing can be heard in this recording."),
    "failed": T("This sound file could not be converted. Please try once more, or export it as WAV."),
}
"""Why an upload is refused, by a code that stays the same."""


class UploadRefused(Exception):
    """A sound file cannot be used: `code` of REASONS, `message` for staff."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Converted:
    """What an upload became. `sha256` is of the file at `path`; levels in dBFS; `format` is what was uploaded."""

    path: Path
    seconds: float
    rate: int
    sha256: str
    peak: float
    level: float
    format: str
    wide: Path | None = None


def convert(
    source: bytes | Path,
    path: Path,
    *,
    rate: int = 8000,
    wide: Path | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    seconds: float = 60.0,
) -> Converted:
    """Convert WAV, FLAC, Ogg Vorbis, Opus or MP3 to a mono 16-bit WAV at `path` (and at 16 kHz at `wide`).

    At the telephone's level, without long silence at the ends. Decoding happens in a process of its own, which may take
    `seconds`; under gevent others go on meanwhile. Raises UploadRefused; nothing is written then.
    """
    if isinstance(source, bytes) and len(source) > limits.bytes:
        raise _refused("too-large", limits)
    with closing(Child(STUDIO)) as child, tempfile.NamedTemporaryFile(prefix="careline-upload-") as kept:
        if isinstance(source, bytes):
            kept.write(source)
            kept.flush()
            source = Path(kept.name)
        paths = [[str(path), rate], *([[str(wide), 16000]] if wide else [])]
        question = {"job": "convert", "source": str(source.absolute()), "paths": paths, "limits": asdict(limits)}
        try:
            answer = child.ask(question, seconds)
        except Refused as refused:
            raise _refused(refused.code, limits) from refused
        except ChildFailed as failed:
            raise _refused("failed", limits) from failed
    return Converted(path=path, rate=rate, wide=wide, **answer)


def _refused(code: str, limits: Limits) -> UploadRefused:
    message = REASONS[code].message
    if code == "too-large":
        return UploadRefused(code, Text(message, (("most", f"{round(limits.bytes / 1e6, 2):g}"),)))
    if code == "too-long":
        return UploadRefused(code, Text(message, (("most", f"{round(limits.most_seconds / 60, 2):g}"),)))
    return UploadRefused(code, REASONS[code])
