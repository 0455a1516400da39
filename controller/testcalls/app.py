"""One controller for test calls, wired: it walks what a test call names instead of what is live, and takes no other calls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

import structlog

from controller.app import Controller, Scene, now
from controller.arrivals import Arrivals
from controller.calls.call import Caller, Digits, Recorded, Utterance
from controller.calls.departed import LeftCall
from controller.config import Config
from controller.flows import upgrades
from controller.flows.clinic import Opening
from controller.flows.walker import Version, Walker
from controller.freeswitch.channel import Arrival
from controller.freeswitch.told import ToldChannel
from controller.store.models import TestCall
from controller.store.test_calls import Kind, SqlTestCalls
from controller.testcalls.clinic import FOLDER, TestClinic, forget_recordings

log = structlog.get_logger(__name__)

TIDY = 600.0
"""Seconds between two looks for what test calls have left."""
RECORDED = 3600.0
"""Seconds for which what a test call recorded is kept: longer than it lasts."""


class NoSuchTestCall(LookupError):
    """A call reached us that is no test call."""


def config_for_tests(config: Config) -> Config:
    """The same installation, seen from its practice switch for test calls."""
    return config.model_copy(
        update={
            "switches": (config.test_switch,),
            "esl_listen": config.test_listen,
            "esl_advertise": None,
            "controller_id": f"{config.controller_id}-tests" if config.controller_id else "",
        }
    )


class TestController(Controller):
    """A controller that the practice switch for test calls hands its calls to."""

    __test__ = False  # not one of pytest's
    LISTEN: ClassVar = "CARELINE_TEST_LISTEN"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.tests = SqlTestCalls(self.database)
        self._folder = config.data_dir.resolve() / FOLDER

    def start(self) -> None:
        """Take test calls. Raises as `Controller.start`."""
        super().start()
        self._every(TIDY, self._tidy)

    def _tidy(self) -> None:
        self.tests.end_left(now())
        forget_recordings(self._folder, time.time() - RECORDED)

    def _attend(self) -> None:
        """Callers do not reach us: publishing does not wait for us."""

    def prepare_speech(self) -> None:
        """The controllers that callers reach have it spoken."""

    def _settle(self, left: LeftCall) -> None:
        """Nothing is owed a caller who is none."""

    def _scene(self, arrival: Arrival) -> Scene:
        found = self.tests.find(arrival.dialled)
        if found is None:
            raise NoSuchTestCall(arrival.dialled)
        version = Version.read(found.id, found.flow_id, upgrades.from_json(found.document))
        if arrival.bookmark is None:
            self.prepare_version(version)
        clinic = TestClinic(
            self.clinic,
            version,
            later=found.at - found.began_at,
            hours={name: Opening(state) for name, state in found.hours.items()},
            web=found.web_services,
            folder=self._folder,
        )
        return Scene(
            replace(arrival, caller=Caller(found.caller, found.caller_name), dialled=found.dialled),
            Arrivals(clinic, self.journal, self.key, self.config.controller, now),
            Walker(clinic, self.journal),
            partial(ToldChannel, tell=_Told(self.tests, found, self.config.data_dir.resolve())),
            test=True,
        )


class _Told:
    """Writes down what a test call tells."""

    def __init__(self, tests: SqlTestCalls, call: TestCall, data_dir: Path) -> None:
        self._tests = tests
        self._id = call.id
        self._data_dir = data_dir

    def heard(self, call: ToldChannel, sounds: Sequence[tuple[Path, Utterance]], *, staff: bool) -> None:
        self._tell(
            call,
            Kind.HEARD,
            [
                {"path": self._below(path), "text": said.text, "language": said.language, "staff": staff}
                for path, said in sounds
            ],
        )

    def pressed(self, call: ToldChannel, digits: Digits, *, sensitive: bool) -> None:
        keys = "0" * len(digits.keys) if sensitive else digits.keys
        self._tell(call, Kind.PRESSED, [{"keys": keys, "ended": digits.ended, "sensitive": sensitive}])

    def spoke(self, call: ToldChannel, recorded: Recorded) -> None:
        self._tell(call, Kind.SPOKE, [{"seconds": round(recorded.seconds, 1), "ended": recorded.ended}])

    def _tell(self, call: ToldChannel, kind: Kind, details: Sequence[dict[str, object]]) -> None:
        at: datetime = call.now()
        self._tests.tell(self._id, kind, at, call.mark.node, call.mark.step, details)

    def _below(self, path: Path) -> str:
        """Only what is in the data folder can be listened to."""
        return str(path.relative_to(self._data_dir)) if path.is_relative_to(self._data_dir) else ""
