"""The wallboard in real Chromium: on a wall, on a tablet, for whoever supervises; full, empty, and cut off."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select, update

from controller.queues.orders import What
from controller.queues.rules import Alerts, QueueRules
from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState, Outcome
from controller.store.engine import Database
from controller.store.models import (
    Agent,
    Announced,
    Base,
    Entry,
    HeldPlace,
    Person,
    Phone,
    Provider,
    Queue,
    QueueTeam,
    Role,
    Team,
    TeamMember,
    new_id,
)
from controller.store.models.people import PhoneKind
from controller.store.notices import Notice
from controller.store.orders import SqlOrders
from tests.browser.conftest import Running, Visit, accessible, start_editor, stop_editor, words
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("browser")

MODES = (
    AgentMode.AVAILABLE,
    AgentMode.TALKING,
    AgentMode.WRAP_UP,
    AgentMode.PAUSED,
    AgentMode.SET_ASIDE,
    AgentMode.BUSY,
)


def say(database: Database, *topics: str) -> None:
    with database.connect(*(Notice(topic) for topic in topics or ("entries", "agents", "held_places", "queues"))):
        pass


def entry(queue: str, ago: float, **more: Any) -> Entry:
    joined = datetime.now(UTC) - timedelta(seconds=ago)
    given = {"caller": "+16085550199", "caller_name": "Ana Diaz"} | more
    place = joined - timedelta(seconds=more.get("head_start", 0))
    return Entry(
        queue_id=queue, call_id=new_id(), joined_at=joined, entered_at=joined, since=joined, place_at=place, **given
    )


def over(queue: str, outcome: Outcome, waited: float, ago: float) -> Entry:
    ended = datetime.now(UTC) - timedelta(seconds=ago)
    return entry(
        queue, ago + waited, state=EntryState.OVER, outcome=outcome, waited=waited, ended_at=ended,
        answered_at=ended if outcome is Outcome.ANSWERED else None,
    )  # fmt: skip


def morning(database: Database) -> dict[str, str]:
    """A busy one: the demo clinic's three queues, the first with too long a wait. Returns ids by name."""
    with database.write("test") as session:
        queues = {row.name: row for row in session.scalars(select(Queue))}
        people = {row.name: row for row in session.scalars(select(Person))}
        rules = queues["Nurse advice"].rules.model_copy(
            update={"alerts": Alerts(waiting=3, longest_seconds=240, service_level=80)}
        )
        queues["Nurse advice"].rules = rules
        nurses, appointments, billing = (queues[name].id for name in ("Nurse advice", "Appointments", "Billing"))
        rows: list[Base] = [
            entry(nurses, 312),
            entry(nurses, 127, head_start=1800, caller=None, caller_name=""),
            entry(nurses, 66, caller_name='<b onmouseover="alert(1)">Zoë</b>'),
            entry(appointments, 41),
            entry(appointments, 9, state=EntryState.OFFERED),
            entry(billing, 900, kind=EntryKind.HELD, id="held"),
        ]
        rows += [over(appointments, Outcome.ANSWERED, 22 + place, 60 * place) for place in range(12)]
        rows += [over(nurses, Outcome.ANSWERED, 100 + 30 * place, 50 * place) for place in range(6)]
        rows += [over(nurses, Outcome.ABANDONED, 240, 400), over(billing, Outcome.ANSWERED, 12, 20)]
        told = [row for row in rows if isinstance(row, Entry) and row.queue_id == nurses and row.answered_at]
        session.add_all(rows)
        session.flush()
        for row in told:
            session.add(
                Announced(
                    entry_id=row.id, queue_id=nurses, at=row.joined_at, position=2, mean=150.0, p50=140.0, p90=210.0
                )
            )
        session.add(
            HeldPlace(
                entry_id="held", number="+16085550123", state=HeldState.HELD, made_at=rows[5].joined_at,  # type: ignore[attr-defined]
                attempts=1, next_at=datetime.now(UTC) + timedelta(minutes=4), said="no_answer",
            )
        )  # fmt: skip
        doing = [
            ("Priya Nair", AgentMode.AVAILABLE, 34, ""), ("Tom Becker", AgentMode.TALKING, 187, ""),
            ("Joan Miller", AgentMode.TALKING, 65, ""), ("David Kim", AgentMode.WRAP_UP, 12, ""),
            ("Lucia Ortega", AgentMode.PAUSED, 1260, "Lunch"), ("Karen Lund", AgentMode.SET_ASIDE, 48, ""),
        ]  # fmt: skip
        for name, mode, ago, reason in doing:
            since = datetime.now(UTC) - timedelta(seconds=ago)
            session.add(
                Agent(
                    person_id=people[name].id, mode=mode, since=since, idle_since=since, reason=reason, calls=ago // 10
                )
            )
        ids = {name: row.id for name, row in (queues | people).items()}
    say(database)
    return ids


def crowd(database: Database) -> None:
    """Thirty queues with long names, and sixty agents."""
    with database.write("test") as session:
        team = Team(name="Everybody")
        session.add(team)
        session.flush()
        for number in range(60):
            person = Person(name=f"Maximiliane Featherstonehaugh-Cholmondeley {number}")
            session.add(person)
            session.flush()
            session.add(TeamMember(team_id=team.id, person_id=person.id, position=number))
            since = datetime.now(UTC) - timedelta(seconds=17 * number + 5)
            mode = MODES[number % len(MODES)]
            session.add(
                Agent(
                    person_id=person.id, mode=mode, since=since, idle_since=since, calls=number,
                    reason="Waiting for the interpreter" if mode is AgentMode.PAUSED else "",
                )
            )  # fmt: skip
        for number in range(27):
            rules = QueueRules(alerts=Alerts(waiting=8, longest_seconds=300))
            queue = Queue(name=f"Prescriptions and referrals for the east side, line {number + 1}", rules=rules)
            session.add(queue)
            session.flush()
            session.add(QueueTeam(queue_id=queue.id, team_id=team.id))
            session.add_all(entry(queue.id, 13 * number + place) for place in range(number % 5))
    say(database)


def empty(database: Database) -> None:
    """No queue at all."""
    with database.write("test") as session:
        session.execute(update(Provider).values(queue_id=None))
        session.execute(delete(Queue))
    say(database)


@pytest.mark.parametrize(
    ("name", "language", "dark", "size"),
    [
        ("wall", "en", False, (1920, 1080)),
        ("wall-dark-es", "es", True, (1920, 1080)),
        ("wall-tablet", "en", False, (1180, 820)),
        ("wall-tablet-upright-es", "es", False, (820, 1180)),
    ],
)
def test_a_busy_morning_on_a_wall(
    editor: Running, visit: Callable[..., Visit], name: str, language: str, dark: bool, size: tuple[int, int]
) -> None:
    ids = morning(editor.database)
    one = visit(editor, Role.WALLBOARD, language=language, dark=dark, size=size)
    page = one.goto("/")
    nurses = page.locator(f"[data-queue='{ids['Nurse advice']}']")
    expect(nurses).to_have_attribute("data-alert", "longest")
    expect(page.locator("tbody tr").first).to_have_attribute("data-queue", ids["Nurse advice"])
    expect(page.locator("[data-in-all]")).to_have_text("5")
    assert "555" not in words(page), "no number on a wall"
    one.picture(name)
    assert accessible(page) == []
    overflows = (
        "() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight"
    )
    assert not page.evaluate(overflows)


@pytest.mark.parametrize(
    ("name", "dark", "size"), [("wall-crowd", True, (1920, 1080)), ("wall-crowd-tablet", False, (1180, 820))]
)
def test_many_queues_and_many_agents(
    editor: Running, visit: Callable[..., Visit], name: str, dark: bool, size: tuple[int, int]
) -> None:
    morning(editor.database)
    crowd(editor.database)
    one = visit(editor, Role.LEAD, dark=dark, size=size)
    page = one.goto("/wall")
    expect(page.locator("tbody tr")).to_have_count(7)
    expect(page.locator("tbody tr").last).to_contain_text("and 24 more queues")
    one.picture(name)
    assert accessible(page) == []
    page.get_by_role("link", name="Back").click()
    expect(page.locator("[data-agent]")).to_have_count(66)
    expect(page.locator("[data-queue]")).to_have_count(30)
    one.picture(f"{name}-working")
    assert accessible(page) == []


def test_nothing_to_show_says_what_to_do(editor: Running, visit: Callable[..., Visit]) -> None:
    one = visit(editor, Role.LEAD, size=(1920, 1080))
    page = one.goto("/wall")
    expect(page.get_by_text("Nobody is signed in to take calls")).to_be_visible()
    one.picture("wall-nobody")
    empty(editor.database)
    expect(page.get_by_text("No queues yet")).to_be_visible()
    one.picture("wall-empty")
    assert accessible(page) == []
    page = one.goto("/wallboard")
    expect(page.get_by_text("No queues yet")).to_be_visible()
    one.picture("wallboard-empty")


@pytest.mark.parametrize(
    ("name", "language", "dark", "size"),
    [
        ("wallboard", "en", False, (1440, 1400)),
        ("wallboard-dark-es", "es", True, (1440, 1400)),
        ("wallboard-narrow", "en", False, (420, 900)),
    ],
)
def test_the_working_view(
    editor: Running, visit: Callable[..., Visit], name: str, language: str, dark: bool, size: tuple[int, int]
) -> None:
    ids = morning(editor.database)
    one = visit(editor, language=language, dark=dark, size=size)
    page = one.goto("/wallboard")
    expect(page.locator("[data-entry]")).to_have_count(5)
    expect(page.locator("[data-entry]").first).to_contain_text({"en": "Withheld", "es": "Oculto"}[language])
    expect(page.locator(f"[data-queue='{ids['Nurse advice']}']")).to_have_attribute("data-alert", "longest")
    expect(page.get_by_text('<b onmouseover="alert(1)">Zoë</b>')).to_be_visible()
    one.picture(name)
    assert accessible(page) == []


def test_a_screen_is_let_in_with_its_code_and_ended(editor: Running, visit: Callable[..., Visit]) -> None:
    owner, screen = visit(editor, Role.OWNER), visit(editor, None, size=(1920, 1080))
    page = owner.goto("/wallboard")
    page.get_by_role("link", name="Screens").click()
    expect(page.get_by_text("No screens yet")).to_be_visible()
    owner.picture("screens-empty")
    page.get_by_role("button", name="Add a screen").click()
    page.get_by_label("Name").fill("Front desk, Lakeside")
    page.get_by_role("button", name="Get the code").click()
    code = page.locator("[data-code]").get_attribute("data-code")
    owner.picture("screen-code")
    assert accessible(page) == []
    wall = screen.goto("/screen")
    wall.get_by_label("Code").fill("AAAAA-AAAAA")
    wall.get_by_role("button", name="Show the wallboard").click()
    expect(wall.get_by_text("Ask for a new one")).to_be_visible()
    screen.picture("screen-open")
    assert accessible(wall) == []
    wall.get_by_label("Code").fill(str(code))
    wall.get_by_role("button", name="Show the wallboard").click()
    expect(wall.locator("[data-in-all]")).to_be_visible()
    expect(wall.get_by_role("link", name="Back")).to_have_count(0)
    wall.reload()
    expect(wall.locator("[data-in-all]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Signed in", exact=True)).to_be_visible()
    owner.picture("screens")
    assert accessible(page) == []
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("No screens yet")).to_be_visible()
    wall.reload()
    expect(wall.get_by_text("Show the wallboard on this screen")).to_be_visible()


def test_whoever_supervises_moves_pauses_and_cancels(editor: Running, visit: Callable[..., Visit]) -> None:
    ids = morning(editor.database)
    one = visit(editor)
    page = one.goto("/wallboard")
    row = page.get_by_role("row").filter(has_text="Withheld")
    row.get_by_role("button", name="Move").click()
    page.get_by_role("menuitem", name="Billing").click()
    expect(page.get_by_text("Now waits in Billing.")).to_be_visible()
    expect(row).to_contain_text("Billing")
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("Nurse advice")
    page.get_by_role("button", name="Change what Priya Nair does").click()
    page.get_by_role("menuitem", name="Pause").click()
    expect(page.locator(f"[data-agent='{ids['Priya Nair']}'][data-mode=paused]")).to_be_visible()
    page.get_by_role("button", name="Cancel: Ana Diaz").click()
    one.picture("wallboard-cancel")
    assert accessible(page) == []
    page.get_by_role("button", name="Do not call back", exact=True).click()
    expect(page.get_by_text("Nobody is to be called back.")).to_be_visible()
    page.get_by_role("button", name="What was done").click()
    expect(page.locator("[data-done]")).to_have_count(4)
    one.picture("wallboard-record")
    assert accessible(page) == []
    agent = visit(editor, Role.AGENT, name="Sam Agent")
    other = agent.goto("/wallboard")
    expect(other.locator("[data-entry]")).to_have_count(5)
    expect(other.get_by_role("button", name="Move")).to_have_count(0)


def test_listening_is_steered_from_the_page(editor: Running, visit: Callable[..., Visit]) -> None:
    ids = morning(editor.database)
    joan = ids["Joan Miller"]
    with editor.database.write("test") as session:
        talk = entry(ids["Nurse advice"], 200, state=EntryState.TALKING, outcome=Outcome.ANSWERED, waited=130.0)
        talk.answered_at, talk.person_id = datetime.now(UTC), joan
        session.add(talk)
        session.flush()
        session.get_one(Agent, joan).entry_id = talk.id
    say(editor.database)
    one = visit(editor)
    page = one.goto("/wallboard")
    page.get_by_role("button", name="Listen in on Joan Miller").click()
    expect(page.get_by_text("You have no phone to listen on")).to_be_visible()
    with editor.database.write("test") as session:
        lead = session.scalars(select(Person).where(Person.name == "Pat Moore")).one()
        session.add(Phone(person_id=lead.id, kind=PhoneKind.DESK, sip_user="909"))
    page.get_by_role("button", name="Listen in on Joan Miller").click()
    expect(page.locator("[data-listening=ringing]")).to_contain_text("answer it to hear Joan Miller")
    orders = SqlOrders(editor.database, "a controller")
    (order,) = orders.waiting()
    orders.take(order.id)
    orders.done(order.id)
    expect(page.locator("[data-listening=listening]")).to_be_visible()
    page.get_by_text("Whisper", exact=True).click()
    wait_until(lambda: [one.what for one in orders.waiting()] == [What.LISTEN_AS])
    (steer,) = orders.waiting()
    orders.done(steer.id)
    orders.also(order.id, mode="whisper")
    expect(page.get_by_text("Only our side hears you; the caller does not.")).to_be_visible()
    one.picture("wallboard-listening")
    assert accessible(page) == []
    orders.also(order.id, ended=datetime.now(UTC).isoformat())
    expect(page.locator("[data-listening]")).to_have_count(0)


def test_a_wall_that_hears_nothing_says_so_and_comes_back(
    built: None, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    running = start_editor(tmp_path)
    morning(running.database)
    one = visit(running, size=(1920, 1080))
    page = one.goto("/wall")
    expect(page.locator("[data-in-all]")).to_have_text("5")
    running.process.send_signal(signal.SIGSTOP)
    expect(page.get_by_text("Not up to date")).to_be_visible(timeout=15_000)
    one.picture("wall-stale")
    running.process.send_signal(signal.SIGCONT)
    expect(page.get_by_text("Not up to date")).to_have_count(0, timeout=15_000)
    stop_editor(running)
    expect(page.get_by_text("Not up to date")).to_be_visible(timeout=15_000)
    again = start_editor(tmp_path, CARELINE_EDITOR_LISTEN=running.settings["CARELINE_EDITOR_LISTEN"])
    expect(page.get_by_text("Not up to date")).to_have_count(0, timeout=30_000)
    with again.database.write("test") as session:
        session.add(entry(session.scalars(select(Queue.id)).first() or "", 3))
    say(again.database)
    expect(page.locator("[data-in-all]")).to_have_text("6")
    stop_editor(again)
    one.complaints[:] = [said for said in one.complaints if "WebSocket" not in said and "ERR_CONNECTION" not in said]


def test_a_week_in_one_tab(editor: Running, visit: Callable[..., Visit]) -> None:
    """A thousand changes, as the server would tell them, leave as many nodes and listeners as there were."""
    ids = morning(editor.database)
    one = visit(editor, size=(1920, 1080))
    page = one.goto("/wall")
    expect(page.locator("[data-in-all]")).to_have_text("5")
    browser = one.context.new_cdp_session(page)

    def counted() -> tuple[int, int]:
        browser.send("HeapProfiler.collectGarbage")
        found = browser.send("Memory.getDOMCounters")
        return int(found["nodes"]), int(found["jsEventListeners"])

    def change(times: int) -> None:
        for _ in range(times):
            with editor.database.connect(Notice("entries")) as connection:
                connection.execute(
                    update(Entry).where(Entry.queue_id == ids["Appointments"], Entry.ended_at.is_(None)).values(
                        joined_at=datetime.now(UTC) - timedelta(seconds=random.randint(1, 500))
                    )
                )  # fmt: skip
            page.wait_for_timeout(20)

    change(50)
    page.wait_for_timeout(500)
    before = counted()
    seen: list[str] = []
    page.on("websocket", lambda socket: seen.append("another connection"))
    for _ in range(20):
        change(50)
    page.wait_for_timeout(500)
    after = counted()
    assert after[0] <= before[0] + 50, (before, after)
    assert after[1] <= before[1] + 5, (before, after)
    assert seen == []
