"""Makes music/ and sounds/: calm music on hold, from nothing but arithmetic, so that it is ours to give away (CC0), and the
words that a caller hears when nobody can be reached.

The music is soft struck tones over slow chords, pentatonic, without a beat: pleasant for ten minutes, and clear through a
telephone, whose band begins at 300 Hz. The same seed gives the same files:  python freeswitch_conf/make_sounds.py
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import espeakng_loader
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE = 16000
"""Samples a second of the wideband file; the narrowband one is half of it."""
BAR = 4.0
"""Seconds a chord lasts."""
CHORDS = (
    "C3 G3 E4 B4",
    "A2 E3 C4 G4",
    "F3 C4 A4 E4",
    "G2 D3 B3 E4",
    "E3 B3 G4 D4",
    "A2 G3 C4 E4",
    "F3 A3 C4 G4",
    "G3 D4 B3 A4",
)
MELODY = "E4 G4 A4 C5 D5 E5 G5"
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ROUNDS = 2
LOUDNESS = 0.07
"""Root mean square of full scale: about -23 dB, under a speaking voice."""

NOBODY = (
    (
        b"en-us",
        "We are sorry. Nobody can take your call right now. If this is an emergency, hang up and call the emergency "
        "number. Otherwise, please call again in a few minutes.",
    ),
    (
        b"es-419",
        "Lo sentimos. Nadie puede atender su llamada en este momento. Si es una emergencia, cuelgue y llame al número "
        "de emergencias. Si no, por favor llame de nuevo en unos minutos.",
    ),
)

Samples = NDArray[np.float64]


def pitch(name: str) -> float:
    """A note's frequency in Hz, equal temperament, A4 = 440."""
    return 440.0 * 2.0 ** ((STEPS[name[0]] - 9 + 12 * (int(name[1:]) - 4)) / 12)


def struck(hertz: float, seconds: float, decay: float) -> Samples:
    """A struck bar, like a vibraphone's: few partials, the high ones gone first."""
    at = np.arange(int(RATE * seconds)) / RATE
    sound = sum(
        strength * np.sin(2 * np.pi * hertz * partial * at) * np.exp(-at * partial / decay)
        for partial, strength in ((1.0, 1.0), (2.0, 0.35), (3.0, 0.12), (4.0, 0.05))
    )
    attack = np.minimum(1.0, at / 0.012)
    release = np.minimum(1.0, (seconds - at) / 0.2)
    return np.asarray(sound * attack * release)


def bowed(hertz: float, seconds: float) -> Samples:
    """A soft held tone that swells and goes."""
    at = np.arange(int(RATE * seconds)) / RATE
    sway = 1.0 + 0.002 * np.sin(2 * np.pi * 4.2 * at)
    sound = sum(
        strength * np.sin(2 * np.pi * hertz * partial * at * sway)
        for partial, strength in ((1, 1.0), (2, 0.3), (3, 0.1))
    )
    return np.asarray(sound * np.sin(np.pi * at / seconds) ** 1.5)


def compose(seed: int = 7) -> Samples:
    """The whole piece, -1 to 1; its end runs on into its beginning, so that it loops unheard."""
    dice = np.random.default_rng(seed)
    bars = len(CHORDS) * ROUNDS
    piece = np.zeros(int(RATE * BAR * bars))

    def add(sound: Samples, start: float, volume: float) -> None:
        at = (int(RATE * start) + np.arange(len(sound))) % len(piece)
        piece[at] += volume * sound

    notes, place = MELODY.split(), 3
    for bar in range(bars):
        start = bar * BAR
        for index, note in enumerate(CHORDS[bar % len(CHORDS)].split()):
            add(bowed(pitch(note), BAR * 1.5), start, 0.16)
            add(struck(pitch(note), 3.5, 1.2), start + 0.5 * index + dice.uniform(0, 0.03), 0.35)
        for beat in (1.0, 2.0, 2.5, 3.0, 3.5):
            if dice.random() < 0.55:
                place = int(np.clip(place + dice.integers(-2, 3), 0, len(notes) - 1))
                add(struck(pitch(notes[place]), 3.0, 0.9), start + beat + dice.uniform(0, 0.04), dice.uniform(0.3, 0.5))
    piece *= LOUDNESS / np.sqrt(np.mean(piece**2))
    return np.asarray(np.tanh(piece * 1.2) / 1.2)


def speak(lines: tuple[tuple[bytes, str], ...]) -> tuple[Samples, int]:
    """Texts spoken one after the other, each in its language, with a second between; the samples and their rate."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    spoken: list[int] = []
    take = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

    def receive(samples: ctypes._Pointer[ctypes.c_short], count: int, events: int) -> int:
        if samples:
            spoken.extend(samples[:count])
        return 0

    callback = take(receive)
    into_callback, utf8, rate_parameter = 2, 1, 1  # AUDIO_OUTPUT_SYNCHRONOUS, espeakCHARS_UTF8, espeakRATE
    rate = library.espeak_Initialize(into_callback, 0, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetParameter(rate_parameter, 145, 0)
    for voice, text in lines:
        if library.espeak_SetVoiceByName(voice) != 0:
            raise RuntimeError(f"espeak-ng has no voice {voice!r}")
        coded = text.encode()
        library.espeak_Synth(coded, len(coded) + 1, 0, 0, 0, utf8, None, None)
        spoken.extend([0] * rate)
    return np.array(spoken) / 32768, rate


def main() -> None:
    """Write music/16000/calm.wav, music/8000/calm.wav and sounds/nobody.wav."""
    words, spoken_rate = speak(NOBODY)
    sounds = Path(__file__).parent / "sounds"
    sounds.mkdir(exist_ok=True)
    soundfile.write(sounds / "nobody.wav", soxr.resample(words, spoken_rate, 8000), 8000, subtype="ULAW")
    folder = Path(__file__).parent / "music"
    piece = compose()
    around = np.concatenate([piece[-RATE:], piece, piece[:RATE]])  # resampled with what comes before and after it
    for rate in (RATE, 8000):
        sound = soxr.resample(around, RATE, rate, "VHQ")[rate:-rate] if rate != RATE else piece
        (folder / str(rate)).mkdir(parents=True, exist_ok=True)
        soundfile.write(
            folder / str(rate) / "calm.wav", sound, rate, subtype="ULAW"
        )  # small; a telephone hears no more


if __name__ == "__main__":
    main()
