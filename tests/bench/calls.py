"""Calls: what a controller takes of the machine for each, beside greenswitch's own server on the same practice switch."""

from __future__ import annotations

import random
import socket
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from controller.practice.sound import seconds_of
from controller.voice.speech import Speech
from tests.bench.row import Row
from tests.bench.stand import Program, Stand

SHORT, LONG, WAITING = "+13125550100", "+13125550101", "+13125550102"
KEYS: list[dict[str, Any]] = [{"until": "sound"}, {"until": "sound", "wait": 0.3, "press": "1"}]
"""The caller lets the first prompt go by, and presses a key in the second."""
RATE, SECONDS = 20.0, 20.0
"""For the controller and for greenswitch, each: callers a second, and for how long."""
ACCEPTED = 50
FEW, MANY = 100, 1000
"""Calls at once."""
WINDOW = 16.0
"""Seconds for which a steady number of calls is measured."""

_short = ["Good morning.", "Please press 1.", "One moment.", "Good bye."]
_sentence = "Thank you for your patience; somebody will be with you as soon as they can."
_long = [f"{number}. {_sentence}" for number in ("One", "Two", "Three", "Four")]


def run() -> list[Row]:
    """About three minutes."""
    with tempfile.TemporaryDirectory() as folder, Stand(Path(folder)) as stand:
        prompts = _spoken(stand.folder / "data" / "speech", _short)
        heard, _, *rest = _spoken(stand.folder / "data" / "speech", _long)  # the menu's is cut short at once
        talk = KEYS[1]["wait"] + sum(seconds_of(str(file)) or 0 for file in [heard, *rest])
        stand.number(SHORT, _five_nodes(_short))
        stand.number(LONG, _five_nodes(_long))
        stand.number(WAITING, _waiting(_short[1]))
        controller = stand.controller()
        bare = stand.bare(prompts)
        ours, theirs = _cpu_per_call(stand, controller, bare)
        stand.check_journal(steps=5)
        our_first, their_first = _first_command(controller), _first_command(bare)
        controller.end()
        bare.end()
        rows = [
            Row("CPU for a call of five nodes, journal in SQL", ours * 1e3, "ms"),
            Row("CPU for the same prompts, greenswitch alone", theirs * 1e3, "ms"),
            Row("  the ratio", ours / theirs, "", at_most=1),
            Row("from connecting to the first command, median", our_first * 1e3, "ms", at_most=2),
            Row("the same, greenswitch's own server", their_first * 1e3, "ms"),
        ]
        return rows + _at_once(stand, talk) + _memory(stand)


def _five_nodes(texts: list[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    welcome, menu, *rest = texts
    return {
        "welcome": ("say", {"speech": {"text": {"en": welcome}}}),
        "menu": ("menu", {"prompt": {"text": {"en": menu}}, "choices": [{"key": "1", "label": "Go on"}]}),
        **{f"say-{place}": ("say", {"speech": {"text": {"en": text}}}) for place, text in enumerate(rest)},
        "bye": ("hang_up", {}),
    }


def _waiting(text: str) -> dict[str, tuple[str, dict[str, Any]]]:
    choices = [{"key": "1", "label": "Go on"}]
    menu = {"prompt": {"text": {"en": text}}, "choices": choices, "first_seconds": 120}
    return {"menu": ("menu", menu), "bye": ("hang_up", {})}


def _spoken(folder: Path, texts: list[str]) -> list[Path]:
    """The very files that a controller with this folder plays."""
    speech = Speech(folder)
    try:
        return [speech.file("en", text).absolute() for text in texts]
    finally:
        speech.close()


def _cpu_per_call(stand: Stand, controller: Program, bare: Program) -> tuple[float, float]:
    """Seconds, all that each process did meanwhile among them. They share the calls, the core, and whatever disturbs it."""
    stand.calls(SHORT, KEYS, 2 * RATE, 1)
    stand.quiet()
    served = controller.state()["counts"]["served"]
    before = controller.cpu(), bare.cpu()
    made = stand.calls(SHORT, KEYS, 2 * RATE, SECONDS)
    stand.quiet()
    after = controller.cpu(), bare.cpu()
    ours = controller.state()["counts"]["served"] - served
    return (after[0] - before[0]) / ours, (after[1] - before[1]) / (made - ours)


def _first_command(program: Program) -> float:
    """Seconds, the median: as the switch sees it, at moments that have nothing to do with one another."""
    chance = random.Random(1)
    taken = []
    for _ in range(ACCEPTED):
        time.sleep(chance.uniform(0, 0.1))
        began = time.perf_counter()
        with socket.create_connection(program.address, timeout=5) as sock:
            assert sock.recv(1)
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _at_once(stand: Stand, talk: float) -> list[Row]:
    """The same flow with longer prompts, at two rates, on one core."""
    controller = stand.controller()
    stand.calls(LONG, KEYS, RATE, 1)
    stand.quiet()
    before = controller.cpu()
    time.sleep(4)
    idle = (controller.cpu() - before) / 4
    few = _steady(stand, controller, FEW, talk, idle)
    many = _steady(stand, controller, MANY, talk, idle)
    controller.end()
    stand.quiet(120)
    return [
        Row(f"calls at once, fewer ({few.open:.0f} in the middle): CPU for each", few.cpu * 1e3, "ms"),
        Row(f"calls at once, many ({many.open:.0f} in the middle): CPU for each", many.cpu * 1e3, "ms"),
        Row("  the ratio", many.cpu / few.cpu, "", at_most=1.1),
        Row("  a command's round trip with many, median", many.trip * 1e3, "ms", at_most=20),
    ]


class _Steady:
    """What was measured while the number of calls was steady."""

    def __init__(self, cpu: float, open: int, trip: float) -> None:
        self.cpu = cpu
        self.open = open
        self.trip = trip


def _steady(stand: Stand, controller: Program, at_once: int, talk: float, idle: float) -> _Steady:
    """CPU seconds a call, without what the controller takes when there are none."""
    rate = at_once / talk
    stand.calls(LONG, KEYS, rate, talk)
    began, before = time.monotonic(), controller.cpu()
    made = stand.calls(LONG, KEYS, rate, WINDOW)
    spent = controller.cpu() - before - idle * (time.monotonic() - began)
    state = controller.state()
    return _Steady(spent / made, state["calls"], state["round_trip"])


def _memory(stand: Stand) -> list[Row]:
    controller = stand.controller()
    before = controller.memory()
    made = stand.calls(WAITING, [], 60, MANY / 60)
    state = controller.state()
    held = (controller.memory() - before) / made
    assert state["calls"] == made, state
    return [Row(f"memory of each of {made} callers waiting in a menu", held / 1000, "kB", at_most=150)]
