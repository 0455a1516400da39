"""Tests on a real FreeSWITCH: `switch` starts one for the session. README.md in this folder says what else there is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.freeswitch.phones import DialRules, Exchange, InsidePhone, Location
from tests.conftest import NO_FREESWITCH
from tests.freeswitch.event_socket import StandInController
from tests.freeswitch.softphone import Softphone
from tests.freeswitch.switch import Switch, find_binary

HERE = Path(__file__).parent

LAKESIDE = Location(
    id="lakeside",
    name="Lakeside",
    number="+13125550100",
    callback="+13125550911",
    address="1 Shore Road",
    rules=DialRules(region="US", outside_prefix="9", allowed=("+1",), denied=("+1900",), at_once=2),
)
HILLTOP = Location(
    id="hilltop", name="Hilltop", number="+13125550200", rules=DialRules(region="US", outside_prefix="9")
)
CLINIC = Exchange(
    locations=(LAKESIDE, HILLTOP),
    phones=(
        *(InsidePhone(user, f"secret-{user}", f"Phone {user}", "lakeside") for user in ("101", "102", "103", "104")),
        InsidePhone("201", "secret-201", "Phone 201", "hilltop"),
    ),
    numbers=("+13125550100",),
)
"""The clinic of these tests: four phones at Lakeside, which may call North America, and one at Hilltop, which may not."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the switch, and one worker runs it all: one switch, one set of phones."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.freeswitch)
            item.add_marker(pytest.mark.xdist_group("freeswitch"))


@pytest.fixture(scope="session")
def switch_binary() -> Path:
    """The real switch's program; skips, loudly at the end of the run, where there is none."""
    binary = find_binary()
    if binary is None:
        pytest.skip(NO_FREESWITCH)
    return binary


@pytest.fixture(scope="session")
def session_switch(
    switch_binary: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Switch]:
    """The one switch of the session. Take `switch` instead: it cleans up after each test."""
    folder = tmp_path_factory.mktemp("freeswitch")
    failed_before = request.session.testsfailed
    with Switch(switch_binary, folder) as switch:
        switch.write_phones(CLINIC)
        yield switch
    if request.session.testsfailed > failed_before:
        kept = Path(request.config.rootpath) / ".pytest_cache" / "freeswitch"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("db", "run"), dirs_exist_ok=True)
        print(f"\nthe switch's logs of this run: {kept}")


@pytest.fixture
def switch(session_switch: Switch) -> Iterator[Switch]:
    """A real switch with freeswitch_conf/, running; no controller listed, no call up, before and after the test."""
    session_switch.list_controllers()
    yield session_switch
    session_switch.list_controllers()
    session_switch.hang_up_all()


@pytest.fixture
def controller(switch: Switch) -> Iterator[StandInController]:
    """A stand-in controller that the switch hands its calls to."""
    stand_in = StandInController()
    switch.list_controllers(stand_in.address)
    yield stand_in
    stand_in.die()


@pytest.fixture
def caller(switch: Switch) -> Iterator[Softphone]:
    """A patient's telephone: calls from outside."""
    with Softphone(switch.outside, "+13125550001") as phone:
        yield phone


@pytest.fixture
def carrier(switch: Switch) -> Iterator[Softphone]:
    """The far end of the trunk: calls that leave the clinic come here."""
    with Softphone(switch.outside, "carrier", port=switch.trunk_port) as phone:
        yield phone


@pytest.fixture
def desk(switch: Switch) -> Iterator[Callable[[str], Softphone]]:
    """`desk("101")`: that phone of the clinic, signed in."""
    phones: list[Softphone] = []

    def sign_in(user: str) -> Softphone:
        phone = Softphone(switch.inside, user, f"secret-{user}")
        phones.append(phone)
        assert phone.register() == 200
        return phone

    yield sign_in
    for phone in phones:
        phone.close()
