"""What callers are told."""

from __future__ import annotations

import numpy as np
import pytest

from controller.queues.announce import Announcement, Said, announce, news
from controller.queues.estimate import Estimate


def estimate(p50: float, p90: float) -> Estimate:
    return Estimate(p50, p50, p90, np.array([p50, p90]), ahead=0, agents=1)


def said(p50: float, p90: float) -> tuple[Said, int, int | None]:
    found = announce(estimate(p50, p90), 0.0)
    assert found is not None
    return found.said, found.low, found.high


@pytest.mark.parametrize(
    ("p50", "p90", "words"),
    [
        (0, 0, (Said.LESS_THAN, 0, 2)),
        (25, 83, (Said.LESS_THAN, 0, 2)),
        (100, 150, (Said.ABOUT, 1, 3)),
        (310, 470, (Said.ABOUT, 5, 8)),
        (400, 700, (Said.ABOUT, 5, 15)),
        (1100, 1300, (Said.ABOUT, 15, 25)),
        (2000, 3000, (Said.ABOUT, 30, 60)),
        (3000, 4000, (Said.MORE_THAN, 45, None)),
    ],
)
def test_ranges_are_rounded_up(p50: float, p90: float, words: tuple[Said, int, int | None]) -> None:
    assert said(p50, p90) == words


def test_nothing_is_said_when_nothing_is_known() -> None:
    assert announce(None, 0.0) is None
    assert announce(estimate(float("inf"), float("inf")), 0.0) is None


def first() -> Announcement:
    found = announce(estimate(310, 470), 0.0)
    assert found is not None
    assert found.promised == 480
    return found


def test_a_shorter_wait_is_good_news() -> None:
    new = announce(estimate(100, 160), 120.0, first())
    assert new is not None
    assert (new.high, new.promised, new.longer_than_announced) == (3, 300.0, False)
    assert news(new, first())


def test_a_longer_wait_is_not_told_while_the_promise_can_be_kept() -> None:
    new = announce(estimate(250, 500), 120.0, first())
    assert new == Announcement(Said.LESS_THAN, 0, 6, 480.0)  # the same promise, six minutes later
    assert not news(new, first())


def test_a_promise_that_will_not_be_kept_is_broken_in_plain_words() -> None:
    new = announce(estimate(620, 800), 120.0, first())
    assert new is not None
    assert new.longer_than_announced
    assert (new.low, new.high) == (10, 15)
    assert news(new, first())


def test_little_left_of_a_promise_is_not_said_again() -> None:
    assert announce(estimate(20, 90), 440.0, first()) is None


def test_too_long_for_a_figure_is_said_once() -> None:
    before = announce(estimate(4000, 5000), 0.0)
    assert before is not None
    assert announce(estimate(4000, 5000), 60.0, before) is None
    new = announce(estimate(400, 500), 120.0, before)
    assert new is not None
    assert new.high == 9
    assert not new.longer_than_announced


def test_what_is_promised_never_climbs_without_a_word() -> None:
    before, at = first(), 0.0
    for p50, p90 in [(300, 500), (280, 470), (290, 490), (200, 400), (350, 700), (100, 120), (90, 140), (30, 60)]:
        at += 40
        new = announce(estimate(p50, p90), at, before)
        if new is not None:
            assert new.longer_than_announced or (new.promised or 0) <= (before.promised or 0)
            before = new
