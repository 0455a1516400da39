"""From joining a queue to the agent's phone being rung: Careline's queue beside mod_callcenter's, on one real FreeSWITCH."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.queues.rules import QueueRules
from controller.store import models
from controller.store.queues import Desk
from tests.bench.row import Row
from tests.conftest import NO_FREESWITCH
from tests.freeswitch.event_socket import Connection
from tests.freeswitch.installation import NUMBER, Installation
from tests.freeswitch.softphone import Softphone
from tests.freeswitch.switch import CONFIGURATION, DOMAIN, Switch, find_binary, wait_until

CALLS = 40
AT_MOST = 0.2
"""Of the time that mod_callcenter takes."""
THEIRS = "3125559001"
"""Where callers wait in mod_callcenter's queue."""

_CALLCENTER = f"""<configuration name="callcenter.conf" description="beside">
  <settings/>
  <queues>
    <queue name="bench@default">
      <param name="strategy" value="longest-idle-agent"/>
      <param name="moh-sound" value="local_stream://careline_music"/>
      <param name="time-base-score" value="queue"/>
      <param name="tier-rules-apply" value="false"/>
    </queue>
  </queues>
  <agents>
    <agent name="ben@default" type="callback" contact="[leg_timeout=20]user/1002@{DOMAIN}" status="Available"
      max-no-answer="100" wrap-up-time="0" reject-delay-time="0" busy-delay-time="0"/>
  </agents>
  <tiers><tier agent="ben@default" queue="bench@default" level="1" position="1"/></tiers>
</configuration>
"""
_EXTENSION = f"""
  <extension name="beside">
    <condition field="destination_number" expression="^\\+?1?{THEIRS}$">
      <action application="answer"/>
      <action application="callcenter" data="bench@default"/>
    </condition>
  </extension>
"""


def run() -> list[Row]:
    binary = find_binary()
    if binary is None:
        print(f"  NOT MEASURED: {NO_FREESWITCH}", flush=True)
        return []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Switch(binary, folder / "switch", configuration=_beside(folder / "conf")) as switch:
            theirs_there = switch.api("load mod_callcenter").strip().startswith("+OK")
            if not theirs_there:
                print("  mod_callcenter IS NOT MEASURED: this switch was built without it", flush=True)
            with Installation(switch, folder / "clinic") as clinic:
                return _measure(clinic, theirs_there)


def _beside(folder: Path) -> Path:
    """Careline's configuration, with mod_callcenter beside it."""
    shutil.copytree(CONFIGURATION, folder)
    (folder / "autoload_configs" / "callcenter.conf.xml").write_text(_CALLCENTER)
    dialplan = folder / "dialplan" / "careline_calls.xml"
    context = '<context name="careline_calls">'
    dialplan.write_text(dialplan.read_text().replace(context, context + _EXTENSION, 1))
    return folder


def _measure(clinic: Installation, theirs_there: bool) -> list[Row]:
    _queue(clinic)
    clinic.start_controller()
    ana, ben = clinic.phone("1001"), clinic.phone("1002")
    desk = Desk(clinic.database)
    person = clinic.ids["Ana"]
    desk.sign_in(person)

    def ours_free() -> object:
        doing = desk.doing(person)
        return doing is not None and doing.mode == "available"

    def theirs_free() -> object:
        return "|Waiting|" in clinic.switch.api("callcenter_config agent list ben@default")

    def ours_joined(link: Connection) -> float:
        call = clinic.until(lambda row: row.steps and row.phase == "talking", "the step is not in the journal")
        return call.steps[0].entered_at.timestamp()

    def theirs_joined(link: Connection) -> float:
        return int(link.wait_for("CHANNEL_EXECUTE", Application="callcenter")["Event-Date-Timestamp"]) / 1e6

    ours: list[_Taken] = []
    theirs: list[_Taken] = []
    _once(clinic, NUMBER, ana, ours_free, ours_joined)  # warm
    for _ in range(CALLS):
        ours.append(_once(clinic, NUMBER, ana, ours_free, ours_joined))
        if theirs_there:
            theirs.append(_once(clinic, THEIRS, ben, theirs_free, theirs_joined))
    rows = []
    for what, measure in (("median", statistics.median), ("p90", _p90)):
        bound = AT_MOST * measure([one.joined for one in theirs]) * 1e3 if theirs else None
        for whose, taken in (("mod_callcenter", theirs), ("Careline", ours)):
            if taken:
                joined, dialled = (measure([getattr(one, of) for one in taken]) * 1e3 for of in ("joined", "dialled"))
                limit = bound if taken is ours else None
                rows.append(Row(f"{whose}: joined to agent's phone rung, {what}", joined, "ms", limit))
                rows.append(Row(f"{whose}: dialled to agent's phone rung, {what}", dialled, "ms"))
    return rows


def _p90(times: list[float]) -> float:
    return statistics.quantiles(times, n=10)[-1]


@dataclass(frozen=True)
class _Taken:
    """Seconds until the INVITE was at the agent's phone: from joining the queue, and from the caller's dialling."""

    joined: float
    dialled: float


def _once(
    clinic: Installation,
    number: str,
    agent: Softphone,
    free: Callable[[], object],
    joined: Callable[[Connection], float],
) -> _Taken:
    wait_until(free, 20, "the agent is not free")
    time.sleep(1.1)  # mod_callcenter counts after-call work in whole seconds
    link = clinic.switch.connect("CHANNEL_BRIDGE", "CHANNEL_EXECUTE")
    dialled = time.time()
    call = clinic.caller().dial(number)
    rung = agent.next_call(20)
    rung.answer()
    call.wait_answered()
    link.wait_for("CHANNEL_BRIDGE")
    taken = _Taken(rung.came_at - joined(link), rung.came_at - dialled)
    rung.hang_up()
    call.hang_up()
    call.wait_ended(20)
    link.close()
    return taken


def _queue(clinic: Installation) -> None:
    """One queue that Ana answers, and a flow of nothing else."""
    rules = QueueRules(wrap_up_seconds=0)
    with clinic.database.write("bench") as session:
        team, queue = models.Team(name="Line"), models.Queue(name="Calls", rules=rules)
        session.add_all([team, queue])
        session.flush()
        session.add(models.TeamMember(team_id=team.id, person_id=clinic.ids["Ana"], position=0))
        session.add(models.QueueTeam(queue_id=queue.id, team_id=team.id))
        clinic.ids["Calls"] = queue.id
    settings: dict[str, Any] = {"queues": [clinic.ref("Calls")], "about": {"text": {}}}
    clinic.live({"line": ("queue", settings), "bye": ("hang_up", {})}, {"line": {"answered": "bye"}}, catch_all="bye")
