"""`careline health`: what a container asks to know whether calls are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import migrations
from controller.freeswitch.link import Link
from controller.freeswitch.presence import Presence
from controller.practice.switch import PracticeSwitch
from tests.cli.conftest import Ran

Careline = Callable[..., Ran]
HERE = "127.0.0.1:8099"


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeSwitch]:
    switch = PracticeSwitch(password="the password", secret="secret")
    switch.start()
    monkeypatch.setenv("CARELINE_SWITCHES", "{}:{}".format(*switch.address))
    monkeypatch.setenv("CARELINE_SWITCH_PASSWORD", "the password")
    monkeypatch.setenv("CARELINE_ESL_LISTEN", HERE)
    yield switch
    switch.stop()


def test_a_listed_controller_is_well(careline: Careline, switch: PracticeSwitch) -> None:
    link = Link(*switch.address, "the password")
    link.connect()
    Presence(link.api, HERE).beat()
    ran = careline("health")
    link.close()
    name = "{}:{}".format(*switch.address)
    assert ran.status == 0, ran
    assert ran.out == f"well  database: at {migrations.newest()}\nwell  switch {name}: hands calls to {HERE}\n"


def test_a_controller_that_no_longer_beats_is_ill(careline: Careline, switch: PracticeSwitch) -> None:
    ran = careline("health")
    assert ran.status == 1
    assert f"does not hand calls to {HERE}" in ran.out


def test_a_switch_that_is_away_is_ill(careline: Careline, switch: PracticeSwitch) -> None:
    switch.stop()
    ran = careline("health")
    assert (ran.status, ran.err) == (1, "")
    assert "ILL   switch 127.0.0.1:" in ran.out
    assert "refused" in ran.out


def test_a_database_that_is_away_is_ill(
    careline: Careline, switch: PracticeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARELINE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/careline")
    ran = careline("health")
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.startswith("ILL   database: ")
