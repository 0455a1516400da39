# ruff: noqa: F811 - `world` is a fixture, imported
"""Patients who are called back, with controllers as they run: they keep their place, an agent is reserved, the patient is called
exactly once for each attempt whatever dies, hears who calls, and is put through only when they say so."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState, Outcome, Tried
from controller.store.models import Entry, HeldPlace
from tests.freeswitch.installation import MOBILE
from tests.scenarios.test_queues import ANA, Queue, holder, real_switch, world  # noqa: F401 - fixtures
from tests.scenarios.world import Party, World, until

PATIENT = MOBILE
RULES = {"callback": {"attempts": 2, "again_after_minutes": 5, "ring_seconds": 10}}


class Callbacks(Queue):
    """A queue that calls back; Ana is signed in, and not yet ready."""

    def __init__(self, world: World, **settings: Any) -> None:
        super().__init__(world, rules=RULES, callback=True, callback_after=0, **settings)
        self.sign_in("Ana")
        self.desk.pause(self.clinic.ids["Ana"])

    def ready(self) -> None:
        self.desk.ready(self.clinic.ids["Ana"])

    def asks(self) -> str:
        """The patient calls, waits, and asks to be called back at the number they call from. Returns the place."""
        caller = self.world.dial(PATIENT)
        self.in_state(EntryState.WAITING)
        self.clinic.until(lambda row: row.phase == "waiting", "keys are not heard yet")
        caller.press("11")
        until(lambda: self.places(), "no place is kept")
        until(lambda: caller.ended, "the call goes on", 30.0)
        self.world.nothing_left()
        [place] = self.places()
        return place.entry_id

    def places(self) -> list[HeldPlace]:
        with self.database.read() as session:
            return list(session.query(HeldPlace).order_by(HeldPlace.made_at))

    def place(self) -> HeldPlace:
        (one,) = self.places()
        return one

    def held_is(self, state: HeldState, seconds: float = 15.0) -> None:
        until(lambda: self.place().state is state, f"not {state}, but {self.place().state}", seconds)

    def again_now(self) -> None:
        """The time until the next attempt has passed."""
        with self.database.connect() as connection:
            connection.execute(update(HeldPlace).values(next_at=datetime.now(UTC)))

    def held_entry(self) -> Entry:
        [found] = [one for one in self.entries() if one.kind in (EntryKind.HELD, EntryKind.BACK)]
        return found

    def wants_to_talk(self, patient: Party) -> Party:
        """The patient answers, hears who calls and presses 1; then Ana is rung, who answers, and they talk."""
        patient.answer()
        self.world.wait_asked(patient)
        patient.press("1")
        ana = self.world.rung(ANA)
        ana.answer()
        self.world.talk(patient, ana)
        return ana

    def ends_well(self, patient: Party, ana: Party) -> None:
        until(lambda: self.held_entry().state is EntryState.TALKING, "they do not talk")
        ana.hang_up()
        patient.wait_ended()
        self.world.nothing_left()
        until(lambda: self.held_entry().state is EntryState.OVER, "the entry stays open")
        assert (self.held_entry().outcome, self.place().state) == (Outcome.ANSWERED, HeldState.OVER)
        self.agent_is("Ana", AgentMode.AVAILABLE)
        assert (self.world.times_rung(PATIENT), self.world.times_rung(ANA)) == (1, 1)


def test_a_patient_is_called_back_at_their_place_and_put_through(world: World) -> None:
    queue = Callbacks(world)
    world.clinic.start_controller()
    place = queue.asks()
    assert (queue.place().number, queue.place().state) == (PATIENT, HeldState.HELD)
    assert world.times_rung(PATIENT) == 0
    queue.ready()
    patient = world.rung(PATIENT)
    assert queue.mode("Ana") is AgentMode.OFFERED
    assert world.times_rung(ANA) == 0, "she is reserved, and not rung yet"
    ana = queue.wants_to_talk(patient)
    queue.ends_well(patient, ana)
    first = queue.entries()[0]
    assert (queue.held_entry().id, queue.held_entry().joined_at) == (place, first.joined_at)
    assert first.outcome is Outcome.CALLBACK


def test_who_declines_is_called_again_and_ana_is_free_at_once(world: World) -> None:
    queue = Callbacks(world)
    world.clinic.start_controller()
    queue.asks()
    queue.ready()
    world.rung(PATIENT).decline()
    queue.held_is(HeldState.HELD)
    queue.agent_is("Ana", AgentMode.AVAILABLE)
    kept = queue.place()
    assert (kept.attempts, kept.missed, kept.said) == (1, 1, Tried.DECLINED)
    assert kept.next_at is not None
    queue.again_now()
    patient = world.rung(PATIENT)
    patient.answer()
    world.wait_asked(patient)
    patient.hang_up()
    queue.held_is(HeldState.OVER)
    assert (queue.place().said, queue.held_entry().outcome) == (Tried.HUNG_UP, Outcome.UNREACHED)
    queue.agent_is("Ana", AgentMode.AVAILABLE)
    world.nothing_left()
    assert (world.times_rung(PATIENT), world.times_rung(ANA)) == (2, 0)


def test_who_does_not_answer_keeps_nobody_waiting(world: World) -> None:
    queue = Callbacks(world)
    world.clinic.start_controller()
    queue.asks()
    queue.ready()
    patient = world.rung(PATIENT)
    queue.held_is(HeldState.HELD, seconds=20)
    assert queue.place().said == Tried.NO_ANSWER
    queue.agent_is("Ana", AgentMode.AVAILABLE)
    patient.wait_ended()


@pytest.mark.parametrize(("key", "state", "said"), [("2", HeldState.HELD, Tried.LATER), ("3", HeldState.OVER, "")])
def test_the_patient_wants_it_later_or_not_any_more(world: World, key: str, state: HeldState, said: str) -> None:
    queue = Callbacks(world)
    world.clinic.start_controller()
    queue.asks()
    queue.ready()
    patient = world.rung(PATIENT)
    patient.answer()
    world.wait_asked(patient)
    patient.press(key)
    queue.held_is(state)
    assert queue.place().said == said
    patient.wait_ended()
    queue.agent_is("Ana", AgentMode.AVAILABLE)
    assert world.times_rung(ANA) == 0


def test_cancelled_while_it_rings(world: World) -> None:
    queue = Callbacks(world)
    world.clinic.start_controller()
    place = queue.asks()
    queue.ready()
    patient = world.rung(PATIENT)
    assert queue.desk.cancel(place, queue.clinic.ids["Ben"])
    patient.wait_ended()
    world.nothing_left()
    assert queue.held_entry().outcome is Outcome.CANCELLED
    queue.agent_is("Ana", AgentMode.AVAILABLE)


@pytest.mark.parametrize("when", ["rings", "asked", "ana rings"])
def test_a_controller_dies_and_the_patient_notices_nothing(world: World, when: str) -> None:
    queue = Callbacks(world)
    first = world.clinic.start_controller()
    queue.asks()
    queue.ready()
    patient = world.rung(PATIENT)
    world.clinic.start_controller()
    if when == "rings":
        first.kill()
        until(lambda: first.address not in queue.clinic.listed(), "the dead one stays listed")
        ana = queue.wants_to_talk(patient)
    else:
        patient.answer()
        world.wait_asked(patient)
        if when == "asked":
            _kill_holder(queue)
            world.wait_asked(patient)
            patient.press("1")
            ana = world.rung(ANA)
        else:
            patient.press("1")
            ana = world.rung(ANA)
            _kill_holder(queue)
        ana.answer()
        world.talk(patient, ana)
    queue.ends_well(patient, ana)


def test_whoever_made_the_call_dies_and_nobody_answers(world: World) -> None:
    queue = Callbacks(world)
    first = world.clinic.start_controller()
    queue.asks()
    queue.ready()
    patient = world.rung(PATIENT)
    world.clinic.start_controller()
    first.kill()
    patient.decline()
    queue.held_is(HeldState.HELD)
    assert queue.place().said == Tried.UNKNOWN
    queue.agent_is("Ana", AgentMode.AVAILABLE)
    assert world.times_rung(PATIENT) == 1


@pytest.mark.parametrize("turn", range(4))
def test_killed_at_any_moment_and_called_once(world: World, turn: int) -> None:
    """Two controllers; one is killed at some moment around the making of the call, and the other one goes on."""
    chance = random.Random(f"{world.name} {turn}")
    queue = Callbacks(world)
    first, second = world.clinic.start_controller(), world.clinic.start_controller()
    queue.asks()
    queue.ready()
    until(lambda: queue.place().called_by or chance.random() < 0.2, "nobody takes it upon them")
    dies = first if queue.place().called_by.endswith(first.address.split(":")[1]) else second
    dies.kill()
    patient = world.rung(PATIENT, 20)
    until(lambda: dies.address not in queue.clinic.listed(), "the dead one stays listed")
    ana = queue.wants_to_talk(patient)
    queue.ends_well(patient, ana)


def _kill_holder(queue: Queue) -> None:
    first = holder(queue)
    first.kill()
    port = first.address.split(":")[1]
    queue.clinic.until(lambda row: not row.controller.endswith(port), "no other controller took the call")
