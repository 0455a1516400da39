"""`careline number` and `careline phones`."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from controller.practice.switch import PracticeSwitch
from controller.store.engine import Database
from controller.store.models import Location, Phone, Trunk
from tests.cli.conftest import Ran

Careline = Callable[..., Ran]
MAIN = "Lakeside main line"


def test_without_any_number_the_list_says_what_to_do(careline: Careline) -> None:
    assert "careline number add NUMBER --flow NAME" in careline("number", "list").out
    assert careline("number", "list", "--json").json == []


def test_a_new_number_is_answered_by_its_flow(careline: Careline, clinic: Database) -> None:
    added = careline(
        *("number", "add", "(608) 555-0177", "--flow", MAIN, "--location", "Hillside", "--backup", "608 555 0199")
    )
    assert (added.status, added.out) == (0, f"+16085550177 is answered by '{MAIN}'\n")
    row = next(row for row in careline("number", "list", "--json").json if row["number"] == "+16085550177")
    assert row == {
        "number": "+16085550177",
        "flow": MAIN,
        "location": "Hillside",
        "backup": "+16085550199",
        "live": True,
    }


def test_changing_a_number_keeps_what_is_not_given(careline: Careline, clinic: Database) -> None:
    careline("number", "add", "+16085550177", "--flow", MAIN, "--backup", "+16085550199")
    careline("number", "add", "+16085550177", "--flow", "Lakeside nurse line")
    rows = [row for row in careline("number", "list", "--json").json if row["number"] == "+16085550177"]
    assert [(row["flow"], row["backup"]) for row in rows] == [("Lakeside nurse line", "+16085550199")]


def test_a_flow_that_is_not_live_is_said_to_be_so(careline: Careline, dental: Path) -> None:
    careline("flow", "import", str(dental), "--create-missing")
    added = careline("number", "add", "+16085550177", "--flow", "Dental practice")
    assert added.out == "+16085550177 is answered by 'Dental practice', once a version of it is live\n"


def test_the_list_is_aligned(careline: Careline, clinic: Database) -> None:
    lines = careline("number", "list").out.splitlines()
    at = lines[0].index("flow")
    assert all(line[at - 2 : at] == "  " and line[at] != " " for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("12",), "not a telephone number: '12'"),
        (("+16085550177", "--backup", "front desk"), "not a telephone number: 'front desk'"),
        (("+16085550177", "--flow", "Main"), "there is no flow named 'Main'; there is 'Lakeside after hours', "),
        (("+16085550177", "--location", "Moon"), "there is no location named 'Moon'; there is 'Hillside', 'Lakeside'"),
    ],
)
def test_a_wrong_number_changes_nothing(
    careline: Careline, clinic: Database, arguments: tuple[str, ...], said: str
) -> None:
    before = careline("number", "list", "--json").json
    given = arguments if "--flow" in arguments else (*arguments, "--flow", MAIN)
    ran = careline("number", "add", *given)
    assert ran.status == 2
    assert said in ran.err
    assert careline("number", "list", "--json").json == before


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeSwitch]:
    switch = PracticeSwitch(password="the password", secret="secret")
    switch.start()
    monkeypatch.setenv("CARELINE_SWITCHES", "{}:{}".format(*switch.address))
    monkeypatch.setenv("CARELINE_SWITCH_PASSWORD", "the password")
    yield switch
    switch.stop()


def test_phones_are_written_once(careline: Careline, clinic: Database, tmp_path: Path) -> None:
    with clinic.write() as session:
        for phone in session.scalars(select(Phone).where(Phone.sip_user.is_not(None))):
            phone.secret = "s3cret"
    ran = careline("phones", "write", "phones", "--no-reload")
    assert ran.status == 0
    assert [Path(line).name for line in ran.out.splitlines()] == [
        "people.xml",
        "trunks.xml",
        "networks.xml",
        "routes.xml",
        "rules.xml",
    ]
    people = tmp_path / "phones" / "people.xml"
    assert "<user id=" in people.read_text()
    assert not stat.S_IMODE(people.stat().st_mode) & 0o007
    again = careline("phones", "write", "phones", "--no-reload")
    assert (again.status, again.out) == (0, "nothing has changed\n")


def test_the_switch_is_told_what_the_changed_files_need(
    careline: Careline, clinic: Database, switch: PracticeSwitch
) -> None:
    with clinic.write() as session:
        for phone in session.scalars(select(Phone).where(Phone.sip_user.is_not(None))):
            phone.secret = "s3cret"
    first = careline("phones", "write", "phones")
    assert first.status == 0, first
    told = [line.split(": ")[1] for line in first.out.splitlines() if line.startswith("127.0.0.1:")]
    assert told == ["reloadxml", "reloadacl", "sofia profile outside rescan"]
    with clinic.write() as session:
        session.scalars(select(Location).where(Location.name == "Hillside")).one().number = "+16085550111"
    second = careline("phones", "write", "phones")
    assert [line.split(": ")[1] for line in second.out.splitlines() if line.startswith("127.0.0.1:")] == ["reloadxml"]
    assert careline("phones", "write", "phones").out == "nothing has changed\n"


def test_nothing_is_written_without_the_switches_password(careline: Careline, clinic: Database, tmp_path: Path) -> None:
    ran = careline("phones", "write", "phones")
    assert (ran.status, ran.err) == (2, "careline: CARELINE_SWITCH_PASSWORD: is not set\n")
    assert not (tmp_path / "phones").exists()


def test_a_switch_that_cannot_be_told_is_named(
    careline: Careline, switch: PracticeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARELINE_SWITCH_PASSWORD", "another")
    ran = careline("phones", "write", "phones")
    assert ran.status == 2
    assert f"CARELINE_SWITCHES: 127.0.0.1:{switch.address[1]} could not be told" in ran.err


def test_what_cannot_be_written_is_named(careline: Careline, clinic: Database, tmp_path: Path) -> None:
    with clinic.write() as session:
        session.add(Trunk(name="Second", gateway="no good}", enabled=True))
    ran = careline("phones", "write", "phones", "--no-reload")
    assert ran.status == 2
    assert "'no good}'" in ran.err
    assert not (tmp_path / "phones").exists() or not list((tmp_path / "phones").iterdir())
