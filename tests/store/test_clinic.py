"""What flows may ask, answered from SQL: right, without SQL for each question, and fresh soon after a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import gevent
import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from controller.calls.call import Phone as Ringable
from controller.flows.clinic import (
    AbsenceAnswer,
    Clinic,
    ExpectedAnswer,
    NumberAnswer,
    Opening,
    ProviderAnswer,
    QueueAnswer,
    QueueTeamAnswer,
    WebAnswer,
    WebRequest,
)
from controller.flows.document import Document, DrawnNode
from controller.flows.hours import Calendar, EmergencyClosure, Span, Weekday
from controller.flows.rotas import Member, Plan, Rotation, Step
from controller.queues.rules import QueueRules
from controller.store.bus import Bus
from controller.store.clinic import NoQueues, SqlClinic
from controller.store.engine import Database
from controller.store.models import (
    Absence,
    Contact,
    ContactList,
    ContactNumber,
    ExpectedCall,
    Flow,
    FlowVersion,
    Hours,
    ListEntry,
    Location,
    Mailbox,
    Message,
    Number,
    Person,
    Phone,
    PhoneKind,
    Preference,
    Prompt,
    Provider,
    Queue,
    QueueTeam,
    Rota,
    Skill,
    Team,
    TeamMember,
    Trunk,
)
from tests.waiting import wait_until

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)  # a Monday; noon in Chicago
OFFICE = Calendar(week={Weekday.MONDAY: (Span(start=time(8), end=time(17)),)})


class NoWeb:
    def may_ask(self, url: str) -> bool:
        return url == "https://allowed/"

    def send(self, request: WebRequest) -> WebAnswer:
        return WebAnswer(204)


def document(text: str) -> dict[str, Any]:
    say = DrawnNode(kind="say", title=text)
    return Document(name="Main line", start="hello", nodes={"hello": say}).model_dump(mode="json")


def publish(session: Session, version: str, number: int, text: str) -> None:
    session.add(
        FlowVersion(id=version, flow_id="main", number=number, document=document(text), published_at=datetime.now(UTC))
    )
    session.get_one(Flow, "main").live_version_id = version


@pytest.fixture(autouse=True)
def clinic_rows(database: Database) -> None:
    with database.write(who="seed") as session:
        session.add(Location(id="lake", name="Lakeside", zone="America/Chicago", number="+13125550100"))
        session.add(Location(id="oak", name="Oak Park", zone="America/New_York", area_codes=["708"]))
        session.add(Flow(id="main", name="Main line"))
        session.add(Flow(id="draft", name="Not live yet"))
        session.flush()
        publish(session, "v1", 1, "first")
        session.add(Number(id="n1", number="+13125550100", location_id="lake", flow_id="main", backup="+13125550199"))
        session.add(Hours(id="h1", name="Office", location_id="lake", calendar=OFFICE))
        session.add(Hours(id="h2", name="Everywhere", calendar=OFFICE))
        session.add(Preference(key="zone", value="America/New_York"))
        session.add(Preference(key="emergency_sentence", value={"en": "Dial 911."}))
        session.add(Trunk(name="Ours", gateway="carrier", position=0))
        session.add(Trunk(name="Lake's", gateway="lake-carrier", location_id="lake", position=1))
        session.add(Trunk(name="Off", gateway="off", location_id="lake", position=0, enabled=False))
        session.add(Prompt(id="p1", name="Welcome", recordings={"en": "prompts/w.wav"}, text={"es": "Hola"}))
        session.add(Mailbox(id="m1", name="Nurses", location_id="lake", greeting={"en": "Leave a message."}))
        session.add(Contact(id="c1", name="Maria", language="es", attributes={"doctor": "Ruiz"}))
        session.add(Contact(id="c2", name="Her son"))
        session.add(ContactList(id="blocked", name="Blocked"))
        session.add(ContactList(id="vip", name="VIP"))
        session.add(Queue(id="line", name="Front desk line"))
        session.add(Skill(id="spanish", name="Spanish"))
        session.add(Provider(id="okafor", name="Dr. Okafor"))
        session.flush()
        session.add(ContactNumber(contact_id="c1", number="+13125550111"))
        session.add(ContactNumber(contact_id="c2", number="+13125550111"))
        session.add(ListEntry(list_id="vip", contact_id="c1"))
        session.add(ListEntry(list_id="blocked", number="+13125550666", expires_at=NOON, reason="prank"))
        ann = Person(id="ann", name="Ann", location_id="lake", languages=["en", "es"])
        ann.phones = [
            Phone(id="cell", kind=PhoneKind.MOBILE, number="+13125550122", position=1),
            Phone(id="desk", kind=PhoneKind.DESK, sip_user="101", label="Front desk", position=0),
        ]
        ben = Person(id="ben", name="Ben", available=False)
        ben.phones = [Phone(id="bens", kind=PhoneKind.OUTSIDE, number="+13125550133")]
        session.add(Person(id="cat", name="Cat without a phone"))
        session.add(Team(id="front", name="Front desk", members=[TeamMember(person=ben), TeamMember(person=ann)]))
        session.add(Team(id="empty", name="Nobody"))
        service = Member(number="+13125550188", name="Night owls")
        turns = Rotation(members=(Member(person="ann"), Member(person="ben")), begins=date(2026, 3, 2))
        steps = (Step(rotation=turns), Step(always=(Member(person="cat"),)), Step(always=(service,)))
        session.add(Rota(id="r1", name="Nights", location_id="lake", plan=Plan(steps=steps)))


@pytest.fixture
def clinic(database: Database, tmp_path: Path) -> SqlClinic:
    return SqlClinic(database, data_dir=tmp_path, web=NoWeb())


@pytest.fixture
def fresh(clinic: SqlClinic, database: Database) -> Iterator[SqlClinic]:
    bus = Bus(database)
    bus.start()
    clinic.start(bus)
    yield clinic
    clinic.stop()
    bus.stop()


DESK = Ringable("desk", "inside", "101", "ann", "Front desk")
CELL = Ringable("cell", "outside", "+13125550122", "ann", "", "lake-carrier")
BENS = Ringable("bens", "outside", "+13125550133", "ben", "", "carrier")
SERVICE = Ringable("+13125550188", "outside", "+13125550188", None, "Night owls", "carrier")


@pytest.mark.parametrize("dialled", ["+13125550100", "3125550100", "13125550100", "(312) 555-0100"])
def test_numbers_however_they_are_written(clinic: SqlClinic, dialled: str) -> None:
    assert clinic.number(dialled) == NumberAnswer("n1", "+13125550100", "lake", "main", "+13125550199")


def test_what_is_not_there(clinic: SqlClinic) -> None:
    as_protocol: Clinic = clinic
    assert as_protocol.number("+13125550999") is None
    assert as_protocol.number("anonymous") is None
    assert as_protocol.live_version("draft") is None
    assert as_protocol.live_version("none") is None
    assert as_protocol.version("none") is None
    assert as_protocol.hours("none", NOON) is None
    assert as_protocol.location("none") is None
    assert as_protocol.person("none") is None
    assert as_protocol.team("none") is None
    assert as_protocol.on_call("none", NOON) is None
    assert as_protocol.prompt("none") is None
    assert as_protocol.mailbox("none") is None
    assert as_protocol.contact(None) is None
    assert as_protocol.contact("+13125550999") is None
    assert not as_protocol.listed("vip", None, NOON)
    assert as_protocol.team("empty") == []


def test_hours_in_their_zone(clinic: SqlClinic) -> None:
    answer = clinic.hours("h1", NOON)
    assert answer is not None
    assert (answer.state, answer.until) == (Opening.OPEN, datetime(2026, 3, 2, 23, tzinfo=UTC))
    everywhere = clinic.hours("h2", NOON)  # by the organisation's zone
    assert everywhere is not None
    assert everywhere.until == datetime(2026, 3, 2, 22, tzinfo=UTC)
    again = clinic.hours("h1", answer.until)
    assert again is not None
    assert again.state is Opening.CLOSED
    assert clinic.hours("h1", NOON) == answer  # also when asked about earlier


def test_a_zone_that_is_none(clinic: SqlClinic, database: Database) -> None:
    with database.write() as session:
        session.scalars(select(Preference).where(Preference.key == "zone")).one().value = "Mars/Olympus"
    everywhere = clinic.hours("h2", datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert everywhere is not None
    assert everywhere.until == datetime(2026, 3, 2, 17, tzinfo=UTC)
    for wrong in (Location, Hours, Rota):
        with pytest.raises(ZoneInfoNotFoundError):
            wrong(name="x", zone="Mars/Olympus")


def test_places(clinic: SqlClinic) -> None:
    lake = clinic.location("lake")
    assert lake is not None
    assert (lake.zone, lake.number, lake.hours) == (ZoneInfo("America/Chicago"), "+13125550100", "h1")
    assert [place.id for place in clinic.locations()] == ["lake", "oak"]
    assert clinic.trunk("lake") == "lake-carrier"
    assert clinic.trunk("oak") == "carrier"
    assert clinic.trunk(None) == "carrier"
    assert [number.number for number in clinic.numbers()] == ["+13125550100"]
    assert clinic.emergency_sentence() == {"en": "Dial 911."}


def test_people_teams_and_rotas(clinic: SqlClinic) -> None:
    ann = clinic.person("ann")
    assert ann is not None
    assert ann.phones == (DESK, CELL)
    assert ann.languages == ("en", "es")
    team = clinic.team("front")
    assert team is not None
    assert [(member.id, member.available) for member in team] == [("ben", False), ("ann", True)]
    assert clinic.on_call("r1", NOON) == [[DESK, CELL], [SERVICE]]
    assert clinic.on_call("r1", NOON + timedelta(days=7)) == [[BENS], [SERVICE]]
    members = clinic.rota_members("r1")
    assert members is not None
    assert [one if isinstance(one, Ringable) else one.id for one in members] == ["ann", "ben", "cat", SERVICE]
    assert clinic.rota_members("none") is None


def test_prompts_and_mailboxes(clinic: SqlClinic, tmp_path: Path) -> None:
    prompt, mailbox = clinic.prompt("p1"), clinic.mailbox("m1")
    assert prompt is not None
    assert mailbox is not None
    assert (prompt.recordings, prompt.text) == ({"en": tmp_path / "prompts/w.wav"}, {"es": "Hola"})
    assert (mailbox.name, mailbox.greeting, mailbox.most_seconds) == ("Nurses", {"en": "Leave a message."}, 180)


def test_names_of_whatever_flows_refer_to(clinic: SqlClinic) -> None:
    from controller.flows.document import REFERABLE

    assert clinic.names("team") == {"front": "Front desk", "empty": "Nobody"}
    assert clinic.names("list") == {"blocked": "Blocked", "vip": "VIP"}
    assert all(clinic.names(noun) for noun in REFERABLE)


def test_queues_and_providers(clinic: SqlClinic, database: Database) -> None:
    assert clinic.queue("none") is None
    assert clinic.provider("none") is None
    rules = QueueRules(soon_seconds=60)
    with database.write() as session:
        queue = session.get_one(Queue, "line")
        queue.hours_id, queue.location_id, queue.rules = "h1", "lake", rules
        queue.teams = [
            QueueTeam(team_id="empty", position=1, joins_after=300, leaves_below=120),
            QueueTeam(team_id="front", position=0),
        ]
        cover = Provider(id="ruiz", name="Dr. Ruiz", queue_id="line")
        session.add(cover)
        session.flush()
        provider = session.get_one(Provider, "okafor")
        provider.spoken, provider.person_id, provider.location_id = "Doctor Okafor", "ann", "lake"
        provider.absences = [Absence(begins=NOON, ends=NOON + timedelta(days=1), cover_id="ruiz")]
        provider.expected = [ExpectedCall(until=NOON, label="The hospital", number="+13125550177", list_id="vip")]
    clinic.refresh()
    teams = (QueueTeamAnswer("front"), QueueTeamAnswer("empty", 300, 120))
    assert clinic.queue("line") == QueueAnswer("line", "Front desk line", "lake", "h1", None, teams, rules)
    assert clinic.provider("okafor") == ProviderAnswer(
        id="okafor",
        name="Dr. Okafor",
        spoken="Doctor Okafor",
        location="lake",
        person="ann",
        absences=(AbsenceAnswer(NOON, NOON + timedelta(days=1), "ruiz"),),
        expected=(ExpectedAnswer(NOON, "The hospital", "+13125550177", "vip"),),
    )
    with pytest.raises(NoQueues):
        _ = clinic.queues  # nobody told it


def test_contacts_and_lists(clinic: SqlClinic) -> None:
    maria = clinic.contact("+13125550111")
    assert maria is not None  # and not her son, who came later
    assert (maria.name, maria.language, maria.attributes) == ("Maria", "es", {"doctor": "Ruiz"})
    assert maria.lists == {"vip"}
    assert clinic.listed("vip", "+13125550111", NOON)
    assert not clinic.listed("blocked", "+13125550111", NOON)
    assert clinic.listed("blocked", "+13125550666", NOON - timedelta(seconds=1))
    assert not clinic.listed("blocked", "+13125550666", NOON)


def test_no_sql_for_what_has_been_asked(clinic: SqlClinic, database: Database) -> None:
    def ask() -> None:
        number = clinic.number("+13125550100")
        assert number is not None
        assert number.flow is not None
        assert clinic.live_version(number.flow) is not None
        clinic.hours("h1", NOON)
        clinic.contact("+13125550111")
        clinic.listed("blocked", "+13125550111", NOON)
        clinic.team("front")
        clinic.on_call("r1", NOON)
        clinic.prompt("p1")

    ask()
    statements: list[str] = []

    def note(*execution: Any) -> None:
        statements.append(execution[2])

    for engine in (database._reader, database._writer):
        event.listen(engine, "before_cursor_execute", note)
    ask()
    assert statements == []


def changed(fresh: SqlClinic, database: Database, change: Callable[[Session], None], seen: Callable[[], bool]) -> None:
    assert not seen()
    with database.write(who="ann") as session:
        change(session)
    wait_until(seen, seconds=5)


def test_a_change_is_seen_soon(fresh: SqlClinic, database: Database) -> None:
    closure = EmergencyClosure(since=NOON - timedelta(hours=1), reason="Burst pipe")

    def close(session: Session) -> None:
        session.get_one(Hours, "h1").calendar = OFFICE.model_copy(update={"emergency": closure})

    def closed() -> bool:
        answer = fresh.hours("h1", NOON)
        return answer is not None and answer.state is Opening.EMERGENCY

    changed(fresh, database, close, closed)


def test_a_contact_is_seen_soon(fresh: SqlClinic, database: Database) -> None:
    changed(
        fresh,
        database,
        lambda session: session.add(ListEntry(list_id="blocked", number="+13125550777")),
        lambda: fresh.listed("blocked", "+13125550777", NOON),
    )


def test_a_new_version_goes_live_and_the_old_one_can_still_be_walked(fresh: SqlClinic, database: Database) -> None:
    old = fresh.live_version("main")
    assert old is not None

    def live() -> bool:
        version = fresh.live_version("main")
        return version is not None and version.id == "v2"

    changed(fresh, database, lambda session: publish(session, "v2", 2, "second"), live)
    assert fresh.version("v1") is old
    assert fresh.live_version("main") is fresh.version("v2")


def test_a_version_of_another_process_is_found(clinic: SqlClinic, database: Database) -> None:
    clinic.refresh()
    with database.write(who="ann") as session:
        publish(session, "v2", 2, "second")
    version = clinic.version("v2")
    assert version is not None
    assert version.document.nodes["hello"].title == "second"


def test_a_version_that_cannot_be_read_is_none(clinic: SqlClinic, database: Database) -> None:
    with database.write() as session:
        session.add(
            FlowVersion(id="odd", flow_id="main", number=9, document={"nodes": 7}, published_at=datetime.now(UTC))
        )
    assert clinic.version("odd") is None


def test_a_lost_notice_only_delays(clinic: SqlClinic, database: Database) -> None:
    bus = Bus(database, nudge=0.05)
    clinic.start(bus)  # the bus is deaf: nobody has started its ear
    with database.write(who="ann") as session:
        session.get_one(Team, "front").name = "Reception"
    nudger = gevent.spawn(bus._nudge_on)
    wait_until(lambda: clinic.names("team")["front"] == "Reception", seconds=5)
    nudger.kill()
    clinic.stop()


def test_turns_go_round_for_all_controllers(clinic: SqlClinic, database: Database, tmp_path: Path) -> None:
    other = SqlClinic(database, data_dir=tmp_path, web=NoWeb())
    asked = [asking.turn("menu", 3) for asking in (clinic, other, clinic, clinic, other)]
    assert asked == [0, 1, 2, 0, 1]
    assert clinic.turn("another", 3) == 0
    assert clinic.turn("alone", 1) == 0


def test_who_has_just_taken_a_call(fresh: SqlClinic, clinic: SqlClinic, database: Database, tmp_path: Path) -> None:
    other = SqlClinic(database, data_dir=tmp_path, web=NoWeb())

    def last(asked: SqlClinic) -> datetime | None:
        ann = asked.person("ann")
        assert ann is not None
        return ann.last_answered

    assert last(fresh) is None
    other.answered("ann", NOON)
    assert last(other) == NOON
    wait_until(lambda: last(fresh) == NOON, seconds=5)
    other.answered("ann", NOON - timedelta(minutes=5))  # told late
    fresh.refresh()
    assert last(fresh) == last(other) == NOON


def test_a_message_is_left_once(clinic: SqlClinic, database: Database, tmp_path: Path) -> None:
    path = clinic.message_path("0a1b-call", 3)
    assert path.parent.is_dir()
    assert clinic.message_path("0a1b-call", 3) == path

    def leave(seconds: float) -> None:
        clinic.leave_message(
            mailbox="m1",
            call="0a1b-call",
            step=3,
            path=path,
            seconds=seconds,
            at=NOON,
            caller="+13125550111",
            caller_name="Ma\0ria",
            language="es",
            urgent=True,
        )

    leave(12.5)
    leave(99)  # another controller, after a takeover
    with database.read() as session:
        [message] = session.scalars(select(Message))
    assert (message.seconds, message.left_at, message.location_id, message.urgent) == (12.5, NOON, "lake", True)
    assert message.caller_name == "Maria"
    assert tmp_path / message.path == path


def test_a_message_for_a_mailbox_that_is_gone_is_an_error(clinic: SqlClinic, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError):
        clinic.leave_message(
            mailbox="gone",
            call="c",
            step=1,
            path=tmp_path / "m.wav",
            seconds=1,
            at=NOON,
            caller=None,
            caller_name="",
            language="en",
        )


def test_a_hostile_call_id_stays_in_the_folder(clinic: SqlClinic, tmp_path: Path) -> None:
    for path in (clinic.message_path("../../etc/x", 1), clinic.recording_path("..", NOON)):
        assert path.resolve().is_relative_to(tmp_path)
        assert ".." not in str(path)


def test_asking_web_services_is_somebody_elses(clinic: SqlClinic) -> None:
    assert clinic.may_ask("https://allowed/")
    assert not clinic.may_ask("https://other/")
    assert clinic.send(WebRequest("https://allowed/")).status == 204


def test_an_announcement_is_the_locations_own_or_the_organisations(database: Database, clinic: SqlClinic) -> None:
    later = NOON + timedelta(hours=2)
    ours = {"text": {"en": "We are moving."}, "since": NOON.isoformat(), "until": None}
    lakes = {"text": {"en": "We close at noon."}, "since": NOON.isoformat(), "until": later.isoformat()}
    assert clinic.announcement("lake", NOON) == {}
    with database.write() as session:
        session.add(Preference(key="announcement", value=ours))
        session.add(Preference(key="announcement", location_id="lake", value=lakes))
        session.add(Preference(key="announcement", location_id="oak", value="not one at all"))
    clinic.refresh()
    assert clinic.announcement("lake", NOON) == {"en": "We close at noon."}
    assert clinic.announcement("lake", later) == {"en": "We are moving."}
    assert clinic.announcement("oak", NOON) == {"en": "We are moving."}
    assert clinic.announcement(None, NOON) == {"en": "We are moving."}
