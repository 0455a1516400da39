from __future__ import annotations

import hashlib
import io
import tempfile
from pathlib import Path

import gevent
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.texts import T
from controller.voice import audio, decoding
from controller.voice.audio import Samples
from controller.voice.child import Refused
from controller.voice.decoding import Limits
from controller.voice.uploads import REASONS, UploadRefused, convert
from tests.voice.conftest import heard, voice_like

KINDS = {
    "wav 16": ("WAV", "PCM_16"),
    "wav 24": ("WAV", "PCM_24"),
    "wav float": ("WAV", "FLOAT"),
    "wav mu-law": ("WAV", "ULAW"),
    "wavex": ("WAVEX", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "vorbis": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}


def uploaded(samples: Samples, rate: int, kind: str = "wav 16") -> bytes:
    format, subtype = KINDS[kind]
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=format, subtype=subtype)
    return file.getvalue()


def framed(samples: Samples, rate: int) -> Samples:
    """With long silence around it, in stereo, the right side quieter."""
    quiet = np.zeros(2 * rate, np.float32)
    whole = np.concatenate([quiet, samples, quiet])
    return np.stack([whole, whole * np.float32(0.5)], axis=1)


def code_of(source: bytes, limits: Limits = Limits()) -> str:  # noqa: B008
    """Why it is refused, decided in this process; "" when it is taken."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(source)
        file.flush()
        try:
            decoding.decoded(Path(file.name), limits)
        except Refused as refused:
            code = refused.code
        else:
            return ""
    assert code in REASONS
    return code


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_what_the_switch_plays(kind: str, tmp_path: Path) -> None:
    rate = 48000 if kind == "opus" else 44100
    source = uploaded(framed(voice_like(2.0, rate, level=0.02), rate), rate, kind)
    path, wide = tmp_path / "prompts" / "a.wav", tmp_path / "prompts" / "a-wide.wav"
    made = convert(source, path, wide=wide)
    samples, played = heard(path)
    assert played == made.rate == 8000
    assert made.seconds == pytest.approx(len(samples) / played)
    assert 1.9 < made.seconds < 2.5, "the silence is gone, the speech is not"
    assert made.level == pytest.approx(audio.TARGET_LEVEL, abs=2)
    assert made.peak < -0.9
    assert made.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert made.format in ("WAV", "WAVEX", "FLAC", "OGG", "MP3")
    assert heard(wide)[1] == 16000
    assert made.wide == wide


def test_a_file_is_taken_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    source = tmp_path / "greeting.raw"
    source.write_bytes(uploaded(voice_like(1, 16000), 16000, "flac"))
    assert convert(source, tmp_path / "a.wav").format == "FLAC"
    assert source.is_file()


def test_loud_is_made_quieter_without_clipping(tmp_path: Path) -> None:
    loud = np.clip(voice_like(2, 16000, level=3.0), -1, 1)
    click = voice_like(2, 16000, level=0.01)
    click[8000:8010] = 1.0
    for sound in (loud, click):
        made = convert(uploaded(sound, 16000), tmp_path / "a.wav")
        samples, _ = heard(tmp_path / "a.wav")
        assert made.level == pytest.approx(audio.TARGET_LEVEL, abs=2)
        assert np.abs(samples).max() < 0.99


VOICE = voice_like(3, 16000)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "empty"),
        (b"hello" * 500, "not-sound"),
        (b"%PDF-1.7" + b"\0" * 5000, "not-sound"),
        (uploaded(np.zeros(16000, np.float32), 16000), "silent"),
        (uploaded(VOICE * np.float32(0.001), 16000), "silent"),
        (uploaded(VOICE[:1600], 16000), "too-short"),
        (b"RIFF\x10\0\0\0WAVEjunk", "broken"),
        (b"fLaC" + b"\xff" * 500, "broken"),
        *((uploaded(VOICE, 16000, kind)[:-6000], "cut-short") for kind in ("wav 16", "wavex", "vorbis", "opus", "mp3")),
    ],
    ids=lambda value: (
        value if isinstance(value, str) else f"{len(value)} bytes"
    ),  # an Ogg stream's number is drawn by lot
)
def test_what_cannot_be_used_is_refused_with_a_reason(source: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(UploadRefused) as raised:
        convert(source, tmp_path / "a.wav")
    assert raised.value.code == code
    assert "{" not in str(raised.value.message)
    assert list(tmp_path.iterdir()) == [], "nothing is left of it"


def test_a_flac_that_was_cut_is_refused() -> None:
    assert code_of(uploaded(VOICE, 16000, "flac")[:-6000]) in ("broken", "cut-short")


def test_limits() -> None:
    sound = uploaded(VOICE, 16000)
    assert code_of(sound, Limits(most_seconds=2)) == "too-long"
    assert code_of(sound, Limits(bytes=1000)) == "too-large"
    assert code_of(sound, Limits(most_seconds=4)) == ""


def test_limits_are_named(tmp_path: Path) -> None:
    sound = uploaded(VOICE, 16000)
    with pytest.raises(UploadRefused, match="under 10 minutes"):
        convert(uploaded(np.zeros(601 * 4000, np.float32), 4000), tmp_path / "a.wav")
    with pytest.raises(UploadRefused) as raised:
        convert(sound, tmp_path / "a.wav", limits=Limits(bytes=10_000))
    assert raised.value.message.message == T("This file is too large. Please keep it under {most} megabytes.").message


def test_a_wav_written_to_a_pipe_has_no_length_and_is_taken() -> None:
    sound = bytearray(uploaded(VOICE, 16000))
    at = sound.index(b"data") + 4
    sound[at : at + 4] = b"\xff\xff\xff\xff"
    sound[4:8] = b"\xff\xff\xff\xff"
    assert code_of(bytes(sound)) == ""


def test_samples_that_are_no_numbers() -> None:
    bad = VOICE.copy()
    bad[100] = np.nan
    assert code_of(uploaded(bad, 16000, "wav float")) == "broken"


def test_a_header_that_claims_a_year_of_sound_is_not_believed() -> None:
    sound = bytearray(uploaded(VOICE, 16000, "flac"))
    sound[21:26] = bytes([sound[21] | 0x0F, 0xFF, 0xFF, 0xFF, 0xFF])  # STREAMINFO's number of samples
    assert code_of(bytes(sound)) in ("cut-short", "broken", "too-long")


WHOLE = {kind: uploaded(VOICE[:8000], 16000, kind) for kind in KINDS}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(KINDS)), st.data())
def test_damage_is_refused_or_survived(kind: str, data: st.DataObject) -> None:
    sound = bytearray(WHOLE[kind])
    for at in data.draw(st.lists(st.integers(0, min(len(sound) - 1, 400)), max_size=6)):
        sound[at] = data.draw(st.integers(0, 255))
    code_of(bytes(sound[: data.draw(st.integers(0, len(sound)))]))


def test_the_loop_goes_on_while_a_long_recording_is_converted(tmp_path: Path) -> None:
    """Counted by the loop's own timer, each millisecond: a blocked loop counts once, however long it was blocked."""
    sound = uploaded(voice_like(60, 16000), 16000, "flac")
    ticks = [0]

    def tick() -> None:
        ticks[0] += 1

    timer = gevent.get_hub().loop.timer(0.001, 0.001)
    timer.start(tick)
    try:
        made = convert(sound, tmp_path / "a.wav")
    finally:
        timer.stop()
        timer.close()
    assert made.seconds == pytest.approx(60, abs=1)
    assert ticks[0] > 50
