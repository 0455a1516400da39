"""Callers in line, with controllers as they run: they wait, agents are rung, answer, decline, do not answer, and controllers die;
nobody loses a place, no phone is rung twice for the same, and the queues' books are right at the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from controller.queues.rules import QueueRules
from controller.queues.states import AgentMode, EntryState, OfferState, Outcome
from controller.store import models
from controller.store.models import Agent, Entry, QueueOffer
from controller.store.queues import Desk
from tests.conftest import NO_FREESWITCH
from tests.freeswitch.installation import MOBILE, Controller, Installation
from tests.freeswitch.switch import Switch, find_binary
from tests.scenarios.practice_process import PracticeProcess
from tests.scenarios.world import PracticeWorld, RealWorld, World, until

ANA, BEN = "1001", "1002"
RULES = {"wrap_up_seconds": 0, "ring_seconds": 30, "set_aside_seconds": 3600}
QUIET = {"announce": False, "comfort": [], "about": {"text": {}}}


@pytest.fixture(
    params=[
        "practice",
        pytest.param("freeswitch", marks=[pytest.mark.freeswitch, pytest.mark.xdist_group("freeswitch-queues")]),
    ]
)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "practice":
        with PracticeProcess() as process, Installation(cast(Switch, process), tmp_path) as installation:
            yield PracticeWorld(installation, process)
        return
    binary = find_binary()
    if binary is None:
        pytest.skip(NO_FREESWITCH)
    switch = request.getfixturevalue("real_switch")
    with Installation(switch, tmp_path) as installation:
        real = RealWorld(installation)
        yield real
        real.close()
    switch.hang_up_all()


@pytest.fixture(scope="module")
def real_switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    """A real switch of this module's own."""
    binary = find_binary()
    assert binary is not None
    with Switch(binary, tmp_path_factory.mktemp("queues")) as switch:
        yield switch


class Queue:
    """The clinic's one queue: Ana answers it, and whoever else is named."""

    def __init__(self, world: World, *team: str, rules: dict[str, Any] | None = None, **settings: Any) -> None:
        self.world, self.clinic = world, world.clinic
        self.database = self.clinic.database
        with self.database.write("test") as session:
            desk = models.Team(name="Line")
            queue = models.Queue(name="Calls", rules=QueueRules.model_validate({**RULES, **(rules or {})}))
            session.add_all([desk, queue])
            session.flush()
            for position, name in enumerate(team or ("Ana",)):
                session.add(models.TeamMember(team_id=desk.id, person_id=self.clinic.ids[name], position=position))
            session.add(models.QueueTeam(queue_id=queue.id, team_id=desk.id))
            self.id = queue.id
        self.clinic.ids["Calls"] = self.id
        settings = {"queues": [self.clinic.ref("Calls")], **QUIET, **settings}
        exits = ("answered", "nobody", "closed", "too_long", "full")
        self.clinic.live(
            {"line": ("queue", settings), "bye": ("hang_up", {}), "other": ("hang_up", {})},
            {"line": {**dict.fromkeys(exits, "bye"), **{key["key"]: "other" for key in settings.get("keys", ())}}},
            catch_all="bye",
        )
        self.desk = Desk(self.database)

    def sign_in(self, *names: str) -> None:
        for name in names:
            self.desk.sign_in(self.clinic.ids[name])

    def entries(self) -> list[Entry]:
        with self.database.read() as session:
            return list(session.scalars(select(Entry).order_by(Entry.id)))

    def entry(self) -> Entry:
        (one,) = self.entries()
        return one

    def in_state(self, state: EntryState) -> None:
        until(lambda: [one.state for one in self.entries()][-1:] == [state], f"not {state}")

    def offers(self) -> list[OfferState]:
        with self.database.read() as session:
            return [offer.state for offer in session.scalars(select(QueueOffer).order_by(QueueOffer.made_at))]

    def mode(self, name: str) -> AgentMode | None:
        with self.database.read() as session:
            agent = session.get(Agent, self.clinic.ids[name])
            return None if agent is None else agent.mode

    def agent_is(self, name: str, mode: AgentMode) -> None:
        until(lambda: self.mode(name) is mode, f"{name} is not {mode}, but {self.mode(name)}")

    def over(self, exit_: str, outcome: Outcome) -> None:
        """The one call has ended, by that exit; nothing is left on the switch or in the queue."""
        row = self.clinic.ended()
        self.world.nothing_left()
        assert [step.exit for step in row.steps if step.node == "line"][-1:] == [exit_], row.steps
        until(lambda: self.entry().ended_at is not None, "the entry stays open")
        assert self.entry().outcome is outcome
        assert not [state for state in self.offers() if state is OfferState.RINGING]


def holder(queue: Queue) -> Controller:
    """The controller that has the newest call."""
    name = queue.clinic.call().controller
    (found,) = [one for one in queue.clinic.controllers if name.endswith(one.address.split(":")[1])]
    return found


def kill_holder(queue: Queue) -> None:
    """Kill it, and wait until another one has the call."""
    first = holder(queue)
    first.kill()
    port = first.address.split(":")[1]
    queue.clinic.until(lambda row: not row.controller.endswith(port), "no other controller took the call")


def test_a_free_agent_is_rung_at_once_and_both_talk(world: World) -> None:
    queue = Queue(world)
    queue.sign_in("Ana")
    world.clinic.start_controller()
    caller = world.dial()
    ana = world.rung(ANA)
    assert queue.mode("Ana") is AgentMode.OFFERED
    ana.answer()
    world.talk(caller, ana)
    queue.in_state(EntryState.TALKING)
    assert queue.mode("Ana") is AgentMode.TALKING
    ana.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)
    queue.agent_is("Ana", AgentMode.AVAILABLE)


def test_who_comes_later_waits_and_is_answered_when_the_agent_is_free_again(world: World) -> None:
    queue = Queue(world)
    queue.sign_in("Ana")
    world.clinic.start_controller()
    first = world.dial()
    ana = world.rung(ANA)
    ana.answer()
    world.talk(first, ana)
    second = world.dial("+13125550143")
    until(lambda: len(queue.entries()) == 2, "not in line")
    queue.in_state(EntryState.WAITING)
    first.hang_up()  # nobody holds the call: the link tells
    ana.wait_ended()
    again = world.rung(ANA)
    again.answer()
    world.talk(second, again)
    again.hang_up()
    second.wait_ended()
    until(lambda: all(one.ended_at for one in queue.entries()), "an entry stays open")
    assert [one.outcome for one in queue.entries()] == [Outcome.ANSWERED] * 2
    world.nothing_left()


def test_an_agent_who_signs_in_is_rung_for_whoever_waits(world: World) -> None:
    queue = Queue(world, "Ana", "Ben")
    queue.sign_in("Ana")
    world.clinic.start_controller()
    caller = world.dial()
    ana = world.rung(ANA)
    ana.decline()
    queue.in_state(EntryState.WAITING)
    queue.agent_is("Ana", AgentMode.SET_ASIDE)
    queue.sign_in("Ben")
    ben = world.rung(BEN)
    ben.answer()
    world.talk(caller, ben)
    caller.hang_up()
    ben.wait_ended()
    row = world.clinic.ended()
    assert row.ending == "caller hung up"
    until(lambda: queue.entry().ended_at is not None, "the entry stays open")
    assert queue.offers() == [OfferState.DECLINED, OfferState.ACCEPTED]
    queue.agent_is("Ben", AgentMode.AVAILABLE)


def test_who_does_not_answer_is_set_aside_and_the_next_is_rung(world: World) -> None:
    queue = Queue(world, "Ana", "Ben", rules={"ring_seconds": 5, "strategy": "in_order"})
    queue.sign_in("Ana", "Ben")
    world.clinic.start_controller()
    caller = world.dial()
    ana = world.rung(ANA)
    ben = world.rung(BEN)
    assert ana.ended
    assert queue.mode("Ana") is AgentMode.SET_ASIDE
    ben.answer()
    world.talk(caller, ben)
    ben.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)
    assert queue.offers() == [OfferState.MISSED, OfferState.ACCEPTED]


def test_a_mobile_presses_1(world: World) -> None:
    queue = Queue(world, "Cai", about={"text": {"en": "{queue.name}."}})
    queue.sign_in("Cai")
    world.clinic.start_controller()
    caller = world.dial()
    cai = world.rung(MOBILE)
    cai.answer()
    world.wait_asked(cai)
    assert queue.entry().state is EntryState.OFFERED
    cai.press("1")
    world.talk(caller, cai)
    cai.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)


def test_the_next_phone_of_an_agent_is_rung_when_the_first_is_not_answered(world: World) -> None:
    with world.clinic.database.write("test") as session:
        (mobile,) = session.scalars(select(models.Phone).where(models.Phone.number == MOBILE))
        mobile.person_id, mobile.position = world.clinic.ids["Ana"], 1
    queue = Queue(world, rules={"ring_seconds": 5})
    queue.sign_in("Ana")
    world.clinic.start_controller()
    world.clinic.start_controller()
    caller = world.dial()
    desk = world.rung(ANA)
    mobile_leg = world.rung(MOBILE)
    desk.wait_ended()
    kill_holder(queue)
    mobile_leg.answer()
    world.wait_asked(mobile_leg)
    mobile_leg.press("1")
    world.talk(caller, mobile_leg)
    assert (world.times_rung(ANA), world.times_rung(MOBILE)) == (1, 1)
    mobile_leg.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)


def test_everybody_is_rung_and_the_first_takes_the_call(world: World) -> None:
    queue = Queue(world, "Ana", "Ben", rules={"strategy": "ring_all"})
    queue.sign_in("Ana", "Ben")
    world.clinic.start_controller()
    caller = world.dial()
    ana, ben = world.rung(ANA), world.rung(BEN)
    ben.answer()
    ana.wait_ended()
    world.talk(caller, ben)
    queue.agent_is("Ana", AgentMode.AVAILABLE)
    ben.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)
    assert sorted(queue.offers()) == [OfferState.ACCEPTED, OfferState.CANCELLED]


def test_an_agent_who_signs_out_while_ringing_rings_no_more_and_the_caller_keeps_the_place(world: World) -> None:
    queue = Queue(world, "Ana", "Ben")
    queue.sign_in("Ana")
    world.clinic.start_controller()
    caller = world.dial()
    ana = world.rung(ANA)
    queue.desk.sign_out(world.clinic.ids["Ana"])
    ana.wait_ended()
    queue.in_state(EntryState.WAITING)
    queue.sign_in("Ben")
    ben = world.rung(BEN)
    ben.answer()
    world.talk(caller, ben)
    ben.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)
    assert queue.mode("Ana") is AgentMode.SIGNED_OUT


@pytest.mark.parametrize("state", ["waiting", "ringing", "asking"])
def test_a_caller_who_hangs_up_in_line_is_gone_from_it(world: World, state: str) -> None:
    queue = Queue(world, "Cai", "Ana")
    queue.sign_in("Cai" if state != "waiting" else "Ana")
    world.clinic.start_controller()
    caller = world.dial()
    staff = world.rung(ANA if state == "waiting" else MOBILE)
    if state == "waiting":
        staff.decline()
        queue.in_state(EntryState.WAITING)
    elif state == "asking":
        staff.answer()
        world.wait_asked(staff)
    caller.hang_up()
    staff.wait_ended()
    row = world.clinic.ended()
    assert row.ending == "caller hung up"
    until(lambda: queue.entry().ended_at is not None, "the entry stays open")
    assert queue.entry().outcome is Outcome.ABANDONED
    if state != "waiting":
        queue.agent_is("Cai", AgentMode.AVAILABLE)


@pytest.mark.parametrize("milliseconds", [0, 15, 40, 80, 150])
def test_a_caller_who_hangs_up_in_the_instant_of_joining(world: World, milliseconds: int) -> None:
    queue = Queue(world)
    queue.sign_in("Ana")
    world.clinic.start_controller()
    caller = world.dial()
    ana = world.rung(ANA)
    ana.answer()
    until_passed(milliseconds)
    caller.hang_up()
    ana.wait_ended()
    world.clinic.ended()
    until(lambda: queue.entry().ended_at is not None, "the entry stays open")
    assert queue.entry().outcome in (Outcome.ABANDONED, Outcome.ANSWERED)
    queue.agent_is("Ana", AgentMode.AVAILABLE)


@pytest.mark.parametrize("milliseconds", [0, 15, 40, 80])
def test_an_agent_who_hangs_up_in_the_instant_of_joining_leaves_the_caller_in_line(
    world: World, milliseconds: int
) -> None:
    queue = Queue(world, "Ana", "Ben", rules={"misses": 1, "strategy": "in_order"})
    queue.sign_in("Ana")
    world.clinic.start_controller()
    caller = world.dial()
    ana = world.rung(ANA)
    ana.answer()
    until_passed(milliseconds)
    ana.hang_up()
    until(lambda: queue.entry().state in (EntryState.WAITING, EntryState.OVER), "it sticks")
    if queue.entry().state is EntryState.WAITING:
        queue.sign_in("Ben")
        ben = world.rung(BEN)
        ben.answer()
        world.talk(caller, ben)
        ben.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)


def until_passed(milliseconds: int) -> None:
    """Let so much time pass: what is tried here is a moment, and nothing tells of it."""
    import time

    time.sleep(milliseconds / 1000)


def test_a_key_leaves_the_line(world: World) -> None:
    queue = Queue(world, keys=[{"key": "1", "label": "A message"}])
    queue.sign_in("Ana")
    world.clinic.start_controller()
    caller = world.dial()
    ana = world.rung(ANA)
    caller.press("1")
    ana.wait_ended()
    caller.wait_ended()
    queue.over("1", Outcome.KEY)
    queue.agent_is("Ana", AgentMode.AVAILABLE)


def test_waiting_too_long_leads_on(world: World) -> None:
    queue = Queue(world, rules={"longest_seconds": 2})
    queue.sign_in("Ana")
    world.clinic.start_controller()
    caller = world.dial()
    world.rung(ANA).decline()
    caller.wait_ended()
    queue.over("too_long", Outcome.TOO_LONG)


def test_with_nobody_signed_in_nobody_waits(world: World) -> None:
    Queue(world)
    world.clinic.start_controller()
    caller = world.dial()
    caller.wait_ended()
    row = world.clinic.ended()
    assert [step.exit for step in row.steps][:1] == ["nobody"]


def test_a_queue_closed_with_callers_in_line_lets_them_go_on(world: World) -> None:
    queue = Queue(world)
    queue.sign_in("Ana")
    world.clinic.start_controller()
    caller = world.dial()
    world.rung(ANA).decline()
    queue.in_state(EntryState.WAITING)
    with world.clinic.database.write("test") as session:
        hours = models.Hours(name="Never", calendar=_never())
        session.add(hours)
        session.flush()
        found = session.get(models.Queue, queue.id)
        assert found is not None
        found.hours_id = hours.id
    caller.wait_ended()
    queue.over("closed", Outcome.CLOSED)


def _never() -> Any:
    from controller.flows.hours import Calendar

    return Calendar()


@pytest.mark.parametrize("state", ["waiting", "ringing", "asking", "talking"])
def test_a_killed_controller_costs_nobody_their_place(world: World, state: str) -> None:
    queue = Queue(world, "Cai", "Ana")
    queue.sign_in("Cai")
    world.clinic.start_controller()
    world.clinic.start_controller()
    caller = world.dial()
    staff = world.rung(MOBILE)
    if state in ("asking", "talking"):
        staff.answer()
        world.wait_asked(staff)
    if state == "talking":
        staff.press("1")
        world.talk(caller, staff)
        queue.in_state(EntryState.TALKING)
        holder(queue).kill()
    elif state == "waiting":
        staff.decline()
        queue.in_state(EntryState.WAITING)
        joined = queue.entry().joined_at
        kill_holder(queue)
        queue.in_state(EntryState.WAITING)
        assert queue.entry().joined_at == joined
        queue.sign_in("Ana")
        staff = world.rung(ANA)
        staff.answer()
        world.talk(caller, staff)
    else:
        kill_holder(queue)
        if state == "ringing":
            staff.answer()
            world.wait_asked(staff)
        staff.press("1")
        world.talk(caller, staff)
    assert not staff.ended
    staff.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)
    assert world.times_rung(MOBILE) == 1


def care_team(world: World, queue: Queue) -> None:
    """A flow that leads everybody to Ana's care team, the queue; Ana expects a call, and has a mobile too."""
    with world.clinic.database.write("test") as session:
        (mobile,) = session.scalars(select(models.Phone).where(models.Phone.number == MOBILE))
        mobile.person_id, mobile.position = world.clinic.ids["Ana"], 1
        doctor = models.Provider(name="Dr. Ana", person_id=world.clinic.ids["Ana"], queue_id=queue.id)
        session.add(doctor)
        session.flush()
        until_ = datetime.now(UTC) + timedelta(hours=1)
        doctor.expected.append(models.ExpectedCall(label="The hospital", number="+13125550142", until=until_))
    asked = {"by": "known", "detail": "wanted", "ring_seconds": 5, "about": {"text": {"en": "Yours."}}, "found": {}}
    world.clinic.live(
        {
            "set": ("set", {"values": [{"name": "wanted", "value": "Dr. Ana"}]}),
            "who": ("provider", asked),
            "line": ("queue", {"care_team": True, **QUIET}),
            "bye": ("hang_up", {}),
        },
        {
            "set": {"next": "who"},
            "who": {"care_team": "line", "nobody": "bye"},
            "line": dict.fromkeys(("nobody", "closed", "too_long", "full"), "bye"),
        },
        catch_all="bye",
    )


def test_an_expected_caller_is_put_through_to_the_providers_own_phones(world: World) -> None:
    queue = Queue(world, "Ben")
    queue.sign_in("Ben")
    care_team(world, queue)
    world.clinic.start_controller()
    world.clinic.start_controller()
    caller = world.dial("+13125550142")
    desk = world.rung(ANA)
    mobile = world.rung(MOBILE)
    desk.wait_ended()
    kill_holder(queue)
    mobile.answer()
    world.wait_asked(mobile)
    mobile.press("1")
    world.talk(caller, mobile)
    assert (world.times_rung(ANA), world.times_rung(MOBILE), world.times_rung(BEN)) == (1, 1, 0)
    mobile.hang_up()
    caller.wait_ended()
    row = world.clinic.ended()
    assert [step.exit for step in row.steps if step.node == "who"][-1:] == ["answered"]
    assert queue.entries() == []


@pytest.mark.parametrize("caller_of", ["+13125550142", "+13125550143"])
def test_the_care_team_answers_for_a_provider(world: World, caller_of: str) -> None:
    """Who is not expected at once; who is, when the provider answers nowhere."""
    queue = Queue(world, "Ben")
    queue.sign_in("Ben")
    care_team(world, queue)
    world.clinic.start_controller()
    caller = world.dial(caller_of)
    ben = world.rung(BEN, 25)
    expected = caller_of == "+13125550142"
    assert (world.times_rung(ANA), world.times_rung(MOBILE)) == ((1, 1) if expected else (0, 0))
    ben.answer()
    world.talk(caller, ben)
    ben.hang_up()
    caller.wait_ended()
    queue.over("answered", Outcome.ANSWERED)
