"""`careline up --demo` on a fresh folder, as a newcomer types it: no setting, real processes, a practice switch."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PROGRAM, ROOT, environment, process
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("demo")  # two at once would find the same ports free
MAIN = "Lakeside main line"
SETTINGS = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
A_STEP = re.compile(r"^\d\d:\d\d:\d\d  [0-9a-f]{8}  \+1312555\d{4}   ?\S")


class Demo:
    """The demo as it runs, in a session of its own, with every line it prints."""

    def __init__(self, folder: Path, *, calls: int = 3600) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*PROGRAM, "up", "--demo", "--calls", str(calls)],
            cwd=folder,
            env=environment(SETTINGS),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def steps(self) -> list[str]:
        return [line for line in self.lines if A_STEP.match(line)]

    def said(self, what: str) -> str:
        """The first line about a call that has this in it; "" if none has yet."""
        return next((line for line in self.steps() if what in line), "")

    def trouble(self) -> list[str]:
        """From the first line on that an engineer would have to look at: that one and what it says, [] if there is none."""
        lines = iter(self.lines)
        for line in lines:
            if "Traceback" in line or "[error" in line or "[warning" in line:
                return [line, *islice(lines, 60)]
        return []

    def programs(self) -> list[int]:
        """The processes of this demo: those that work in its folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if os.readlink(entry / "cwd") == str(self.folder):
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    def ask(self, *arguments: str) -> Any:
        """What a command in another terminal, in the same folder, prints as JSON."""
        done = process(*arguments, "--json", cwd=self.folder)
        assert not done.stderr, done.stderr
        return json.loads(done.stdout)

    def end(self, number: int = signal.SIGINT) -> float:
        """End it as Ctrl-C does, or as systemd does; how long that took."""
        began = time.monotonic()
        if number == signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        self.process.wait(30)
        self._reading.join(10)
        return time.monotonic() - began


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    begun: list[Demo] = []

    def starting(**options: int) -> Demo:
        begun.append(Demo(tmp_path, **options))
        return begun[-1]

    yield starting
    for demo in begun:
        if demo.process.poll() is None:
            demo.end(signal.SIGTERM)
        demo._reading.join(10)
        if demo.process.stdout is not None:
            demo.process.stdout.close()


@pytest.mark.timeout(240)
def test_a_newcomer_sees_calls_and_changes_what_they_hear(start: Callable[..., Demo]) -> None:
    demo = start()
    wait_until(lambda: len(demo.steps()) >= 5, 40)
    welcome = "\n".join(demo.lines)
    for said in ("call list", "call trace ID", f'flow export "{MAIN}"', "flow import main_line.json --publish"):
        assert said in welcome
    assert demo.ask("call", "list", "--live")

    # As the welcome says: export, edit a text, import; while callers are being walked.
    assert process("flow", "export", MAIN, "--output", "main_line.json", cwd=demo.folder).returncode == 0
    path = demo.folder / "main_line.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    greeting = document["nodes"]["welcome"]["settings"]["speech"]["text"]
    greeting["en"] = greeting["en"].replace("Thank you for calling", "Good to hear from you at")
    path.write_text(json.dumps(document), encoding="utf-8")
    imported = process("flow", "import", "main_line.json", "--publish", cwd=demo.folder)
    assert (imported.returncode, imported.stderr) == (0, b"")
    assert f"'{MAIN}' version 2 is live".encode() in imported.stdout
    rows = wait_until(lambda: [row for row in demo.ask("call", "list", "--limit", "500") if row["version"] == 2], 30)
    assert rows[0]["flow"] == MAIN

    def versions() -> set[int]:
        return {row["version"] for row in demo.ask("call", "list", "--live", "--limit", "500")}

    assert versions() == {1, 2}, "calls under way stay on theirs"
    # Lively, at any time of the day: callers choose at a menu, and are put through to somebody who answers.
    wait_until(lambda: demo.said("menu -> "), 60)
    call = wait_until(lambda: demo.said(" -> talking"), 60).split()[1]
    steps = demo.ask("call", "trace", call)["steps"]
    assert {"say", "menu"} <= {step["kind"] for step in steps} or {"say", "ring"} <= {step["kind"] for step in steps}

    programs = demo.programs()
    assert len(programs) >= 4
    assert demo.end() < 10
    assert demo.process.returncode == 0
    assert not demo.programs()
    assert demo.trouble() == []
    assert demo.ask("call", "list", "--live") == [], "every call's end has been noted"


@pytest.mark.timeout(180)
def test_it_runs_again_on_what_is_there_and_beside_whoever_has_its_ports(start: Callable[..., Demo]) -> None:
    taken = []
    for port in (8021, 8084):
        listener = socket.socket()
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError:  # somebody has it already: as good
            pass
        taken.append(listener)
    try:
        first = start()
        wait_until(first.steps, 40)
        assert first.end(signal.SIGTERM) < 10
        assert (first.process.returncode, first.programs()) == (0, [])
        before = len(first.ask("call", "list", "--limit", "500"))
        again = start()
        wait_until(again.steps, 40)
        assert "the demo clinic is there already" in again.lines
        assert not [line for line in again.lines if "ddress" in line or "8021" in line or "8084" in line]
        assert len(again.ask("call", "list", "--limit", "500")) >= before
        assert again.end() < 10
        assert again.process.returncode == 0
    finally:
        for listener in taken:
            listener.close()
