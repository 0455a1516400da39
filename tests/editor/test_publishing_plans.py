"""Publishing at a set time, for a time only; by whichever process comes first, also after all of them were away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import pytest
from sqlalchemy import select, update

from controller.flows.document import Document
from controller.jobs.loop import Jobs
from controller.store.engine import Database
from controller.store.models import Change, Flow, Job, Publication, Standing, Team
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.editor.publishing import draft, draw, drawn, flow_id, live, publish, retitle, titled
from tests.waiting import wait_until

HOUR = timedelta(hours=1)


@pytest.fixture
def main(clinic: Database) -> str:
    return flow_id(clinic)


@pytest.fixture
def processes(parts: Editor, clinic: Database) -> Iterator[list[Jobs]]:
    """The loops of two controllers and an editor, not yet running."""
    databases = [Database(clinic.url) for _ in range(3)]
    yield [Jobs(database, parts.bus) for database in databases]
    for database in databases:
        database.close()


def number(clinic: Database, main: str) -> int:
    found = live(clinic, main)
    assert found is not None
    return found.number


def move_to(clinic: Database, about: str, kind: str) -> None:
    """Its time has come."""
    with clinic.connect() as connection:
        connection.execute(
            update(Job).where(Job.about == about, Job.kind == kind).values(due_at=datetime.now(UTC) - HOUR)
        )


def all_at_once(processes: list[Jobs]) -> None:
    gevent.joinall([gevent.spawn(jobs.do_what_is_due) for jobs in processes], raise_error=True)


def plan(lead: Browser, main: str, reason: str = "", **times: timedelta) -> dict[str, Any]:
    at = {name: (datetime.now(UTC) + ahead).isoformat() for name, ahead in times.items()}
    return publish(lead, main, reason=reason, **at)


def standings(clinic: Database) -> list[Standing]:
    with clinic.read() as session:
        return list(session.scalars(select(Publication.standing).order_by(Publication.made_at, Publication.id)))


def test_at_a_set_time_and_back_at_the_end(lead: Browser, clinic: Database, main: str, processes: list[Jobs]) -> None:
    draw(clinic, main, retitle("Message about a bill", "Bills"))
    done = plan(lead, main, starts_at=HOUR, ends_at=3 * HOUR)
    assert (done["planned"], done["acknowledgement"], done["number"]) == (True, None, 2)
    assert number(clinic, main) == 1
    assert titled(drawn(clinic, main), "Message about a bill"), "what is for a time only is no longer drawn"
    assert draft(clinic, main).changed is False
    seen = lead.get(f"/api/flows/{main}/publishing")
    assert [(it["number"], it["standing"], it["by"]) for it in seen["planned"]] == [(2, "planned", "Pat Moore")]

    all_at_once(processes)
    assert number(clinic, main) == 1, "not before its time"
    move_to(clinic, done["publication"], "begin_publication")
    all_at_once(processes)
    assert number(clinic, main) == 2
    seen = lead.get(f"/api/flows/{main}/publishing")
    assert seen["until"] is not None
    assert seen["planned"] == []
    with clinic.read() as session:
        change = session.scalars(select(Change).where(Change.entity == "flows", Change.entity_id == main)).all()[-1]
    assert change.who == lead.person, "carried out for whoever planned it"

    move_to(clinic, done["publication"], "end_publication")
    all_at_once(processes)
    assert number(clinic, main) == 1
    assert standings(clinic) == [Standing.OVER, Standing.LIVE]
    told = lead.get(f"/api/flows/{main}/versions")["versions"]
    assert told[1]["times"][0]["occasion"] == "return"
    with clinic.read() as session:
        assert session.scalars(select(Job)).all() == []


def test_a_loop_carries_it_out_by_itself_to_the_second(
    lead: Browser, clinic: Database, main: str, processes: list[Jobs]
) -> None:
    for jobs in processes:
        jobs.start()
    try:
        draw(clinic, main, retitle("Message about a bill", "Bills"))
        plan(lead, main, starts_at=timedelta(seconds=0.5), ends_at=timedelta(seconds=2.0))
        wait_until(lambda: number(clinic, main) == 2, 5)
        wait_until(lambda: number(clinic, main) == 1, 5)
        assert standings(clinic) == [Standing.OVER, Standing.LIVE]
    finally:
        for jobs in processes:
            jobs.stop()


def test_a_plan_for_good_goes_on_being_drawn_from(
    lead: Browser, clinic: Database, main: str, processes: list[Jobs]
) -> None:
    draw(clinic, main, retitle("Message about a bill", "Bills"))
    done = plan(lead, main, starts_at=HOUR)
    assert titled(drawn(clinic, main), "Bills")
    draw(clinic, main, retitle("Bills", "Invoices"))
    move_to(clinic, done["publication"], "begin_publication")
    all_at_once(processes)
    assert number(clinic, main) == 2
    assert titled(drawn(clinic, main), "Invoices"), "what was drawn since is kept"
    seen = lead.get(f"/api/flows/{main}/publishing")
    assert seen["meanwhile"] is None, "nobody is told of their own plan"
    assert [it["text"] for it in seen["differences"]] == ["Bills is now called Invoices"]


def test_a_plan_can_be_cancelled_once(lead: Browser, clinic: Database, main: str, processes: list[Jobs]) -> None:
    draw(clinic, main, retitle("Message about a bill", "Bills"))
    done = plan(lead, main, starts_at=HOUR)
    lead.post(f"/api/publications/{done['publication']}/cancel", status=204)
    lead.post(f"/api/publications/{done['publication']}/cancel", status=409)
    lead.post("/api/publications/nothing/cancel", status=404)
    move_to(clinic, done["publication"], "begin_publication")
    all_at_once(processes)
    assert number(clinic, main) == 1
    assert standings(clinic) == [Standing.CANCELLED]


def test_what_is_live_for_a_time_only_can_stay(
    lead: Browser, clinic: Database, main: str, processes: list[Jobs]
) -> None:
    draw(clinic, main, retitle("Message about a bill", "Bills"))
    done = plan(lead, main, ends_at=HOUR)
    assert number(clinic, main) == 2
    lead.post(f"/api/publications/{done['publication']}/cancel", status=204)
    move_to(clinic, done["publication"], "end_publication")
    all_at_once(processes)
    assert number(clinic, main) == 2


def test_who_publishes_meanwhile_is_not_undone_by_the_end(
    lead: Browser, clinic: Database, main: str, processes: list[Jobs]
) -> None:
    draw(clinic, main, retitle("Message about a bill", "Bills"))
    done = plan(lead, main, ends_at=HOUR)
    draw(clinic, main, retitle("Bills", "Invoices"))
    publish(lead, main)
    move_to(clinic, done["publication"], "end_publication")
    all_at_once(processes)
    assert number(clinic, main) == 3


def test_an_end_needs_something_to_go_back_to(lead: Browser, clinic: Database, parts: Editor) -> None:
    brought = lead.post("/api/imports", {"template": "after_hours", "name": "Nights", "chosen": _all_new(lead)})
    refused = publish(lead, brought["flow"], 422, ends_at=(datetime.now(UTC) + HOUR).isoformat(), reason="test")
    assert "nothing to go back to" in str(refused)


def _all_new(lead: Browser) -> dict[str, str]:
    seen = lead.post("/api/imports/look", {"template": "after_hours"})
    return {it["key"]: it["found"] or "" for it in seen["references"]}


def test_a_plan_for_a_flow_that_is_gone_is_not_carried_out(
    lead: Browser, clinic: Database, processes: list[Jobs]
) -> None:
    brought = lead.post("/api/imports", {"template": "after_hours", "name": "Nights", "chosen": _all_new(lead)})
    flow = brought["flow"]
    seen = lead.get(f"/api/flows/{flow}/publishing")
    done = lead.post(
        f"/api/flows/{flow}/publishing",
        {"seq": seen["seq"], "live": None, "reason": "t", "starts_at": (datetime.now(UTC) + HOUR).isoformat()},
    )
    with clinic.write("test") as session:
        session.delete(session.get_one(Flow, flow))
    move_to(clinic, done["publication"], "begin_publication")
    all_at_once(processes)
    assert standings(clinic) == [Standing.CANCELLED]
    with clinic.read() as session:
        assert session.scalars(select(Job)).all() == []


def test_what_a_planned_version_needs_is_in_use_and_is_replaced_in_it(
    lead: Browser, clinic: Database, main: str, processes: list[Jobs]
) -> None:
    made = {name: lead.post("/api/teams", {"name": name}, status=201)["id"] for name in ("Holiday desk", "Spare desk")}

    def ring_the_holiday_desk(document: Document) -> None:
        ring = document.nodes[titled(document, "Billing")]
        assert ring.kind == "ring"
        ring.settings["steps"][0] |= {"teams": [{"id": made["Holiday desk"], "name": "Holiday desk"}], "people": []}

    draw(clinic, main, ring_the_holiday_desk)
    done = plan(lead, main, starts_at=HOUR, ends_at=3 * HOUR, reason="test")
    used = lead.get(f"/api/teams/{made['Holiday desk']}/uses")["items"]
    assert [(it["kind"], it["what"], it["at"]) for it in used] == [
        ("plan", "planned version of a call flow", ["Billing"])
    ]
    lead.delete(f"/api/teams/{made['Holiday desk']}", status=409, json={})
    lead.delete(f"/api/teams/{made['Holiday desk']}", json={"replace_by": made["Spare desk"], "reason": "test"})
    move_to(clinic, done["publication"], "begin_publication")
    all_at_once(processes)
    now_live = live(clinic, main)
    assert now_live is not None
    assert made["Spare desk"] in str(now_live.document)
    assert made["Holiday desk"] not in str(now_live.document)

    # What comes back at the end is in use as well; and what is live for a time stays so, when something in it is replaced.
    lead.delete(f"/api/teams/{made['Spare desk']}", json={"replace_by": team(clinic, "Billing"), "reason": "test"})
    assert number(clinic, main) == 4
    with clinic.read() as session:
        standing = session.scalars(select(Publication).where(Publication.standing == Standing.LIVE)).one()
    assert standing.ends_at is not None
    move_to(clinic, standing.id, "end_publication")
    all_at_once(processes)
    assert number(clinic, main) == 1


def team(clinic: Database, name: str) -> str:
    with clinic.read() as session:
        return session.scalars(select(Team.id).where(Team.name == name)).one()
