"""One draft that browsers of this process have open: its Yjs document, kept in step with SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gevent.lock import RLock
from pycrdt import Doc
from sqlalchemy.orm import Session

from controller.flows.document import Document
from controller.flows.upgrades import DocumentRefused, from_json
from controller.store.engine import Database
from controller.store.models import Draft, Flow, FlowVersion
from controller.texts import T
from flow_editor.drafts import shape, store
from flow_editor.drafts.schemas import LARGEST_UPDATE, LiveNow
from flow_editor.errors import Conflict, NotFound, Refusal

MOST_NODES, MOST_NOTES = 2000, 500
"""As a document may have (flows.document.Document)."""
LARGEST_DRAFT = 8_000_000
"""Bytes of a draft, with what Yjs keeps of what has been deleted."""

NOTHING = b"\0\0"
"""An update with nothing in it."""


class Opened:
    """See above. `epoch` and `seq`: as far as it has been read."""

    def __init__(self, database: Database, flow: str) -> None:
        self.flow = flow
        self._database = database
        self._lock = RLock()
        self._doc: Doc[Any] = shape.empty()
        self._copy: Doc[Any] | None = None
        self._size = 0
        self.epoch = 0
        self.seq = 0
        self.location: str | None = None
        self.base: Document | None = None
        self.base_id: str | None = None
        self.live: LiveNow | None = None

    # -- reading

    def open(self, now: datetime) -> None:
        """Read it whole, beginning it if need be. Raises NoSuchFlow, NewerDraft."""
        with self._lock:
            self._database.transact(lambda session: store.open_(session, self.flow, now))
            with self._database.read() as session:
                self._begin_anew(session)
                self._read_about(session)

    def catch_up(self) -> list[bytes] | None:
        """What others have added to it in SQL, by now in this document too; None when it has been begun anew or is gone."""
        with self._lock, self._database.read() as session:
            if not self._read_about(session):
                return None
            found = store.updates(session, self.flow, self.seq)
            for seq, update in found:
                self._doc.apply_update(update)
                self._size += len(update)
                self.seq = seq
            if found:
                self._copy = None
            return [update for _, update in found]

    def _begin_anew(self, session: Session) -> None:
        rows = store.updates(session, self.flow)
        self._doc = shape.loaded([update for _, update in rows])
        self._copy = None
        self._size = sum(len(update) for _, update in rows)
        self.seq = rows[-1][0] if rows else 0
        self.epoch = session.get_one(Draft, self.flow).epoch

    def _read_about(self, session: Session) -> bool:
        """The flow and what is live of it. Returns whether this is the draft still."""
        flow, draft = session.get(Flow, self.flow), session.get(Draft, self.flow)
        if flow is None or draft is None or draft.epoch != self.epoch:
            return False
        self.location = flow.location_id
        if draft.base_version_id != self.base_id:
            self.base_id = draft.base_version_id
            self.base = _version(session, self.base_id)
        if flow.live_version_id is None:
            self.live = None
        elif self.live is None or self.live.id != flow.live_version_id:
            row = session.get_one(FlowVersion, flow.live_version_id)
            self.live = LiveNow(id=row.id, number=row.number, published_at=row.published_at)
        return True

    def update_since(self, vector: bytes | None) -> bytes:
        """All that a browser with this state vector does not have. Raises Refusal for what is no state vector."""
        try:
            return self._doc.get_update(vector) if vector else self._doc.get_update()
        except ValueError as error:
            raise Refusal(T("This page is too old. Please load it again.")) from error

    @property
    def vector(self) -> bytes:
        """What this document has."""
        return self._doc.get_state()

    def project(self) -> Document:
        """The flow as it stands. Raises DocumentRefused."""
        return shape.project(self._doc)

    def differs(self, document: Document) -> bool:
        """Whether what is drawn differs from the version it was drawn from."""
        return self.base is None or _comparable(document) != _comparable(self.base)

    # -- writing

    def take(self, update: bytes, epoch: int, now: datetime, person: str) -> bytes | None:
        """Keep an update, after it has been tried on a copy. Returns what is new in it, to be told to others; None: nothing.

        Raises Refusal, having changed nothing.
        """
        if len(update) > LARGEST_UPDATE:
            raise Refusal(T("This change is too large to be saved at once. Do it in smaller parts."), status=413)
        with self._lock:
            if epoch != self.epoch:
                raise Conflict(T("This flow has been begun anew meanwhile. Load the page again."))
            try:
                news = self._try(update)
                if news is not None:
                    seq = self._database.transact(lambda session: self._add(session, news, now, person))
            except BaseException:
                self._copy = None  # it may have taken something that the draft has not
                raise
            if news is None:
                return None
            self._doc.apply_update(news)
            self._size += len(news)
            if seq == self.seq + 1:
                self.seq = seq
            return news

    def _try(self, update: bytes) -> bytes | None:
        """Apply it to a copy; what it brought, or None for nothing."""
        if self._copy is None:
            self._copy = shape.loaded([self._doc.get_update()])
        copy = self._copy
        brought: list[bytes] = []
        watching = copy.observe(lambda event: brought.append(event.update) if event.update != NOTHING else None)
        try:
            shape.apply(copy, update)
        except shape.NoUpdate:
            text = T("This change could not be read, so it was not saved. Load the page again.")
            raise Refusal(text, status=400) from None
        finally:
            copy.unobserve(watching)
        if len(shape.part(copy, "nodes")) > MOST_NODES or len(shape.part(copy, "notes")) > MOST_NOTES:
            raise Refusal(T("A flow has at most {nodes} steps and {notes} notes. Split it into several flows.",
                            nodes=MOST_NODES, notes=MOST_NOTES))  # fmt: skip
        if self._size + len(update) > LARGEST_DRAFT:
            self._size = len(self._doc.get_update())
            if self._size + len(update) > LARGEST_DRAFT:
                raise Refusal(T("This flow has become too large. Split it into several flows."), status=413)
        if not brought and len(copy.get_update()) > len(self._doc.get_update()):
            # It goes on from a change that has not come here: the browser is to send all that it has.
            raise Conflict(T("Part of your changes is missing here. They are being sent again."))
        return update if brought else None

    def _add(self, session: Session, update: bytes, now: datetime, person: str) -> int:
        draft = session.get(Draft, self.flow, with_for_update=True)
        if draft is None or session.get(Flow, self.flow) is None:
            raise NotFound
        if draft.epoch != self.epoch:
            raise Conflict(T("This flow has been begun anew meanwhile. Load the page again."))
        return store.add(session, draft, update, now, person)

    def note(self, document: Document) -> None:
        """Keep in SQL what lists show of a draft that this process has added to: whether it differs, and its flow's name."""
        changed = self.differs(document)

        def work(session: Session) -> None:
            draft, flow = session.get(Draft, self.flow), session.get(Flow, self.flow)
            if draft is None or flow is None:
                return
            draft.changed = changed
            name = " ".join(document.name.split())
            if name and name != flow.name and not store.is_taken(session, name):
                flow.name = name

        self._database.transact(work)


def _version(session: Session, id: str | None) -> Document | None:
    row = session.get(FlowVersion, id) if id else None
    try:
        return from_json(row.document) if row else None
    except DocumentRefused:
        return None  # one that cannot be read any more: whatever is drawn differs from it


def _comparable(document: Document) -> dict[str, Any]:
    return document.model_dump(mode="json", exclude={"format"})
