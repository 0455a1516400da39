"""A whole installation as an owner gets it: `careline up` in an empty folder, beside a switch that has nothing of it yet."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from controller.store.engine import Database
from tests.browser.conftest import Running, free_port
from tests.cli.conftest import PROGRAM, ROOT, environment
from tests.freeswitch.switch import PASSWORD, SECRET
from tests.scenarios.practice_process import PracticeProcess
from tests.waiting import wait_until


def listens(port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Installation:
    """Use as a context manager. `link`: what was printed for the first owner; `switch`: people who call from outside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: list[str] = []

    def __enter__(self) -> Self:
        self.switch = PracticeProcess().__enter__()
        port = free_port()
        path = self._folder / "careline.db"
        settings = {
            "CARELINE_DATABASE_URL": f"sqlite:///{path}",
            "CARELINE_DATA_DIR": str(self._folder),
            "CARELINE_EDITOR_LISTEN": f"127.0.0.1:{port}",
            "CARELINE_ESL_LISTEN": f"127.0.0.1:{free_port()}",
            "CARELINE_SWITCHES": f"127.0.0.1:{self.switch.port}",
            "CARELINE_SWITCH_PASSWORD": PASSWORD,
            "CARELINE_SOCKET_SECRET": SECRET,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        self._process = subprocess.Popen(
            [*PROGRAM, "up"],
            cwd=self._folder,
            env=environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()
        wait_until(lambda: self._found() is not None, 60)
        self.link = self._found() or ""
        wait_until(lambda: listens(port), 60)
        wait_until(lambda: self.switch.api("hash select/careline_controllers/0").strip(), 60)
        self.running = Running(
            f"http://127.0.0.1:{port}", self._folder, Database(f"sqlite:///{path}"), self._process, settings
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(40)
        self._reading.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self.running.database.close()
        self.switch.__exit__(kind, error, trace)
        said = "\n".join(self._lines)
        assert "Traceback" not in said, said

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.decode().rstrip("\n"))

    def _found(self) -> str | None:
        assert self._process.poll() is None, "\n".join(self._lines)
        found = re.search(r"(http://\S+/welcome/\S+)", "\n".join(self._lines))
        return found[1] if found else None
