"""Nothing sticks: what is past its deadline, or has lost its call, controller, queue or agents. The clock is moved."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import delete

from controller.calls.call import Answer
from controller.flows.hours import Calendar, Span, Weekday
from controller.queues.rules import QueueRules, Relaxation
from controller.queues.states import AgentMode, EntryState, Outcome, Told
from controller.queues.waiting import Refused, Standing
from controller.store.engine import Database
from controller.store.models import (
    CallRecord,
    ControllerRecord,
    Hours,
    Person,
    Phone,
    PhoneKind,
    Queue,
    QueueTeam,
    TeamMember,
)
from controller.store.queues import Desk, SqlQueues
from controller.store.queues.acting import Acting
from controller.store.queues.sweep import LOST_AFTER, Sweeper
from tests.queues.clinic import set_up, waits, wish

RULES = QueueRules(ring_seconds=20, wrap_up_seconds=30, set_aside_seconds=60, longest_seconds=600)


class Clinic:
    """Two queues that share Ben; a clock that can be moved, apart from the database's."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moved = timedelta()
        self.acting = Acting(database, "one", lambda now: now + self.moved)
        self.queues = SqlQueues(database, "one", self.acting)
        self.desk = Desk(database, self.acting)

    def later(self, seconds: float) -> None:
        self.moved += timedelta(seconds=seconds)
        self.queues.sweep()

    def standing(self, caller: Standing) -> Standing:
        found = self.queues.standing(caller.ticket.entry)
        assert found is not None
        return found

    def mode(self, person: str) -> AgentMode:
        found = self.desk.doing(person)
        assert found is not None
        return found.mode

    def talk(self, caller: Standing) -> None:
        self.queues.answered(caller.ticket, caller.offers[0].id, Answer.ACCEPTED)
        self.queues.talking(caller.ticket, caller.offers[0].id)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    set_up(database, {"front": ["ann", "ben"], "billing": ["ben"]}, rules=RULES)
    found = Clinic(database)
    found.desk.sign_in("ann")
    return found


def test_after_call_work_is_over_by_itself(clinic: Clinic) -> None:
    first, second = waits(clinic.queues, "front"), waits(clinic.queues, "front")
    clinic.talk(first)
    clinic.queues.talked(first.ticket.entry)
    clinic.later(29)
    assert clinic.mode("ann") is AgentMode.WRAP_UP
    clinic.later(2)
    assert [ringing.person for ringing in clinic.standing(second).offers] == ["ann"]


def test_an_offer_of_which_nobody_says_anything(clinic: Clinic) -> None:
    caller = waits(clinic.queues, "front")
    clinic.later(60)
    assert clinic.standing(caller).state is EntryState.WAITING
    ann = clinic.desk.doing("ann")
    assert ann is not None
    assert (ann.mode, ann.told) == (AgentMode.SET_ASIDE, Told.MISSED)
    clinic.later(61)
    assert [ringing.person for ringing in clinic.standing(caller).offers] == ["ann"]


def test_joining_that_comes_to_nothing(clinic: Clinic) -> None:
    caller = waits(clinic.queues, "front")
    clinic.queues.answered(caller.ticket, caller.offers[0].id, Answer.ACCEPTED)
    clinic.later(31)
    after = clinic.standing(caller)
    assert after.state is EntryState.OFFERED  # rung anew: it was not the agent's fault
    assert after.offers[0].id != caller.offers[0].id
    assert after.ticket.generation > caller.ticket.generation


def test_joining_of_a_call_that_says_it_talks(clinic: Clinic, database: Database) -> None:
    caller = waits(clinic.queues, "front", call="the call")
    clinic.queues.answered(caller.ticket, caller.offers[0].id, Answer.ACCEPTED)
    with database.write() as session:
        session.add(_record("the call", phase="talking"))
    clinic.later(31)
    assert clinic.standing(caller).state is EntryState.TALKING


def test_waiting_too_long(clinic: Clinic) -> None:
    first, second = waits(clinic.queues, "front"), waits(clinic.queues, "front")
    clinic.talk(first)
    clinic.later(599)
    assert clinic.standing(second).state is EntryState.WAITING
    clinic.later(2)
    assert clinic.standing(second).outcome is Outcome.TOO_LONG


def test_a_call_that_ended_unseen(clinic: Clinic, database: Database) -> None:
    talking, waiting = waits(clinic.queues, "front", call="a"), waits(clinic.queues, "front", call="b")
    clinic.talk(talking)
    with database.write() as session:
        session.add_all([_record("a", ended=True), _record("b", ended=True)])
    clinic.later(1)
    assert clinic.standing(talking).state is EntryState.OVER
    assert clinic.standing(waiting).outcome is Outcome.ABANDONED
    assert clinic.mode("ann") is AgentMode.WRAP_UP


def test_a_controller_that_gives_no_sign_of_life(clinic: Clinic, database: Database) -> None:
    seconds = [0.0]
    sweeper = Sweeper(clinic.acting, lambda: seconds[0])
    kept, lost = waits(clinic.queues, "front"), waits(SqlQueues(database, "two"), "front")
    with database.write() as session:
        session.add(ControllerRecord(name="one", address="", began_at=_now(), beat_at=_now()))
    sweeper.sweep()
    with database.write() as session:
        session.get_one(ControllerRecord, "one").beat_at = _now() + timedelta(seconds=1)
    seconds[0] = LOST_AFTER + 1
    sweeper.sweep()
    assert clinic.standing(kept).outcome is None
    assert clinic.standing(lost).outcome is Outcome.LOST


def test_everybody_goes_home(clinic: Clinic) -> None:
    first, second = waits(clinic.queues, "front"), waits(clinic.queues, "front")
    clinic.talk(first)
    clinic.desk.sign_out("ann")
    clinic.queues.talked(first.ticket.entry)
    clinic.later(31)
    assert clinic.mode("ann") is AgentMode.SIGNED_OUT
    clinic.later(59)
    assert clinic.standing(second).state is EntryState.WAITING
    clinic.later(2)
    assert clinic.standing(second).outcome is Outcome.NOBODY


def test_a_queue_deleted_with_callers_in_line(clinic: Clinic, database: Database) -> None:
    first, second = waits(clinic.queues, "front", call="a"), waits(clinic.queues, "front")
    with database.write("test") as session:
        session.delete(session.get_one(Queue, "front"))
    clinic.later(1)
    assert clinic.standing(second).outcome is Outcome.CLOSED
    assert clinic.standing(first).state is EntryState.OFFERED  # being rung: they may still be answered
    clinic.talk(first)
    clinic.queues.gone("a")
    assert clinic.mode("ann") is AgentMode.AVAILABLE
    assert clinic.queues.join(wish("front")) is Refused.GONE


def test_a_queue_that_closes(clinic: Clinic, database: Database) -> None:
    first, second = waits(clinic.queues, "front"), waits(clinic.queues, "front")
    with database.write("test") as session:
        session.add(Hours(id="never", name="Never", calendar=Calendar()))
        session.flush()
        session.get_one(Queue, "front").hours_id = "never"
    clinic.later(1)
    assert clinic.standing(second).outcome is Outcome.CLOSED
    assert clinic.queues.join(wish("front")) is Refused.CLOSED
    clinic.talk(first)
    assert clinic.standing(first).state is EntryState.TALKING


def test_hours_open_it(clinic: Clinic, database: Database) -> None:
    always = Calendar(week={day: (Span(start=time(), end=time()),) for day in Weekday})
    with database.write("test") as session:
        session.add(Hours(id="always", name="Always", calendar=always))
        session.flush()
        session.get_one(Queue, "front").hours_id = "always"
    waits(clinic.queues, "front")
    outlook = clinic.queues.outlook("front")
    assert outlook is not None
    assert outlook.open


def test_skills_are_relaxed_as_time_goes_by(database: Database) -> None:
    rules = QueueRules(relaxation=(Relaxation(after_seconds=30, levels=2),))
    set_up(database, {"front": ["ann"]}, rules=rules, skills={"ann": {"spanish": 1}})
    clinic = Clinic(database)
    clinic.desk.sign_in("ann")
    caller = waits(clinic.queues, "front", required={"spanish": 3})
    assert caller.offers == ()
    clinic.later(31)
    assert [ringing.person for ringing in clinic.standing(caller).offers] == ["ann"]


@pytest.mark.parametrize("back", [3600.0, 90.0])
def test_the_clock_is_put_back(clinic: Clinic, back: float) -> None:
    clinic.desk.sign_in("ben")
    talking, rung, early, late = (waits(clinic.queues, "front") for _ in range(4))
    clinic.talk(talking)
    clinic.queues.talked(talking.ticket.entry)
    clinic.moved -= timedelta(seconds=back)
    clinic.queues.sweep()
    latest = waits(clinic.queues, "front")
    places = [clinic.standing(caller).position for caller in (early, late, latest)]
    assert places == sorted(places)
    clinic.later(31)
    assert clinic.mode("ann") is not AgentMode.WRAP_UP
    clinic.later(60)
    assert clinic.standing(rung).offers != rung.offers


def test_staff_put_somebody_into_a_team(clinic: Clinic, database: Database) -> None:
    clinic.desk.sign_in("ben")
    first, second, third = (waits(clinic.queues, "front") for _ in range(3))
    assert (len(first.offers), len(second.offers), third.offers) == (1, 1, ())
    with database.write("test") as session:
        session.execute(delete(QueueTeam).where(QueueTeam.queue_id == "billing"))
        session.add(Person(id="new", name="New", phones=[Phone(kind=PhoneKind.DESK, sip_user="300")]))
        session.flush()
        session.add(TeamMember(team_id="team-front", person_id="new", position=9))
    clinic.desk.sign_in("new")
    assert [ringing.person for ringing in clinic.standing(third).offers] == ["new"]


def test_several_are_free_at_once(clinic: Clinic, database: Database) -> None:
    callers = [waits(clinic.queues, "front") for _ in range(4)]
    people = ["dan", "eve", "fay"]
    with database.write("test") as session:
        session.add_all(Person(id=person, name=person) for person in people)
    for person in people:
        clinic.desk.sign_in(person)
    with database.write("test") as session:
        session.add_all(TeamMember(team_id="team-front", person_id=person, position=9) for person in people)
    clinic.queues.sweep()
    rung = [ringing.person for caller in callers for ringing in clinic.standing(caller).offers]
    assert rung == ["ann", "dan", "eve", "fay"]


def _record(call: str, *, phase: str = "", ended: bool = False) -> CallRecord:
    return CallRecord(
        id=call, began_at=_now(), dialled="+13125550100", switch="a", controller="one", phase=phase,
        ended_at=_now() if ended else None, step=1, test=False, caller_name="", cause="",
    )  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC)
