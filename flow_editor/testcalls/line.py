"""A test call's line: a connection to the practice switch's own port (controller/practice/control.py says what it knows)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import gevent
from gevent import socket as sockets
from gevent.event import AsyncResult
from gevent.queue import SimpleQueue

from controller.config import Address

ANSWER_SECONDS = 5.0
"""How long the switch may take to answer."""


class SwitchAway(Exception):
    """The practice switch is not there, or does not answer."""


class NotDone(Exception):
    """The switch cannot do it: that call, or that phone, is over."""


class Line:
    """One connection, for one call, which is hung up when it closes. `told` gets each event, in order; None at the end."""

    def __init__(self, address: Address, told: Callable[[dict[str, Any] | None], None]) -> None:
        """Raises SwitchAway."""
        try:
            self._socket = sockets.create_connection(address, timeout=ANSWER_SECONDS)
        except OSError as error:
            raise SwitchAway(str(address)) from error
        self._socket.settimeout(None)
        self._file = self._socket.makefile("rwb")
        self._asked: SimpleQueue[AsyncResult[dict[str, Any]]] = SimpleQueue()
        self._told = told
        self._reading = gevent.spawn(self._read)

    def do(self, what: str, **how: Any) -> Any:
        """Have something done; its answer. Raises SwitchAway, NotDone."""
        answer: AsyncResult[dict[str, Any]] = AsyncResult()
        self._asked.put(answer)
        try:
            self._file.write(json.dumps({"do": what, **how}).encode() + b"\n")
            self._file.flush()
            said = cast(dict[str, Any], answer.get(timeout=ANSWER_SECONDS))
        except (OSError, ValueError, gevent.Timeout) as error:
            raise SwitchAway(what) from error
        if "ok" not in said:
            raise NotDone(str(said.get("error", what)))
        return said["ok"]

    def close(self) -> None:
        """Hang up, if nobody has yet."""
        self._reading.kill()
        self._file.close()
        self._socket.close()

    def _read(self) -> None:
        try:
            for line in self._file:
                said = json.loads(line)
                if "event" in said:
                    self._told(said)
                elif not self._asked.empty():
                    self._asked.get().set(said)
        except (OSError, ValueError):
            pass
        self._told(None)
