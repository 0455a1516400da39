"""`careline wait`: the estimate put to the test. It needs no database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flow_editor.commands import run
from tests.cli.conftest import Ran

Careline = Callable[..., Ran]
PREDICTORS = ["careline", "ql", "qlm", "les", "hol", "last10", "mean"]
HEADINGS = "queue,arrived_at,waited_s,outcome,handled_s"


@pytest.fixture
def careline(capfd: pytest.CaptureFixture[str]) -> Careline:
    def ran(*arguments: str) -> Ran:
        capfd.readouterr()
        status = run(arguments)
        out, err = capfd.readouterr()
        if status == 2:
            assert err.count("\n") == 1, f"one line: {err!r}"
        return Ran(status, out, err)

    return ran


def test_a_simulation_compares_all_predictors(careline: Careline) -> None:
    wanted = ("wait", "simulate", "--servers", "10", "--load", "1.2", "--patience", "2", "--callers", "3000")
    found = careline(*wanted, "--json").json
    assert list(found["predictors"]) == PREDICTORS
    assert found["callers"] == found["predictors"]["careline"]["callers"] > 500
    ours = found["predictors"]["careline"]
    assert ours["rrase"] <= 1.03 * found["predictors"]["qlm"]["rrase"] < found["predictors"]["les"]["rrase"]
    assert 0.85 < ours["p90_coverage"] < 0.95
    assert found["predictors"]["ql"]["p90_coverage"] is None
    table = careline(*wanted).out
    assert "QLm" in table
    assert f"{found['callers']} callers" in table
    assert careline(*wanted, "--json").json == found  # the same seed is the same course of events
    assert careline(*wanted, "--json", "--seed", "2").json != found


@pytest.mark.parametrize(
    "more",
    [
        ("--team", "front=2", "--team", "front+nurse=2", "--patience", "2"),
        ("--servers", "3", "--urgent", "0.2", "--head-start", "300"),
        ("--staff", "3,5,2", "--shift", "20", "--patience", "2"),
        ("--servers", "2", "--handling-deviation", "217.9"),
        ("--days", "1", "--warm-up", "0"),
    ],
)
def test_every_kind_of_queue_is_simulated(careline: Careline, more: tuple[str, ...]) -> None:
    found = careline("wait", "simulate", "--load", "0.9", "--callers", "1200", "--json", *more).json
    assert found["callers"] > 100
    assert 0 < found["predictors"]["careline"]["rrase"] < found["predictors"]["les"]["rrase"]


def test_what_was_simulated_can_be_replayed(careline: Careline, tmp_path: Path) -> None:
    trace = str(tmp_path / "trace.csv")
    options = ("--servers", "4", "--load", "1.1", "--patience", "2", "--callers", "3000", "--trace", trace, "--json")
    simulated = careline("wait", "simulate", *options).json
    replayed = careline("wait", "replay", trace, "--warm-up", "500", "--json").json
    assert replayed["callers"] == simulated["callers"]
    # Told nothing of the staff it does as well.
    one, other = (each["predictors"]["careline"]["rrase"] for each in (simulated, replayed))
    assert other == pytest.approx(one, rel=0.03)


def test_a_trace_is_taken_in_the_order_of_events(careline: Careline, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    rows = [  # not in order; one agent
        "front,2026-03-02T08:01:00Z,180,answered,60",  # behind the one who gives up
        "front,2026-03-02T08:00:00Z,0,answered,120",
        "front,2026-03-02T08:00:30Z,90,answered,120",
        "front,2026-03-02T08:00:40Z,20,abandoned,",
    ]
    trace.write_text("\n".join([HEADINGS, *rows]) + "\n", encoding="utf-8")
    found = careline("wait", "replay", str(trace), "--json").json
    assert found["callers"] == 2
    assert found["mean_wait"] == 135
    predictors = found["predictors"]
    # To the first of both 0 s, the wait of whoever was answered last; to the second, who joined before that, too.
    assert predictors["les"]["bias"] == pytest.approx(-(90 + 180) / 2)
    # The head of the line has waited nothing, then 30 s.
    assert predictors["hol"]["bias"] == pytest.approx(-(90 + 150) / 2)
    assert predictors["last10"]["callers"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no column queue"),
        (HEADINGS + "\n", "there is no caller in it"),
        ("queue,arrived_at,waited_s,outcome\n", "line 1: no column handled_s"),
        (HEADINGS + "\nfront,1,2,answered,3\nfront,noon,2,answered,3\n", "line 3: arrived_at is 'noon'"),
        (HEADINGS + "\nfront,1,-2,answered,3\n", "line 2: waited_s is '-2'"),
        (HEADINGS + "\nfront,1,2,lost,3\n", "line 2: outcome is 'lost': write answered or abandoned"),
        (HEADINGS + "\nfront,1,2,answered,\n", "line 2: handled_s is ''"),
        (HEADINGS + "\nfront,1,nan,answered,3\n", "line 2: waited_s is 'nan'"),
        (HEADINGS + "\nfront,1\n", "line 2: outcome is ''"),
    ],
)
def test_a_bad_trace_is_refused_with_its_line(careline: Careline, tmp_path: Path, text: str, said: str) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(text, encoding="utf-8")
    ran = careline("wait", "replay", str(trace))
    assert ran.status == 2
    assert said in ran.err


def test_a_trace_that_is_no_text_is_refused(careline: Careline, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_bytes(b"\xff\xfe\x00")
    assert "save it as CSV in UTF-8" in careline("wait", "replay", str(trace)).err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--load", "1.2"), "the line grows without end"),
        (("--staff", "many"), "like 6,10,8"),
        (("--team", "front"), "like billing+nurse=3"),
        (("--staff", "2,3", "--days", "2"), "exclude each other"),
        (("--callers", "100"), "--warm-up must leave some"),
    ],
)
def test_wrong_use_is_told(careline: Careline, arguments: tuple[str, ...], said: str) -> None:
    ran = careline("wait", "simulate", *arguments)
    assert ran.status == 2
    assert said in ran.err


def test_numbers_in_json_are_numbers(careline: Careline, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(f"{HEADINGS}\nfront,1,0,answered,3\n", encoding="utf-8")
    ran = careline("wait", "replay", str(trace), "--json")
    assert json.loads(ran.out)["predictors"]["careline"]["rrase"] is None  # nobody waited: never NaN
