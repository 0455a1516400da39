"""Controllers as processes on a practice switch, killed, hung and stopped with callers in a menu, ringing and talking: everybody
goes on where they are, nobody is rung twice, no conversation is cut; with no controller left there is the backup line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from flow_editor.calls import service as calls
from flow_editor.calls.service import CallRow, NoSuchCall
from tests.freeswitch.installation import BACKUP, NUMBER, Controller, Installation
from tests.freeswitch.switch import Switch, free_port, wait_until
from tests.scenarios.practice_process import PracticeProcess

ANA, BEN = "1001", "1002"


class Clinic:
    """The clinic on the practice switch, with a caller in a menu, one for whom Ana's phone rings, and one who talks with Ben."""

    def __init__(self, installation: Installation, switch: PracticeProcess) -> None:
        self.installation, self.switch = installation, switch

        def ring(name: str) -> tuple[str, dict[str, Any]]:
            return "ring", {"steps": [{"people": [installation.ref(name)], "order": "in_order", "seconds": 50}]}

        def say(text: str) -> tuple[str, dict[str, Any]]:
            return "say", {"speech": {"text": {"en": text}}}

        choices = [{"key": key, "label": key} for key in "123"]
        prompt = {"text": {"en": "Press a key."}}
        installation.live(
            {
                "menu": ("menu", {"prompt": prompt, "choices": choices, "attempts": 1, "first_seconds": 50}),
                "one": say("One."),
                "ana": ring("Ana"),
                "ben": ring("Ben"),
                "after": say("Goodbye."),
                "bye": ("hang_up", {}),
            },
            {
                "menu": {"1": "one", "2": "ana", "3": "ben"},
                "one": {"next": "bye"},
                "ana": {"answered": "after"},
                "ben": {"answered": "after"},
                "after": {"next": "bye"},
            },
        )
        for phone in (ANA, BEN, BACKUP, BACKUP.lstrip("+")):
            switch.do("phone", number=phone, manner="waits", talks=None)

    def fill(self) -> None:
        """Have the three call, on the one controller that there is."""
        self.in_menu, self.for_ana, self.with_ben = (self._dial(at) for at in range(3))
        self.switch.do("press", call=self.for_ana, keys="2")
        self.switch.do("press", call=self.with_ben, keys="3")
        self.ana, self.ben = self._leg(ANA), self._leg(BEN)
        self.switch.do("answer", call=self.ben)
        assert self.switch.do("wait", call=self.with_ben, **{"for": "joined"})
        self.until(self.with_ben, lambda row: row.phase == "talking", "not talking")
        self.until(self.for_ana, lambda row: row.phase == "ringing", "not ringing")

    def _dial(self, at: int) -> str:
        leg = str(self.switch.do("call", number=NUMBER, caller=f"+1312555014{at}"))
        self.until(leg, lambda row: row.now_at == "menu", "not at the menu")
        assert self.switch.do("wait", call=leg, **{"for": "sound"})
        return leg

    def _leg(self, number: str) -> str:
        wait_until(lambda: self.switch.legs(number), 10, f"{number} is not rung")
        return str(self.switch.legs(number)[0]["call"])

    def row(self, call: str) -> CallRow | None:
        try:
            return calls.trace(self.installation.database, call)
        except NoSuchCall:
            return None

    def until(self, call: str, true: Any, complaint: str, seconds: float = 15) -> CallRow:
        def holds() -> bool:
            row = self.row(call)
            return row is not None and bool(true(row))

        wait_until(holds, seconds, f"{complaint}: {self.row(call)}")
        row = self.row(call)
        assert row is not None
        return row

    def talking(self) -> bool:
        """Whether Ben and his caller hear each other."""
        return any(leg["call"] == self.ben and leg["talking_with"] == self.with_ben for leg in self.switch.do("legs"))

    def go_on(self) -> None:
        """Everybody does what they called for, and it comes to what it would have come to."""
        assert self.talking()
        for call in (self.in_menu, self.for_ana):
            self.until(
                call, lambda row: self.installation.controllers[-1].address.split(":")[1] in row.controller, "stays"
            )
        self.switch.do("press", call=self.in_menu, keys="1")
        self.switch.do("answer", call=self.ana)
        assert self.switch.do("wait", call=self.for_ana, **{"for": "joined"})
        assert self.talking()
        self.switch.do("hang up", call=self.ana)
        self.switch.do("hang up", call=self.ben)
        for call, node, exit_ in (
            (self.in_menu, "one", "next"),
            (self.for_ana, "ana", "answered"),
            (self.with_ben, "ben", "answered"),
        ):
            row = self.until(call, lambda row: row.ended_at is not None, "does not end")
            assert row.ending == "flow ended"
            assert (node, exit_) in [(step.node, step.exit) for step in row.steps]
        assert sorted(self.switch.rung()) == sorted([self.ana, self.ben])
        self.nothing_left()

    def nothing_left(self) -> None:
        wait_until(lambda: self.switch.api("show channels count").startswith("0 "), 10, "a channel stays")
        assert not calls.newest(self.installation.database, live=True)


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    with PracticeProcess() as switch, Installation(cast(Switch, switch), tmp_path) as installation:
        yield Clinic(installation, switch)


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_with_another_controller_everybody_goes_on(clinic: Clinic, how: str) -> None:
    first = clinic.installation.start_controller()
    clinic.fill()
    clinic.installation.start_controller()
    if how == "killed":
        first.kill()
    else:
        assert first.stop() == 0
    clinic.go_on()


def test_a_hung_controller_is_killed_by_its_parent_and_everybody_goes_on(clinic: Clinic) -> None:
    address = f"127.0.0.1:{free_port(1)}"
    log = clinic.installation.folder / "up.log"
    with log.open("wb") as out:
        parent = subprocess.Popen(
            [sys.executable, "-m", "flow_editor.cli", "up"],
            env={**clinic.installation.environment, "CARELINE_ESL_LISTEN": address},
            stdout=out,
            stderr=out,
        )
    clinic.installation.controllers.append(Controller(parent, address, log))
    wait_until(lambda: address in clinic.installation.listed(), 30, f"not listed: {log}")
    clinic.fill()
    clinic.installation.start_controller()
    (child,) = subprocess.check_output(["pgrep", "-P", str(parent.pid), "-f", "cli controller$"]).split()
    os.kill(int(child), signal.SIGSTOP)
    try:
        clinic.go_on()
    finally:
        parent.terminate()
        parent.wait(30)


def test_with_none_left_callers_reach_the_backup_line_and_who_talks_goes_on_talking(clinic: Clinic) -> None:
    controller = clinic.installation.start_controller()
    wait_until(lambda: clinic.switch.api(f"db select/careline_backup/{NUMBER}") == BACKUP, 5, "no backup line is kept")
    clinic.fill()
    killed = time.monotonic()
    controller.kill()
    backup = BACKUP.lstrip("+")
    wait_until(lambda: len(clinic.switch.legs(backup)) == 2, 5, "the backup line does not ring")
    assert time.monotonic() - killed < 5
    assert clinic.talking()
    clinic.switch.do("hang up", call=clinic.ben)
    wait_until(lambda: len(clinic.switch.legs(backup)) == 3, 5, "the backup line does not ring after the conversation")
    for leg in clinic.switch.legs(backup):
        clinic.switch.do("answer", call=leg["call"])
        wait_until(lambda leg=leg: _talks(clinic, leg["call"]), 5, "the backup line does not talk")  # type: ignore[misc]
        clinic.switch.do("hang up", call=leg["call"])
    wait_until(lambda: clinic.switch.api("show channels count").startswith(("0 ", "1 ")), 10, "a channel stays")
    assert clinic.switch.rung().count(clinic.ana) == 1
    # The next controller finds out what became of them. Ana's phone, that nobody waits at any more, stops by itself.
    clinic.installation.start_controller()
    for call, ending in ((clinic.in_menu, "lost"), (clinic.for_ana, "lost"), (clinic.with_ben, "caller hung up")):
        assert clinic.until(call, lambda row: row.ended_at is not None, "stays live", 30).ending == ending


def _talks(clinic: Clinic, leg: str) -> bool:
    return any(one["call"] == leg and one["talking_with"] for one in clinic.switch.do("legs"))
