"""A test call as this process follows it for one browser: what the switch tells and what SQL has, put together as one state."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

import gevent
import structlog
from gevent.event import Event
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from controller.calls.bookmark import Bookmark, BookmarkRefused
from controller.calls.journal import Ending
from controller.store.engine import Database, DatabaseBusy
from controller.store.models import CallRecord, CallStep, CallVariable, Person, Phone, TestCall
from controller.store.notices import Notice
from controller.store.test_calls import Kind, SqlTestCalls
from flow_editor.calls.service import Titles
from flow_editor.testcalls.line import Line, NotDone
from flow_editor.testcalls.schemas import TestLine, TestPhone, TestSound, TestState, TestStep

log = structlog.get_logger(__name__)

PACE = 0.05
"""Seconds between two states that a browser is told, at least."""
LAST_LOOKS = 1.0
"""Seconds after its end in which a call's last steps come into SQL."""
MUSIC = ("local_stream://",)
TONES = ("tone_stream://", "silence_stream://")


class Running:
    """One test call. `tell` sends the state to the browser."""

    def __init__(self, database: Database, key: bytes, call: TestCall, tell: Callable[[TestState], None]) -> None:
        """`key`: the installation's, which opens bookmarks."""
        self._database = database
        self._tests = SqlTestCalls(database)
        self._key = key
        self._call = call
        self._tell = tell
        self._line: Line | None = None
        self._leg = ""
        self._changed = Event()
        self._over_at: float | None = None
        self._began = time.monotonic()
        self.state = TestState(id=call.id, stage="ringing", began_at=call.began_at)
        self._telling = gevent.spawn(self._keep_telling)

    # -- its life

    def begin(self, line: Callable[[Callable[[dict[str, Any] | None], None]], Line]) -> None:
        """Dial. Raises SwitchAway, NotDone."""
        self._line = line(self._happened)
        # The id stands for the number: the controller finds by it what is to be walked, and as whom and when.
        dial = {"number": self._call.id, "caller": self._call.caller or "anonymous", "follow": True}
        self._leg = str(self._line.do("call", **dial))
        self._tests.made(self._call.id, self._leg)
        self._changed.set()

    def end(self) -> None:
        """Hang up, and follow it no more."""
        if self._line is not None:
            self._line.close()
        self._telling.kill()

    def heard(self, notice: Notice) -> None:
        """The bus says that calls, or test calls, have changed."""
        if notice.topic != TestCall.__tablename__ or notice.key in ("", self._call.id):
            self._changed.set()

    # -- what the person does

    def press(self, keys: str) -> None:
        """Keys on the caller's phone. Raises SwitchAway, NotDone."""
        self._do("press", call=self._leg, keys=keys)

    def speak(self, seconds: float) -> None:
        """The caller says something."""
        self._do("speak", call=self._leg, seconds=seconds)

    def hang_up(self) -> None:
        """The caller hangs up; nothing when it is over."""
        with suppress(NotDone):
            self._do("hang up", call=self._leg)

    def answer(self, leg: str) -> None:
        """Somebody takes the call on their phone."""
        self._do("answer", call=self._phone(leg).leg)

    def decline(self, leg: str) -> None:
        """Somebody declines it."""
        self._do("decline", call=self._phone(leg).leg)

    def leave(self, leg: str) -> None:
        """Somebody who talks with the caller hangs up."""
        self._do("hang up", call=self._phone(leg).leg)

    def _do(self, what: str, **how: Any) -> None:
        if self._line is None:
            raise NotDone(what)
        self._line.do(what, **how)

    def _phone(self, leg: str) -> TestPhone:
        """One of this call's own. Raises NotDone."""
        found = next((phone for phone in self.state.phones if phone.leg == leg), None)
        if found is None:
            raise NotDone(leg)
        return found

    # -- what the switch tells

    def _happened(self, event: dict[str, Any] | None) -> None:
        if event is None:
            self._end()
        elif event["leg"] == self._leg or not self._leg:
            self._to_caller(event)
        else:
            self._to_staff(event)
        self._changed.set()

    def _to_caller(self, event: dict[str, Any]) -> None:
        state = self.state
        match event["event"]:
            case "answered":
                state.stage = "answered"
            case "sound":
                state.playing += 1
                state.sounds = [self._sound(path) for path in event["sounds"]]
                state.recording = False
            case "quiet":
                state.sounds = []
            case "recording":
                state.recording = True
            case "joined":
                state.sounds, state.recording = [], False
                state.talking_with = event["other"]
                self._set_phone(event["other"], "talking")
                self._add("staff", "talking", self._name_of_leg(event["other"]))
            case "parted":
                self._add("staff", "parted", self._name_of_leg(state.talking_with or ""))
                state.talking_with = None
            case "ended":
                self._end()

    def _to_staff(self, event: dict[str, Any]) -> None:
        leg = event["leg"]
        match event["event"]:
            case "rung":
                name = self._whose(event["number"])
                self.state.phones.append(TestPhone(leg=leg, name=name, number=event["number"], state="ringing"))
                self._add("staff", "rings", name)
            case "answered":
                self._set_phone(leg, "answered")
                self._add("staff", "answered", self._name_of_leg(leg))
            case "ended":
                before = next((phone.state for phone in self.state.phones if phone.leg == leg), "over")
                self._set_phone(leg, "over")
                if before == "ringing" and event["by_person"]:
                    self._add("staff", "declined", self._name_of_leg(leg))

    def _end(self) -> None:
        state = self.state
        if state.stage == "ended":
            return
        state.stage = "ended"
        state.sounds, state.recording, state.talking_with = [], False, None
        state.seconds = round(time.monotonic() - self._began, 1)
        for phone in state.phones:
            phone.state = "over"
        self._over_at = time.monotonic()

    def _set_phone(self, leg: str, state: Any) -> None:
        for phone in self.state.phones:
            if phone.leg == leg:
                phone.state = state

    def _name_of_leg(self, leg: str) -> str:
        return next((phone.name for phone in self.state.phones if phone.leg == leg), "")

    def _whose(self, number: str) -> str:
        """Whose phone has this number, or is this one inside; the number itself where nobody's is known."""
        owner = select(Person.name).join(Phone, Phone.person_id == Person.id)
        with self._database.read() as session:
            inside = session.scalar(owner.where(Phone.sip_user == number))
            outside = session.scalar(owner.where(Phone.number == number)) if number.startswith("+") else None
        return inside or outside or number

    def _sound(self, path: str) -> TestSound:
        if path.startswith(MUSIC):
            return TestSound(kind="music")
        if path.startswith(TONES):
            return TestSound(kind="tone")
        for event in reversed(self._tests.events(self._call.id)):
            if event.kind == Kind.HEARD and event.detail["path"] and path.endswith(event.detail["path"]):
                told = {"text": event.detail["text"], "language": event.detail["language"]}
                return TestSound(kind="said", number=event.number, **told)
        return TestSound(kind="music")

    def _add(self, who: Any, what: Any, text: str = "") -> None:
        self.state.lines.append(TestLine(who=who, what=what, text=text, at=datetime.now(UTC)))

    # -- what SQL has

    def _keep_telling(self) -> None:
        while self._over_at is None or time.monotonic() < self._over_at + LAST_LOOKS:
            self._changed.wait(timeout=LAST_LOOKS / 2)
            self._changed.clear()
            try:
                with self._database.read() as session:
                    self._look(session)
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("test_call_not_looked_at", error=type(error).__name__)
            self._tell(self._shown())
            gevent.sleep(PACE)
        if self._line is not None:
            self._line.close()

    def _look(self, session: Session) -> None:
        """Where the call is, which way it took, and what the flow knows."""
        record = session.get(CallRecord, self._leg) if self._leg else None
        if record is None:
            return
        titles = Titles(session)
        taken = session.scalars(select(CallStep).where(CallStep.call_id == self._leg).order_by(CallStep.step)).all()
        self.state.path = [
            TestStep(
                step=row.step,
                node=row.node,
                title=titles.node(row.version_id, row.node),
                kind=row.kind,
                flow=titles.flow_of(row.version_id),
                exit=row.exit,
                error=row.error,
            )
            for row in taken
        ]
        self.state.here = None
        if record.ended_at is None and record.node is not None:
            self.state.here = TestStep(
                step=record.step,
                node=record.node,
                title=titles.node(record.at_version_id, record.node),
                kind="",
                flow=titles.flow_of(record.at_version_id),
                exit="",
                error=None,
            )
        if record.ended_at is not None:
            self._end()
            self.state.ending = cast(Ending, record.ending)
        if record.bookmark:
            self.state.variables = self._variables(session, record.bookmark)

    def _variables(self, session: Session, sealed: str) -> dict[str, str]:
        try:
            mark = Bookmark.unseal(sealed, self._key, self._leg)
        except BookmarkRefused:
            return {}
        large = select(CallVariable).where(CallVariable.call_id == self._leg, CallVariable.name.in_(mark.kept))
        kept = {row.name: row.value for row in session.scalars(large)} if mark.kept else {}
        return dict(sorted({**mark.variables, **kept}.items()))

    def _shown(self) -> TestState:
        """The state as it goes to the browser: what was said and pressed among what the switch told, by time."""
        said = []
        for event in self._tests.events(self._call.id):
            match Kind(event.kind):
                case Kind.HEARD:
                    who: Any = "staff" if event.detail["staff"] else "clinic"
                    said.append(TestLine(who=who, what="said", text=event.detail["text"], at=event.at))
                case Kind.PRESSED:
                    keys = "•" * len(event.detail["keys"]) if event.detail["sensitive"] else event.detail["keys"]
                    what: Any = "pressed" if keys else "nothing_pressed"
                    said.append(TestLine(who="caller", what=what, text=keys, at=event.at))
                case Kind.SPOKE:
                    said.append(TestLine(who="caller", what="spoke", text=str(event.detail["seconds"]), at=event.at))
        lines = sorted([*said, *self.state.lines], key=lambda line: line.at)
        return self.state.model_copy(update={"lines": lines})
