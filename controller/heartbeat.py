"""A program's side of the parent's watch: says twice a second that its loop turns. Knows nothing of the program."""

from __future__ import annotations

import os
import signal

import gevent

from controller.parent import HEARTBEAT_FD

INTERVAL = 0.5
"""Seconds; the parent kills after two of silence."""


def start() -> None:
    """Beat from now on, if a parent watches. A parent that is gone ends us as SIGTERM does."""
    if HEARTBEAT_FD in os.environ:
        gevent.spawn(_beat, int(os.environ[HEARTBEAT_FD]))


def _beat(pipe: int) -> None:
    while True:
        try:
            os.write(pipe, b".")
        except OSError:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        gevent.sleep(INTERVAL)
