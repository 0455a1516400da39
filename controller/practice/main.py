"""The practice switch as a process: `careline practice-switch` calls `main`."""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import gevent
from gevent.event import Event as Flag

from controller.practice.callers import Traffic
from controller.practice.control import Control
from controller.practice.staff import Habit, Manner
from controller.practice.switch import PracticeSwitch

LAST_WORDS = 1.0
"""Seconds for the ends of calls to be told before the switch goes."""


@dataclass(frozen=True)
class Options:
    """How the switch is to be. Ports of 0 are chosen by the system and said on standard output.

    `numbers` and `calls_an_hour`: callers arrive by chance at these numbers; 0: nobody calls by themselves.
    `speed`: how much faster than the wall clock time passes. `polls`: events are 0 to 20 ms late, as on a real switch.
    `waits`: phones ring until somebody says what they do (for test calls); otherwise they have habits drawn by chance.
    """

    password: str
    secret: str
    host: str = "127.0.0.1"
    port: int = 8021
    control_port: int = 0
    speed: float = 1.0
    polls: bool = False
    backup_line: str = ""
    numbers: Sequence[str] = field(default_factory=tuple)
    calls_an_hour: float = 0.0
    seed: int = 1
    waits: bool = False


TOLD = Habit(Manner.WAITS, presses="1", talks=None)
"""A phone that does what it is told; who answers it takes the call."""


def main(options: Options) -> None:
    """Run until SIGTERM or SIGINT. gevent must have patched the process. Says one line of JSON when it listens."""
    chance = random.Random(options.seed)  # noqa: S311 (people, not secrets)
    switch = PracticeSwitch(
        password=options.password,
        secret=options.secret,
        host=options.host,
        port=options.port,
        speed=options.speed,
        polls=options.polls,
        backup_line=options.backup_line,
        otherwise=TOLD if options.waits else lambda number: Habit.draw(chance),
    )
    control = Control(switch, options.host, options.control_port)
    switch.start()
    control.start()
    print(json.dumps({"event_socket": switch.address[1], "control": control.address[1]}), flush=True)
    arriving = None
    if options.calls_an_hour and options.numbers:
        traffic = Traffic(
            lambda number, caller, script: switch.call(number, caller, script=script),
            switch.clock,
            options.numbers,
            options.calls_an_hour,
            options.seed,
        )
        arriving = gevent.spawn(traffic.run)
    over = Flag()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(wanted, over.set)
    over.wait()
    if arriving is not None:
        arriving.kill()
    # As a real switch does: whoever has a call learns that it is over, rather than that a connection broke.
    for leg in list(switch.channels.values()):
        leg.hang_up("SYSTEM_SHUTDOWN")
    deadline = time.monotonic() + LAST_WORDS
    while switch.channels and time.monotonic() < deadline:
        gevent.sleep(0.02)
    control.stop()
    switch.stop()
    sys.stdout.flush()
