"""What is done at Home, on calls: the day's announcement is heard once, in the caller's language; an emergency closure sends
callers its way, and both are over by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import gevent
import pytest
from sqlalchemy import select

from controller.flows import openings
from controller.flows.announcements import ANNOUNCEMENT, Announcement
from controller.flows.hours import Calendar, Span, Weekday
from controller.store.models import Hours, Location
from controller.voice.reading import read_out
from controller.voice.speech import Speech
from flow_editor.calls import service as calls
from flow_editor.preferences import service as preferences
from tests.freeswitch.installation import NUMBER, Installation
from tests.freeswitch.switch import Switch, wait_until
from tests.scenarios.practice_process import PracticeProcess

TODAY = {"en": "We close at noon today.", "es": "Hoy cerramos al mediodía."}
ALWAYS = Calendar(
    week=dict.fromkeys(Weekday, (Span.model_validate({"start": "00:00", "end": "00:00"}),)),
)


class Clinic:
    """A clinic that is always open: a welcome, the language, opening hours, a menu; or a way for when it is closed."""

    def __init__(self, installation: Installation, switch: PracticeProcess) -> None:
        self.installation, self.switch = installation, switch
        self.speech = Speech(installation.folder / "data" / "speech")
        with installation.database.write("test") as session:
            self.place = session.scalars(select(Location.id)).one()
            hours = Hours(name="Always", location_id=self.place, calendar=ALWAYS)
            session.add(hours)
        self.hours = hours.id

        def say(text: str) -> tuple[str, dict[str, Any]]:
            return "say", {"speech": {"text": {"en": text, "es": f"{text} (es)"}}}

        menu = {"prompt": {"text": {"en": "Press 1.", "es": "Oprima el uno."}}, "choices": [{"key": "1"}]}
        installation.live(
            {
                "welcome": say("Welcome."),
                "language": ("language", {}),
                "hours": ("hours", {}),
                "menu": ("menu", {**menu, "attempts": 1, "first_seconds": 30}),
                "shut": say("We are closed in an emergency."),
                "bye": ("hang_up", {}),
            },
            {
                "welcome": {"next": "language"},
                "language": {"next": "hours"},
                "hours": {"open": "menu", "closed": "shut", "break": "shut", "holiday": "shut", "emergency": "shut"},
                "shut": {"next": "bye"},
                "menu": {"1": "bye", "no_choice": "bye"},
            },
        )

    def call(self) -> tuple[list[str], list[str]]:
        """Call, choose Spanish, and hang up at the menu; the files that were heard, and the steps taken."""
        script = [{"until": "asked", "press": "2"}, {"until": "asked", "hang_up": True}]
        leg = str(self.switch.do("call", number=NUMBER, script=script))
        heard: list[str] = []
        there = True
        while there:
            legs = {one["call"]: one for one in self.switch.do("legs")}
            there = leg in legs
            for sound in legs[leg]["sounds"] if there else ():
                if heard[-1:] != [Path(sound).name]:
                    heard.append(Path(sound).name)
            gevent.sleep(0.01)
        wait_until(self._ended(leg), 10, "the call is not over")
        return heard, [step.node for step in calls.trace(self.installation.database, leg).steps]

    def _ended(self, leg: str) -> Callable[[], bool]:
        return lambda: calls.trace(self.installation.database, leg).ended_at is not None

    def announce(self, until: datetime | None) -> None:
        kept = Announcement(text=TODAY, since=datetime.now(UTC), until=until).model_dump(mode="json")
        with self.installation.database.write("test") as session:
            preferences.put(session, ANNOUNCEMENT, kept, self.place)

    def file(self, language: str, text: str) -> str:
        return self.speech.path(language, read_out(text, {}, language)).name

    def put(self, calendar: Calendar) -> None:
        with self.installation.database.write("test") as session:
            session.get_one(Hours, self.hours).calendar = calendar


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    with PracticeProcess() as switch, Installation(cast(Switch, switch), tmp_path) as installation:
        yield Clinic(installation, switch)


def test_the_announcement_and_the_closure_reach_callers_and_end_by_themselves(clinic: Clinic) -> None:
    clinic.announce(None)
    clinic.installation.start_controller()
    heard, steps = clinic.call()
    assert steps == ["welcome", "language", "hours", "menu"], heard
    assert heard.count(clinic.file("es", TODAY["es"])) == 1
    assert clinic.file("en", TODAY["en"]) not in heard
    assert heard.index(clinic.file("es", TODAY["es"])) < heard.index(clinic.file("es", "Oprima el uno."))
    clinic.put(openings.closed(ALWAYS, datetime.now(UTC), None, "Snow"))
    wait_until(lambda: "shut" in clinic.call()[1], 60, "the closure is not heeded")
    over = datetime.now(UTC) + timedelta(seconds=2)
    clinic.announce(over)
    clinic.put(openings.closed(ALWAYS, datetime.now(UTC), over, "Snow"))
    wait_until(lambda: datetime.now(UTC) > over, 30, "time stands still")
    heard, steps = clinic.call()
    assert steps == ["welcome", "language", "hours", "menu"]
    assert clinic.file("es", TODAY["es"]) not in heard
