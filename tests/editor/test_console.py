"""My calls: an agent's own state, the call in hand with its path and notes, and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.calls.call import Answer
from controller.calls.journal import CallBegan, StepTaken
from controller.queues.orders import Failure
from controller.queues.orders import Order as Given
from controller.queues.waiting import Refused, Standing, Wish
from controller.store.engine import Database
from controller.store.journal import SqlJournal
from controller.store.models import (
    Agent,
    CallNote,
    Contact,
    ContactNumber,
    FlowVersion,
    HeldRole,
    Location,
    Person,
    Phone,
    PhoneKind,
    Queue,
    Role,
    TeamMember,
)
from controller.store.orders import SqlOrders
from controller.store.queues import Desk, SqlQueues
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.waiting import wait_until

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
CALLER = "+16085550142"


class Desks:
    """A queue of the demo clinic with two agents of its first team, and callers who come to it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.queues = SqlQueues(database, "one")
        self.desk = Desk(database, self.queues.acting)
        with database.write("test") as session:
            queue = session.scalars(select(Queue).order_by(Queue.id).limit(1)).one()
            queue.hours_id = None
            self.queue, self.team, self.name = queue.id, queue.teams[0].team_id, queue.name
            self.location = queue.location_id or session.scalars(select(Location.id).limit(1)).one()

    def agent(self, name: str, role: Role = Role.AGENT, location: str | None = None) -> str:
        """Somebody with a desk phone and a mobile who answers the queue; their id."""
        row = Person(name=name)
        row.roles.append(HeldRole(role=role, location_id=location))
        user = f"9{sum(name.encode()):04}"
        row.phones = [
            Phone(kind=PhoneKind.DESK, label="Desk", sip_user=user, position=0),
            Phone(kind=PhoneKind.MOBILE, number="+16085550199", position=1),
        ]
        with self.database.write("test") as session:
            session.add(row)
            session.flush()
            session.add(TeamMember(team_id=self.team, person_id=row.id, position=99))
        return row.id

    def call(self, id: str = "call-1", **more: object) -> Standing:
        """Somebody calls and waits."""
        wish = Wish(queue=self.queue, call=id, step=1, caller=CALLER, caller_name="Ana <b>Ruiz</b>", language="es",
                    location=self.location, **more)  # fmt: skip
        standing = self.queues.join(wish)
        assert not isinstance(standing, Refused), standing
        return standing

    def talk(self, standing: Standing) -> None:
        """Whoever is rung takes the call."""
        offer = standing.offers[0].id
        self.queues.answered(standing.ticket, offer, Answer.ACCEPTED)
        self.queues.talking(standing.ticket, offer)


@pytest.fixture
def desks(clinic: Database) -> Desks:
    with clinic.write("test") as session:
        session.query(TeamMember).delete()  # so that only those of the test answer
    return Desks(clinic)


def test_signing_in_pausing_and_out(lead: Browser, desks: Desks) -> None:
    me = Browser(lead.app, desks.agent("Ann Lee"))
    before = me.get("/api/console")
    assert (before["status"]["mode"], before["call"], before["queues"]) == ("signed_out", None, [desks.name])
    assert before["reasons"] == ["Break", "Lunch", "Meeting", "Paperwork"]
    assert [phone["kind"] for phone in before["phones"]] == ["Desk phone", "Mobile phone"]
    assert me.post("/api/console/status", {"what": "sign_in"})["status"]["mode"] == "available"
    paused = me.post("/api/console/status", {"what": "pause", "reason": "Lunch"})["status"]
    assert (paused["mode"], paused["reason"], paused["until"]) == ("paused", "Lunch", None)
    assert me.post("/api/console/status", {"what": "ready"})["status"]["mode"] == "available"
    mobile = before["phones"][1]["id"]
    assert me.put("/api/console/phone", {"phone": mobile})["phone"] == mobile
    assert me.put("/api/console/phone", {"phone": None})["phone"] is None
    assert "not one of yours" in me.put("/api/console/phone", {"phone": "somebody-elses"}, status=422)["message"]
    assert me.post("/api/console/status", {"what": "sign_out"})["status"]["mode"] == "signed_out"


def test_only_todays_calls_are_counted(lead: Browser, desks: Desks) -> None:
    person = desks.agent("Ann Lee")
    me = Browser(lead.app, person)
    me.post("/api/console/status", {"what": "sign_in"})
    desks.talk(desks.call())
    assert me.get("/api/console")["status"]["calls"] == 1
    with desks.database.write("test") as session:
        row = session.get_one(Agent, person)
        assert row.day is not None
        row.day -= timedelta(days=1)
    assert me.get("/api/console")["status"]["calls"] == 0


def test_nobody_signs_in_without_a_phone(lead: Browser, browser: Callable[..., Browser], clinic: Database) -> None:
    agent = browser(Role.AGENT, None, "Phoneless")
    assert "no phone yet" in agent.post("/api/console/status", {"what": "sign_in"}, status=422)["message"]
    agent.post("/api/console/status", {"what": "dance"}, status=422)
    browser(Role.WALLBOARD).get("/api/console", status=403)
    browser(Role.AUDITOR, None, "Audrey").get("/api/console", status=403)


def test_why_somebody_is_set_aside(lead: Browser, desks: Desks) -> None:
    me = Browser(lead.app, desks.agent("Ann Lee"))
    me.post("/api/console/status", {"what": "sign_in"})
    standing = desks.call()
    rung = me.get("/api/console")
    assert (rung["status"]["mode"], rung["call"]["state"]) == ("offered", "offered")
    desks.queues.answered(standing.ticket, standing.offers[0].id, Answer.NO_ANSWER)
    aside = me.get("/api/console")
    assert (aside["status"]["mode"], aside["status"]["told"]) == ("set_aside", "You did not answer a call")
    assert aside["status"]["until"] is not None
    assert aside["call"] is None
    assert me.post("/api/console/status", {"what": "ready"})["status"]["told"] == ""


def test_the_call_in_hand_with_its_path_wait_and_notes(lead: Browser, desks: Desks, parts: Editor) -> None:
    database = desks.database
    with database.write("test") as session:
        version = session.scalars(select(FlowVersion)).first()
        assert version is not None
        node = next(id for id, it in version.document["nodes"].items() if it["kind"] == "menu")
        contact = Contact(name="Ana Ruiz", language="es", attributes={"doctor": "Dr. Ruiz"})
        contact.numbers.append(ContactNumber(number=CALLER))
        session.add(contact)
        version_id = version.id
    journal = SqlJournal(database)
    journal.start()
    journal.began(
        CallBegan("call-1", AT, CALLER, "Ana", "+16085550100", None, desks.location, None, version_id, "s", "c")
    )
    notes = [{"what": "pressed", "keys": "2", "label": "Billing"}]
    journal.step(StepTaken("call-1", 0, version_id, node, "menu", AT, AT, "key_2", notes))
    journal.close()
    ann, ben = desks.agent("Ann Lee"), desks.agent("Ben Ode")
    me, other = Browser(lead.app, ann), Browser(lead.app, ben)
    me.post("/api/console/status", {"what": "sign_in"})
    desks.talk(desks.call(rank=2, note="Wants her results", sent_by=ben))
    now = me.get("/api/console")
    call = now["call"]
    assert now["status"]["mode"] == "talking"
    assert (call["state"], call["queue"], call["rank"], call["language"]) == ("talking", desks.name, 2, "es")
    assert (call["caller"], call["caller_name"]) == ("(608) 555-0142", "Ana <b>Ruiz</b>")
    assert (call["note"], call["sent_by"]) == ("Wants her results", "Ben Ode")
    assert call["contact"]["details"] == {"doctor": "Dr. Ruiz"}
    assert call["waited"] >= 0
    assert call["path"][0]["notes"] == ["Pressed 2: Billing."]
    # Nobody else has it, or may write about it.
    assert other.get("/api/console")["call"] is None
    other.put("/api/console/note", {"entry": call["entry"], "text": "mine now"}, status=404)
    me.put("/api/console/note", {"entry": call["entry"], "text": "Asked for results"}, status=204)
    me.put("/api/console/note", {"entry": call["entry"], "text": "Asked for her results\n"}, status=204)
    assert me.get("/api/console")["call"]["mine"] == "Asked for her results"
    # After the call the note can still be written, until they are ready; more time is more time.
    desks.queues.talked(call["entry"])
    after = me.get("/api/console")
    assert (after["status"]["mode"], after["call"]["state"], after["call"]["mine"]) == (
        "wrap_up", "over", "Asked for her results",
    )  # fmt: skip
    more = me.post("/api/console/status", {"what": "more_time"})["status"]["until"]
    assert datetime.fromisoformat(more) > datetime.fromisoformat(after["status"]["until"])
    me.put("/api/console/note", {"entry": call["entry"], "text": "Sent her results"}, status=204)
    assert me.post("/api/console/status", {"what": "ready"})["call"] is None
    # Whoever speaks to her next reads it.
    me.post("/api/console/status", {"what": "pause", "reason": "Break"})
    other.post("/api/console/status", {"what": "sign_in"})
    desks.talk(desks.call("call-2"))
    earlier = other.get("/api/console")["call"]["notes"]
    assert [(it["who"], it["text"], it["this_call"]) for it in earlier] == [("Ann Lee", "Sent her results", False)]
    other.put("/api/console/note", {"entry": call["entry"], "text": "x" * 4001}, status=422)
    me.put("/api/console/note", {"entry": call["entry"], "text": ""}, status=204)
    with database.read() as session:
        assert session.scalars(select(CallNote)).all() == []


def test_notes_of_other_locations_are_theirs(lead: Browser, desks: Desks) -> None:
    with desks.database.write("test") as session:
        elsewhere = session.scalars(select(Location.id).where(Location.id != desks.location)).first()
        assert elsewhere is not None
        session.add(CallNote(call_id="old", person_id="p", location_id=elsewhere, caller=CALLER, text="secret",
                             made_at=AT, changed_at=AT))  # fmt: skip
    here = Browser(lead.app, desks.agent("Ann Lee", location=desks.location))
    here.post("/api/console/status", {"what": "sign_in"})
    desks.talk(desks.call())
    assert here.get("/api/console")["call"]["notes"] == []


def test_only_ones_own_changes_are_told(lead: Browser, desks: Desks, parts: Editor) -> None:
    ann, ben = desks.agent("Ann Lee"), desks.agent("Ben Ode")
    me, other = Browser(lead.app, ann), Browser(lead.app, ben)
    mine, theirs = me.live(), other.live()
    assert me.say(mine, "console.follow") == {}
    assert other.say(theirs, "console.follow") == {}

    def told(live: object) -> int:
        return sum(it["name"] == "console.changed" for it in live.get_received())  # type: ignore[attr-defined]

    heard = []
    parts.bus.subscribe(heard.append, "settled")
    parts.bus.publish("settled")
    wait_until(lambda: [it for it in heard if it.topic])
    wait_until(lambda: lead.app.extensions["careline.console"]._telling.dead)
    told(mine), told(theirs)
    me.post("/api/console/status", {"what": "sign_in"})
    wait_until(lambda: told(mine) > 0)
    standing = desks.call()
    wait_until(lambda: told(mine) > 0)
    desks.talk(standing)
    wait_until(lambda: told(mine) > 0)
    me.put("/api/console/note", {"entry": standing.ticket.entry, "text": "Hello"}, status=204)
    wait_until(lambda: told(mine) > 0)
    assert told(theirs) == 0
    nobody = Browser(lead.app, desks.agent("Wally", Role.WALLBOARD)).live()
    assert nobody.emit("console.follow", callback=True)["error"]["status"] == 403


def test_reasons_are_the_organisations(lead: Browser, desks: Desks) -> None:
    page = lead.get("/api/preferences")
    form = {**page["form"], "zone": "America/Chicago", "pause_reasons": ["Triage", "Lunch", "Triage"]}
    lead.put("/api/preferences", {"revision": page["revision"], "form": form})
    me = Browser(lead.app, desks.agent("Ann Lee"))
    assert me.get("/api/console")["reasons"] == ["Triage", "Lunch"]
    page = lead.get("/api/preferences")
    lead.put(
        "/api/preferences", {"revision": page["revision"], "form": {**page["form"], "pause_reasons": [""]}}, status=422
    )


def lines_of_preferences(lead: Browser, desks: Desks) -> None:
    page = lead.get("/api/preferences")
    form = {
        **page["form"],
        "zone": "America/Chicago",
        "interpreter_lines": {"es": "(608) 555-0177", "vi": ""},
        "dispatch_lines": {desks.location: "608 555 0911"},
    }
    lead.put("/api/preferences", {"revision": page["revision"], "form": form})


def test_what_is_ordered_with_the_call_in_hand(lead: Browser, desks: Desks) -> None:
    lines_of_preferences(lead, desks)
    assert lead.get("/api/preferences")["form"]["interpreter_lines"] == {"es": "(608) 555-0177"}
    ann, ben = desks.agent("Ann Lee"), desks.agent("Ben Ode")
    me, other = Browser(lead.app, ann), Browser(lead.app, ben)
    me.post("/api/console/status", {"what": "sign_in"})
    standing = desks.call()
    entry = standing.ticket.entry
    orders = SqlOrders(desks.database, "one")

    def order(status: int = 200, **asked: object) -> dict[str, Any]:
        answer: dict[str, Any] = me.post("/api/console/orders", {"entry": entry, **asked}, status=status)
        return answer

    def carried_out(failed: Failure | None = None, **detail: object) -> Given:
        found = orders.waiting()[-1]
        assert orders.take(found.id)
        orders.failed(found.id, failed) if failed else orders.done(found.id, **detail)
        return found

    assert "not talking" in order(status=409, what="hold")["message"]  # it only rings
    desks.talk(standing)
    other.post("/api/console/orders", {"entry": entry, "what": "hold"}, status=409)
    order(status=422, what="explode")
    assert order(what="hold")["call"]["busy"]
    assert (carried_out().what, orders.waiting()) == ("hold", [])
    call = me.get("/api/console")["call"]
    assert (call["held"], call["busy"], call["recording"]) == (True, False, "off")
    order(what="take back")
    carried_out()
    order(what="pause recording")
    carried_out(Failure.NOT_RECORDED)
    call = me.get("/api/console")["call"]
    assert (call["held"], call["failed"]) == (False, "The call is not being recorded.")
    # A third party.
    assert [(line["line"], line["number"]) for line in call["lines"]] == [
        ("interpreter", "(608) 555-0177"), ("dispatch", "(608) 555-0911"),
    ]  # fmt: skip
    third = order(what="bring in", line="interpreter")["call"]["third"]
    assert third == {"name": "Interpreter: Spanish", "colleague": False, "there": False}
    order(status=409, what="send", to="person", id=ben)
    brought = carried_out()
    assert brought.detail["number"] == "+16085550177"
    assert me.get("/api/console")["call"]["third"]["there"]
    order(what="let go")
    assert carried_out().detail["which"] == brought.id
    orders.also(brought.id, ended="now")
    # A word with a colleague first.
    order(status=409, what="hand over")
    order(what="consult", id=ben)
    order(status=409, what="hand over")  # they have not answered
    consult = carried_out()
    order(what="hand over", note="Results")
    handed = carried_out()
    assert (handed.detail["which"], handed.detail["to"], handed.detail["id"]) == (consult.id, "person", ben)
    orders.also(consult.id, ended="now")
    # Sent on: to somebody who takes queues' calls, somebody who does not, a queue, a flow.
    order(what="send", to="person", id=ben, note="Wants results", language="en", rank=1)
    sent = carried_out(Failure.OVER).detail
    assert (sent["to"], sent["note"], sent["language"], sent["rank"], sent["queue"], sent["of"]) == (
        "person", "Wants results", "en", 1, desks.queue, entry,
    )  # fmt: skip
    assert datetime.fromisoformat(sent["since"]).tzinfo is not None
    other.post("/api/console/status", {"what": "sign_in"})
    order(what="send", to="person", id=ben)
    assert carried_out(Failure.OVER).detail["to"] == "agent"
    targets = me.get("/api/console/targets")
    assert next(it for it in targets["people"] if it["id"] == ben)["ready"]
    assert ann not in [it["id"] for it in targets["people"]]
    order(what="send", to="queue", id=targets["queues"][0]["id"])
    carried_out(Failure.OVER)
    order(what="send", to="flow", id=targets["flows"][0]["id"])
    carried_out(Failure.OVER)
    for wrong in ({}, {"to": "queue", "id": "gone"}, {"to": "flow", "id": "gone"}, {"to": "person", "id": ann}):
        order(status=422, what="send", **wrong)
    order(status=422, what="send", to="queue", id=desks.queue, note="x" * 301)
