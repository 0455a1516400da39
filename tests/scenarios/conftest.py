"""Scenarios run on two labs: on the practice switch always, on a real FreeSWITCH when there is one (skipped loudly otherwise)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import NO_FREESWITCH
from tests.freeswitch.switch import find_binary
from tests.scenarios.lab import Lab, PracticeLab, RealLab

LABS = [
    "practice",
    pytest.param("freeswitch", marks=[pytest.mark.freeswitch, pytest.mark.xdist_group("freeswitch-scenarios")]),
]


@pytest.fixture(scope="session", params=LABS)
def session_lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp(str(request.param))
    lab: Lab
    if request.param == "practice":
        lab = PracticeLab(folder)
    else:
        binary = find_binary()
        if binary is None:
            pytest.skip(NO_FREESWITCH)
        lab = RealLab(folder, binary)
    yield lab
    lab.close()


@pytest.fixture
def lab(session_lab: Lab) -> Iterator[Lab]:
    """The lab with one controller; nobody is on it before and after."""
    session_lab.controllers(1)
    yield session_lab
    session_lab.clear()
