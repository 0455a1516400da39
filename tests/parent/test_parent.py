"""The parent of `careline up`, with real child processes."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.parent import HEARTBEAT_FD, Parent, Program

BEATING = f"""
import os, signal, sys, time
fd = int(os.environ["{HEARTBEAT_FD}"])
open(sys.argv[1], "a").write(f"{{os.getpid()}}\\n")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    os.write(fd, b".")
    time.sleep(0.1)
"""

DEAF = BEATING.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


class Runner:
    """A parent in a process of its own (it owns signal handlers), and the starts that its programs noted."""

    def __init__(self, folder: Path, source: str, stop_seconds: float = 5.0) -> None:
        self.starts = folder / "starts"
        self.starts.touch()
        program = folder / "program.py"
        program.write_text(source)
        code = (
            "import sys; from controller.parent import Parent, Program;"
            f"sys.exit(Parent([Program('clinic', [sys.executable, {str(program)!r}, {str(self.starts)!r}])],"
            f"stop_seconds={stop_seconds}).run())"
        )
        self.process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)

    def pids(self) -> list[int]:
        return [int(line) for line in self.starts.read_text().split()]

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    started: list[Runner] = []

    def run(source: str, **options: float) -> Runner:
        started.append(Runner(tmp_path, source, **options))
        return started[-1]

    yield run
    for runner in started:
        if runner.process.poll() is None:
            runner.stop()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_restarts_what_dies_at_once(running: Callable[..., Runner]) -> None:
    runner = running(BEATING)
    wait_until(runner.pids)
    os.kill(runner.pids()[0], signal.SIGKILL)
    killed = time.monotonic()
    wait_until(lambda: len(runner.pids()) == 2)
    assert time.monotonic() - killed < 1.5
    status, errors = runner.stop()
    assert status == 0
    assert "clinic ended with status -9; starting it again" in errors


def test_kills_and_restarts_what_is_silent(running: Callable[..., Runner]) -> None:
    runner = running(BEATING)
    wait_until(runner.pids)
    stopped = runner.pids()[0]
    os.kill(stopped, signal.SIGSTOP)
    wait_until(lambda: len(runner.pids()) == 2, 10)
    assert not alive(stopped)
    assert "was silent and has been killed" in runner.stop()[1]


def test_waits_longer_between_restarts_of_what_keeps_dying(running: Callable[..., Runner]) -> None:
    runner = running("import sys; open(sys.argv[1], 'a').write('1\\n')")
    wait_until(lambda: len(runner.pids()) == 3)
    _, errors = runner.stop()
    assert "starting it again in 1 s" in errors


def test_stops_its_programs_and_says_so_when_one_will_not(running: Callable[..., Runner]) -> None:
    runner = running(BEATING)
    wait_until(runner.pids)
    assert runner.stop()[0] == 0
    assert not alive(runner.pids()[0])


def test_kills_a_program_that_does_not_stop(running: Callable[..., Runner]) -> None:
    runner = running(DEAF, stop_seconds=0.5)
    wait_until(runner.pids)
    status, errors = runner.stop()
    assert status == 1
    assert "did not stop and has been killed" in errors
    assert not alive(runner.pids()[0])


def test_stop_before_anything_has_started() -> None:
    parent = Parent([Program("never", ["/nonexistent"])], out=io.StringIO())
    parent.stop()
    assert threading.current_thread() is threading.main_thread()
    assert parent.run() == 0
