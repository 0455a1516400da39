"""Exactly one call for each attempt, whatever dies: over real tables, at every moment at which a controller can die."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from controller.callbacks import Attempt, Attempts, CallingBack, Patient, SwitchAway
from controller.queues.rules import CallbackRules, QueueRules
from controller.queues.states import AgentMode, EntryState, HeldState, Tried
from controller.store.engine import Database
from controller.store.models import HeldPlace
from controller.store.queues import Desk, SqlQueues
from controller.store.queues.acting import Acting
from tests.queues.clinic import set_up, waits

ANNA = "+13125550142"
RULES = QueueRules(callback=CallbackRules(attempts=3, again_after_minutes=5), wrap_up_seconds=0)


class Died(BaseException):
    """kill -9: nothing in a controller may catch it."""


@dataclass
class World:
    """What outlives controllers: the switch with its notes and calls, and time."""

    notes: set[str] = field(default_factory=set)
    invited: Counter[str] = field(default_factory=Counter)
    """How often each call was made."""
    live: dict[str, Callable[[Tried], None]] = field(default_factory=dict)
    up: bool = True
    monotonic: float = 1000.0
    ahead: timedelta = timedelta()

    def now(self, at: datetime) -> datetime:
        return at + self.ahead

    def pass_(self, seconds: float) -> None:
        self.monotonic += seconds
        self.ahead += timedelta(seconds=seconds)


class FakeSwitch:
    """A switch as one controller reaches it. `point` is called at each moment at which that controller can die."""

    name = "switch"

    def __init__(self, world: World, point: Callable[[str], None]) -> None:
        self._world, self._point = world, point

    @property
    def up(self) -> bool:
        return self._world.up

    def _ask(self) -> None:
        if not self._world.up:
            raise SwitchAway

    def make(self, patient: Patient, told: Callable[[Tried], None]) -> None:
        """Both commands travel in one write: the switch gets both or neither."""
        self._ask()
        self._point("before it is made")
        if patient.call not in self._world.live:  # the id is taken: it refuses
            self._world.invited[patient.call] += 1
            self._world.live[patient.call] = told
        self._world.notes.add(patient.call)
        self._point("after it is made")

    def made(self, call: str) -> bool:
        self._ask()
        return call in self._world.notes

    def there(self, call: str) -> bool:
        self._ask()
        return call in self._world.live

    def end(self, call: str) -> None:
        self._ask()
        self._world.live.pop(call, None)


class Mortal:
    """The attempts in SQL, with the moments before and after each change at which a controller can die."""

    def __init__(self, attempts: Attempts, point: Callable[[str], None]) -> None:
        self._attempts, self._point = attempts, point

    def attempts(self) -> Sequence[Attempt]:
        return self._attempts.attempts()

    def cancelled(self) -> Sequence[tuple[str, str]]:
        return self._attempts.cancelled()

    def claim(self, attempt: Attempt, switch: str) -> bool:
        self._point("before the claim")
        done = self._attempts.claim(attempt, switch)
        self._point("after the claim")
        return done

    def not_reached(self, place: str, call: str, said: Tried) -> None:
        self._point("before it is said")
        self._attempts.not_reached(place, call, said)
        self._point("after it is said")


class Clinic:
    """Ann, a caller who is to be called back, and any number of controllers."""

    def __init__(self, database: Database) -> None:
        set_up(database, {"front": ["ann"]}, rules=RULES)
        self.database = database
        self.world = World()
        self.queues = SqlQueues(database, "nobody", Acting(database, "nobody", self.world.now))
        self.desk = Desk(database, self.queues.acting)
        self.desk.sign_in("ann")
        self.desk.pause("ann")
        caller = waits(self.queues, "front")
        assert self.queues.hold(caller.ticket, ANNA, "sealed", dialled="+13125550100")
        place = self.queues.callbacks.kept("front", ANNA)
        assert place is not None
        self.place = place
        self._names = itertools.count(1)
        self.desk.ready("ann")

    def controller(self, point: Callable[[str], None] = lambda name: None) -> CallingBack:
        """One more."""
        name = f"controller {next(self._names)}"
        queues = SqlQueues(self.database, name, Acting(self.database, name, self.world.now))
        return CallingBack(
            Mortal(queues.callbacks, point), [FakeSwitch(self.world, point)], _prepare, lambda: self.world.monotonic
        )

    def row(self) -> HeldPlace:
        with self.database.read() as session:
            return session.get_one(HeldPlace, self.place)

    def refuse(self, call: str, said: Tried = Tried.BUSY) -> None:
        """The patient's telephone says no; whoever made the call hears it, if they live."""
        told = self.world.live.pop(call)
        told(said)

    def books(self) -> None:
        """Whatever state it is in, it is one of those that belong together."""
        place, entry = self.row(), self.queues.standing(self.place)
        ann = self.desk.doing("ann")
        assert entry is not None
        assert ann is not None
        match place.state:
            case HeldState.HELD:
                assert (entry.state, ann.mode) == (EntryState.WAITING, AgentMode.AVAILABLE)
            case HeldState.CALLING:
                assert (entry.state, ann.mode) == (EntryState.OFFERED, AgentMode.OFFERED)
            case HeldState.OVER:
                assert (entry.state, ann.mode) == (EntryState.OVER, AgentMode.AVAILABLE)


def _prepare(attempt: Attempt) -> Patient:
    return Patient(attempt.call, attempt.number, attempt.dialled, "sealed", attempt.ring_seconds, None)


def dies_at(number: int) -> tuple[Callable[[str], None], list[str]]:
    """What dies at the moment of this number; and the moments so far."""
    passed: list[str] = []

    def point(name: str) -> None:
        passed.append(name)
        if len(passed) == number:
            raise Died

    return point, passed


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return Clinic(database)


@pytest.mark.parametrize("moment", range(1, 8))
@pytest.mark.parametrize("answers", [True, False])
def test_whoever_dies_at_any_moment_the_call_is_made_once(clinic: Clinic, moment: int, answers: bool) -> None:
    point, _ = dies_at(moment)
    first, second = clinic.controller(point), clinic.controller()
    [attempt] = clinic.queues.callbacks.attempts()
    dead = False
    for _ in range(12):
        for who in [second] if dead else [first, second]:
            try:
                who.look()
                if who is first and not answers and attempt.call in clinic.world.live:
                    clinic.refuse(attempt.call)
            except Died:
                dead = True
        clinic.world.pass_(1.0)
        if dead and not answers and attempt.call in clinic.world.live:
            clinic.world.live.pop(attempt.call)  # it is refused, and who made it does not hear of it
        clinic.books()
    assert clinic.world.invited == {attempt.call: 1}
    if answers:
        assert clinic.queues.callbacks.reached(clinic.place, attempt.call, 1)
    else:
        assert (clinic.row().state, clinic.row().missed) == (HeldState.HELD, 1)


@pytest.mark.parametrize("seed", range(25))
def test_in_whatever_order_things_happen(clinic: Clinic, seed: int) -> None:
    """Three controllers that die and are started anew, a switch that is away now and then, patients who refuse or do not answer:
    never is a call made twice, nobody sticks, and after the last attempt it is over."""
    chance = random.Random(seed)
    alive: list[CallingBack] = [clinic.controller(_now_and_then(chance)) for _ in range(3)]
    for _ in range(400):
        what = chance.random()
        at = chance.randrange(3)
        try:
            if what < 0.6:
                alive[at].look()
            elif what < 0.7 and clinic.world.live:
                clinic.refuse(chance.choice([*clinic.world.live]))
            elif what < 0.75 and clinic.world.live:
                clinic.world.live.pop(chance.choice([*clinic.world.live]))
            elif what < 0.8:
                clinic.world.up = not clinic.world.up
            else:
                clinic.world.pass_(chance.choice([0.2, 1.0, 3.0, 30.0, 130.0]))
                clinic.queues.sweep()
        except Died:
            alive[at] = clinic.controller(_now_and_then(chance))
        clinic.books()
        if clinic.row().state is HeldState.OVER:
            break
    assert all(times == 1 for times in clinic.world.invited.values()), clinic.world.invited
    assert len(clinic.world.invited) <= clinic.row().attempts
    clinic.world.up = True
    for _ in range(6):
        clinic.world.pass_(400.0)
        clinic.queues.sweep()
    clinic.books()
    assert clinic.row().state is HeldState.OVER
    assert clinic.row().attempts == 3


def _now_and_then(chance: random.Random) -> Callable[[str], None]:
    def point(name: str) -> None:
        if chance.random() < 0.08:
            raise Died

    return point


def test_a_switch_that_is_away_is_asked_again(clinic: Clinic) -> None:
    who = clinic.controller()
    clinic.world.up = False
    who.look()
    assert not clinic.world.invited
    clinic.world.up = True
    who.look()
    assert sum(clinic.world.invited.values()) == 1


def test_what_was_held_up_is_left_to_others(clinic: Clinic) -> None:
    """Whoever sleeps between the claim and the call, for longer than others wait, makes no call when it wakes."""
    sleepy = clinic.controller(lambda name: clinic.world.pass_(5.0) if name == "after the claim" else None)
    sleepy.look()
    assert not clinic.world.invited
    other = clinic.controller()
    for _ in range(6):
        other.look()
        clinic.world.pass_(1.0)
    assert sum(clinic.world.invited.values()) == 1
