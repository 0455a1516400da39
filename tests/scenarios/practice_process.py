"""A practice switch as a process of its own, as controllers under test see any switch; its people do what they are told."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from controller.freeswitch.phones import Exchange
from tests.freeswitch.event_socket import Connection, Headers, connect
from tests.freeswitch.switch import PASSWORD, SECRET


class PracticeProcess:
    """Use as a context manager. `events`: every leg that began, joined and ended, as the switch told it."""

    password = PASSWORD
    exchange = Exchange()

    def __enter__(self) -> Self:
        options = json.dumps({"password": PASSWORD, "secret": SECRET, "port": 0})
        self._process = subprocess.Popen(
            [sys.executable, "-m", "controller.practice", options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self.port = int(said["event_socket"])
        self._socket = socket.create_connection(("127.0.0.1", int(said["control"])))
        self._control = self._socket.makefile("rwb")
        self._link = connect("127.0.0.1", self.port, PASSWORD)
        self._watch: Connection = connect("127.0.0.1", self.port, PASSWORD)
        self._watch.command("event plain CHANNEL_CREATE CHANNEL_BRIDGE CHANNEL_HANGUP")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.close()
        self._link.close()
        self._control.close()
        self._socket.close()
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def api(self, command: str) -> str:
        """Run an API command; its answer."""
        return self._link.api(command)

    def write_phones(self, exchange: Exchange) -> None:
        """Phones here need no files: any can be rung."""
        self.exchange = exchange

    def do(self, what: str, **how: Any) -> Any:
        """Have a person do something (controller/practice/control.py says what they can)."""
        self._control.write(json.dumps({"do": what, **how}).encode() + b"\n")
        self._control.flush()
        answer = json.loads(self._control.readline())
        assert "ok" in answer, answer
        return answer["ok"]

    def legs(self, number: str) -> list[dict[str, Any]]:
        """Legs to this number that are there now."""
        return [
            leg for leg in self.do("legs") if leg["direction"] == "outbound" and leg["number"].lstrip("+") == number
        ]

    def seen(self, name: str) -> list[Headers]:
        """Events of this name so far."""
        return [event for event in [*self._watch.events] if event.get("Event-Name") == name]

    def rung(self) -> list[str]:
        """The id of each leg that was rung, once for each time."""
        return [event["Unique-ID"] for event in self.seen("CHANNEL_CREATE") if event["Call-Direction"] == "outbound"]
