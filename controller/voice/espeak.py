"""The bundled espeak-ng by ctypes: text in, samples out. Not thread-safe, so only for a child process of its own.

API: espeak-ng's speak_lib.h. Neither SSML nor phoneme input is turned on: text is only ever text.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import espeakng_loader
import numpy as np

from controller.voice.audio import Samples

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT
_UTF8 = 1  # espeakCHARS_UTF8
_RATE, _VOLUME, _RANGE, _WORD_GAP = 1, 2, 4, 7  # espeak_PARAMETER

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakFailed(Exception):
    """The library could not be started, or could not speak."""


class Espeak:
    """One synthesiser. `rate` is that of its samples, in Hz."""

    def __init__(self) -> None:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
        library.espeak_SetParameter.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int]
        library.espeak_Synth.argtypes = [
            *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint),
            *(ctypes.c_void_p, ctypes.c_void_p),
        ]
        folder = espeakng_loader.get_data_path()
        self.rate: int = library.espeak_Initialize(_SYNCHRONOUS, 0, str(folder).encode(), _DONT_EXIT)
        if self.rate <= 0:
            raise EspeakFailed(f"espeak-ng did not start with {folder}")
        self._library = library
        self._heard: list[Samples] = []
        self._callback = _Callback(self._take)  # kept: the library keeps only the address
        library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: int | None) -> int:
        if samples and count > 0:
            whole = np.ctypeslib.as_array(samples, (count,))
            self._heard.append(whole.astype(np.float32) / np.float32(32768))
        return 0

    def say(self, text: str, voices: Sequence[str], speed: int) -> Samples | None:
        """`text` in the first of `voices` that there is, at `speed` words a minute; None when there is none of them."""
        for voice in voices:
            if self._library.espeak_SetVoiceByName(voice.encode()) == 0:
                break
        else:
            return None
        for parameter, value in ((_RATE, speed), (_VOLUME, 100), (_RANGE, 55), (_WORD_GAP, 1)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._heard.clear()
        given = text.encode()
        if self._library.espeak_Synth(given, len(given) + 1, 0, 1, 0, _UTF8, None, None) != 0:
            raise EspeakFailed("espeak-ng did not speak")
        return np.concatenate([np.zeros(0, np.float32), *self._heard])
