"""The demo clinic in SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from controller.delivery.webhooks import Webhooks
from controller.flows.clinic import Opening
from controller.flows.samples import lakeside
from controller.queues.states import AgentMode
from controller.store import models
from controller.store.clinic import SqlClinic
from controller.store.engine import Database
from controller.store.queues import Desk
from controller.store.seed import seed, sign_in

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")


def test_the_demo_clinic_answers_what_its_flows_ask(database: Database, tmp_path: Path) -> None:
    assert seed(database, NOW) > 0
    clinic = SqlClinic(database, data_dir=tmp_path, web=Webhooks(()))
    number = clinic.number("+16085550110")
    assert number is not None
    assert number.flow is not None
    version = clinic.live_version(number.flow)
    assert version is not None
    assert version.document.name == "Lakeside main line"
    assert version.nodes.keys() == lakeside()["main_line"].nodes.keys()
    place = clinic.location(number.location or "")
    assert place is not None
    assert place.hours is not None
    assert clinic.names("hours")[place.hours] == "Hillside hours"
    friday = datetime(2026, 11, 20, 10, tzinfo=CHICAGO)
    hours = clinic.hours(place.hours, friday)
    assert hours is not None
    assert hours.state is Opening.CLOSED
    rota = next(id for id, name in clinic.names("rota").items() if name == "Lakeside on call")
    steps = clinic.on_call(rota, NOW)
    assert steps is not None
    assert [len(step) for step in steps] == [2, 2, 1]
    assert steps[-1][0].address == "+16085550180"
    team = next(id for id, name in clinic.names("team").items() if name == "Nurses")
    members = clinic.team(team)
    assert members is not None
    assert [person.name for person in members] == ["Joan Miller", "David Kim", "Lucia Ortega"]
    contact = clinic.contact("+16085550170")
    listed = next(id for id, name in clinic.names("list").items() if name == "Hospitals and pharmacies")
    assert contact is not None
    assert clinic.listed(listed, "+16085550170", NOW)
    assert not clinic.listed(listed, "+16085550121", NOW)
    assert clinic.emergency_sentence().keys() == {"en", "es"}


def test_seeding_again_makes_nothing_and_changes_nothing(database: Database) -> None:
    seed(database, NOW)
    with database.write("staff") as session:
        team = session.scalars(select(models.Team).where(models.Team.name == "Nurses")).one()
        team.members.pop()
        flow = session.scalars(select(models.Flow).where(models.Flow.name == "Lakeside main line")).one()
        live = flow.live_version_id
    assert seed(database, NOW) == 0
    with database.read() as session:
        team = session.scalars(select(models.Team).where(models.Team.name == "Nurses")).one()
        assert len(team.members) == 2
        flow = session.scalars(select(models.Flow).where(models.Flow.name == "Lakeside main line")).one()
        assert flow.live_version_id == live
        assert session.scalar(select(func.count()).select_from(models.FlowVersion)) == len(lakeside())


def test_its_people_take_calls_of_its_queues(database: Database) -> None:
    seed(database, NOW)
    names = {
        "Priya Nair",
        "Tom Becker",
        "Maria Santos",
        "Joan Miller",
        "David Kim",
        "Lucia Ortega",
        "Karen Lund",
        "Sam Reyes",
    }
    assert sign_in(database) == len(names)
    with database.read() as session:
        agents = select(models.Person.name).join(models.Agent, models.Agent.person_id == models.Person.id)
        agents = agents.where(models.Agent.mode == AgentMode.AVAILABLE)
        assert set(session.scalars(agents)) == names
        tom = session.scalars(select(models.Person.id).where(models.Person.name == "Tom Becker")).one()
    Desk(database).sign_out(tom)
    assert sign_in(database) == 0, "who has signed out stays so"
