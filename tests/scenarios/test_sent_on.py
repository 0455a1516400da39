"""Calls that staff send on, with controllers as they run, on both switches: they reach whom they were sent to, or come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from controller.queues.orders import Handling
from controller.queues.states import AgentMode, EntryKind, EntryState
from controller.store.models import Order
from controller.store.orders import SqlOrders
from tests.scenarios.test_queues import ANA, BEN, Queue, real_switch, world
from tests.scenarios.world import Party, World, until

__all__ = ["real_switch", "world"]


def talking(world: World, queue: Queue) -> tuple[Party, Party]:
    """A caller who talks to Ana."""
    queue.sign_in("Ana")
    caller = world.dial()
    ana = world.rung(ANA)
    ana.answer()
    world.talk(caller, ana)
    queue.in_state(EntryState.TALKING)
    return caller, ana


def send(queue: Queue, to: str, id: str) -> str:
    """Ana sends on the call that she has; what came of the order."""
    entry = queue.entries()[-1]
    since = (datetime.now(UTC) - timedelta(seconds=90)).isoformat()
    orders = SqlOrders(queue.database)
    order = orders.give(
        Handling.SEND, queue.clinic.ids["Ana"], call=entry.call_id, entry=entry.id,
        to=to, id=id, note="Wants results", since=since, queue=queue.id, of=entry.id,
    )  # fmt: skip

    def row() -> Order:
        with queue.database.read() as session:
            found = session.get(Order, order)
            assert found is not None
            return found

    until(lambda: row().done_at is not None, "nobody carries the order out")
    return row().failed


@pytest.mark.parametrize("dies", [False, True])
def test_sent_to_a_colleague_in_the_line(world: World, dies: bool) -> None:
    queue = Queue(world, "Ana", "Ben")
    world.clinic.start_controller()
    caller, ana = talking(world, queue)
    if dies:
        world.clinic.start_controller()
    queue.sign_in("Ben")
    assert send(queue, "agent", queue.clinic.ids["Ben"]) == ""
    ana.wait_ended()
    if dies:
        until(lambda: len(queue.entries()) == 2, "it does not wait for Ben")
        world.clinic.controllers[0].kill()
    ben = world.rung(BEN, 20)
    ben.answer()
    queue.in_state(EntryState.TALKING)  # first he hears what the call is about
    world.talk(caller, ben)
    first, second = queue.entries()
    assert (second.note, second.sent_by, second.wanted_id) == (
        "Wants results", queue.clinic.ids["Ana"], queue.clinic.ids["Ben"],
    )  # fmt: skip
    assert second.joined_at < first.joined_at + timedelta(seconds=1)  # the time already waited goes along
    assert first.ended_at is not None
    queue.agent_is("Ana", AgentMode.AVAILABLE)
    ben.hang_up()
    caller.wait_ended()
    world.clinic.ended()


def test_what_nobody_takes_comes_back_to_who_sent_it(world: World) -> None:
    queue = Queue(world)
    world.clinic.start_controller()
    caller, ana = talking(world, queue)
    assert send(queue, "person", queue.clinic.ids["Ben"]) == ""
    ana.wait_ended()
    ben = world.rung(BEN)
    ben.decline()
    again = world.rung(ANA, 20)
    assert queue.entries()[-1].kind is EntryKind.RETURNED
    again.answer()
    queue.in_state(EntryState.TALKING)
    world.talk(caller, again)
    again.hang_up()
    caller.wait_ended()
    world.clinic.ended()
