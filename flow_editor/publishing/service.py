"""Puts what is drawn live, now or at a set time; puts older versions back; takes over what others have put live.

Whatever is refused says why and what to do, with what a page needs to offer it (`more`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.flows.checks import check
from controller.flows.clinic import Clinic
from controller.flows.document import Document
from controller.flows.registry import Problem
from controller.flows.walker import Version
from controller.store import clock, publications
from controller.store.acknowledgements import Acknowledged, wait_for
from controller.store.models import Flow, FlowVersion, Occasion, Publication
from controller.store.models import Standing as Stands
from controller.texts import T, Text
from flow_editor.accounts.permissions import Visitor
from flow_editor.drafts import store
from flow_editor.editor import Editor
from flow_editor.errors import Conflict, NotFound, Refusal
from flow_editor.flows.service import unsound
from flow_editor.publishing.merging import Merged, merge
from flow_editor.publishing.standing import (
    Standing,
    compared,
    document_at,
    document_of,
    find_flow,
    find_version,
    standing,
)
from flow_editor.rehearsals.service import OfFlow, failing, of_all

ACKNOWLEDGED_WITHIN = 5.0
"""Seconds that whoever publishes waits for every controller."""
SOONEST = timedelta(seconds=5)
"""A plan for a time that is past by no more than this begins at once: forms take a while to be sent."""
FARTHEST = timedelta(days=400)
NOTE = 500
"""Characters of a note or a reason at most."""


@dataclass(frozen=True)
class Intent:
    """What somebody who has seen the differences wants. `seq` and `live`: the draft's update and the live version they saw.

    `on_top`: publish although something else has gone live since the draft was begun, which they have seen.
    """

    seq: int
    live: str | None
    note: str = ""
    reason: str = ""
    on_top: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether a version may go live."""

    problems: tuple[Problem, ...]
    rehearsals: tuple[OfFlow, ...]

    @property
    def blocked(self) -> bool:
        """Whether it may not, whatever anybody says."""
        return unsound(self.problems)


@dataclass(frozen=True)
class Published:
    """What came of it. `acknowledged`: None for a plan. `before`: the version that was live before."""

    publication: str
    version: str
    number: int
    before: str | None
    planned: bool
    acknowledged: Acknowledged | None
    warnings: tuple[Text, ...] = ()


def look(parts: Editor, flow: str) -> Standing:
    """How a flow stands. Raises Refusal."""
    parts.clinic.refresh()  # what was made a moment ago is known
    return parts.database.transact(lambda session: standing(session, flow, datetime.now(UTC)))


def verdict(version: Version, name: str, clinic: Clinic, before: Clinic | None = None) -> Verdict:
    """Check a version, and run its rehearsals and those of the flows that would enter it. `before`: see `of_all`."""
    problems = check(version.document, clinic, datetime.now(UTC), version.flow)
    return Verdict(tuple(problems), tuple(of_all(version, name, clinic, before)))


# -- publishing


def publish(parts: Editor, visitor: Visitor, flow: str, intent: Intent, language: str) -> Published:
    """Put what is drawn live, or plan it. Raises Refusal, Conflict."""
    now = datetime.now(UTC)
    seen = look(parts, flow)
    _still_as_seen(parts, seen, intent, language)
    times = _times(seen, intent, now)
    if seen.live is not None and document_of(seen.live) == seen.document and not intent.starts_at:
        raise Refusal(T("Nothing has changed: callers hear exactly this already."), more={"why": "same"})
    found = verdict(seen.version, seen.flow.name, parts.clinic)
    failed = may_go_live(found, intent.reason, language)

    began = time.monotonic()

    def work(session: Session) -> Published:
        again = standing(session, flow, now)
        if (again.draft.seq, again.flow.live_version_id) != (seen.draft.seq, seen.flow.live_version_id):
            raise Conflict(_MEANWHILE, more={"why": "again"})
        version = _keep(session, again, intent.note, visitor.name, now)
        before = again.flow.live_version_id
        moment = clock.now(session.connection())
        publication = publications.make(
            session,
            version,
            who=visitor.person,
            now=moment,
            starts_at=times[0],
            ends_at=times[1],
            reason=intent.reason.strip(),
            failed=failed,
        )
        if times[0] is None:
            again.draft.base_version_id, again.draft.changed = version.id, False
        elif times[1] is not None and again.live is not None:
            # What is for a time only is kept as a version; what is drawn goes on from what is live.
            store.replace(session, flow, document_of(again.live), now, visitor.person)
            again.draft.base_version_id, again.draft.changed = again.live.id, False
        return Published(publication.id, version.id, version.number, before, times[0] is not None, None)

    return _acknowledged(parts, flow, parts.database.transact(work, visitor.person), began)


_MEANWHILE = T("Something has changed while you looked. Look at the differences again, then publish.")


def _still_as_seen(parts: Editor, seen: Standing, intent: Intent, language: str) -> None:
    """Raises Conflict when it is not what they saw, in words."""
    if intent.live != seen.flow.live_version_id:
        with parts.database.read() as session:
            before = session.get(FlowVersion, intent.live) if intent.live else None
        _conflict(parts, "live", document_of(before), document_of(seen.live), language)
    if intent.seq != seen.draft.seq:
        with parts.database.read() as session:
            earlier = document_at(session, seen.flow.id, intent.seq)
        if earlier is None or earlier.model_copy(update={"name": seen.document.name}) != seen.document:
            _conflict(parts, "draft", earlier, seen.document, language)
    if seen.stale and not intent.on_top:
        _conflict(parts, "stale", document_of(seen.base), document_of(seen.live), language)


_CONFLICTS = {
    "live": T("Another version has gone live while you looked. See what it changes, then decide."),
    "draft": T("The flow has been drawn on while you looked. See what has changed, then publish."),
    "stale": T(
        "Another version has gone live since this draft was begun. See what it changes, then decide: "
        "take those changes over into the draft, or publish without them."
    ),
}


def _conflict(parts: Editor, why: str, old: Document | None, new: Document, language: str) -> None:
    told = [] if old is None else compared(old, new, parts.clinic)
    raise Conflict(_CONFLICTS[why], more={"why": why, "changes": [one.text.render(language) for one in told]})


def _times(seen: Standing, intent: Intent, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When it begins (None: now) and ends. Raises Refusal."""
    starts, ends = intent.starts_at, intent.ends_at
    if starts is not None and starts < now - SOONEST:
        text = T("This time is past. Choose a later one, or publish now.")
        raise Refusal(text, fields={"starts_at": text})
    if any(at is not None and at > now + FARTHEST for at in (starts, ends)):
        text = T("This is more than a year away. Choose an earlier time.")
        raise Refusal(text, fields={"ends_at" if ends and ends > now + FARTHEST else "starts_at": text})
    if ends is not None and ends <= (starts or now):
        text = T("The end must come after the beginning.")
        raise Refusal(text, fields={"ends_at": text})
    if ends is not None and seen.live is None:
        text = T("Nothing is live yet, so there is nothing to go back to at the end. Leave the end out.")
        raise Refusal(text, fields={"ends_at": text})
    return starts, ends


STUCK = T("This flow has errors, and callers would be stuck. Correct them, then publish.")
ELSEWHERE = T("A rehearsal does not end as expected. Correct the flow, or say why you publish it anyway.")


def may_go_live(
    found: Verdict, reason: str, language: str, *, stuck: Text = STUCK, elsewhere: Text = ELSEWHERE
) -> list[str]:
    """The titles of rehearsals that failed, which is allowed for the reason given.

    Raises Refusal: with `stuck` for errors, whatever the reason, and with `elsewhere` for rehearsals without one.
    """
    if found.blocked:
        raise Refusal(stuck, more={"why": "errors", "problems": errors_in(found, language)})
    failed = failing(found.rehearsals)
    if failed and not reason.strip():
        raise Refusal(elsewhere, fields={"reason": elsewhere}, more={"why": "rehearsals"})
    return [ran.title or T("Rehearsal {number}", number=ran.id).render(language) for _, ran in failed]


def errors_in(found: Verdict, language: str) -> list[str]:
    """What keeps a version from going live, in words."""
    return [one.text.render(language) for one in found.problems if unsound([one])]


def _keep(session: Session, seen: Standing, note: str, who: str, now: datetime) -> FlowVersion:
    """What is drawn, as the flow's next version."""
    newest = session.scalar(select(func.max(FlowVersion.number)).where(FlowVersion.flow_id == seen.flow.id))
    version = FlowVersion(
        flow_id=seen.flow.id,
        number=(newest or 0) + 1,
        document=seen.document.model_dump(mode="json"),
        note=note.strip()[:NOTE],
        published_at=now,
        published_by=who[:200],
    )
    session.add(version)
    session.flush()
    return version


def _acknowledged(parts: Editor, flow: str, published: Published, began: float) -> Published:
    if published.planned:
        return published
    found = wait_for(parts.database, parts.bus, flow, published.version, ACKNOWLEDGED_WITHIN, since=began)
    return Published(**{**vars(published), "acknowledged": found})


# -- back, and forth again


def roll_back(parts: Editor, visitor: Visitor, flow: str, version: str, live: str | None, language: str) -> Published:
    """Make a version that exists already live again. `live`: what was live as far as they know. Raises Refusal, Conflict.

    Rehearsals that fail are told, and keep nobody from going back to what has worked before; errors do. A version that never
    was live is held to them.
    """
    with parts.database.read() as session:
        row = find_version(session, flow, version)
        current = find_flow(session, flow)
        proven = version in publications.ever_live(session, flow)
    if current.live_version_id != live:
        with parts.database.read() as session:
            old, new = (session.get(FlowVersion, id) if id else None for id in (live, current.live_version_id))
        _conflict(parts, "live", document_of(old), document_of(new), language)
    if current.live_version_id == version:
        raise Refusal(T("This version is live already."))
    parts.clinic.refresh()
    found = verdict(Version.read(row.id, flow, document_of(row)), current.name, parts.clinic)
    if found.blocked:
        text = T(
            "Version {number} cannot be used any more as it is: something that it needs is gone. Draw from it, correct it, "
            "and publish that.",
            number=row.number,
        )
        raise Refusal(text, more={"why": "errors", "problems": errors_in(found, language)})
    if not proven:
        may_go_live(found, "", language)
    warnings = tuple(
        T("Rehearsal “{title}” does not end as expected.", title=ran.title or ran.id)
        for _, ran in failing(found.rehearsals)
    )
    began = time.monotonic()

    def work(session: Session) -> Published:
        before = session.get_one(Flow, flow, with_for_update=True).live_version_id
        if before != live:
            raise Conflict(_MEANWHILE, more={"why": "again"})
        moment = clock.now(session.connection())
        kept = session.get_one(FlowVersion, version)
        made = publications.make(session, kept, who=visitor.person, now=moment, occasion=Occasion.ROLL_BACK)
        return Published(made.id, version, kept.number, before, False, None, warnings)

    return _acknowledged(parts, flow, parts.database.transact(work, visitor.person), began)


def cancel(parts: Editor, visitor: Visitor, publication: str) -> None:
    """Have a plan not carried out; have what is live for a time only stay. Raises Refusal."""

    def work(session: Session) -> None:
        row = session.get(Publication, publication, with_for_update=True)
        if row is None:
            raise NotFound
        ending = row.standing is Stands.LIVE and row.ends_at is not None
        if row.standing is not Stands.PLANNED and not ending:
            raise Conflict(T("This has been carried out or cancelled already."), more={"why": "over"})
        publications.cancel(session, row, clock.now(session.connection()))

    parts.database.transact(work, visitor.person)


# -- the draft


def take_over(parts: Editor, visitor: Visitor, flow: str) -> Sequence[Text]:
    """Bring into the draft what has gone live since it was begun; returns what both had changed. Raises Refusal."""

    def work(session: Session) -> Merged:
        now = datetime.now(UTC)
        seen = standing(session, flow, now)
        if seen.live is None or not seen.stale:
            return Merged(seen.document, ())
        merged = merge(document_of(seen.base), document_of(seen.live), seen.document)
        store.replace(session, flow, merged.document, now, visitor.person)
        seen.draft.base_version_id = seen.live.id
        return merged

    return parts.database.transact(work, visitor.person).both


def draw_from(parts: Editor, visitor: Visitor, flow: str, version: str) -> None:
    """Make the draft hold a version: to go on from there. Those who are drawing see it at once. Raises Refusal."""

    def work(session: Session) -> None:
        row = find_version(session, flow, version)
        live = find_flow(session, flow).live_version_id
        store.replace(session, flow, document_of(row), datetime.now(UTC), visitor.person)
        draft = standing(session, flow, datetime.now(UTC)).draft
        draft.base_version_id, draft.changed = live or row.id, row.id != live

    parts.database.transact(work, visitor.person)
