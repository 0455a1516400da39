"""The wallboard's read model: what it says of queues, agents and callbacks, to whom, and that it says so at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from controller.calls.call import Answer
from controller.queues.orders import Failure, What
from controller.queues.rules import Alerts, QueueRules
from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState, Outcome
from controller.queues.waiting import Standing, Wish
from controller.store.engine import Database
from controller.store.models import (
    Agent,
    Announced,
    Base,
    Entry,
    HeldPlace,
    Location,
    Order,
    Person,
    Phone,
    Queue,
    Role,
    new_id,
)
from controller.store.models.people import PhoneKind
from controller.store.notices import Notice
from controller.store.orders import SqlOrders
from controller.store.queues import SqlQueues
from controller.store.queues.desk import Desk
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.waiting import wait_until


def now() -> datetime:
    """Asked anew each time: a long run imports its tests long before it comes to them."""
    return datetime.now(UTC).replace(microsecond=0)


class Hall:
    """The demo clinic's queues, and rows put into them as the controllers would."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.read() as session:
            self.queues = {row.name: row.id for row in session.scalars(select(Queue))}
            self.people = {row.name: row.id for row in session.scalars(select(Person))}
            self.places = {row.name: row.id for row in session.scalars(select(Location))}

    def put(self, *rows: Base) -> None:
        """Write rows, with their notices."""
        with self.database.write("test") as session:
            session.add_all(rows)
        self.say(*{row.__tablename__ for row in rows})

    def say(self, *topics: str) -> None:
        with self.database.connect(*(Notice(topic) for topic in topics)):
            pass

    def entry(self, queue: str = "Appointments", *, ago: float = 30, test: bool = False, **more: Any) -> Entry:
        joined = now() - timedelta(seconds=ago)
        row = Entry(
            queue_id=self.queues[queue], call_id=new_id(), place_at=joined,
            caller="+13125550142", caller_name="Ana Diaz", joined_at=joined,
            entered_at=joined, since=joined, test=test, **more,
        )  # fmt: skip
        self.put(row)
        return row

    def over(self, outcome: Outcome, waited: float, queue: str = "Appointments", *, ago: float = 0.0) -> Entry:
        """Whose waiting ended so long ago, having waited so long."""
        ended = now() - timedelta(seconds=ago)
        answered = ended if outcome is Outcome.ANSWERED else None
        return self.entry(
            queue, ago=ago + waited, state=EntryState.OVER, outcome=outcome, waited=waited, answered_at=answered, ended_at=ended
        )  # fmt: skip

    def agent(self, name: str, mode: AgentMode, **more: Any) -> None:
        self.put(Agent(person_id=self.people[name], mode=mode, since=now(), idle_since=now(), **more))


@pytest.fixture
def hall(clinic: Database) -> Hall:
    return Hall(clinic)


class Looking:
    """A browser that looks at the wallboard."""

    def __init__(self, browser: Browser, working: bool = False) -> None:
        self.browser = browser
        self.live = browser.live()
        self.now = browser.say(self.live, "wallboard.follow", {"working": working})["now"]
        self.live.get_received()
        self.seq = self.now["seq"]

    def part(self, name: str) -> dict[str, Any]:
        return {row["id"]: row for row in self.now[name]}

    def queue(self, name: str) -> Any:
        return next(row for row in self.now["queues"] if row["name"] == name)

    def told(self) -> None:
        """Take in what has been told since."""
        for said in self.live.get_received():
            if said["name"] != "wallboard.changed":
                continue
            changed = said["args"][0]
            assert changed["seq"] == self.seq + 1
            self.seq = changed["seq"]
            for name in ("queues", "agents", "waiting", "held"):
                rows = self.part(name) | {row["id"]: row for row in changed[name]}
                self.now[name] = [row for id, row in rows.items() if id not in changed["gone"].get(name, [])]

    def until(self, what: Callable[[Looking], Any]) -> None:
        def seen() -> bool:
            self.told()
            return bool(what(self))

        wait_until(seen, 10)


@pytest.fixture
def looking(browser: Callable[..., Browser]) -> Iterator[Callable[..., Looking]]:
    opened: list[Looking] = []

    def look(role: Role = Role.LEAD, location: str | None = None, working: bool = True) -> Looking:
        opened.append(Looking(browser(role, location, name=f"Number{len(opened)} Moore"), working))
        return opened[-1]

    yield look
    for one in opened:
        one.live.disconnect()


def test_what_is_there_is_shown_and_what_comes_is_told(hall: Hall, looking: Callable[..., Looking]) -> None:
    first = hall.entry(ago=90)
    hall.entry(test=True)
    hall.agent("Priya Nair", AgentMode.AVAILABLE)
    board = looking()
    queue = board.queue("Appointments")
    assert (queue["waiting"], queue["staffed"], queue["free"], queue["held"]) == (1, 1, 1, 0)
    assert datetime.fromisoformat(queue["oldest_at"]) == first.joined_at
    assert [row["name"] for row in board.now["agents"]] == ["Priya Nair"]
    second = hall.entry(ago=10)
    board.until(lambda board: board.queue("Appointments")["waiting"] == 2)
    assert board.part("waiting").keys() == {first.id, second.id}
    with hall.database.connect(Notice("entries"), Notice("agents")) as connection:
        connection.execute(
            update(Entry).where(Entry.id == first.id).values(
                state=EntryState.TALKING, answered_at=datetime.now(UTC), waited=91.0, outcome=Outcome.ANSWERED
            )
        )  # fmt: skip
        connection.execute(update(Agent).values(mode=AgentMode.TALKING, entry_id=first.id))
    board.until(lambda board: board.queue("Appointments")["today"]["answered"] == 1)
    board.until(lambda board: [row["mode"] for row in board.now["agents"]] == ["talking"])
    assert board.now["agents"][0]["queue"] == hall.queues["Appointments"]
    assert board.part("waiting").keys() == {second.id}
    with hall.database.connect(Notice("agents")) as connection:
        connection.execute(update(Agent).values(mode=AgentMode.SIGNED_OUT))
    board.until(lambda board: board.now["agents"] == [])
    assert board.queue("Appointments")["staffed"] == 0


def test_the_day(hall: Hall, looking: Callable[..., Looking]) -> None:
    hall.over(Outcome.ANSWERED, 20)
    hall.over(Outcome.ANSWERED, 60)
    late = hall.over(Outcome.ANSWERED, 200)
    hall.over(Outcome.ABANDONED, 10)
    hall.over(Outcome.ABANDONED, 300)
    hall.over(Outcome.KEY, 300)
    hall.over(Outcome.ANSWERED, 5, ago=86_400 * 2)
    hall.put(
        Announced(
            entry_id=late.id, queue_id=late.queue_id, at=late.joined_at, position=3, mean=150.0, p50=140.0, p90=260.0
        ),
        Announced(
            entry_id=late.id, queue_id=late.queue_id, at=late.joined_at + timedelta(seconds=100), position=2, mean=60.0,
            p50=50.0, p90=90.0,
        ),
    )  # fmt: skip
    board = looking()
    today = board.queue("Appointments")["today"]
    assert (today["answered"], today["in_time"], today["abandoned"], today["counted"]) == (3, 2, 2, 4)
    assert today["level"] == 0.5
    assert today["mean_wait"] == pytest.approx(93.3, abs=0.1)
    assert today["accuracy"] == {"count": 2, "error": 45.0, "bias": -45.0, "covered": 0.5}
    hall.over(Outcome.ANSWERED, 30)
    board.until(lambda board: board.queue("Appointments")["today"]["answered"] == 4)
    with hall.database.write("test") as session:
        queue = session.get_one(Queue, hall.queues["Appointments"])
        queue.rules = QueueRules(answer_within=10, alerts=Alerts(waiting=4))
    board.until(lambda board: board.queue("Appointments")["today"]["in_time"] == 0)
    assert board.queue("Appointments")["alerts"]["waiting"] == 4


def test_each_sees_what_they_may_see(hall: Hall, looking: Callable[..., Looking]) -> None:
    with hall.database.write("test") as session:
        session.get_one(Queue, hall.queues["Appointments"]).location_id = hall.places["Lakeside"]
        session.get_one(Queue, hall.queues["Billing"]).location_id = hall.places["Hillside"]
    hall.entry()
    kept = hall.entry(kind=EntryKind.HELD)
    hall.put(HeldPlace(entry_id=kept.id, number="+13125550142", state=HeldState.HELD, made_at=now()))
    missed = hall.entry(kind=EntryKind.HELD, state=EntryState.OVER, outcome=Outcome.UNREACHED, ended_at=now())
    number = "+13125550177"
    hall.put(
        HeldPlace(entry_id=missed.id, number=number, state=HeldState.OVER, said="busy", made_at=now(), ended_at=now())
    )
    hall.agent("Priya Nair", AgentMode.PAUSED, reason="Lunch")
    hall.agent("Ana Ruiz", AgentMode.AVAILABLE)
    lead = looking(Role.LEAD)
    assert {row["name"] for row in lead.now["queues"]} == {"Appointments", "Nurse advice", "Billing"}
    assert {row["name"] for row in lead.now["agents"]} == {"Priya Nair", "Ana Ruiz"}
    assert [(row["caller"], row["caller_name"], row["hidden"]) for row in lead.now["waiting"]] == [
        ("+13125550142", "Ana Diaz", False)
    ]
    assert [(row["number"], row["state"], row["said"], row["hidden"]) for row in lead.now["held"]] == [
        ("+13125550142", "held", None, False),
        ("+13125550177", "over", "busy", False),
    ]
    assert lead.queue("Appointments")["held"] == 1
    assert lead.queue("Appointments")["waiting"] == 1, "who is called back is not on the line"
    here = looking(Role.LEAD, hall.places["Lakeside"])
    assert [row["name"] for row in here.now["queues"]] == ["Appointments"]
    assert [row["name"] for row in here.now["agents"]] == ["Priya Nair"]
    wall = looking(Role.WALLBOARD, working=True)
    assert len(wall.now["queues"]) == 3
    assert [(row["caller"], row["caller_name"], row["hidden"]) for row in wall.now["waiting"]] == [("", "", True)]
    assert [(row["number"], row["caller_name"], row["hidden"]) for row in wall.now["held"]] == [("", "", True)] * 2
    shown = looking(Role.LEAD, working=False)
    assert shown.now["waiting"] == []
    assert shown.now["held"][0]["hidden"], "no number is on the wall, whoever opened it"


def test_nothing_new_is_said_too_and_a_deleted_queue_is_gone(
    hall: Hall, looking: Callable[..., Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flow_editor.wallboard.board.BEAT", 0.1)
    board = looking(Role.AGENT)
    board.until(lambda board: board.seq >= 3)
    with hall.database.write("test") as session:
        session.execute(delete(Queue).where(Queue.id == hall.queues["Billing"]))
    hall.say("queues")
    board.until(lambda board: {row["name"] for row in board.now["queues"]} == {"Appointments", "Nurse advice"})


def test_who_only_looks_is_signed_out_all_the_same(
    parts: Editor, hall: Hall, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    from controller.store.models import SignIn

    monkeypatch.setattr("flow_editor.live.FRESH", 0.0)
    lead = browser()
    live = lead.live()
    before = datetime.now(UTC) - timedelta(minutes=20)
    with parts.database.connect() as connection:
        connection.execute(update(SignIn).values(seen_at=before))
    lead.say(live, "wallboard.follow", {})
    with parts.database.read() as session:
        assert session.scalars(select(SignIn.seen_at)).one() == before


def over_sql(hall: Hall, person: str = "Priya Nair") -> tuple[SqlQueues, str]:
    """Somebody on a call with an agent, by the queues' own commands; the entry's id."""
    queues, desk = SqlQueues(hall.database, "here"), Desk(hall.database)
    desk.sign_in(hall.people[person])
    joined = queues.join(Wish(queue=hall.queues["Appointments"], call="the-call", step=1, caller="+13125550142"))
    assert isinstance(joined, Standing)
    (offer,) = joined.offers
    queues.answered(joined.ticket, offer.id, Answer.ACCEPTED)
    queues.talking(joined.ticket, offer.id)
    return queues, joined.ticket.entry


@pytest.fixture
def always_open(hall: Hall) -> None:
    with hall.database.write("test") as session:
        session.execute(update(Queue).values(hours_id=None))
    hall.say("queues")


def test_a_supervisor_moves_and_cancels(hall: Hall, browser: Callable[..., Browser], always_open: None) -> None:
    lead = browser(Role.LEAD)
    waits = hall.entry()
    path = f"/api/wallboard/waiting/{waits.id}/move"
    browser(Role.AGENT).post(path, {"queue": hall.queues["Billing"]}, status=403)
    lead.post(path, {"queue": "none"}, status=404)
    lead.post(path, {"queue": hall.queues["Billing"]}, status=204)
    with hall.database.read() as session:
        assert session.get_one(Entry, waits.id).queue_id == hall.queues["Billing"]
    kept = hall.entry(kind=EntryKind.HELD)
    hall.put(HeldPlace(entry_id=kept.id, number="+13125550142", state=HeldState.HELD, made_at=now()))
    lead.delete(f"/api/wallboard/held/{kept.id}", status=204)
    lead.delete(f"/api/wallboard/held/{kept.id}", status=409)
    with hall.database.read() as session:
        assert session.get_one(Entry, kept.id).outcome is Outcome.CANCELLED
        assert session.get_one(HeldPlace, kept.id).ended_by == lead.person
    done = browser(Role.AUDITOR).get("/api/wallboard/record")["done"]
    assert [(one["what"], one["by"], one["detail"]) for one in done] == [
        ("cancel", "Pat Moore", "Appointments"),
        ("move", "Pat Moore", "Appointments → Billing"),
    ]


def test_a_supervisor_changes_what_an_agent_does(
    hall: Hall, browser: Callable[..., Browser], always_open: None
) -> None:
    lead = browser(Role.LEAD)
    priya = hall.people["Priya Nair"]

    def mode() -> tuple[AgentMode, AgentMode | None]:
        doing = Desk(hall.database).doing(priya)
        assert doing
        return doing.mode, doing.then

    lead.post(f"/api/wallboard/agents/{priya}", {"do": "sign_in"}, status=204)
    lead.post(f"/api/wallboard/agents/{priya}", {"do": "pause", "reason": "Lunch"}, status=204)
    assert mode() == (AgentMode.PAUSED, None)
    lead.post(f"/api/wallboard/agents/{priya}", {"do": "ready"}, status=204)
    over_sql(hall)
    lead.post(f"/api/wallboard/agents/{priya}", {"do": "sign_out"}, status=204)
    assert mode() == (AgentMode.TALKING, AgentMode.SIGNED_OUT), "nobody is cut off"
    elsewhere = browser(Role.LEAD, hall.places["Hillside"])
    elsewhere.post(f"/api/wallboard/agents/{priya}", {"do": "ready"}, status=403)
    lead.post("/api/wallboard/agents/nobody", {"do": "ready"}, status=404)


def test_listening_is_ordered_steered_and_kept(hall: Hall, browser: Callable[..., Browser], always_open: None) -> None:
    lead, other = browser(Role.LEAD), browser(Role.LEAD, name="Olga Owner")
    priya = hall.people["Priya Nair"]
    wanted = {"agent": priya}
    assert "over" in lead.post("/api/wallboard/listening", wanted, status=409)["message"]
    queues, entry = over_sql(hall)
    assert "no phone" in lead.post("/api/wallboard/listening", wanted, status=422)["message"]
    with hall.database.write("test") as session:
        session.add(Phone(person_id=lead.person, kind=PhoneKind.DESK, sip_user="901"))
    browser(Role.AGENT).post("/api/wallboard/listening", wanted, status=403)
    begun = lead.post("/api/wallboard/listening", wanted)
    assert (begun["state"], begun["mode"]) == ("ringing", "listen")
    path = f"/api/wallboard/listening/{begun['id']}"
    lead.patch(path, {"mode": "whisper"}, status=409)
    orders = SqlOrders(hall.database, "a controller")
    (order,) = orders.waiting()
    assert (order.call, order.made_by, order.person, order.detail) == (
        "the-call",
        lead.person,
        priya,
        {"mode": "listen"},
    )
    assert orders.take(order.id)
    assert not SqlOrders(hall.database, "another").take(order.id), "once"
    orders.done(order.id, began="now")
    assert lead.get(path)["state"] == "listening"
    other.get(path, status=404)
    lead.patch(path, {"mode": "barge"})
    lead.delete(path, status=204)
    assert [(one.what, one.detail.get("listening")) for one in orders.waiting()] == [
        ("listen as", begun["id"]),
        ("stop listening", begun["id"]),
    ]
    ended = now()
    orders.also(order.id, ended=ended.isoformat())
    assert lead.get(path)["state"] == "over"
    done = lead.get("/api/wallboard/record")["done"]
    assert [(one["what"], one["by"], one["about"]) for one in done][-1] == ("listen", "Pat Moore", "Priya Nair")
    assert done[-1]["until"] == ended.isoformat().replace("+00:00", "Z")
    queues.talked(entry)
    lead.post("/api/wallboard/listening", wanted, status=409)


def test_an_order_that_nobody_carries_out_ends(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = SqlOrders(hall.database, "here")
    order = orders.give(What.LISTEN, hall.people["Priya Nair"], call="gone", mode="listen")
    orders.sweep()
    assert [one.id for one in orders.waiting()] == [order]
    monkeypatch.setattr("controller.store.orders.STALE", timedelta(0))
    orders.sweep()
    assert orders.waiting() == []
    with hall.database.read() as session:
        assert session.scalars(select(Order.failed)).one() == Failure.LOST
