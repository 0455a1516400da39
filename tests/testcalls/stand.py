"""What test calls are made on: a practice switch of their own and a controller that walks them, each a process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.freeswitch.event_socket import connect
from tests.postgresql import free_port
from tests.waiting import wait_until

PASSWORD = "not-the-well-known-one"
SECRET = "proves-the-switch"


class Stand:
    """Use as a context manager. `settings`: what the environment of an editor beside it must say, too."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self.control = free_port()
        self.switch = free_port()
        self.data_dir = data_dir
        listen = free_port()
        self.settings = {
            "CARELINE_DATA_DIR": str(data_dir),
            "CARELINE_DATABASE_URL": database_url,
            "CARELINE_SWITCH_PASSWORD": PASSWORD,
            "CARELINE_SOCKET_SECRET": SECRET,
            "CARELINE_TEST_LISTEN": f"127.0.0.1:{listen}",
            "CARELINE_TEST_SWITCH": f"127.0.0.1:{self.switch}",
            "CARELINE_TEST_CONTROL": f"127.0.0.1:{self.control}",
            "CARELINE_LOG_LEVEL": "warning",
        }
        self._listen = f"127.0.0.1:{listen}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("CARELINE_")}
        self._log = (self.data_dir.parent / "stand.log").open("wb")
        for arguments in (["practice-switch", "--tests", "--quiet"], ["controller", "--tests"]):
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "flow_editor.cli", *arguments],
                    env={**plain, **self.settings},
                    stdout=self._log,
                    stderr=self._log,
                )
            )
        wait_until(self._listed, 60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(20)
        self._log.close()

    def _listed(self) -> bool:
        """Whether the switch hands calls to the controller."""
        try:
            link = connect("127.0.0.1", self.switch, PASSWORD)
        except OSError:
            return False
        try:
            return any(link.api(f"hash select/careline_controllers/{place}") == self._listen for place in range(8))
        finally:
            link.close()

    def peer(self) -> Peer:
        """A connection to the switch's own port."""
        return Peer(self.control)


class Peer:
    """Speaks to the practice switch's own port, and hears what becomes of calls that it follows."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.settimeout(30)
        self._file = self._socket.makefile("rwb")
        self.events: deque[dict[str, Any]] = deque()
        self.heard: list[dict[str, Any]] = []

    def do(self, what: str, **how: Any) -> Any:
        """Have something done; its answer."""
        self._file.write(json.dumps({"do": what, **how}).encode() + b"\n")
        self._file.flush()
        while True:
            said = json.loads(self._file.readline())
            if "event" not in said:
                assert "ok" in said, said
                return said["ok"]
            self.events.append(said)

    def next(self, name: str) -> dict[str, Any]:
        """The next event of this name; those before it are passed over."""
        while True:
            event = self.events.popleft() if self.events else json.loads(self._file.readline())
            self.heard.append(event)
            if event["event"] == name:
                return dict(event)

    def close(self) -> None:
        """Go away."""
        self._file.close()
        self._socket.close()
