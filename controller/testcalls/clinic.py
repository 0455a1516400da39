"""The clinic as a test call finds it: as of the chosen time, with the draft live, and with books in which nothing stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import gevent

from controller.calls.call import Phone
from controller.flows.clinic import Clinic, HoursAnswer, NumberAnswer, Opening, WebAnswer, WebRequest
from controller.flows.rehearsed_clinic import RehearsedClinic
from controller.flows.walker import Version
from controller.store.models.test_calls import WebServices

UNKNOWN_NUMBER = "test"
"""Stands for the row of a number dialled that the clinic does not have."""
FOLDER = "tests"
"""Below the data folder: what is recorded in test calls, for as long as they last."""

_ANSWERS: dict[WebServices, WebAnswer] = {
    WebServices.ANSWER: WebAnswer(200),
    WebServices.FAIL: WebAnswer(0, error="a test call: web services are taken to fail"),
}


class TestClinic(RehearsedClinic):
    """The clinic as it is, `later` (or earlier) than it is, where every call is for `version`."""

    __test__ = False  # not one of pytest's

    def __init__(
        self,
        clinic: Clinic,
        version: Version,
        *,
        later: timedelta,
        hours: Mapping[str, Opening],
        web: WebServices,
        folder: Path,
    ) -> None:
        """`web`: what web services are taken to do. Recordings are made in `folder`, and are in no mailbox."""
        super().__init__(clinic, self._pretended, version, hours, later=gevent.spawn_later)
        self._later = later
        self._web = web
        self._folder = folder

    def number(self, dialled: str) -> NumberAnswer | None:
        """Whatever is dialled reaches the version that is tested."""
        found = self.clinic.number(dialled)
        if found is None:
            return NumberAnswer(UNKNOWN_NUMBER, dialled, None, self.rehearsed.flow, None)
        return NumberAnswer(found.id, found.number, found.location, self.rehearsed.flow, found.backup)

    def hours(self, hours: str, at: datetime) -> HoursAnswer | None:
        return super().hours(hours, at + self._later)

    def listed(self, list_id: str, number: str | None, at: datetime) -> bool:
        return super().listed(list_id, number, at + self._later)

    def on_call(self, rota: str, at: datetime) -> Sequence[Sequence[Phone]] | None:
        return super().on_call(rota, at + self._later)

    def message_path(self, call: str, step: int) -> Path:
        return self._made(f"{call}-{step}")

    def recording_path(self, call: str, at: datetime) -> Path:
        return self._made(call)

    def _made(self, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{re.sub(r'[^A-Za-z0-9-]', '_', name)}.wav"

    def leave_message(self, **message: Any) -> None:
        """It has been left; nobody is to hear it."""
        super().leave_message(**message)
        Path(message["path"]).unlink(missing_ok=True)

    def send(self, request: WebRequest) -> WebAnswer:
        if self._web is WebServices.ASK:
            return self.clinic.send(request)
        return super().send(request)

    def _pretended(self, url: str) -> WebAnswer:
        return _ANSWERS[self._web]


def forget_recordings(folder: Path, before: float) -> None:
    """Remove what test calls have recorded, but what is newer than `before` (seconds since 1970)."""
    for path in folder.glob("*.wav"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
