"""The drafts that browsers of this process have open: what one draws is told to the others, and to whoever draws in another
editor process; a while after the last change everybody is told how it looks and what is wrong.

A notice on the bus says that a draft has new rows, whoever wrote them. Where people are is told to other processes by rows too,
but only while there are any at the same draft.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import structlog
from sqlalchemy.exc import SQLAlchemyError

from controller.flows.document import Document
from controller.flows.upgrades import DocumentRefused
from controller.store.engine import DatabaseBusy
from controller.store.models import Flow, new_id
from controller.store.notices import Notice
from controller.store.snapshot import Snapshot
from flow_editor.accounts.permissions import Visitor
from flow_editor.drafts import presence, store
from flow_editor.drafts.look import Look, look, refused
from flow_editor.drafts.opened import Opened
from flow_editor.drafts.schemas import (
    DraftGone,
    DraftUpdated,
    Drawn,
    Moved,
    NodeLook,
    People,
    Somebody,
    Whereabouts,
)
from flow_editor.editor import Editor
from flow_editor.live import Told

log = structlog.get_logger(__name__)

QUIET = 0.3
"""Seconds without a change after which a draft is looked at."""
CLINIC_QUIET = 0.6
"""The same after a change of what flows refer to: the clinic has to be read anew first."""
RENEW = timedelta(seconds=15)
"""How often the rows of those who are here are renewed."""
ELSEWHERE = 0.4
"""Seconds between two rows about where somebody is, for other processes."""

updated = Told("drafts.updated", DraftUpdated)
drawn = Told("drafts.drawn", Drawn)
people = Told("drafts.people", People)
moved = Told("drafts.moved", Moved)
gone = Told("drafts.gone", DraftGone)


def room(flow: str, language: str | None = None) -> str:
    """The name of Socket.IO's room of a draft; what is in words goes to the room of a language."""
    return f"draft {flow}" if language is None else f"draft {flow} {language}"


@dataclass
class _Here:
    """A browser of this process."""

    somebody: Somebody
    language: str
    told_elsewhere: float = 0.0


@dataclass
class _Room:
    opened: Opened
    here: dict[str, _Here] = field(default_factory=dict)
    elsewhere: list[Somebody] = field(default_factory=list)
    look: Look | None = None
    revision: int = 0
    changed: bool = False
    told: dict[str, dict[str, NodeLook]] = field(default_factory=dict)
    """What each language has been told of the nodes."""
    ours: bool = False
    """Whether this process has added to it since the last look."""
    timer: gevent.Greenlet[..., Any] | None = None

    def everybody(self) -> list[Somebody]:
        return [one.somebody for one in self.here.values()] + self.elsewhere


class Rooms:
    """One per process."""

    def __init__(self, parts: Editor) -> None:
        self._parts = parts
        self._rooms: dict[str, _Room] = {}
        self._process = new_id()
        self._renewing: gevent.Greenlet[..., Any] | None = None
        self._end: Callable[[], None] = parts.bus.subscribe(self._heard)

    def stop(self) -> None:
        """Close everything."""
        self._end()
        timers = [known.timer for known in self._rooms.values()] + [self._renewing]
        gevent.killall([timer for timer in timers if timer is not None])
        with self._parts.database.write() as session:
            presence.leave_all(session, self._process)
        self._rooms.clear()

    # -- coming and going

    def open(self, flow: str) -> Opened:
        """A draft, read as far as SQL has it. Raises NoSuchFlow, NewerDraft."""
        known = self._rooms.get(flow)
        if known is not None:
            news = known.opened.catch_up()
            if news is not None:
                self._tell_updates(known, news)
                return known.opened
        opened = Opened(self._parts.database, flow)
        opened.open(_now())
        if known is None:
            # Somebody else may have opened it while we were reading.
            known = self._rooms.setdefault(flow, _Room(opened))
        else:
            self._begin_anew(known, opened)
        return known.opened

    def known(self, flow: str) -> Opened:
        """The same, as far as it has been read when it is open here already."""
        known = self._rooms.get(flow)
        return known.opened if known else self.open(flow)

    def enter(self, flow: str, client: str, who: Visitor, language: str) -> list[Somebody]:
        """A browser has opened it; returns everybody who is there."""
        known = self._rooms[flow]
        somebody = Somebody(client=client, person=who.person, name=who.name, at=Whereabouts())
        known.here[client] = _Here(somebody, language)
        with self._parts.database.write() as session:
            presence.enter(session, flow, self._process, somebody, _now())
        self._read_elsewhere(known)
        self._tell_people(known)
        if self._renewing is None or self._renewing.dead:
            self._renewing = gevent.spawn(self._renew)
        return known.everybody()

    def joined(self, flow: str, client: str) -> Opened | None:
        """A draft, if this browser has it open."""
        known = self._rooms.get(flow)
        return known.opened if known and client in known.here else None

    def read_in(self, flow: str, client: str, language: str) -> str:
        """A browser that has it open is told of it in this language from now on; returns in which one it was before."""
        mine = self._rooms[flow].here[client]
        before, mine.language = mine.language, language
        return before

    def leave(self, client: str, flow: str | None = None) -> None:
        """A browser has closed a draft, or (no `flow`) is gone."""
        for id, known in list(self._rooms.items()):
            if client not in known.here or flow not in (None, id):
                continue
            del known.here[client]
            with self._parts.database.write() as session:
                presence.leave(session, id, client)
            self._tell_people(known)
            self.close_if_empty(id)

    def close_if_empty(self, flow: str) -> None:
        """Let go of a draft that no browser of this process has open."""
        if self._rooms[flow].here:
            return
        known = self._rooms.pop(flow)
        if known.timer is not None:
            known.timer.kill()
        if known.ours:
            self._look(known)

    # -- drawing

    def take(self, flow: str, update: bytes, epoch: int, who: Visitor, client: str | None) -> int:
        """Keep what a browser has drawn and tell the others. Raises Refusal."""
        known = self._rooms[flow]
        news = known.opened.take(update, epoch, _now(), who.person)
        if news is not None:
            known.ours = True
            updated.to(room(flow), DraftUpdated(flow=flow, update=news), but=client)
            self._look_soon(known, QUIET)
        seq = known.opened.seq
        self.close_if_empty(flow)
        return seq

    def move(self, flow: str, client: str, at: Whereabouts) -> None:
        """Somebody is elsewhere now."""
        known = self._rooms.get(flow)
        mine = known.here.get(client) if known else None
        if known is None or mine is None:
            return
        dropped = mine.somebody.at.moving and not at.moving
        mine.somebody = mine.somebody.model_copy(update={"at": at})
        moved.to(room(flow), Moved(flow=flow, client=client, at=at), but=client)
        now = time.monotonic()
        if known.elsewhere and (dropped or now - mine.told_elsewhere > ELSEWHERE):
            mine.told_elsewhere = now
            with self._parts.database.write() as session:
                presence.move(session, flow, client, at, _now())

    # -- looking

    def drawn(self, flow: str, language: str) -> Drawn:
        """How a draft looks right now, all of it."""
        known = self._rooms[flow]
        if known.look is None or known.revision != known.opened.seq:
            self._see(known)
        assert known.look is not None
        nodes = known.told.setdefault(language, _said(known.look, language))
        return self._drawn(known, language, nodes, whole=True)

    def _look_soon(self, known: _Room, seconds: float) -> None:
        if known.timer is not None:
            known.timer.kill()
        known.timer = gevent.spawn_later(seconds, self._look, known)

    def _look(self, known: _Room) -> None:
        known.timer = None
        try:
            document = self._see(known)
            if known.ours and document is not None:
                known.ours = False
                known.opened.note(document)
        except (SQLAlchemyError, DatabaseBusy) as error:
            log.warning("draft_not_looked_at", error=type(error).__name__)
            return
        assert known.look is not None
        for language in {one.language for one in known.here.values()}:
            before = known.told.get(language)
            now = known.told[language] = _said(known.look, language)
            nodes = now if before is None else {id: it for id, it in now.items() if before.get(id) != it}
            said = self._drawn(known, language, nodes, whole=before is None)
            drawn.to(room(known.opened.flow, language), said)

    def _see(self, known: _Room) -> Document | None:
        """Look at a draft as it stands. What was told of an earlier look stays until it is told anew."""
        seq = known.opened.seq
        document = None
        try:
            document = known.opened.project()
            known.look = look(document, self._parts.clinic, _now(), known.opened.flow)
            known.changed = known.opened.differs(document)
        except DocumentRefused as reason:
            known.look = refused(reason.reason)
            known.changed = True
        known.revision = seq
        return document

    def _drawn(self, known: _Room, language: str, nodes: dict[str, NodeLook], *, whole: bool) -> Drawn:
        assert known.look is not None
        return Drawn(
            flow=known.opened.flow,
            revision=known.revision,
            whole=whole,
            nodes=nodes,
            problems=known.look.problems_in(language),
            changed=known.changed,
            base=known.opened.base_id,
            live=known.opened.live,
        )

    # -- other processes

    def _heard(self, notice: Notice) -> None:
        if notice.topic == store.TOPIC or not notice.topic:
            self._each(notice.key, self._catch_up)
        if notice.topic == presence.TOPIC or not notice.topic:
            self._each(notice.key, self._look_elsewhere)
        if notice.topic == Flow.__tablename__:
            self._each(notice.key, self._catch_up)
        if notice.topic in Snapshot.TOPICS:
            self._each("", lambda known: self._look_soon(known, CLINIC_QUIET))

    def _each(self, key: str, work: Callable[[_Room], None]) -> None:
        for flow, known in list(self._rooms.items()):
            if not key or key == flow:
                gevent.spawn(self._safely, work, known)

    def _safely(self, work: Callable[[_Room], None], known: _Room) -> None:
        try:
            work(known)
        except (SQLAlchemyError, DatabaseBusy, store.NoSuchFlow) as error:
            log.warning("draft_not_read", error=type(error).__name__)

    def _catch_up(self, known: _Room) -> None:
        news = known.opened.catch_up()
        if news is None:
            gone.to(room(known.opened.flow), DraftGone(flow=known.opened.flow))
        elif news:
            self._tell_updates(known, news)
        elif known.told and known.timer is None:
            self._look_soon(known, QUIET)

    def _tell_updates(self, known: _Room, news: list[bytes]) -> None:
        for update in news:
            updated.to(room(known.opened.flow), DraftUpdated(flow=known.opened.flow, update=update))
        if news:
            self._look_soon(known, QUIET)

    def _begin_anew(self, known: _Room, opened: Opened) -> None:
        known.opened, known.look, known.ours = opened, None, False
        known.told.clear()

    def _look_elsewhere(self, known: _Room) -> None:
        before = known.elsewhere
        self._read_elsewhere(known)
        if known.elsewhere != before:
            self._tell_people(known)

    def _read_elsewhere(self, known: _Room) -> None:
        with self._parts.database.read() as session:
            known.elsewhere = presence.elsewhere(session, known.opened.flow, self._process, _now())

    def _tell_people(self, known: _Room) -> None:
        people.to(room(known.opened.flow), People(flow=known.opened.flow, people=known.everybody()))

    def _renew(self) -> None:
        while any(known.here for known in self._rooms.values()):
            gevent.sleep(RENEW.total_seconds())
            try:
                with self._parts.database.write() as session:
                    presence.renew(session, self._process, _now())
                    for flow in store.long_ones(session):
                        store.compact(session, flow)
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("presence_not_renewed", error=type(error).__name__)
            for known in list(self._rooms.values()):
                self._safely(self._look_elsewhere, known)


def _said(seen: Look, language: str) -> dict[str, NodeLook]:
    return {id: node.said(language) for id, node in seen.nodes.items()}


def _now() -> datetime:
    return datetime.now(UTC)
