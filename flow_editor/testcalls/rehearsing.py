"""A rehearsal from a test call: what was pressed, who answered, what was said, and where the call went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from sqlalchemy import select

from controller.calls.call import Answer
from controller.calls.journal import Ending
from controller.flows import upgrades
from controller.flows.clinic import Clinic
from controller.flows.rehearsals import Rehearsal, RehearsalResult, rehearse
from controller.flows.rehearsed_line import Does
from controller.flows.walker import Version
from controller.store.engine import Database
from controller.store.models import CallRecord, CallStep, TestCall, TestCallEvent, WebServices
from controller.store.test_calls import Kind, SqlTestCalls
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.testcalls.schemas import TestRehearsal
from flow_editor.testcalls.service import choices

_DOES = {
    Answer.ACCEPTED: Does.ACCEPTS,
    Answer.DECLINED: Does.DECLINES,
    Answer.BUSY: Does.BUSY,
    Answer.NO_ANSWER: Does.NO_ANSWER,
    Answer.UNREACHABLE: Does.UNREACHABLE,
}
_SILENCE = 4.0
"""Seconds of silence that are taken to be at the end of a message which silence ended."""
_ENDS: dict[Ending, str] = {"flow ended": "flow ended", "backup line": "backup line"}
"""Ends that a rehearsal can expect. A caller who hung up was the person trying it, who had heard enough."""


def rehearsal_of(database: Database, clinic: Clinic, call: TestCall, language: str) -> TestRehearsal:
    """Raises Refusal for a call that has left no trace."""
    with database.read() as session:
        record = session.get(CallRecord, call.call_id) if call.call_id else None
        steps: Sequence[CallStep] = ()
        if record is not None:
            taken = select(CallStep).where(CallStep.call_id == record.id).order_by(CallStep.step)
            steps = session.scalars(taken).all()
    if record is None or not steps:
        raise Refusal(T("This call went nowhere, so there is nothing to keep of it."))
    version = Version.read(call.id, call.flow_id, upgrades.from_json(call.document))
    zone = ZoneInfo(choices(database, language).zone)
    told = _Told(call, record, steps, SqlTestCalls(database).events(call.id), version, clinic)
    written = told.written(zone, language)
    result = rehearse(version, Rehearsal.model_validate(written), clinic)
    if [step.node for step in result.path][: len(steps)] == [step.node for step in steps] and result.reached:
        written["reaches"] = result.reached[-1]
        result = rehearse(version, Rehearsal.model_validate(written), clinic)
    return _answer(written, result, language)


def _answer(written: dict[str, Any], result: RehearsalResult, language: str) -> TestRehearsal:
    kept = Rehearsal.model_validate(written).model_dump(mode="json", exclude_defaults=True)
    return TestRehearsal(rehearsal=kept, passes=result.passed, why=[why.render(language) for why in result.why])


class _Told:
    """A test call as SQL tells it."""

    def __init__(
        self,
        call: TestCall,
        record: CallRecord,
        steps: Sequence[CallStep],
        events: Sequence[TestCallEvent],
        version: Version,
        clinic: Clinic,
    ) -> None:
        self._call = call
        self._record = record
        self._steps = steps
        self._events = events
        self._version = version
        self._people = clinic.names("person")

    def written(self, zone: ZoneInfo, language: str) -> dict[str, Any]:
        """The rehearsal's fields; its title is in this language."""
        call = self._call
        when = format_datetime(call.at.astimezone(zone), "EEE HH:mm", locale=language)
        last = next((step for step in reversed(self._steps) if step.kind != "hang_up"), self._steps[-1])
        return {
            "title": f"{when} → {self._name(last)}"[:200],
            "caller": call.caller,
            "caller_name": call.caller_name,
            "dialled": call.dialled,
            "at": call.at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes"),
            "zone": zone.key,
            "keys": self._keys(),
            "leaves_after": self._leaves_after(),
            "people": self._reactions(),
            "messages": self._messages(),
            "webhooks": {} if call.web_services is WebServices.FAIL else {"http": [{"status": 200}]},
            "hours": dict(call.hours),
            "path": [self._name(step) for step in self._steps],
            "end": _ENDS.get(self._record.ending) if self._record.ending else None,  # type: ignore[call-overload]
        }

    def _name(self, step: CallStep) -> str:
        """How rehearsals name its node: by its title, where no other node of the flow has the same."""
        return self._named(step.node) if step.version_id == self._call.id else step.node

    def _named(self, node: str) -> str:
        drawn = self._version.document.nodes.get(node)
        titles = [other.title for other in self._version.document.nodes.values()]
        return drawn.title if drawn and drawn.title and titles.count(drawn.title) == 1 else node

    def _keys(self) -> dict[str, list[str]]:
        """What was pressed, node by node, each time that the caller was asked."""
        pressed: defaultdict[str, list[str]] = defaultdict(list)
        for event in self._events:
            if event.kind == Kind.PRESSED:
                ended = "#" if event.detail["ended"] == "terminator" else ""
                pressed[self._named(event.node)].append(event.detail["keys"] + ended)
        return {node: keys for node, keys in pressed.items() if any(keys)}

    def _messages(self) -> list[dict[str, Any]]:
        found = []
        for event in self._events:
            if event.kind == Kind.SPOKE:
                seconds, ended = event.detail["seconds"], event.detail["ended"]
                if ended == "silence":
                    seconds = max(0.0, seconds - _SILENCE)
                ended = ended if ended in ("key", "silence", "hang-up") else "key"
                found.append({"seconds": seconds, "ended": ended})
        return found[:20]

    def _reactions(self) -> dict[str, list[dict[str, Any]]]:
        """What each person did, each time that they were rung."""
        done: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        accepted: dict[str, Any] | None = None
        for step in self._steps:
            rung = step.entered_at
            for note in step.notes or ():
                match note.get("what"):
                    case "ring":
                        rung = datetime.fromisoformat(note["at"])
                    case "answer" if note["answer"] in _DOES:
                        after = (datetime.fromisoformat(note["at"]) - rung).total_seconds()
                        reaction = {"does": _DOES[Answer(note["answer"])].value, "after": round(max(0.0, after), 1)}
                        done[self._person(note)].append(reaction)
                        accepted = reaction if note["answer"] == Answer.ACCEPTED else accepted
                    case "conversation" if accepted is not None:
                        accepted["talks"] = max(1.0, note["seconds"])
                        accepted = None
        if accepted is not None and self._record.ended_at is not None:
            # No word of a conversation that is over: it was the caller who hung up in it.
            accepted["caller_hangs_up"] = True
            accepted["talks"] = max(1.0, round((self._record.ended_at - self._steps[-1].left_at).total_seconds(), 1))
        return dict(done)

    def _person(self, note: dict[str, Any]) -> str:
        return self._people.get(note.get("person") or "") or str(note["phone"])

    def _leaves_after(self) -> dict[str, float]:
        left = {}
        for step in self._steps:
            for note in step.notes or ():
                if note.get("what") == "left by key":
                    seconds = (datetime.fromisoformat(note["at"]) - step.entered_at).total_seconds()
                    left[self._name(step)] = round(max(0.0, seconds), 1)
        return left
