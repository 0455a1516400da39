"""A real FreeSWITCH for tests: freeswitch_conf/ on free ports of 127.0.0.1, everything it writes in a folder of its own.

Usable without pytest:  `with Switch(find_binary(), Path("/tmp/switch")) as switch: print(switch.api("status"))`
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from controller.freeswitch.phones import Exchange, commands, write
from tests.freeswitch.event_socket import Connection, Gone, connect

CONFIGURATION = Path(__file__).parents[2] / "freeswitch_conf"
PASSWORD = "not-the-well-known-one"
SECRET = "proves-the-switch"
DOMAIN = "careline.local"


def find_binary() -> Path | None:
    """The switch: CARELINE_FREESWITCH if set, else what PATH has."""
    named = os.environ.get("CARELINE_FREESWITCH")
    found = named or shutil.which("freeswitch")
    return Path(found) if found and Path(found).exists() else None


class Switch:
    """One running switch. `environment` adds to or replaces what freeswitch_conf/vars.xml reads."""

    def __init__(
        self,
        binary: Path,
        folder: Path,
        environment: dict[str, str] | None = None,
        password: str = PASSWORD,
        configuration: Path = CONFIGURATION,
    ) -> None:
        self.binary = binary
        self.configuration = configuration
        self.password = password
        self.folder = folder
        self.inside_port = free_port(socket.SOCK_DGRAM)
        self.outside_port = free_port(socket.SOCK_DGRAM)
        self.port = free_port(socket.SOCK_STREAM)
        self.trunk_port = free_port(socket.SOCK_DGRAM)
        """Where the trunk from the environment leads: a test's carrier listens there."""
        self._rtp_lock, first = _rtp_range()
        self.phones = folder / "phones"
        """What `careline phones write` writes; `write_phones` does it."""
        self.exchange = Exchange()
        """What was written last."""
        self.environment = {
            "CARELINE_SIP_IP": "127.0.0.1",
            "CARELINE_SIP_INSIDE_PORT": str(self.inside_port),
            "CARELINE_SIP_OUTSIDE_PORT": str(self.outside_port),
            "CARELINE_SIP_DOMAIN": DOMAIN,
            "CARELINE_RTP_FIRST_PORT": str(first),
            "CARELINE_RTP_LAST_PORT": str(first + 396),
            "CARELINE_SWITCH_PORT": str(self.port),
            "CARELINE_SWITCH_PASSWORD": password,
            "CARELINE_SOCKET_SECRET": SECRET,
            "CARELINE_PHONES_DIR": str(self.phones),
            "CARELINE_TRUNK_HOST": f"127.0.0.1:{self.trunk_port}",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Connection | None = None

    @property
    def log(self) -> Path:
        """The switch's log file."""
        return self.folder / "log" / "freeswitch.log"

    @property
    def link(self) -> Connection:
        """A signed-in event socket, shared by the tests."""
        assert self._link is not None, "not started"
        return self._link

    @property
    def pid(self) -> int:
        """The switch's process."""
        assert self._process is not None, "not started"
        return self._process.pid

    def api(self, command: str) -> str:
        """Run an API command on the switch; what it says."""
        return self.link.api(command)

    def connect(self, *events: str) -> Connection:
        """A connection of one's own, subscribed to these events (names as in `event plain`)."""
        connection = connect("127.0.0.1", self.port, self.password)
        if events:
            connection.command("event plain " + " ".join(events))
        return connection

    def start(self, timeout: float = 30.0) -> Self:
        """Start, and return when both profiles hear SIP. Raises RuntimeError with what the switch said."""
        for name in ("log", "db", "run", "storage", "recordings", "certs", "temp", "phones"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.configuration, self.folder / "conf", dirs_exist_ok=True)
        command = [str(self.binary), "-nf", "-nonat", "-c", "-np"]
        for name in ("conf", "log", "db", "run", "storage", "recordings", "certs", "temp"):
            command += [f"-{name}", str(self.folder / name)]
        with (self.folder / "console.log").open("wb") as console:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,  # an open one: at the end of its input the console stops the switch
                stdout=console,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                cwd=self.folder,
            )
        self._wait_ready(time.monotonic() + timeout)
        return self

    def stop(self) -> None:
        """Stop the switch, and wait until it is gone. Told to hurry: an orderly end takes it four seconds."""
        if self._link is not None:
            with contextlib.suppress(Gone, OSError):
                self._link.command("api fsctl shutdown now")  # it goes without a reply
            self._link.close()
            self._link = None
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None
        self._rtp_lock.close()

    def kill(self) -> None:
        """End the switch with -9, as a crash does."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self.stop()

    def console(self) -> str:
        """What the switch has written to its console: its log from the start, modules and all."""
        return (self.folder / "console.log").read_text(errors="replace")

    def hang_up_all(self) -> None:
        """Leave nothing behind for the next test. Raises AssertionError if a channel stays."""
        self.api("hupall")
        wait_until(lambda: self.api("show channels count").startswith("0 total"), 5, "a channel stays")

    def list_controllers(self, *addresses: str) -> None:
        """Make these (host:port), and no others, the controllers that calls are handed to."""
        for place in range(8):
            self.api(f"hash delete/careline_controllers/{place}")
        for place, address in enumerate(addresses):
            self.api(f"hash insert/careline_controllers/{place}/{address}")

    def write_phones(self, exchange: Exchange) -> None:
        """Give the switch these phones, trunks and rules, as `careline phones write` does."""
        self.exchange = exchange
        for command in commands(write(exchange, self.phones)):
            self.api(command)

    @property
    def inside(self) -> tuple[str, int]:
        """Where the clinic's phones sign in."""
        return "127.0.0.1", self.inside_port

    @property
    def outside(self) -> tuple[str, int]:
        """Where calls from outside come in."""
        return "127.0.0.1", self.outside_port

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_ready(self, deadline: float) -> None:
        assert self._process is not None
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if self._link is None or self._link.closed:
                    self._link = connect("127.0.0.1", self.port, self.password, timeout=2)
                if self._link.api("sofia status").count("RUNNING") >= 2 and "ready" in self._link.api("status"):
                    return
            except PermissionError as error:
                self.stop()
                raise RuntimeError(f"the switch does not take our password: {error}") from error
            except (OSError, Gone):
                pass  # not yet
            time.sleep(0.05)
        tail = self.console()[-4000:]
        self.stop()
        raise RuntimeError(f"the switch did not get ready; its console:\n{tail}")


def free_port(kind: int) -> int:
    """A port of 127.0.0.1 that nobody has now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _rtp_range() -> tuple[socket.socket, int]:
    """400 ports below the ephemeral ones for one switch alone: the socket that holds them for us, and the first to use."""
    for base in range(12000, 32000, 400):
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            holder.bind(("127.0.0.1", base))
        except OSError:
            holder.close()
            continue
        return holder, base + 2
    raise RuntimeError("no range of RTP ports is free")


def wait_until(true: object, timeout: float, complaint: str) -> None:
    """Ask a callable until it is true. For what another process does; nothing in ours needs it."""
    deadline = time.monotonic() + timeout
    while not true():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise AssertionError(f"{complaint} (waited {timeout} s)")
        time.sleep(0.02)
