"""A draft is called: it is walked as of the chosen time, says what happens, and leaves nothing in the clinic's books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from controller.flows.document import Document
from controller.store.engine import Database
from controller.store.models import (
    CallRecord,
    CallStep,
    Flow,
    Hours,
    Mailbox,
    Message,
    Number,
    Person,
    Phone,
    TestCall,
    WebServices,
)
from controller.store.models.base import new_id
from controller.store.seed import seed
from controller.store.test_calls import Kind, SqlTestCalls
from tests.testcalls.stand import Peer, Stand
from tests.waiting import wait_until

SUNDAY_AT_NIGHT = datetime(2026, 11, 29, 9, tzinfo=UTC)
"""Three in the morning in Chicago."""
TUESDAY_MORNING = datetime(2026, 11, 24, 16, tzinfo=UTC)


@pytest.fixture
def clinic(database: Database) -> dict[str, str]:
    """The demo clinic's things by name."""
    seed(database, datetime(2026, 11, 20, 16, tzinfo=UTC))
    with database.read() as session:
        return {
            **{flow.name: flow.id for flow in session.scalars(select(Flow))},
            **{person.name: person.id for person in session.scalars(select(Person))},
            "number": session.scalars(select(Number.number).order_by(Number.number)).first() or "",
        }


@pytest.fixture
def stand(database_url: URL, tmp_path: Path, clinic: dict[str, str]) -> Iterator[Stand]:
    with Stand(database_url.render_as_string(hide_password=False), tmp_path / "data") as stand:
        yield stand


@pytest.fixture
def peer(stand: Stand) -> Iterator[Peer]:
    peer = stand.peer()
    yield peer
    peer.close()


Trying = Callable[..., str]


@pytest.fixture
def trying(database: Database, clinic: dict[str, str], peer: Peer) -> Trying:
    """Makes a test call of a document; its id."""

    def make(nodes: dict[str, Any], edges: dict[str, dict[str, str]], start: str, **more: Any) -> str:
        document = Document.model_validate(
            {
                "name": "Draft",
                "start": start,
                "nodes": {**nodes, "over": node("hang_up", "Hang up")},
                "edges": edges,
                "catch_all": "over",
            }
        )
        call = TestCall(
            id=f"test-{new_id()}",
            flow_id=clinic["Lakeside main line"],
            document=document.model_dump(mode="json"),
            **{
                "at": TUESDAY_MORNING,
                "dialled": clinic["number"],
                "caller": "+13125550188",
                "hours": {},
                "who": "somebody",
                "began_at": datetime.now(UTC),
                **more,
            },
        )
        tests = SqlTestCalls(database)
        tests.make(call)
        tests.made(call.id, peer.do("call", number=call.id, caller="+13125550188", follow=True))
        return call.id

    return make


def say(text: str) -> dict[str, Any]:
    return {"kind": "say", "title": text, "settings": {"speech": {"text": {"en": text}}}}


def node(kind: str, title: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "title": title, "settings": settings}


def record(database: Database, id: str) -> CallRecord:
    """The call, once it is over."""

    def ended() -> CallRecord | None:
        with database.read() as session:
            return session.scalar(
                select(CallRecord).where(CallRecord.version_id == id, CallRecord.ended_at.isnot(None))
            )

    found = wait_until(ended)
    assert found is not None
    return found


def way(database: Database, id: str) -> list[str]:
    call = record(database, id)
    with database.read() as session:
        return list(session.scalars(select(CallStep.node).where(CallStep.call_id == call.id).order_by(CallStep.step)))


def test_a_draft_is_heard_as_of_the_chosen_time(
    database: Database, clinic: dict[str, str], trying: Trying, peer: Peer
) -> None:
    with database.read() as session:
        hours = session.scalars(select(Hours.id).order_by(Hours.id)).first()
    nodes = {
        "when": node("hours", "Open?", hours={"id": hours}),
        "day": say("We are open."),
        "night": say("We are closed."),
    }
    edges = {"when": {"open": "day", "closed": "night", "break": "night", "holiday": "night", "emergency": "night"}}
    for at, said in ((TUESDAY_MORNING, "day"), (SUNDAY_AT_NIGHT, "night")):
        id = trying(nodes, edges, "when", at=at)
        sound = peer.next("sound")
        events = SqlTestCalls(database).events(id)
        assert [(event.kind, event.node) for event in events] == [(Kind.HEARD, said)]
        assert events[0].detail["text"] == nodes[said]["title"]
        assert sound["sounds"][0].endswith(events[0].detail["path"])
        assert peer.next("ended")["cause"] == "NORMAL_CLEARING"
        call = record(database, id)
        assert (call.test, call.caller, call.dialled) == (True, "+13125550188", clinic["number"])
        assert (call.ending, way(database, id)) == ("flow ended", ["when", said, "over"])
    assert (SqlTestCalls(database).find(id) or TestCall()).call_id == call.id


def test_hours_may_be_taken_as_in_another_state(database: Database, trying: Trying, peer: Peer) -> None:
    with database.read() as session:
        hours = session.scalars(select(Hours.id).order_by(Hours.id)).first()
    nodes = {"when": node("hours", "Open?", hours={"id": hours}), "shut": say("Closed for an emergency.")}
    id = trying(nodes, {"when": {"emergency": "shut"}}, "when", hours={str(hours): "emergency"})
    peer.next("ended")
    assert way(database, id) == ["when", "shut", "over"]


def test_people_answer_or_not_and_keys_are_told(database: Database, trying: Trying, peer: Peer) -> None:
    with database.read() as session:
        phone = session.scalars(
            select(Phone).where(Phone.person_id.isnot(None), Phone.sip_user.isnot(None)).order_by(Phone.id)
        ).first()
    assert phone is not None
    nodes = {
        "menu": node("menu", "Main menu", prompt={"text": {"en": "Press 1."}}, choices=[{"key": "1", "label": "Us"}]),
        "ring": node("ring", "Ring", steps=[{"people": [{"id": phone.person_id}], "phones": "first"}]),
        "later": say("Nobody is there."),
    }
    edges = {"menu": {"1": "ring"}, "ring": {"no_answer": "later"}}
    id = trying(nodes, edges, "menu")
    assert peer.next("sound")
    peer.do("press", call=_caller(database, id), keys="1")
    rung = peer.next("rung")
    assert rung["number"] == phone.sip_user
    peer.do("decline", call=rung["leg"])
    peer.next("ended")
    peer.next("sound")
    assert way(database, id) == ["menu", "ring", "later", "over"]
    pressed = [event.detail for event in SqlTestCalls(database).events(id) if event.kind == Kind.PRESSED]
    assert pressed == [{"keys": "1", "ended": "length", "sensitive": False}]

    id = trying(nodes, edges, "menu")
    peer.next("sound")
    peer.do("press", call=_caller(database, id), keys="1")
    rung = peer.next("rung")
    peer.do("answer", call=rung["leg"])
    assert {peer.next("joined")["leg"], peer.next("joined")["leg"]} == {rung["leg"], _caller(database, id)}
    peer.do("hang up", call=rung["leg"])
    assert record(database, id).ending == "flow ended"
    with database.read() as session:
        assert session.scalar(select(Person.last_answered_at).where(Person.id == phone.person_id)) is None


def test_a_message_is_not_kept_and_who_goes_away_has_hung_up(
    database: Database, stand: Stand, trying: Trying, peer: Peer
) -> None:
    with database.read() as session:
        mailbox = session.scalars(select(Mailbox.id).order_by(Mailbox.id)).first()
    nodes = {"box": node("voicemail", "Leave a message", mailbox={"id": mailbox}), "bye": say("Goodbye.")}
    id = trying(nodes, {"box": {"left": "bye"}}, "box")
    peer.next("recording")
    peer.do("speak", call=_caller(database, id), seconds=2)
    wait_until(lambda: [event for event in SqlTestCalls(database).events(id) if event.kind == Kind.SPOKE], 30)
    wait_until(lambda: not list((stand.data_dir / "tests").glob("*.wav")))
    peer.next("sound")
    peer.close()
    assert record(database, id).ending == "caller hung up"
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_web_services_are_not_asked_unless_it_is_wished(database: Database, trying: Trying, peer: Peer) -> None:
    nodes = {
        "ask": node("webhook", "Ask", url="https://allowed.example/"),
        "well": say("They answered."),
        "ill": say("They did not."),
    }
    edges = {"ask": {"answered": "well", "failed": "ill"}}
    for services, end in ((WebServices.ANSWER, "well"), (WebServices.FAIL, "ill")):
        id = trying(nodes, edges, "ask", web_services=services)
        peer.next("ended")
        assert way(database, id) == ["ask", end, "over"]


def _caller(database: Database, id: str) -> str:
    found = SqlTestCalls(database).find(id)
    assert found is not None
    assert found.call_id is not None
    return found.call_id
