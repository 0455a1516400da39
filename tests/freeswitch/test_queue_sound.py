"""What a caller in line hears on a real switch: music, their place, music again, and then whoever answers, once they are free."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select

from controller.queues.rules import QueueRules
from controller.queues.states import EntryState
from controller.store import models
from controller.store.models import Entry
from controller.store.queues import Desk
from tests.freeswitch.installation import NUMBER, Installation
from tests.freeswitch.softphone import Softphone, talk
from tests.freeswitch.sound import FRAME, loudness, strongest, tone
from tests.freeswitch.switch import Switch, wait_until

MUSIC = 440.0


@pytest.fixture
def clinic(switch: Switch, tmp_path: Path) -> Iterator[Installation]:
    with Installation(switch, tmp_path) as installation:
        yield installation


def _set_up(clinic: Installation) -> None:
    music = clinic.folder / "data" / "prompts" / "music.wav"
    music.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(music), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone(MUSIC, 2.0).tobytes())
    with clinic.database.write("test") as session:
        prompt = models.Prompt(name="Music", recordings={"en": "prompts/music.wav"})
        team, queue = models.Team(name="Line"), models.Queue(name="Calls", rules=QueueRules(wrap_up_seconds=0))
        session.add_all([prompt, team, queue])
        session.flush()
        session.add(models.TeamMember(team_id=team.id, person_id=clinic.ids["Ana"], position=0))
        session.add(models.QueueTeam(queue_id=queue.id, team_id=team.id))
        clinic.ids |= {"Calls": queue.id, "Music": prompt.id}
    settings = {"queues": [clinic.ref("Calls")], "music": clinic.ref("Music"), "about": {"text": {}}}
    clinic.live({"line": ("queue", settings), "bye": ("hang_up", {})}, {"line": {"answered": "bye"}}, catch_all="bye")


def _speech(heard: NDArray[np.int16]) -> float:
    """Seconds of it that are loud, and not the music."""
    windows = [heard[at : at + 5 * FRAME] for at in range(0, len(heard) - 5 * FRAME, 5 * FRAME)]
    return sum(0.1 for one in windows if loudness(one) > 200 and abs(strongest(one) - MUSIC) > 40)


def test_hears_music_the_place_in_line_music_again_and_whoever_answers(clinic: Installation) -> None:
    _set_up(clinic)
    clinic.start_controller()
    ana = clinic.phone("1001")
    Desk(clinic.database).sign_in(clinic.ids["Ana"])
    first = clinic.caller().dial(NUMBER)
    busy = ana.next_call()
    busy.answer()
    talk(first, busy)
    with Softphone(clinic.switch.outside, "+13125550143") as other:
        second = other.dial(NUMBER)
        second.wait_answered()
        wait_until(lambda: _speech(second.sound.heard()) > 0.8, 10, "no announcement is heard")
        second.sound.wait_for_tone(MUSIC, 10)
        with clinic.database.read() as session:
            states = [entry.state for entry in session.scalars(select(Entry).order_by(Entry.id))]
        assert states == [EntryState.TALKING, EntryState.WAITING]
        busy.hang_up()
        rung = ana.next_call(10)
        rung.answer()
        talk(second, rung)
        rung.hang_up()
        second.wait_ended(10)


def test_who_talks_to_a_colleague_is_left_alone_until_they_hang_up(clinic: Installation) -> None:
    _set_up(clinic)
    clinic.start_controller()
    ana, ben = clinic.phone("1001"), clinic.phone("1002")
    desk, person = Desk(clinic.database), clinic.ids["Ana"]
    desk.sign_in(person)

    def mode() -> str:
        doing = desk.doing(person)
        return "" if doing is None else doing.mode

    own = ana.dial("1002")
    ben.next_call().answer()
    own.wait_answered()
    wait_until(lambda: mode() == "busy", 15, "it is not seen that she is on the telephone")
    caller = clinic.caller().dial(NUMBER)
    caller.wait_answered()
    caller.sound.wait_for_tone(MUSIC, 15)
    assert ana.calls_came == 0
    own.hang_up()
    rung = ana.next_call(15)
    rung.answer()
    talk(caller, rung)
    rung.hang_up()
    caller.wait_ended(10)
