"""RTP for test phones: sends 20 ms packets of G.711 (mu-law), hears and keeps what comes. Knows no SIP."""

from __future__ import annotations

import os
import selectors
import socket
import struct
import threading
import time
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 8000
FRAME = 160
"""Samples in a packet of 20 ms."""
KEYS = "0123456789*#ABCD"
EVENTS = 101
"""The payload type of RFC 4733 key presses."""


def _table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = ((code.astype(np.int32) & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4).astype(np.int32)
    return np.where(code & 0x80, 0x84 - magnitude, magnitude - 0x84).astype(np.int16)


_DECODED = _table()
_SORTED = np.argsort(_DECODED, kind="stable")


def decode(payload: bytes) -> NDArray[np.int16]:
    """Mu-law bytes to samples."""
    return _DECODED[np.frombuffer(payload, np.uint8)]


def encode(samples: NDArray[np.int16]) -> bytes:
    """Samples to mu-law bytes, the nearest code for each."""
    ordered = _DECODED[_SORTED].astype(np.int32)
    wanted = samples.astype(np.int32)
    above = np.clip(np.searchsorted(ordered, wanted), 1, 255)
    nearest = above - (wanted - ordered[above - 1] < ordered[above] - wanted)
    return bytes(_SORTED[nearest].astype(np.uint8))


def tone(hertz: float, seconds: float, amplitude: int = 8000) -> NDArray[np.int16]:
    """A sine: something to recognise."""
    at = np.arange(int(RATE * seconds)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def strongest(samples: NDArray[np.int16]) -> float:
    """The frequency (Hz) with the most energy."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


def loudness(samples: NDArray[np.int16]) -> float:
    """Root mean square; 0 for silence or nothing at all."""
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0


class Sound:
    """One call's sound. Sends silence, or what `play` gives it, from `start` on; keeps every packet heard."""

    def __init__(self) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self.port = int(self._sock.getsockname()[1])
        self._remote: tuple[str, int] | None = None
        self._changed = threading.Condition()
        self._heard: list[bytes] = []
        self._arrivals: list[float] = []
        self.keys_heard = ""
        self._last_event = -1
        self._queue: list[bytes | str] = []
        self._stopped = False
        self._silent = False
        self._thread: threading.Thread | None = None

    def start(self, host: str, port: int) -> None:
        """Begin to send there; again with another place after a re-INVITE."""
        self._remote = (host, port)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End sending and hearing; what was heard stays."""
        self._stopped = True
        if self._thread is not None:
            self._thread.join(2)
        self._sock.close()

    def mute(self, silent: bool = True) -> None:
        """Send nothing at all, as a phone with silence suppression."""
        self._silent = silent

    def play(self, samples: NDArray[np.int16]) -> None:
        """Say this next (8 kHz)."""
        coded = encode(samples)
        with self._changed:
            self._queue += [coded[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, len(coded), FRAME)]

    def press(self, keys: str) -> None:
        """Press keys, as RFC 4733 events of 100 ms with 60 ms between."""
        with self._changed:
            for key in keys:
                self._queue += [f"{key}{turn}" for turn in range(8)]

    @property
    def packets(self) -> int:
        """How many packets of sound came."""
        return len(self._heard)

    def heard(self, last: float | None = None) -> NDArray[np.int16]:
        """What was heard, all of it or the last so many seconds."""
        with self._changed:
            payloads = self._heard if last is None else self._heard[-int(last * 50) :]
            return decode(b"".join(payloads))

    def wait_for_packets(self, count: int, timeout: float = 5.0) -> None:
        """Until that many more packets came. Raises AssertionError."""
        with self._changed:
            goal = len(self._heard) + count
            if not self._changed.wait_for(lambda: len(self._heard) >= goal, timeout):
                raise AssertionError(f"{count - (goal - len(self._heard))} of {count} packets within {timeout} s")

    def wait_for_sound(self, timeout: float = 5.0, loud: float = 200.0) -> None:
        """Until a fifth of a second of what comes is louder than that. Raises AssertionError."""
        with self._changed:
            if not self._changed.wait_for(lambda: loudness(decode(b"".join(self._heard[-10:]))) > loud, timeout):
                raise AssertionError(f"nothing but silence within {timeout} s ({len(self._heard)} packets)")

    def wait_for_tone(self, hertz: float, timeout: float = 5.0, within: float = 30.0) -> None:
        """Until that frequency is the strongest in a fifth of a second. Raises AssertionError."""

        def is_there() -> bool:
            samples = decode(b"".join(self._heard[-10:]))
            return len(samples) >= 10 * FRAME and loudness(samples) > 200 and abs(strongest(samples) - hertz) < within

        with self._changed:
            if not self._changed.wait_for(is_there, timeout):
                raise AssertionError(f"no tone of {hertz} Hz within {timeout} s ({len(self._heard)} packets)")

    def wait_for_keys(self, keys: str, timeout: float = 5.0) -> None:
        """Until these keys were heard as RFC 4733 events. Raises AssertionError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.keys_heard.endswith(keys), timeout):
                raise AssertionError(f"heard the keys {self.keys_heard!r}, not {keys!r}")

    def save(self, path: Path) -> None:
        """What was heard, as a WAV file."""
        soundfile.write(path, self.heard(), RATE)

    def _run(self) -> None:
        source = struct.unpack("!I", os.urandom(4))[0]
        sequence, stamp, event_stamp = 1, 0, 0
        due = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            while not self._stopped:
                if selector.select(max(0.0, due - time.monotonic())):
                    self._hear(self._sock.recv(2048))
                if time.monotonic() < due:
                    continue
                due += 0.02
                stamp += FRAME
                with self._changed:
                    item = self._queue.pop(0) if self._queue else None
                if item is None and self._silent:
                    continue
                kind, marker, payload, at = 0, 0, b"\xff" * FRAME, stamp
                if isinstance(item, bytes):
                    payload = item
                elif item is not None:
                    turn = int(item[1:])
                    event_stamp = stamp if turn == 0 else event_stamp
                    if turn > 4:  # the pause after the key; its first packets repeat the end
                        turn = 5
                    payload = struct.pack(
                        "!BBH", KEYS.index(item[0]), (0x80 if turn == 5 else 0) | 10, FRAME * (turn + 1)
                    )
                    kind, marker, at = EVENTS, 0x80 if turn == 0 else 0, event_stamp
                packet = (
                    struct.pack("!BBHII", 0x80, marker | kind, sequence & 0xFFFF, at & 0xFFFFFFFF, source) + payload
                )
                sequence += 1
                assert self._remote is not None
                self._sock.sendto(packet, self._remote)

    def _hear(self, packet: bytes) -> None:
        if len(packet) < 12:
            return
        kind = packet[1] & 0x7F
        payload = packet[12 + 4 * (packet[0] & 0x0F) :]
        with self._changed:
            if kind == EVENTS and len(payload) >= 4:
                stamp = struct.unpack("!I", packet[4:8])[0]
                if stamp != self._last_event:
                    self._last_event = stamp
                    self.keys_heard += KEYS[payload[0]]
            elif kind == 0:
                self._heard.append(payload)
                self._arrivals.append(time.monotonic())
            self._changed.notify_all()
