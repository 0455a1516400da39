"""`careline up`: starts the programs, watches them, restarts what dies and kills what is silent.

A hung controller still holds its calls' sockets, and the switch would wait on it for minutes; killed, its calls go to
another one within milliseconds. So each program beats on a pipe, and silence is treated as death. The parent does
nothing else and imports nothing of the programs, so that nothing of theirs can hang it.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO

HEARTBEAT_FD = "CARELINE_HEARTBEAT_FD"
"""Environment variable naming the file descriptor that a program writes a byte to twice a second."""

SILENCE = 2.0
"""Seconds without a beat after which a program is killed."""
START = 60.0
"""Seconds a program has for its first beat."""
STABLE = 10.0
"""Seconds a program must live for its next restart to be immediate again."""
PATIENCE = 30.0
"""Seconds between two restarts of a program that keeps dying, at most."""


@dataclass(frozen=True)
class Program:
    """A command line to keep running, and what its environment has besides ours."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class _Child:
    """One program as it runs now, or waits to be started again (`process` is then None)."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    pipe: int = -1
    started: float = 0.0
    last_beat: float | None = None
    start_at: float = 0.0
    deaths: int = 0

    def deadline(self) -> float:
        """When something must have happened: a beat, or the next start."""
        if self.process is None:
            return self.start_at
        return self.started + START if self.last_beat is None else self.last_beat + SILENCE


class Parent:
    """Keeps programs running until it is told to stop (SIGTERM or SIGINT)."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        stop_seconds: float = 15.0,
        out: TextIO = sys.stderr,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._children = [_Child(program) for program in programs]
        self._selector = selectors.DefaultSelector()
        self._stop_seconds = stop_seconds
        self._out = out
        self._clock = clock
        self._stopping = False
        # A signal wakes the selector through this pipe; a handler alone would wait for the next time-out.
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)

    def pids(self) -> dict[str, int]:
        """The process id of each program that runs now."""
        return {child.program.name: child.process.pid for child in self._children if child.process is not None}

    def stop(self, number: int = signal.SIGTERM, frame: FrameType | None = None) -> None:
        """Ask for the end; `run` then stops the programs and returns. Safe from a signal handler."""
        self._stopping = True
        try:
            os.write(self._wake_write, b".")
        except BlockingIOError:
            pass

    def run(self) -> int:
        """Start everything and watch until stopped. Returns an exit status: 1 if a program had to be killed at the end."""
        before = {number: signal.signal(number, self.stop) for number in (signal.SIGTERM, signal.SIGINT)}
        signal.set_wakeup_fd(self._wake_write)
        try:
            while not self._stopping:
                self._look()
                self._wait(max(0.0, min(child.deadline() for child in self._children) - self._clock()))
            return self._end()
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _look(self) -> None:
        now = self._clock()
        for child in self._children:
            if child.process is None:
                if now >= child.start_at:
                    self._start(child, now)
            elif child.process.poll() is not None:
                self._died(child, now, f"ended with status {child.process.returncode}")
            elif now >= child.deadline():
                child.process.kill()
                child.process.wait()
                silent = "was silent and has been killed" if child.last_beat is not None else "did not start in time"
                self._died(child, now, silent)

    def _start(self, child: _Child, now: float) -> None:
        read, write = os.pipe()
        os.set_blocking(read, False)
        environment = os.environ | child.program.environment | {HEARTBEAT_FD: str(write)}
        # A group of its own: an interrupt typed at the terminal reaches the parent only, which ends them in order.
        child.process = subprocess.Popen(  # noqa: S603 - our own command lines
            list(child.program.command), env=environment, pass_fds=(write,), start_new_session=True
        )
        os.close(write)
        child.pipe, child.started, child.last_beat = read, now, None
        self._selector.register(read, selectors.EVENT_READ, child)

    def _died(self, child: _Child, now: float, how: str) -> None:
        self._forget_pipe(child)
        child.process = None
        child.deaths = 0 if now - child.started >= STABLE else child.deaths + 1
        delay = 0.0 if child.deaths <= 1 else min(PATIENCE, 2.0 ** (child.deaths - 2))
        child.start_at = now + delay
        again = "starting it again" if delay == 0 else f"starting it again in {delay:.0f} s"
        print(f"careline: {child.program.name} {how}; {again}", file=self._out, flush=True)

    def _forget_pipe(self, child: _Child) -> None:
        if child.pipe >= 0:
            self._selector.unregister(child.pipe)
            os.close(child.pipe)
            child.pipe = -1

    def _wait(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                os.read(self._wake_read, 1024)
                continue
            child: _Child = key.data
            try:
                beat = os.read(child.pipe, 1024)
            except BlockingIOError:
                continue
            if beat:
                child.last_beat = self._clock()
            elif child.process is not None:
                # The pipe closes when the program ends: no need to wait for its deadline.
                self._forget_pipe(child)
                try:
                    child.process.wait(timeout=SILENCE)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()

    def _end(self) -> int:
        """Stop in the order of starting, so that a controller hands its calls on while its switch still runs."""
        status = 0
        deadline = self._clock() + self._stop_seconds
        for child in self._children:
            if child.process is None:
                continue
            child.process.terminate()
            try:
                child.process.wait(timeout=max(0.1, deadline - self._clock()))
            except subprocess.TimeoutExpired:
                print(f"careline: {child.program.name} did not stop and has been killed", file=self._out, flush=True)
                child.process.kill()
                child.process.wait()
                status = 1
            self._forget_pipe(child)
        return status
