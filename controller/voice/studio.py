"""The child process that makes sound: speaks text, converts uploads, clears old speech away. `python -m controller.voice.studio`.

Asked by speech.py and uploads.py through child.py; holds no state but the synthesiser.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from controller.voice import audio, decoding
from controller.voice.child import Answer, Refused, serve
from controller.voice.espeak import Espeak

LEAD, TAIL = 0.02, 0.12
"""Seconds of silence left around speech: no click, and a breath between one file and the next."""

_espeak: Espeak | None = None


def speak(question: Mapping[str, Any]) -> Answer:
    """Speak into a file. Refuses "no-voice" and "nothing-spoken"."""
    global _espeak
    _espeak = _espeak or Espeak()
    said = _espeak.say(question["text"], question["voices"], question["speed"])
    if said is None:
        raise Refused("no-voice", {"voices": question["voices"]})
    rate = question["rate"]
    sound = audio.levelled(audio.resampled(said, _espeak.rate, rate), rate)
    sound = audio.trimmed(sound, rate, lead=LEAD, tail=TAIL)
    if not len(sound):
        raise Refused("nothing-spoken", {})
    audio.write_wav(Path(question["path"]), sound, rate)
    return {"seconds": len(sound) / rate}


def convert(question: Mapping[str, Any]) -> Answer:
    """Convert an upload into files, each at its rate: `paths` is a list of [path, rate]."""
    limits = decoding.Limits(**question["limits"])
    sound, rate, format = decoding.decoded(Path(question["source"]), limits)
    answer: Answer = {}
    for path, wanted in question["paths"]:
        # The level is that of what the telephone carries, so it is set last.
        made = audio.levelled(audio.trimmed(audio.resampled(sound, rate, wanted), wanted, lead=0.1, tail=0.2), wanted)
        if not len(made):
            raise Refused("silent", {})
        audio.write_wav(Path(path), made, wanted)
        answer = answer or {
            "seconds": len(made) / wanted,
            "peak": audio.peak(made),
            "level": audio.level(made, wanted),
            "format": format,
            "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        }
    return answer


def clear(question: Mapping[str, Any]) -> Answer:
    """Delete files below `folder` that nobody used since `before` (seconds since 1970)."""
    cleared = 0
    for path in Path(question["folder"]).glob("*/*"):
        try:
            if path.suffix in (".wav", ".part") and path.stat().st_mtime < question["before"]:
                path.unlink()
                cleared += 1
        except FileNotFoundError:
            continue  # another controller clears as well
    return {"cleared": cleared}


JOBS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {"speak": speak, "convert": convert, "clear": clear}


if __name__ == "__main__":
    serve(lambda question: JOBS[question["job"]](question))
