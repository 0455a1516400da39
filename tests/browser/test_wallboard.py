"""The wallboard in real Chromium: on a wall, on a tablet, for whoever supervises; full, empty, and cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select, update

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
    Provider,
    Queue,
    QueueTeam,
    Role,
    Team,
    TeamMember,
    new_id,
)
from controller.store.notices import Notice
from tests.browser.conftest import Running, Visit, accessible, words

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
                attempts=1, next_at=datetime.now(UTC) + timedelta(minutes=4), said="Nobody answered",
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
