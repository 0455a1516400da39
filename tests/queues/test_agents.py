"""What an agent may be doing, and what moves them: every way, from every mode."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from controller.queues.agents import BETWEEN, Doing
from controller.queues.rules import QueueRules
from controller.queues.states import AgentMode, Told

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)
DAY = date(2026, 3, 2)
RULES = QueueRules(misses=2, set_aside_seconds=60, wrap_up_seconds=30)

_available = Doing.signed_out(NOW).sign_in(NOW)
_offered = _available.offered("offer", "entry", LATER, NOW)
_talking = _offered.accepted(NOW, DAY)
MODES = {
    AgentMode.SIGNED_OUT: Doing.signed_out(NOW),
    AgentMode.AVAILABLE: _available,
    AgentMode.OFFERED: _offered,
    AgentMode.TALKING: _talking,
    AgentMode.WRAP_UP: _talking.talked(30, NOW),
    AgentMode.PAUSED: _available.pause("Lunch", NOW),
    AgentMode.SET_ASIDE: _offered.refused(Told.MISSED, QueueRules(misses=1), NOW),
    AgentMode.BUSY: _available.own_call(LATER, NOW),
}


def test_every_mode_is_there() -> None:
    assert set(MODES) == set(AgentMode)
    assert {mode: doing.mode for mode, doing in MODES.items()} == {mode: mode for mode in AgentMode}


@pytest.mark.parametrize("mode", AgentMode)
def test_only_what_has_an_end_has_a_deadline(mode: AgentMode) -> None:
    assert (MODES[mode].deadline_at is not None) == (mode in BETWEEN or mode is AgentMode.OFFERED)


@pytest.mark.parametrize("mode", AgentMode)
def test_signing_out(mode: AgentMode) -> None:
    after = MODES[mode].sign_out(LATER)
    if mode is AgentMode.TALKING:
        assert (after.mode, after.then) == (AgentMode.TALKING, AgentMode.SIGNED_OUT)
        after = after.talked(30, LATER)
        assert after.mode is AgentMode.WRAP_UP
        after = after.over(LATER)
    assert after.mode is AgentMode.SIGNED_OUT
    assert (after.offer_id, after.entry_id, after.deadline_at) == (None, None, None)


@pytest.mark.parametrize("mode", AgentMode)
def test_pausing(mode: AgentMode) -> None:
    after = MODES[mode].pause("Break", LATER)
    if mode is AgentMode.SIGNED_OUT:
        assert after is MODES[mode]
        return
    if mode is AgentMode.TALKING:
        after = after.talked(0, LATER)
    assert (after.mode, after.reason) == (AgentMode.PAUSED, "Break")
    assert after.ready(LATER).mode is AgentMode.AVAILABLE


@pytest.mark.parametrize("mode", AgentMode)
def test_being_ready(mode: AgentMode) -> None:
    after = MODES[mode].ready(LATER)
    if mode in BETWEEN or mode is AgentMode.PAUSED:
        assert (after.mode, after.idle_since, after.deadline_at) == (AgentMode.AVAILABLE, LATER, None)
    else:
        assert after is MODES[mode]


@pytest.mark.parametrize("mode", AgentMode)
def test_what_is_over_by_itself(mode: AgentMode) -> None:
    assert (MODES[mode].over(LATER).mode is AgentMode.AVAILABLE) == (mode in BETWEEN or mode is AgentMode.AVAILABLE)


def test_missing_calls() -> None:
    once = _offered.refused(Told.MISSED, RULES, LATER)
    assert (once.mode, once.misses, once.told, once.idle_since) == (AgentMode.AVAILABLE, 1, Told.MISSED, LATER)
    twice = once.offered("b", "entry", LATER, NOW).refused(Told.DECLINED, RULES, NOW)
    assert (twice.mode, twice.told) == (AgentMode.SET_ASIDE, Told.DECLINED)
    assert twice.deadline_at == NOW + timedelta(seconds=60)
    assert once.offered("b", "entry", LATER, NOW).accepted(NOW, DAY).misses == 0


def test_a_busy_phone_is_not_a_missed_call() -> None:
    busy = _offered.refused(Told.BUSY, RULES, NOW)
    assert (busy.mode, busy.misses) == (AgentMode.BUSY, 0)


def test_whoever_is_freed_has_waited_as_long_as_before() -> None:
    assert _offered.freed(LATER).idle_since == _available.idle_since


def test_changing_ones_mind_during_a_call() -> None:
    assert _talking.sign_out(NOW).sign_in(NOW) == _talking
    assert _talking.pause("Lunch", NOW).ready(NOW) == _talking


def test_calls_are_counted_by_day() -> None:
    assert _talking.calls == 1
    again = _talking.talked(0, NOW).offered("b", "e", LATER, NOW)
    assert again.accepted(NOW, DAY).calls == 2
    assert again.accepted(NOW, DAY + timedelta(days=1)).calls == 1
