"""`careline call`: the list, one call's steps, and calls as they are walked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import URL

from controller.calls.journal import CallBegan, CallEnded, CallMoved, Ending, StepTaken
from controller.store.engine import Database
from controller.store.journal import SqlJournal
from controller.store.models import CallRecord, Flow, FlowVersion
from tests.cli.conftest import PROGRAM, ROOT, Ran, environment

Careline = Callable[..., Ran]
TEN = datetime(2026, 11, 20, 16, tzinfo=UTC)
MAIN = "Lakeside main line"


def live(database: Database) -> tuple[str, str]:
    """The main line, and its live version."""
    with database.read() as session:
        flow = session.scalars(select(Flow).where(Flow.name == MAIN)).one()
        assert flow.live_version_id
        return flow.id, session.get_one(FlowVersion, flow.live_version_id).id


def walk(database: Database, call: str, began: datetime, ending: Ending | None = None) -> None:
    """A call's way through two nodes, as a controller journals it."""
    flow, version = live(database)
    journal = SqlJournal(database)
    journal.start()
    journal.began(
        CallBegan(call, began, "+16085550131", "Ann", "+16085550100", None, None, flow, version, "switch", "here")
    )
    at = [began + timedelta(seconds=seconds) for seconds in (0, 4, 9)]
    journal.step(StepTaken(call, 1, version, "welcome", "say", at[0], at[1], "next"))
    journal.step(StepTaken(call, 2, version, "menu", "menu", at[1], at[2], "2", [{"what": "pressed", "key": "2"}]))
    journal.moved(CallMoved(call, at[2], version, "nurse_line", 3, "ringing", "", "here"))
    if ending:
        journal.ended(CallEnded(call, at[2], ending, ""))
    assert journal.close() == 0


def test_before_any_call(careline: Careline) -> None:
    assert careline("call", "list").out == "No call yet.\n"
    assert careline("call", "list", "--json").json == []


def test_the_newest_call_is_first(careline: Careline, clinic: Database) -> None:
    walk(clinic, "aaaa-1", TEN, "caller hung up")
    walk(clinic, "aaaa-2", TEN + timedelta(minutes=1))
    rows = careline("call", "list", "--json").json
    assert [(row["id"], row["ending"], row["now_at"]) for row in rows] == [
        ("aaaa-2", None, "Nurse line"),
        ("aaaa-1", "caller hung up", None),
    ]
    assert [row["id"] for row in careline("call", "list", "--live", "--json").json] == ["aaaa-2"]
    assert [row["id"] for row in careline("call", "list", "--limit", "1", "--json").json] == ["aaaa-2"]
    lines = careline("call", "list").out.splitlines()
    assert f"{MAIN} v1" in lines[1]
    assert {line.index("aaaa-") for line in lines[1:]} == {lines[0].index("id")}


def test_a_call_is_traced(careline: Careline, clinic: Database) -> None:
    walk(clinic, "aaaa-1", TEN, "staff hung up")
    traced = careline("call", "trace", "aaaa").out
    for said in ("+16085550131 called +16085550100", f"flow {MAIN}, version 1", "Welcome (say) -> next"):
        assert said in traced
    assert "Main menu (menu) -> 2\n        pressed: key: 2\n" in traced
    assert traced.endswith("ended after 9.0 s: staff hung up\n")
    told = careline("call", "trace", "aaaa-1", "--json").json
    assert [(step["title"], step["exit"]) for step in told["steps"]] == [("Welcome", "next"), ("Main menu", "2")]


def test_a_call_under_way_is_traced_to_where_it_is(careline: Careline, clinic: Database) -> None:
    walk(clinic, "aaaa-1", TEN)
    assert careline("call", "trace", "aaaa-1").out.endswith("now at Nurse line (ringing)\n")


def test_a_call_that_is_not_there(careline: Careline, clinic: Database) -> None:
    walk(clinic, "aaaa-1", TEN)
    walk(clinic, "aaaa-2", TEN)
    unknown = careline("call", "trace", "b%")
    assert (unknown.status, unknown.err) == (
        2,
        "careline: there is no call 'b%'; `careline call list` shows the newest\n",
    )
    assert careline("call", "trace", "").status == 2
    both = careline("call", "trace", "aaaa")
    assert both.status == 2
    assert "more than one call begins with 'aaaa': aaaa-1, aaaa-2" in both.err


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_calls_are_watched_as_they_are_walked(
    database_url: URL, clinic: Database, tmp_path: Path, form: list[str]
) -> None:
    """In a process of its own, which an interrupt ends without a word."""
    beats, beat = os.pipe()
    settings = {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "CARELINE_DATABASE_URL": database_url.render_as_string(hide_password=False),
        "CARELINE_HEARTBEAT_FD": str(beat),
    }
    watch = subprocess.Popen(
        [*PROGRAM, "call", "watch", *form],
        cwd=tmp_path,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[beat],
    )
    try:
        assert os.read(beats, 1) == b"."  # it listens
        walk(clinic, "aaaa-1111", datetime.now(UTC), "caller hung up")
        assert watch.stdout is not None
        lines = [watch.stdout.readline().decode() for _ in range(3)]
    finally:
        watch.send_signal(signal.SIGINT)
        _, errors = watch.communicate(timeout=20)
        os.close(beats)
        os.close(beat)
    assert (watch.returncode, errors) == (0, b"")
    with clinic.read() as session:
        assert session.get_one(CallRecord, "aaaa-1111").ending == "caller hung up"
    if form:
        assert [json.loads(line)["call"] for line in lines] == ["aaaa-1111"] * 3
        assert [json.loads(line)["exit"] for line in lines] == ["next", "2", None]
        assert json.loads(lines[2])["ending"] == "caller hung up"
    else:
        assert [" ".join(line.split()[1:]) for line in lines] == [
            "aaaa-111 +16085550131 Welcome -> next",
            "aaaa-111 +16085550131 Main menu -> 2",
            "aaaa-111 +16085550131 = caller hung up, after 9 s",
        ]
