"""A program of ours in a process of its own: asked by lines of JSON over a socket pair, restarted when it dies or hangs.

For work that must not be in the loop that carries calls, or may crash. `Child` is the asking side (plain threads or
gevent alike), `serve` the answering one.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

log = structlog.get_logger(__name__)

STUDIO = "controller.voice.studio"
"""The module that a child of this room runs."""

Answer = dict[str, Any]
_LONGEST_LINE = 1 << 20


class ChildFailed(Exception):
    """The child died or did not answer in time, twice; or it could not be started."""


class Refused(Exception):
    """The child answered that it cannot do what was asked: `code` is stable, `detail` what it knows."""

    def __init__(self, code: str, detail: Mapping[str, Any]) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Child:
    """One child running `python -m module`, started when first asked. One question at a time; others wait."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self.starts = 0
        """How often it has been started, for health and tests."""

    @property
    def pid(self) -> int | None:
        """The process that would answer now."""
        return self._process.pid if self._process else None

    def ask(self, question: Mapping[str, Any], seconds: float) -> Answer:
        """What the child answers. Raises Refused; ChildFailed when it died, or gave no answer in `seconds`, twice."""
        with self._lock:
            for last in (False, True):
                try:
                    return self._ask(question, seconds)
                except (OSError, EOFError, ValueError) as error:
                    self._stop()
                    log.warning("child_failed", module=self._module, error=repr(error), again=not last)
                    if last:
                        raise ChildFailed(f"{self._module}: {error!r}") from error
                except Refused:
                    raise
                except BaseException:
                    # Whoever waited was stopped (a greenlet can be, anywhere): the answer to come is nobody's.
                    self._stop()
                    raise
        raise AssertionError("unreachable")

    def _ask(self, question: Mapping[str, Any], seconds: float) -> Answer:
        if self._process is not None and self._process.poll() is not None:
            self._stop()
        if self._socket is None:
            self._start()
        line = self._socket
        assert line is not None
        end = time.monotonic() + seconds
        line.settimeout(seconds)
        line.sendall(json.dumps(question).encode() + b"\n")
        received = bytearray()
        while not received.endswith(b"\n"):
            line.settimeout(max(0.001, end - time.monotonic()))
            piece = line.recv(65536)
            if not piece:
                raise EOFError("it ended")
            received += piece
            if len(received) > _LONGEST_LINE:
                raise ValueError("an answer without end")
        answer: Answer = json.loads(received)
        if "refused" in answer:
            raise Refused(answer["refused"], answer["detail"])
        return answer

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # -P: what lies in the current folder is not ours to import. An interrupt typed at the terminal is ours to
            # answer, not the child's: it ends with its socket.
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", self._module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._socket = ours
        self.starts += 1

    def _stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the child. It can be asked again, and is then started anew."""
        with self._lock:
            self._stop()


def serve(answer: Callable[[Mapping[str, Any]], Answer]) -> None:
    """The child's life: answer questions until the asking side is gone. `answer` may raise Refused.

    Anything else it raises ends the process: the asking side then starts a fresh one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that asks; we end with it
    with socket.socket(fileno=int(sys.argv[1])) as line, line.makefile("rb") as questions:
        line.setblocking(True)  # both ends share the mode, and gevent's sockets do not block
        for question in questions:
            try:
                given = answer(json.loads(question))
            except Refused as refused:
                given = {"refused": refused.code, "detail": dict(refused.detail)}
            line.sendall(json.dumps(given).encode() + b"\n")
