"""A small clinic with queues, and ways to let agents come and callers wait."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from controller.queues.rules import QueueRules
from controller.queues.waiting import Refused, Standing, Wish
from controller.store.engine import Database
from controller.store.models import Person, PersonSkill, Phone, PhoneKind, Queue, QueueTeam, Skill, Team, TeamMember
from controller.store.queues import SqlQueues

_calls = itertools.count(1)


def set_up(
    database: Database,
    queues: Mapping[str, Sequence[str]],
    *,
    rules: QueueRules | None = None,
    skills: Mapping[str, Mapping[str, int]] | None = None,
) -> None:
    """Queues by id, each answered by a team of these people; people's skills. Everybody has a desk phone."""
    rules = rules or QueueRules()
    people = dict.fromkeys(person for members in queues.values() for person in members)
    with database.write("test") as session:
        for number, person in enumerate(people):
            phone = Phone(id=f"phone-{person}", kind=PhoneKind.DESK, sip_user=str(100 + number), label="Desk")
            session.add(Person(id=person, name=person, phones=[phone]))
        for skill in dict.fromkeys(skill for levels in (skills or {}).values() for skill in levels):
            session.add(Skill(id=skill, name=skill))
        session.flush()
        for person, levels in (skills or {}).items():
            session.add_all(
                PersonSkill(person_id=person, skill_id=skill, level=level) for skill, level in levels.items()
            )
        for queue, members in queues.items():
            team = Team(id=f"team-{queue}", name=queue)
            team.members = [TeamMember(person_id=person, position=place) for place, person in enumerate(members)]
            session.add(team)
            session.flush()
            session.add(Queue(id=queue, name=queue, rules=rules, teams=[QueueTeam(team_id=team.id)]))


def wish(queue: str, **more: Any) -> Wish:
    """A new call's."""
    return Wish(queue=queue, step=1, **{"call": f"call-{next(_calls)}", **more})


def waits(queues: SqlQueues, queue: str, **more: Any) -> Standing:
    """Somebody who joins and is not refused."""
    found = queues.join(wish(queue, **more))
    assert not isinstance(found, Refused), found
    return found
