"""What staff change is kept, in the same transaction, and can be undone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.hours import Calendar, DayEnd, EmergencyClosure, OneDayChange, Span, Weekday
from controller.flows.rotas import Member, Plan, Step
from controller.store.engine import Database
from controller.store.history import ChangedSince, VersionsNeverChange, undo
from controller.store.models import (
    Change,
    ContactList,
    Flow,
    FlowVersion,
    Hours,
    ListEntry,
    Location,
    NoticeRow,
    Person,
    Phone,
    PhoneKind,
    Rota,
    Team,
    TeamMember,
    new_id,
)
from controller.store.models.base import Kept

WEEK = Calendar(week={Weekday.MONDAY: (Span(start=time(8), end=time(17)),)})


def changes(database: Database, entity: str | None = None) -> list[Change]:
    with database.read() as session:
        found = session.scalars(select(Change).order_by(Change.id)).all()
    return [change for change in found if entity in (None, change.entity)]


def last(database: Database) -> str:
    return changes(database)[-1].change


def everything(session: Session) -> dict[str, dict[str, object]]:
    """Every kept row as it is now, but its secrets."""
    found: dict[str, dict[str, object]] = {}
    for mapper in Kept.__subclasses__():
        for row in session.scalars(select(mapper)):
            table = mapper.__table__  # type: ignore[attr-defined]
            found[row.id] = {c.name: getattr(row, c.name) for c in table.columns if c.info.get("history", True)}
    return found


def state(database: Database) -> dict[str, dict[str, object]]:
    with database.read() as session:
        return everything(session)


@pytest.fixture(autouse=True)
def clinic(database: Database) -> None:
    with database.write(who="seed") as session:
        session.add(Location(id="lake", name="Lakeside", zone="America/Chicago"))
        session.flush()
        session.add(Hours(id="office", name="Office", location_id="lake", calendar=WEEK))
        ann = Person(id="ann", name="Ann", location_id="lake", languages=["en", "es"])
        ann.phones = [
            Phone(id="desk", kind=PhoneKind.DESK, sip_user="101", position=0),
            Phone(id="cell", kind=PhoneKind.MOBILE, number="+13125550111", position=1),
        ]
        session.add(Team(id="front", name="Front desk", members=[TeamMember(person=ann)]))


def test_made_changed_deleted(database: Database) -> None:
    with database.write(who="ann") as session:
        session.get_one(Hours, "office").name = "Office hours"
    with database.write(who="ben") as session:
        session.delete(session.get_one(Hours, "office"))
    made, changed, deleted = changes(database, "hours")
    assert made.before is None
    assert made.after is not None
    assert made.after["calendar"] == {"week": {"monday": [{"start": "08:00:00", "end": "17:00:00"}]}}
    assert changed.before == made.after
    assert changed.after == made.after | {"name": "Office hours"}
    assert (deleted.before, deleted.after) == (changed.after, None)
    assert [row.who for row in (made, changed, deleted)] == ["seed", "ann", "ben"]
    assert {row.location_id for row in (made, changed, deleted)} == {"lake"}


def test_no_change_no_history(database: Database) -> None:
    before = len(changes(database))
    with database.write(who="ann") as session:
        hours = session.get_one(Hours, "office")
        hours.name = hours.name
        hours.calendar = WEEK.model_copy()
        session.get_one(Person, "ann").last_answered_at = datetime.now(UTC)
    assert len(changes(database)) == before


def test_secrets_are_not_kept(database: Database) -> None:
    with database.read() as session:
        secret = session.get_one(Phone, "desk").secret
    assert len(secret) >= 32
    assert all(secret not in str(change.after) for change in changes(database))
    assert "secret" not in (changes(database, "phones")[0].after or {})


def test_a_change_that_fails_leaves_no_history(database: Database) -> None:
    before = len(changes(database))

    def fail() -> None:
        with database.write(who="ann") as session:
            session.get_one(Hours, "office").name = "Other"
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(changes(database)) == before


def test_every_change_is_told(sqlite_database: Database) -> None:
    with sqlite_database.write(who="ann") as session:
        session.add(ContactList(id="vip", name="VIP"))
    with sqlite_database.read() as session:
        told = session.scalars(select(NoticeRow).order_by(NoticeRow.id.desc()).limit(1)).one()
    assert (told.topic, told.key) == ("contact_lists", "vip")


def test_undo_a_change_and_undo_that(database: Database) -> None:
    before = state(database)
    with database.write(who="ann") as session:
        closure = EmergencyClosure(since=datetime(2026, 3, 2, 15, tzinfo=UTC), reason="Burst pipe")
        changed = WEEK.model_copy(
            update={
                "emergency": closure,
                "changes": (OneDayChange(day=date(2026, 3, 2), kind=DayEnd.LATE, at=time(19)),),
            }
        )
        session.get_one(Hours, "office").calendar = changed
        session.get_one(Person, "ann").languages = ["en"]
    after = state(database)
    with database.write(who="ben") as session:
        undone = undo(session, last(database))
    assert state(database) == before
    kept = changes(database)[-1]
    assert (kept.change, kept.who) == (undone, "ben")
    assert kept.undoes is not None
    with database.write(who="ben") as session:
        undo(session, undone)
    assert state(database) == after


def test_undo_a_deletion_with_all_that_went_with_it(database: Database) -> None:
    before = state(database)
    with database.write(who="ann") as session:
        session.delete(session.get_one(Person, "ann"))
    assert set(before) - set(state(database)) == {"ann", "desk", "cell"} | {
        id for id, row in before.items() if row.get("team_id") == "front"
    }
    with database.write(who="ann") as session:
        undo(session, last(database))
    assert state(database) == before


def test_what_a_collection_lets_go_of_is_deleted_and_comes_back(database: Database) -> None:
    before = state(database)
    with database.write(who="ann") as session:
        ann = session.get_one(Person, "ann")
        ann.phones = ann.phones[:1]
        session.get_one(Team, "front").members = []
    assert [(row.entity_id, row.after) for row in changes(database, "phones")][-1] == ("cell", None)
    assert changes(database, "team_members")[-1].after is None
    assert {row.owner_id for row in changes(database, "phones")} == {"ann"}
    with database.write(who="ann") as session:
        undo(session, last(database))
    assert state(database) == before


def test_undo_a_creation(database: Database) -> None:
    before = state(database)
    with database.write(who="ann") as session:
        vip = ContactList(name="VIP")
        session.add(vip)
        session.flush()
        session.add(ListEntry(list_id=vip.id, number="+13125550122", expires_at=datetime(2026, 5, 1, tzinfo=UTC)))
        session.add(Rota(name="Nights", plan=Plan(steps=(Step(always=(Member(person="ann"),)),))))
    with database.write(who="ann") as session:
        undo(session, last(database))
    assert state(database) == before


def test_a_row_changed_twice_in_one_change(database: Database) -> None:
    before = state(database)
    with database.write(who="ann") as session:
        for name in ("One", "Two"):
            session.get_one(Hours, "office").name = name
            session.flush()
        made = Team(name="Short")
        session.add(made)
        session.flush()
        session.delete(made)
    with database.write(who="ann") as session:
        undo(session, last(database))
    assert state(database) == before


def test_what_has_changed_since_is_not_undone(database: Database) -> None:
    with database.write(who="ann") as session:
        session.get_one(Hours, "office").name = "One"
    first = last(database)
    with database.write(who="ben") as session:
        session.get_one(Hours, "office").name = "Two"
    now = state(database)
    with pytest.raises(ChangedSince, match="hours office"), database.write(who="ann") as session:
        undo(session, first)
    assert state(database) == now


def test_what_something_new_depends_on_is_not_undone(database: Database) -> None:
    with database.write(who="ann") as session:
        session.add(Team(id="new", name="New"))
    made = last(database)
    with database.write(who="ben") as session:
        session.add(TeamMember(team_id="new", person_id="ann"))
    with pytest.raises(ChangedSince, match="teams new"), database.write(who="ann") as session:
        undo(session, made)
    with database.write(who="ann") as session:
        undo(session, last(database))
    with database.write(who="ann") as session:
        undo(session, made)


def test_an_unknown_change(database: Database) -> None:
    with pytest.raises(LookupError), database.write() as session:
        undo(session, "none")


def test_before_is_what_sql_had_not_what_memory_had(database: Database) -> None:
    with database.read() as session:
        stale = session.get_one(Hours, "office")
    with database.write(who="ann") as session:
        session.get_one(Hours, "office").name = "Theirs"
    with database.write(who="ben") as session:
        session.add(stale)
        stale.name = "Mine"
    before = changes(database)[-1].before
    assert before is not None
    assert before["name"] == "Theirs"


def test_versions_never_change(database: Database) -> None:
    with database.write(who="ann") as session:
        session.add(Flow(id="main", name="Main line"))
        session.flush()
        session.add(FlowVersion(id="v1", flow_id="main", number=1, document={}, published_at=datetime.now(UTC)))
    with pytest.raises(VersionsNeverChange), database.write() as session:
        session.get_one(FlowVersion, "v1").document = {"name": "other"}
    with pytest.raises(VersionsNeverChange), database.write() as session:
        session.delete(session.get_one(FlowVersion, "v1"))
    with database.read() as session:
        assert session.get_one(FlowVersion, "v1").document == {}


def test_ids_are_short_sortable_and_never_the_same() -> None:
    ids = [new_id() for _ in range(5000)]
    assert sorted(set(ids)) == ids
    assert {len(id) for id in ids} == {16}
    assert set("".join(ids)) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_times_without_a_zone_are_refused(database: Database) -> None:
    with pytest.raises(Exception, match="without a zone"), database.write() as session:
        session.add(ListEntry(list_id="x", number="+13125550122", expires_at=datetime(2026, 5, 1)))  # noqa: DTZ001


def test_numbers_that_are_none_are_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"not in E\.164"), database.write() as session:
        session.add(Phone(kind=PhoneKind.MOBILE, number="312 555 0100"))
