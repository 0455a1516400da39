"""Callers and phones by SIPp: many at once, and a second opinion beside softphone.py, which we wrote ourselves.

Scenarios are in sipp/. Callers' sound goes to one `Ear`, which counts each call's packets by where they come from.
"""

from __future__ import annotations

import selectors
import shutil
import socket
import subprocess
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.freeswitch.switch import Switch, free_port, wait_until

SCENARIOS = Path(__file__).parent / "sipp"


def find_sipp() -> str | None:
    """The program, or None where it is not installed."""
    return shutil.which("sipp")


class Ear:
    """A port that sound is sent to. `packets` counts them by sender: on one switch, by call."""

    def __init__(self) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self.port = int(self._sock.getsockname()[1])
        self.packets: Counter[int] = Counter()
        self._stopped = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stopped = True
        self._thread.join(2)
        self._sock.close()

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            while not self._stopped:
                if selector.select(0.1):
                    _, (_, port) = self._sock.recvfrom(2048)
                    self.packets[port] += 1


class Sipp:
    """One SIPp process. `with Sipp.callers(...) as callers: ...; callers.wait()`; on leaving it is ended."""

    def __init__(self, arguments: list[str], folder: Path, ear: Ear | None = None) -> None:
        program = find_sipp()
        if program is None:
            raise FileNotFoundError("sipp is not installed")
        self.ear = ear
        self._folder = folder
        # SIPp draws its screen wherever its input is; without a terminal it must be told so.
        command = [
            program,
            *arguments,
            "-nostdin",
            "-i",
            "127.0.0.1",
            "-trace_err",
            "-error_file",
            str(folder / "errors.log"),
        ]
        self._screen = (folder / "screen.log").open("wb")
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._screen, stderr=subprocess.STDOUT, cwd=folder
        )

    @classmethod
    def callers(
        cls,
        switch: Switch,
        number: str,
        folder: Path,
        *,
        scenario: str = "caller",
        calls: int = 1,
        rate: float = 10.0,
        stay: float = 1.0,
        digit: str = "1",
        caller: str = "+13125550002",
    ) -> Sipp:
        """`calls` callers from outside, `rate` new ones a second, each staying so many seconds once answered."""
        ear = Ear()
        arguments = [f"127.0.0.1:{switch.outside_port}", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", number]
        arguments += ["-m", str(calls), "-r", str(rate), "-d", str(int(stay * 1000)), "-key", "ear_port", str(ear.port)]
        arguments += ["-key", "caller", caller, "-key", "digit", digit, "-p", str(free_port(socket.SOCK_DGRAM))]
        return cls(arguments, folder, ear)

    @classmethod
    def phone(
        cls, port: int, folder: Path, *, scenario: str = "phone_answers", calls: int = 1, ring: float = 0.2
    ) -> Sipp:
        """A phone that listens on a port (the trunk's: `switch.trunk_port`) and takes so many calls, ringing first."""
        arguments = [
            "-sf",
            str(SCENARIOS / f"{scenario}.xml"),
            "-m",
            str(calls),
            "-d",
            str(int(ring * 1000)),
            "-p",
            str(port),
        ]
        phone = cls([*arguments, "-rtp_echo", "-mp", str(free_port(socket.SOCK_DGRAM))], folder)
        wait_until(lambda: f":{port:04X} " in Path("/proc/net/udp").read_text(), 5, "sipp does not listen")
        return phone

    def wait(self, timeout: float = 60.0) -> None:
        """Until all calls are done. Raises AssertionError with what SIPp complained of if one went otherwise than written."""
        status = self._process.wait(timeout)
        if status != 0:
            errors = self._folder / "errors.log"
            raise AssertionError(f"sipp: {status}\n{errors.read_text() if errors.exists() else self.screen()[-2000:]}")

    def screen(self) -> str:
        """What SIPp showed: counters of each step."""
        return (self._folder / "screen.log").read_text(errors="replace")

    def close(self) -> None:
        """End it, with whatever calls it still has."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(5)
        self._screen.close()
        if self.ear is not None:
            self.ear.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
