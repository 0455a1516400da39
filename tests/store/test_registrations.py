"""Which phones are signed in, as controllers saw it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from controller.freeswitch.registrations import signed_in
from controller.store.engine import Database
from controller.store.models import Registration
from controller.store.registrations import seen

NOON = datetime(2026, 11, 20, 18, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def rows(database: Database) -> dict[tuple[str, str], tuple[datetime, str]]:
    with database.read() as session:
        return {(row.switch, row.sip_user): (row.since, row.address) for row in session.scalars(select(Registration))}


def test_since_when_a_phone_is_signed_in(database: Database) -> None:
    assert seen(database, "a", {"201": "10.0.0.1", "202": "10.0.0.2"}, NOON)
    assert seen(database, "b", {"201": "10.0.0.9"}, NOON)
    assert not seen(database, "a", {"201": "10.0.0.1", "202": "10.0.0.2"}, LATER), "no news is not written"
    assert seen(database, "a", {"201": "10.0.0.7", "203": "10.0.0.3"}, LATER)
    assert rows(database) == {
        ("a", "201"): (NOON, "10.0.0.7"),
        ("a", "203"): (LATER, "10.0.0.3"),
        ("b", "201"): (NOON, "10.0.0.9"),
    }
    assert seen(database, "a", {}, LATER)
    assert set(rows(database)) == {("b", "201")}


def test_two_controllers_at_one_switch(database: Database) -> None:
    seen(database, "a", {"201": "10.0.0.1"}, NOON)
    seen(database, "a", {"201": "10.0.0.1", "202": ""}, LATER)
    assert rows(database)["a", "201"] == (NOON, "10.0.0.1")


def test_the_switch_s_list() -> None:
    assert signed_in(lambda command: '{"row_count":0}') == {}
    answer = '{"row_count":1,"rows":[{"reg_user":"201","network_ip":"10.0.0.1","network_port":"5060"}]}'
    assert signed_in(lambda command: answer) == {"201": "10.0.0.1"}
