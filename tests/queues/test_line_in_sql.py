"""A caller's way through a queue, as the tables have it: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.calls.call import Answer
from controller.queues.rules import QueueRules
from controller.queues.states import AgentMode, EntryState, Outcome, Told
from controller.queues.waiting import Refused, Superseded
from controller.store.engine import Database
from controller.store.models import HelpingTeam, QueueTeam
from controller.store.queues import Desk, SqlQueues
from controller.store.queues.acting import Acting
from tests.queues.clinic import set_up, waits, wish


@pytest.fixture
def queues(database: Database) -> SqlQueues:
    set_up(database, {"front": ["ann", "ben"], "billing": ["ben", "cleo"]})
    return SqlQueues(database, "one")


@pytest.fixture
def desk(database: Database, queues: SqlQueues) -> Desk:
    return Desk(database, queues.acting)


def test_a_caller_is_answered(queues: SqlQueues, desk: Desk) -> None:
    assert desk.sign_in("ann").mode is AgentMode.AVAILABLE
    caller = waits(queues, "front")
    assert caller.state is EntryState.OFFERED
    assert [ringing.person for ringing in caller.offers] == ["ann"]
    ringing = caller.offers[0]
    assert desk.doing("ann").mode is AgentMode.OFFERED  # type: ignore[union-attr]
    joining = queues.answered(caller.ticket, ringing.id, Answer.ACCEPTED)
    assert (joining.state, joining.person) == (EntryState.JOINING, "ann")
    queues.talking(caller.ticket, ringing.id)
    talking = queues.standing(caller.ticket.entry)
    assert talking is not None
    assert (talking.state, talking.outcome) == (EntryState.TALKING, Outcome.ANSWERED)
    queues.talked(caller.ticket.entry)
    queues.talked(caller.ticket.entry)
    after = desk.doing("ann")
    assert after is not None
    assert (after.mode, after.calls) == (AgentMode.WRAP_UP, 1)
    assert desk.ready("ann").mode is AgentMode.AVAILABLE


def test_whoever_comes_first_is_served_first(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    first = waits(queues, "front")
    second = waits(queues, "front")
    urgent = waits(queues, "front", rank=2)
    assert [queues.standing(s.ticket.entry).position for s in (urgent, first, second)] == [1, 2, 3]  # type: ignore[union-attr]
    queues.answered(first.ticket, first.offers[0].id, Answer.ACCEPTED)
    queues.talking(first.ticket, first.offers[0].id)
    queues.talked(first.ticket.entry)
    desk.ready("ann")
    assert queues.standing(urgent.ticket.entry).state is EntryState.OFFERED  # type: ignore[union-attr]
    assert queues.standing(second.ticket.entry).state is EntryState.WAITING  # type: ignore[union-attr]


def test_an_agent_of_two_queues_is_rung_once(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ben")
    front, billing = waits(queues, "front"), waits(queues, "billing")
    assert len(front.offers) == 1
    assert billing.offers == ()


def test_whoever_does_not_answer_is_set_aside_and_told(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    desk.sign_in("ben")
    caller = waits(queues, "front")
    assert caller.offers[0].person == "ann"
    again = queues.answered(caller.ticket, caller.offers[0].id, Answer.NO_ANSWER)
    assert [ringing.person for ringing in again.offers] == ["ben"]
    ann = desk.doing("ann")
    assert ann is not None
    assert (ann.mode, ann.told) == (AgentMode.SET_ASIDE, Told.MISSED)


def test_the_first_word_of_an_offer_counts(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    caller = waits(queues, "front")
    offer = caller.offers[0].id
    queues.answered(caller.ticket, offer, Answer.NO_ANSWER)
    with pytest.raises(Superseded):
        queues.answered(caller.ticket, offer, Answer.ACCEPTED)


def test_leaving_frees_whoever_was_rung(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    first, second = waits(queues, "front"), waits(queues, "front")
    queues.leave(first.ticket, Outcome.KEY)
    over = queues.standing(first.ticket.entry)
    assert over is not None
    assert (over.state, over.outcome, over.offers) == (EntryState.OVER, Outcome.KEY, ())
    assert [ringing.person for ringing in queues.standing(second.ticket.entry).offers] == ["ann"]  # type: ignore[union-attr]


def test_a_call_that_ends_leaves_nothing(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    caller = waits(queues, "front", call="the call")
    queues.answered(caller.ticket, caller.offers[0].id, Answer.ACCEPTED)
    queues.gone("the call")
    queues.gone("the call")
    assert desk.doing("ann").mode is AgentMode.AVAILABLE  # type: ignore[union-attr]
    assert queues.standing(caller.ticket.entry).outcome is Outcome.ABANDONED  # type: ignore[union-attr]


def test_another_controller_takes_over(queues: SqlQueues, desk: Desk, database: Database) -> None:
    desk.sign_in("ann")
    caller = waits(queues, "front", call="the call")
    other = SqlQueues(database, "two")
    taken = waits(other, "front", call="the call")
    assert taken.ticket.entry == caller.ticket.entry
    assert taken.offers == caller.offers
    with pytest.raises(Superseded):
        queues.answered(caller.ticket, caller.offers[0].id, Answer.ACCEPTED)
    other.answered(taken.ticket, caller.offers[0].id, Answer.ACCEPTED)


def test_refused(queues: SqlQueues, desk: Desk) -> None:
    assert queues.join(wish("nowhere")) is Refused.GONE
    assert queues.join(wish("front")) is Refused.NOBODY
    desk.sign_in("ann")
    assert queues.join(wish("front", required={"spanish": 1})) is Refused.NOBODY


def test_a_full_queue(database: Database) -> None:
    set_up(database, {"front": ["ann"]}, rules=QueueRules(capacity=1))
    queues = SqlQueues(database)
    Desk(database, queues.acting).sign_in("ann")
    waits(queues, "front")
    assert queues.join(wish("front")) is Refused.FULL


def test_signing_out_while_ringing(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    desk.sign_in("ben")
    caller = waits(queues, "front")
    assert desk.sign_out("ann").mode is AgentMode.SIGNED_OUT
    after = queues.standing(caller.ticket.entry)
    assert after is not None
    assert [ringing.person for ringing in after.offers] == ["ben"]


def test_moving_and_cancelling(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    desk.sign_in("cleo")
    caller = waits(queues, "front")
    assert desk.move(caller.ticket.entry, "billing")
    moved = queues.standing(caller.ticket.entry)
    assert moved is not None
    assert (moved.queue, [ringing.person for ringing in moved.offers]) == ("billing", ["cleo"])
    assert moved.joined_at == caller.joined_at
    with pytest.raises(Superseded):
        queues.leave(caller.ticket, Outcome.KEY)
    assert desk.cancel(caller.ticket.entry)
    assert not desk.cancel(caller.ticket.entry)
    assert desk.doing("cleo").mode is AgentMode.AVAILABLE  # type: ignore[union-attr]


def test_what_is_watched_is_told(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    first, second = waits(queues, "front"), waits(queues, "front")
    woken: list[str] = []
    end = queues.watch(second.ticket.entry, lambda: woken.append("second"))
    queues.leave(first.ticket, Outcome.KEY)
    assert woken == ["second"]
    end()
    queues.leave(second.ticket, Outcome.KEY)
    assert woken == ["second"]


@pytest.mark.parametrize("known", [True, False])
def test_a_team_helps_out_while_the_wait_is_long(database: Database, known: bool) -> None:
    set_up(database, {"front": ["ann"], "billing": ["cleo"]})
    with database.write("test") as session:
        session.add(QueueTeam(queue_id="front", team_id="team-billing", position=1, joins_after=60, leaves_below=30))
    moved = timedelta()
    acting = Acting(database, "one", lambda now: now + moved)
    queues, desk = SqlQueues(database, "one", acting), Desk(database, acting)
    desk.sign_in("cleo")
    first, second = waits(queues, "front"), waits(queues, "front")
    assert (first.offers, second.offers) == ((), ())
    if known:
        acting.expected["front"] = 61.0
    else:
        moved = timedelta(seconds=61)
    queues.sweep()
    helped = queues.standing(first.ticket.entry)
    assert helped is not None
    assert [ringing.person for ringing in helped.offers] == ["cleo"]
    assert _helping(database) == ["team-billing"]
    queues.leave(first.ticket, Outcome.KEY)
    if known:
        assert _helping(database) == ["team-billing"]
        acting.expected["front"] = 29.0
    queues.leave(second.ticket, Outcome.KEY)
    assert _helping(database) == []


def _helping(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(HelpingTeam.team_id)))
