"""Where a call goes that staff have sent on: a small flow that nobody drew, made of what its bookmark says of it.

The caller waits for whom it was sent to; when nobody takes it, it comes back to who sent it, ahead of the line; and when they
are not there either, it waits in the queue where it was, with the time that it has waited. Made anew wherever it is walked,
so that no version of it is kept anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from controller.calls.bookmark import Bookmark, Phase
from controller.calls.ringing import TALKING, rung_in_vain
from controller.flows.document import Document
from controller.texts import T, Text

if TYPE_CHECKING:
    from controller.flows.walker import Version

TRANSFER = "transfer"
"""In the place of a version's id."""
TO, BACK, LINE = "to", "back", "line"
"""Its nodes: for whom it is; back to who sent it; where it was before."""
TITLES: Mapping[str, Text] = {
    TO: T("Sent on by a colleague"),
    BACK: T("Back to who sent it"),
    LINE: T("Back in line"),
}
LONGEST_NOTE = 300
"""Letters: it rides with the call."""
RING_SECONDS = 25
"""How long each phone of a colleague rings who takes no queues' calls."""

_NOT_ANSWERED = ("nobody", "closed", "full", "too_long", "failed")


@dataclass(frozen=True)
class Sent:
    """What staff said when they sent a call on. `to`: "queue", "agent" (somebody who takes queues' calls), "person" or "flow",
    and the `id` of which; `by`: the person who sent it; `queue`: where it was; `since`: from when it counts as waiting (ISO)."""

    to: str
    id: str
    by: str
    queue: str
    since: str
    note: str = ""

    @classmethod
    def of(cls, mark: Bookmark) -> Sent | None:
        """How a call was sent on, the last time; None when it never was."""
        return cls(**mark.sent) if mark.sent else None

    def wish(self, mark: Bookmark) -> dict[str, Any]:
        """What waiting in a queue goes by then (fields of `Wish`)."""
        wanted = None
        if mark.version == TRANSFER and mark.node == BACK:
            wanted = self.by
        elif mark.version == TRANSFER and mark.node == TO and self.to == "agent":
            wanted = self.id
        since = datetime.fromisoformat(self.since)
        return {"waited_since": since, "wanted": wanted, "note": self.note, "sent_by": self.by}


def send(
    mark: Bookmark, sent: Sent, *, flow: Version | None = None, language: str = "", rank: int | None = None
) -> None:
    """Have a call go on as it was sent. `flow`: the live version, for one that is sent to a flow."""
    mark.sent = asdict(sent)
    mark.version, mark.node = (flow.id, flow.document.start or "") if flow is not None else (TRANSFER, TO)
    mark.phase, mark.step = Phase(), mark.step + 1
    mark.stack, mark.failures, mark.entry = [], 0, None
    mark.language = language or mark.language
    if rank is not None:
        mark.priority = rank


def met(mark: Bookmark, sent: Sent, offer: str) -> None:
    """Have a call go on as one that talks to a colleague on this leg, to whom it was sent after a word. Should they never
    hear each other, it comes back to who sent it."""
    send(mark, sent)
    mark.phase = Phase(TALKING, {**rung_in_vain(offer, RING_SECONDS), "offer": offer})


def document(mark: Bookmark) -> Document | None:
    """The flow of a call that was sent on; None for one that was not."""
    sent = Sent.of(mark)
    if sent is None or sent.to == "flow":
        return None
    line = {"kind": "queue", "settings": {"queues": [{"id": sent.queue, "name": ""}]}}
    first: dict[str, Any] = line
    if sent.to == "queue":
        first = {"kind": "queue", "settings": {"queues": [{"id": sent.id, "name": ""}]}}
    elif sent.to == "person":
        step = {"people": [{"id": sent.id, "name": ""}], "seconds": RING_SECONDS}
        first = {"kind": "ring", "settings": {"steps": [step]}}
    missed = ("no_answer", "failed") if sent.to == "person" else _NOT_ANSWERED
    return Document.model_validate(
        {
            "name": TRANSFER,
            "start": TO,
            "nodes": {TO: first, BACK: line, LINE: line},
            "edges": {TO: dict.fromkeys(missed, BACK), BACK: dict.fromkeys(_NOT_ANSWERED, LINE)},
        }
    )
