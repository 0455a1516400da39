"""The loop of a controller that sweeps the queues: once a second, and at each deadline that was set here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import gevent
import structlog
from gevent.event import Event
from sqlalchemy.exc import SQLAlchemyError

from controller.store.engine import DatabaseBusy
from controller.store.notices import Notice
from controller.store.queues.acting import Acting
from controller.store.queues.sweep import LATEST

log = structlog.get_logger(__name__)


class Sweeping:
    """`sweep` returns the seconds until something is due again. `start`, then `stop`."""

    def __init__(self, acting: Acting, sweep: Callable[[], float]) -> None:
        self._acting = acting
        self._sweep = sweep
        self._at = 0.0
        """When (time.monotonic) we look next."""
        self._sooner = Event()
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Look, from now on."""
        self._acting.listeners.append(self._heard)
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Look no more. What was begun is rolled back, and done by whoever looks next."""
        if self._greenlet is not None:
            self._acting.listeners.remove(self._heard)
            self._greenlet.kill()
            self._greenlet = None

    def _run(self) -> None:
        while True:
            pause = LATEST
            try:
                pause = self._sweep()
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("queues_not_swept", error=type(error).__name__)
            except Exception:
                log.exception("queues_not_swept")
            self._at = time.monotonic() + pause
            while (left := self._at - time.monotonic()) > 0:
                self._sooner.clear()
                self._sooner.wait(left)

    def _heard(self, told: Sequence[Notice], soonest: datetime | None) -> None:
        if soonest is None:
            return
        at = time.monotonic() + max(0.0, (soonest - self._acting.adjusted(datetime.now(UTC))).total_seconds())
        if at < self._at:
            self._at = at
            self._sooner.set()
