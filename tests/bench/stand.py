"""The stand that calls are measured on: a practice switch, a clinic in SQLite, and programs that take calls, as processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from sqlalchemy import func, select

import migrations
from controller.config import Address
from controller.flows.document import Document
from controller.store import models
from controller.store.engine import Database
from flow_editor.flows import service as flows
from tests.freeswitch.event_socket import connect
from tests.waiting import wait_until

PASSWORD = "not-the-well-known-one"
SECRET = "proves-the-switch"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Program:
    """A process that is measured."""

    process: subprocess.Popen[bytes]
    address: Address
    log: Path

    def cpu(self) -> float:
        """Seconds of processor time it has taken so far, in itself and in the system."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / _TICKS

    def memory(self) -> int:
        """Bytes of memory it holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) * 1024

    def state(self) -> dict[str, Any]:
        """What a controller says of itself on SIGUSR1."""
        seen = len(self._states())
        self.process.send_signal(signal.SIGUSR1)
        found = wait_until(lambda: self._states()[seen:], 20)
        return dict(json.loads(found[0]))

    def _states(self) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if '"event": "state"' in line]

    def end(self) -> None:
        """End it, in whatever it is doing."""
        self.process.kill()
        self.process.wait()


class Stand:
    """A practice switch, on a core of its own where there are two; what is measured runs on the other one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        cores = sorted(os.sched_getaffinity(0))
        self._core, self._other = cores[0], cores[-1]
        self._programs: list[Program] = []
        self._callers = 0
        options = {"password": PASSWORD, "secret": SECRET, "port": 0, "polls": True}
        self._switch = subprocess.Popen(
            [sys.executable, "-m", "controller.practice", json.dumps(options)],
            stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, {self._other}),
        )
        assert self._switch.stdout is not None
        ports = json.loads(self._switch.stdout.readline())
        self.port = int(ports["event_socket"])
        self._commands = connect("127.0.0.1", self.port, PASSWORD)
        self._control = socket.create_connection(("127.0.0.1", ports["control"])).makefile("rw")
        self._make_clinic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._programs:
            program.end()
        self._database.close()
        self._control.close()
        self._commands.close()
        self._switch.kill()
        self._switch.communicate()

    # -- the clinic

    def _make_clinic(self) -> None:
        data = self.folder / "data"
        data.mkdir()
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CARELINE_")},
            "CARELINE_DATA_DIR": str(data),
            "CARELINE_SWITCHES": f"127.0.0.1:{self.port}",
            "CARELINE_SWITCH_PASSWORD": PASSWORD,
            "CARELINE_SOCKET_SECRET": SECRET,
            "CARELINE_LOG_FORMAT": "json",
        }
        url = f"sqlite:///{data / 'careline.db'}"
        migrations.upgrade(url)
        self._database = Database(url)
        with self._database.write("bench") as session:
            place = models.Location(name="Here", zone="America/Chicago")
            session.add(place)
            session.flush()
            self._place = place.id

    def number(self, number: str, nodes: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
        """Put a flow live at a number: from each node, by every exit, to the next. Name to (kind, settings)."""
        names = list(nodes)
        document = Document.model_validate(
            {
                "name": number,
                "start": names[0],
                "catch_all": names[-1],
                "nodes": {
                    name: {"kind": kind, "title": name, "settings": given} for name, (kind, given) in nodes.items()
                },
                "edges": {name: {"next": following, "1": following} for name, following in pairwise(names)},
            }
        )
        now = datetime.now(UTC)
        saved = flows.save(self._database, document, number, create_missing=False, note="", who="bench", now=now)
        flows.publish(self._database, saved.version, who="bench")
        with self._database.write("bench") as session:
            session.add(models.Number(number=number, flow_id=saved.flow, location_id=self._place))

    # -- what takes calls

    def controller(self) -> Program:
        """A controller, alone on the switch's list."""
        address = Address("127.0.0.1", _free_port())
        more = {"CARELINE_ESL_LISTEN": str(address)}
        for place in range(8):
            self._commands.api(f"hash delete/careline_controllers/{place}")
        program = self._start("controller", [sys.executable, "-m", "flow_editor.cli", "controller"], address, more)
        wait_until(lambda: str(address) in self._listed(), 30)
        return program

    def bare(self, prompts: Sequence[Path]) -> Program:
        """greenswitch's own server with its README's application, also on the switch's list: it takes every second call."""
        address = Address("127.0.0.1", _free_port())
        command = [sys.executable, "-m", "tests.bench.bare", str(address[1]), *map(str, prompts)]
        program = self._start("bare", command, address, {})
        wait_until(lambda: _takes_connections(address), 30)
        self._commands.api(f"hash insert/careline_controllers/7/{address}")
        return program

    def _start(self, name: str, command: list[str], address: Address, more: dict[str, str]) -> Program:
        log = self.folder / f"{name}-{len(self._programs)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                env={**self._environment, **more},
                stdout=out,
                stderr=out,
                preexec_fn=lambda: os.sched_setaffinity(0, {self._core}),
            )
        program = Program(process, address, log)
        self._programs.append(program)
        return program

    def _listed(self) -> list[str]:
        return [self._commands.api(f"hash select/careline_controllers/{place}") for place in range(8)]

    # -- calls

    def call(self, number: str, script: Sequence[Mapping[str, Any]]) -> None:
        """Somebody who has not called before dials a number, and does what the script says (practice/callers.py)."""
        self._callers += 1
        caller = f"+1312{5550000 + self._callers}"
        self._control.write(json.dumps({"do": "call", "number": number, "caller": caller, "script": script}) + "\n")
        self._control.flush()
        answer = json.loads(self._control.readline())
        assert "ok" in answer, answer

    def calls(self, number: str, script: Sequence[Mapping[str, Any]], rate: float, seconds: float) -> int:
        """So many callers a second, evenly, for so long; how many."""
        began, made = time.monotonic(), 0
        while (left := seconds - (time.monotonic() - began)) > 0:
            due = int((seconds - left) * rate) + 1
            for _ in range(due - made):
                self.call(number, script)
            made = due
            time.sleep(min(left, max(0.0, began + made / rate - time.monotonic())))
        return made

    def check_journal(self, steps: int) -> None:
        """Make sure that all calls so far went to their flow's end and are in SQL, with so many steps each."""
        whole = (
            select(models.CallStep.call_id)
            .join(models.CallRecord, models.CallRecord.id == models.CallStep.call_id)
            .where(models.CallRecord.ending == "flow ended")
            .group_by(models.CallStep.call_id)
            .having(func.count() == steps)
        )

        def count(what: Any) -> int:
            with self._database.read() as session:
                return int(session.scalar(select(func.count()).select_from(what)) or 0)

        calls = count(models.CallRecord)
        assert calls, "no call is in SQL"
        wait_until(lambda: count(whole.subquery()) == calls, 5)  # the newest are being written

    def on_the_line(self) -> int:
        """How many callers there are now."""
        return int(self._commands.api("show channels count").split()[0])

    def quiet(self, seconds: float = 60) -> None:
        """Wait until every call is over."""
        wait_until(lambda: self.on_the_line() == 0, seconds)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _takes_connections(address: Address) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(address) == 0
