"""The loop that does what is due. Every controller and every editor process runs one: whichever comes first does a job,
in one transaction with taking it away, so that each is done once, however many there are and whenever one dies.

Times go by the database's clock.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta

import gevent
import structlog
from gevent.event import Event
from sqlalchemy import Connection, event, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from controller.jobs.kinds import KINDS, Work
from controller.store import clock
from controller.store.bus import Bus
from controller.store.engine import Database, DatabaseBusy
from controller.store.models import Job
from controller.store.notices import tell

TOPIC = Job.__tablename__
"""Topic of notices that something is to be done at another time than known so far."""
LATEST = 30.0
"""Seconds between two looks at most, should a notice have been lost."""
AGAIN = (5.0, 600.0)
"""Seconds until a job that failed is tried again: at first and, doubling, at most."""

log = structlog.get_logger(__name__)


@event.listens_for(Job, "after_insert")
@event.listens_for(Job, "after_update")
def _told(mapper: object, connection: Connection, job: Job) -> None:
    session = Session.object_session(job)
    assert session is not None
    tell(session, TOPIC)


class Jobs:
    """One per process. `start`, then `stop`."""

    def __init__(self, database: Database, bus: Bus, kinds: Mapping[str, Work] = KINDS) -> None:
        self._database = database
        self._bus = bus
        self._kinds = kinds
        self._wake = Event()
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Do what is due, from now on."""
        self._end_hearing = self._bus.subscribe(lambda notice: self._wake.set(), TOPIC)
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Begin nothing more. What was begun is rolled back, and done by whoever looks next."""
        if self._greenlet is not None:
            self._end_hearing()
            self._greenlet.kill()
            self._greenlet = None

    def _run(self) -> None:
        while True:
            self._wake.clear()
            pause = LATEST
            try:
                pause = self.do_what_is_due()
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("jobs_not_looked_at", error=type(error).__name__)
            except Exception:
                log.exception("jobs_not_looked_at")
            self._wake.wait(pause)

    def do_what_is_due(self) -> float:
        """Do it; returns the seconds until something is due again, LATEST at most. Raises the database's errors."""
        began = time.monotonic()
        with self._database.read() as session:
            now = clock.now(session.connection())
            soon = select(Job.kind, Job.about, Job.due_at).where(Job.kind.in_(self._kinds))
            ahead = session.execute(soon.order_by(Job.due_at).limit(100)).all()
        for job in ahead:
            if job.due_at <= now:
                self._do(job.kind, job.about)
        later: list[float] = [(job.due_at - now).total_seconds() for job in ahead if job.due_at > now]
        if not later and ahead:
            return 0.05  # as many as are looked at in one go were due: look again
        return max(0.0, min([LATEST, *later]) - (time.monotonic() - began))

    def _do(self, kind: str, about: str) -> None:
        try:
            self._database.transact(lambda session: self._work(session, kind, about), kind)
        except (SQLAlchemyError, DatabaseBusy) as error:
            log.warning("job_failed", kind=kind, about=about, error=type(error).__name__)
            self._put_off(kind, about)
        except Exception:
            log.exception("job_failed", kind=kind, about=about)
            self._put_off(kind, about)

    def _work(self, session: Session, kind: str, about: str) -> None:
        now = clock.now(session.connection())
        mine = select(Job).where(Job.kind == kind, Job.about == about, Job.due_at <= now)
        job = session.scalars(mine.with_for_update(skip_locked=True)).first()
        if job is None:
            return  # done by another process, or being done, or no longer to be done
        session.delete(job)
        session.flush()
        self._kinds[kind](session, about, now)

    def _put_off(self, kind: str, about: str) -> None:
        first, longest = AGAIN

        def later(session: Session) -> None:
            now: datetime = clock.now(session.connection())
            attempts = session.scalar(select(Job.attempts).where(Job.kind == kind, Job.about == about)) or 0
            pause = timedelta(seconds=min(longest, first * 2 ** min(attempts, 10)))
            same = update(Job).where(Job.kind == kind, Job.about == about, Job.due_at <= now)
            session.execute(same.values(attempts=attempts + 1, due_at=now + pause))

        self._database.transact(later)
