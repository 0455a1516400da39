"""A process that takes callers through the queues as fast as it can, while others do the same: see test_at_once.py."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import random  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import gevent  # noqa: E402

from controller.calls.call import Answer  # noqa: E402
from controller.queues.states import EntryState, Outcome  # noqa: E402
from controller.queues.waiting import Refused, Superseded, Wish  # noqa: E402
from controller.store.engine import Database  # noqa: E402
from controller.store.models import new_id  # noqa: E402
from controller.store.queues import Desk, SqlQueues  # noqa: E402

QUEUES = ("front", "billing")
CALLERS = 4
"""At once, in each process."""


def hammer(url: str, people: list[str], seconds: float) -> None:
    """Callers come, are answered or not, and go; agents pause and are back; what is late is swept."""
    database = Database(url)
    queues, desk = SqlQueues(database, new_id()), Desk(database)
    until = time.monotonic() + seconds
    callers = [gevent.spawn(_callers, queues, until) for _ in range(CALLERS)]
    staff = gevent.spawn(_staff, desk, queues, people, until)
    gevent.joinall([*callers, staff], raise_error=True)
    database.close()


def _callers(queues: SqlQueues, until: float) -> None:
    while time.monotonic() < until:
        call = new_id()
        found = queues.join(Wish(queue=random.choice(QUEUES), call=call, step=1, rank=random.randrange(3)))
        if isinstance(found, Refused):
            gevent.sleep(0.01)
            continue
        for _ in range(random.randrange(1, 8)):
            now = queues.standing(found.ticket.entry)
            if now is None or now.state is EntryState.OVER:
                break
            try:
                if now.state is EntryState.OFFERED:
                    offer = now.offers[0].id
                    answer = random.choice([*4 * [Answer.ACCEPTED], Answer.DECLINED, Answer.BUSY])
                    if queues.answered(now.ticket, offer, answer).state is EntryState.JOINING:
                        queues.talking(now.ticket, offer)
                        gevent.sleep(random.random() * 0.02)
                        queues.talked(now.ticket.entry)
                        break
            except Superseded:
                pass
            gevent.sleep(random.random() * 0.02)
        try:
            if random.random() < 0.5:
                queues.leave(found.ticket, Outcome.KEY)
        except Superseded:
            pass
        queues.gone(call)


def _staff(desk: Desk, queues: SqlQueues, people: list[str], until: float) -> None:
    while time.monotonic() < until:
        person = random.choice(people)
        random.choice([desk.pause, desk.sign_out, desk.ready, desk.ready])(person)
        desk.sign_in(person)
        desk.ready(person)
        queues.sweep()
        gevent.sleep(0.01)


if __name__ == "__main__":
    hammer(sys.argv[1], sys.argv[2].split(","), float(sys.argv[3]))
