"""Places that are kept for a call back, as the tables have them: on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from controller.calls.call import Answer
from controller.queues.rules import CallbackRules, QueueRules, Strategy
from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState, Outcome, Told, Tried
from controller.queues.waiting import Standing
from controller.store.engine import Database
from controller.store.models import Entry, HeldPlace, Queue
from controller.store.queues import Desk, SqlQueues
from controller.store.queues.acting import Acting
from tests.queues.clinic import set_up, waits, wish

ANNA = "+13125550142"
RULES = QueueRules(callback=CallbackRules(attempts=2, again_after_minutes=5), wrap_up_seconds=0)


class Clock:
    """The database's time, moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self, now: datetime) -> datetime:
        return now + self.ahead

    def pass_(self, **time: float) -> None:
        self.ahead += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queues(database: Database, clock: Clock) -> SqlQueues:
    set_up(database, {"front": ["ann", "ben"], "billing": ["cleo", "dan"]}, rules=RULES)
    return SqlQueues(database, "one", Acting(database, "one", clock))


@pytest.fixture
def desk(database: Database, queues: SqlQueues) -> Desk:
    return Desk(database, queues.acting)


def keeps(queues: SqlQueues, number: str = ANNA) -> str:
    """Somebody asks to be called back; their place."""
    caller = waits(queues, "front")
    assert queues.hold(caller.ticket, number, "sealed", dialled="+13125550100")
    place = queues.callbacks.kept("front", number)
    assert place is not None
    return place


def stands(queues: SqlQueues, place: str) -> Standing:
    found = queues.standing(place)
    assert found is not None
    return found


def row(queues: SqlQueues, place: str) -> HeldPlace:
    with queues.acting.database.read() as session:
        found = session.get(HeldPlace, place)
        assert found is not None
        return found


def test_the_place_is_kept_and_an_agent_is_reserved_before_anybody_is_called(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ben")
    desk.pause("ben")
    first = waits(queues, "front")
    place = keeps(queues)
    last = waits(queues, "front")
    assert [stands(queues, e).position for e in (first.ticket.entry, place, last.ticket.entry)] == [1, 2, 3]
    assert queues.callbacks.attempts() == []
    desk.sign_in("ann")
    assert stands(queues, first.ticket.entry).state is EntryState.OFFERED
    desk.ready("ben")
    assert stands(queues, place).state is EntryState.OFFERED
    assert desk.doing("ben").mode is AgentMode.OFFERED  # type: ignore[union-attr]
    [attempt] = queues.callbacks.attempts()
    assert (attempt.place, attempt.number, attempt.dialled, attempt.by) == (place, ANNA, "+13125550100", "")
    assert stands(queues, last.ticket.entry).state is EntryState.WAITING


def test_one_agent_is_reserved_where_all_are_rung(queues: SqlQueues, desk: Desk, database: Database) -> None:
    with database.write("test") as session:
        session.get_one(Queue, "billing").rules = QueueRules(strategy=Strategy.RING_ALL)
    desk.sign_in("cleo")
    desk.pause("cleo")
    caller = waits(queues, "billing")
    assert queues.hold(caller.ticket, ANNA, "sealed")
    desk.pause("dan")
    desk.sign_in("dan")
    desk.ready("cleo")
    modes = {desk.doing(person).mode for person in ("cleo", "dan")}  # type: ignore[union-attr]
    assert modes == {AgentMode.AVAILABLE, AgentMode.OFFERED}


def test_a_patient_who_is_reached_is_a_caller_at_their_place(queues: SqlQueues, desk: Desk, clock: Clock) -> None:
    desk.sign_in("ann")
    desk.pause("ann")
    place = keeps(queues)
    joined_at = stands(queues, place).joined_at
    desk.ready("ann")
    [attempt] = queues.callbacks.attempts()
    clock.pass_(seconds=60)
    assert not queues.callbacks.reached(place, "another call", 3)
    assert queues.callbacks.reached(place, attempt.call, 1)
    assert queues.callbacks.reached(place, attempt.call, 1), "said again, it is so still"
    assert row(queues, place).state is HeldState.TALKING
    assert queues.callbacks.attempts() == []
    standing = queues.join(wish("front", call=attempt.call))
    assert isinstance(standing, Standing)
    assert (standing.ticket.entry, standing.state, standing.joined_at) == (place, EntryState.OFFERED, joined_at)
    clock.pass_(seconds=20)
    queues.sweep()
    assert stands(queues, place).state is EntryState.OFFERED, (
        "the agent's phone has only rung since the patient is there"
    )
    [ringing] = standing.offers
    assert ringing.person == "ann"
    queues.answered(standing.ticket, ringing.id, Answer.ACCEPTED)
    queues.talking(standing.ticket, ringing.id)
    queues.talked(place)
    over = stands(queues, place)
    assert (over.state, over.outcome) == (EntryState.OVER, Outcome.ANSWERED)
    assert row(queues, place).state is HeldState.OVER


@pytest.mark.parametrize("said", [Tried.BUSY, Tried.NO_KEY])
def test_who_is_not_reached_is_called_again_and_then_no_more(
    queues: SqlQueues, desk: Desk, clock: Clock, said: Tried
) -> None:
    desk.sign_in("ann")
    place = keeps_with_nobody_free(queues, desk)
    calls = []
    for attempt in (1, 2):
        [under_way] = queues.callbacks.attempts()
        calls.append(under_way.call)
        queues.callbacks.not_reached(place, under_way.call, said)
        queues.callbacks.not_reached(place, under_way.call, said)
        ann = desk.doing("ann")
        assert ann is not None
        assert (ann.mode, ann.told) == (AgentMode.AVAILABLE, None), "free at once, without wrap-up or blame"
        kept = row(queues, place)
        assert (kept.attempts, kept.missed, kept.said) == (attempt, attempt, said)
        if attempt == 1:
            assert (kept.state, stands(queues, place).state) == (HeldState.HELD, EntryState.WAITING)
            clock.pass_(minutes=4)
            queues.sweep()
            assert queues.callbacks.attempts() == []
            clock.pass_(minutes=2)
            queues.sweep()
    assert len(set(calls)) == 2
    assert (row(queues, place).state, stands(queues, place).outcome) == (HeldState.OVER, Outcome.UNREACHED)


def keeps_with_nobody_free(queues: SqlQueues, desk: Desk) -> str:
    desk.pause("ann")
    place = keeps(queues)
    desk.ready("ann")
    return place


def test_later_is_not_counted_against_the_patient(queues: SqlQueues, desk: Desk, clock: Clock) -> None:
    desk.sign_in("ann")
    place = keeps_with_nobody_free(queues, desk)
    for _ in range(4):
        [attempt] = queues.callbacks.attempts()
        queues.callbacks.not_reached(place, attempt.call, Tried.LATER)
        clock.pass_(minutes=6)
        queues.sweep()
    assert (row(queues, place).attempts, row(queues, place).missed) == (5, 0)


def test_a_second_request_from_the_same_number_finds_the_first(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    desk.pause("ann")
    place = keeps(queues)
    again = waits(queues, "front")
    assert not queues.hold(again.ticket, ANNA, "sealed")
    assert stands(queues, again.ticket.entry).outcome is Outcome.CALLBACK
    assert queues.callbacks.kept("front", ANNA) == place
    with queues.acting.database.read() as session:
        assert session.scalars(select(HeldPlace.entry_id)).all() == [place]


def test_the_patient_takes_it_back(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    place = keeps_with_nobody_free(queues, desk)
    assert queues.callbacks.withdraw(place)
    assert not queues.callbacks.withdraw(place)
    assert (row(queues, place).state, stands(queues, place).outcome) == (HeldState.OVER, Outcome.WITHDRAWN)
    assert desk.doing("ann").mode is AgentMode.AVAILABLE  # type: ignore[union-attr]


def test_staff_cancel_and_it_is_known_who(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    place = keeps_with_nobody_free(queues, desk)
    [attempt] = queues.callbacks.attempts()
    assert queues.callbacks.claim(attempt, "switch")
    assert desk.cancel(place, "lead")
    assert (row(queues, place).state, row(queues, place).ended_by) == (HeldState.OVER, "lead")
    assert queues.callbacks.attempts() == []
    assert queues.callbacks.cancelled() == [(attempt.call, "switch")]
    assert not queues.callbacks.reached(place, attempt.call, 1)


def test_an_agent_who_signs_out_meanwhile_is_not_waited_for(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    place = keeps_with_nobody_free(queues, desk)
    [attempt] = queues.callbacks.attempts()
    desk.sign_out("ann")
    desk.sign_in("ben")
    assert desk.doing("ben").mode is AgentMode.AVAILABLE  # type: ignore[union-attr]
    assert queues.callbacks.reached(place, attempt.call, 1)
    assert desk.doing("ben").mode is AgentMode.OFFERED  # type: ignore[union-attr]


def test_an_attempt_of_which_nothing_is_heard_is_over_by_itself(queues: SqlQueues, desk: Desk, clock: Clock) -> None:
    desk.sign_in("ann")
    place = keeps_with_nobody_free(queues, desk)
    clock.pass_(seconds=200)
    queues.sweep()
    ann = desk.doing("ann")
    assert ann is not None
    assert (ann.mode, ann.told) == (AgentMode.AVAILABLE, None)
    kept = row(queues, place)
    assert (kept.state, kept.said, kept.missed) == (HeldState.HELD, Tried.UNKNOWN, 1)


def test_a_place_is_not_kept_for_ever(queues: SqlQueues, desk: Desk, clock: Clock) -> None:
    desk.sign_in("ann")
    desk.pause("ann")
    place = keeps(queues)
    clock.pass_(days=4)
    queues.sweep()
    assert (stands(queues, place).outcome, row(queues, place).state) == (Outcome.UNREACHED, HeldState.OVER)


def test_a_clock_that_is_put_back_delays_nobody(queues: SqlQueues, desk: Desk, clock: Clock) -> None:
    clock.pass_(hours=5)
    desk.sign_in("ann")
    place = keeps_with_nobody_free(queues, desk)
    [attempt] = queues.callbacks.attempts()
    queues.callbacks.not_reached(place, attempt.call, Tried.BUSY)
    clock.pass_(hours=-5)
    queues.sweep()
    clock.pass_(minutes=6)
    queues.sweep()
    assert len(queues.callbacks.attempts()) == 1


def test_two_controllers_want_to_call_and_one_may(queues: SqlQueues, desk: Desk, database: Database) -> None:
    desk.sign_in("ann")
    keeps_with_nobody_free(queues, desk)
    other = SqlQueues(database, "two")
    [mine], [theirs] = queues.callbacks.attempts(), other.callbacks.attempts()
    assert other.callbacks.claim(theirs, "switch")
    assert not queues.callbacks.claim(mine, "switch")
    [claimed] = queues.callbacks.attempts()
    assert (claimed.by, claimed.switch) == ("two", "switch")


def test_nobody_is_called_by_two_queues_at_once(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("cleo")
    desk.pause("cleo")
    caller = waits(queues, "billing")
    assert queues.hold(caller.ticket, ANNA, "sealed")
    desk.sign_in("ann")
    keeps_with_nobody_free(queues, desk)
    desk.ready("cleo")
    assert len(queues.callbacks.attempts()) == 1


def test_an_answered_caller_is_not_called_back_as_well(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    desk.pause("ann")
    place = keeps(queues)
    again = waits(queues, "front", caller=ANNA, rank=2)
    desk.ready("ann")
    standing = stands(queues, again.ticket.entry)
    queues.answered(again.ticket, standing.offers[0].id, Answer.ACCEPTED)
    queues.talking(again.ticket, standing.offers[0].id)
    assert stands(queues, place).outcome is Outcome.WITHDRAWN
    assert stands(queues, again.ticket.entry).outcome is Outcome.ANSWERED


def test_only_the_allowed_kinds_of_entries_are_callers(queues: SqlQueues, desk: Desk) -> None:
    desk.sign_in("ann")
    place = keeps_with_nobody_free(queues, desk)
    [attempt] = queues.callbacks.attempts()
    queues.callbacks.reached(place, attempt.call, 1)
    with queues.acting.database.read() as session:
        assert session.get(Entry, place).kind is EntryKind.BACK  # type: ignore[union-attr]
    queues.gone(attempt.call)
    assert (stands(queues, place).outcome, row(queues, place).state) == (Outcome.ABANDONED, HeldState.OVER)
    assert Told.MISSED is not desk.doing("ann").told  # type: ignore[union-attr]
