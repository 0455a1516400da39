"""What kinds of node make of their settings: tests/flows/settings/<kind>.yaml.

`refused`: settings that cannot be read. `exits`: names, in order. `problems`: the codes a kind finds itself. `summaries`: the
line on the card. `after`: what a case of tests/flows/cases/<kind>.yaml leaves on the call: fields of its bookmark, or how many
`seconds` it takes at least.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import ValidationError

from controller.calls.bookmark import Bookmark
from controller.flows.clinic import HoursAnswer, Opening, WebAnswer, WebRequest
from controller.flows.document import Document
from controller.flows.nodes.share import Part, Share
from controller.flows.registry import CheckContext, make
from tests.flows.clinic import SampleClinic
from tests.flows.test_kinds import Walk, cases

FOLDER = Path(__file__).parent / "settings"


def rows(what: str) -> list[Any]:
    return [
        pytest.param(path.stem, row, id=f"{path.stem}-{number}")
        for path in sorted(FOLDER.glob("*.yaml"))
        for number, row in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")).get(what, []))
    ]


@pytest.mark.parametrize(("kind", "settings"), rows("refused"))
def test_refused(kind: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make(kind, settings)


@pytest.mark.parametrize(("kind", "row"), rows("exits"))
def test_exits(kind: str, row: dict[str, Any]) -> None:
    assert [exit_.name for exit_ in make(kind, row["settings"]).exits()] == row["exits"]


@pytest.mark.parametrize(("kind", "row"), rows("problems"))
def test_problems(kind: str, row: dict[str, Any]) -> None:
    drawn = {"kind": kind, "settings": row["settings"]}
    document = Document.model_validate({"languages": ["en", "es"], "start": "node", "nodes": {"node": drawn}})
    node = make(kind, row["settings"])
    problems = list(node.problems(CheckContext(document, {"node": node}, SampleClinic(row.get("clinic", {})), "node")))
    assert [problem.code for problem in problems] == row["codes"]
    for problem in problems:
        assert problem.node == "node"
        assert problem.setting is None or problem.setting in type(node).model_fields
        assert str(problem.text).endswith((".", "://"))


@pytest.mark.parametrize(("kind", "row"), rows("summaries"))
def test_summaries(kind: str, row: dict[str, Any]) -> None:
    summary = make(kind, row["settings"]).summary({})
    assert (summary and str(summary)) == row["says"]


@pytest.mark.parametrize(("kind", "row"), rows("after"))
def test_what_is_left_on_the_call(kind: str, row: dict[str, Any]) -> None:
    (case,) = (case for case in cases(kind) if case.name == row["case"])
    walk = Walk(kind, case)
    assert walk.stage.line.seconds >= row.get("seconds", 0)
    mark: Bookmark = walk.calls[-1].mark
    left = {name: value for name, value in row.items() if name not in ("case", "seconds")}
    assert {name: getattr(mark, name) for name in left} == left


def test_shares_are_kept_over_many_calls_and_by_each_call() -> None:
    node = Share(parts=(Part(name="A", percent=70), Part(name="B", percent=30)))

    class Passing:
        def __init__(self, id: str) -> None:
            self.id = id
            self.mark = Bookmark("v", "node")

    ways = [node.run(Passing(f"call-{number}"), SampleClinic()) for number in range(4000)]  # type: ignore[arg-type]
    assert abs(Counter(ways)["A"] / len(ways) - 0.7) < 0.03
    assert ways == [node.run(Passing(f"call-{number}"), SampleClinic()) for number in range(4000)]  # type: ignore[arg-type]


def test_a_web_request_carries_what_it_should_and_one_key() -> None:
    (case,) = (case for case in cases("webhook") if case.name == "answered")
    walk = Walk("webhook", case)
    assert walk.stage.clinic.requests == [
        WebRequest(
            url="https://ehr.example/patients",
            method="POST",
            body={"phone": "+13125550142"},
            seconds=5,
            retries=2,
            idempotency_key=f"{walk.stage.line.id}-0",
        )
    ]
    again = Walk("webhook", case, dies=2)
    assert {request.idempotency_key for request in again.stage.clinic.requests} == {f"{walk.stage.line.id}-0"}


def test_hours_tell_when_they_change_in_their_own_zone() -> None:
    """Said behind it: "We open again at nine in the morning"."""

    class Clinic(SampleClinic):
        def hours(self, hours: str, at: datetime) -> HoursAnswer | None:
            until = datetime(2026, 11, 27, 14, tzinfo=UTC)
            return HoursAnswer(Opening.HOLIDAY, until, "Thanksgiving Day", ZoneInfo("America/Chicago"))

        def send(self, request: WebRequest) -> WebAnswer:
            raise AssertionError("nothing is asked here")

    class Standing:
        location = "lake"
        variables: dict[str, str] = {}  # noqa: RUF012

        def now(self) -> datetime:
            return datetime(2026, 11, 26, 14, tzinfo=UTC)

        def note(self, what: str, **detail: Any) -> None:
            return

    clinic = Clinic({"locations": {"lake": {"zone": "America/New_York", "hours": "main"}}})
    assert make("hours", {}).run(Standing(), clinic) == "holiday"  # type: ignore[arg-type]
    assert Standing.variables == {"hours.until": "2026-11-27T08:00:00-06:00", "hours.reason": "Thanksgiving Day"}
