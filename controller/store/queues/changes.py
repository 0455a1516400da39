"""What happens to a caller in line and to whoever is rung for them, within a transaction: each change whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from controller.queues.agents import Doing
from controller.queues.rules import QueueRules
from controller.queues.states import AgentMode, EntryKind, EntryState, OfferState, Outcome, Told
from controller.queues.waiting import Superseded
from controller.store.queues.rows import Rows

JOINING_SECONDS = 30.0
"""Within so long after an agent has accepted they and the caller hear each other, or it came to nothing."""
CONFIRMING_SECONDS = 15.0
"""What a phone may take beyond its ringing: being reached, and whoever answers saying that it is they."""


class Changes(Rows):
    """See the module. None of these matches anybody: that comes last, once (dispatch.py)."""

    def to_waiting(self, entry: Row[Any], **more: Any) -> None:
        """Back in line, at the place where it was."""
        self.set_entry(entry, state=EntryState.WAITING, deadline_at=self.until(entry), person_id=None, **more)

    def end_entry(self, entry: Row[Any], outcome: Outcome, **more: Any) -> None:
        """Waiting is over, or the conversation is; agents who are being rung are free again."""
        values: dict[str, Any] = {"state": EntryState.OVER, "ended_at": self.now, **more}
        if entry.outcome is None:
            values |= {"outcome": outcome, "waited": self.waited(entry)}
        self.set_entry(entry, **values)
        self.cancel_offers(entry.id)
        self._end_place(entry)

    def _end_place(self, entry: Row[Any]) -> None:
        """With an entry the place is over that it keeps, or that it was."""
        if entry.kind in (EntryKind.HELD, EntryKind.BACK):
            self.end_held(entry.id)

    def leave(self, entry: Row[Any], outcome: Outcome, **more: Any) -> None:
        """The caller goes, without having talked to anybody."""
        self.end_entry(entry, outcome, **more)
        if entry.state is EntryState.JOINING:
            self._let_go(entry)

    # -- ringing

    def ringing_until(self, rules: QueueRules, person: str) -> datetime:
        """By when somebody whose phones begin to ring now has taken the call or not."""
        phones = max(1, len(self.setup.phones.get(person, ())))
        return self.now + timedelta(seconds=phones * (rules.ring_seconds + CONFIRMING_SECONDS))

    def accept(self, entry: Row[Any], offer: Row[Any]) -> None:
        """An agent takes the call; nobody else is rung for it any more. Raises Superseded when the offer is no longer open."""
        person = offer.person_id
        if offer.state is OfferState.ACCEPTED and entry.person_id == person and entry.ended_at is None:
            return
        found = self.agent(person)
        if offer.ended_at is not None or entry.state is not EntryState.OFFERED or found is None:
            raise Superseded
        doing, generation = found
        if doing.offer_id != offer.id:
            raise Superseded
        self.end_offer(offer, OfferState.ACCEPTED)
        self.set_agent(person, doing.accepted(self.now, self.today), generation)
        self.cancel_offers(entry.id)
        until = self.now + timedelta(seconds=JOINING_SECONDS)
        self.set_entry(entry, state=EntryState.JOINING, deadline_at=until, person_id=person)

    def talking(self, entry: Row[Any]) -> None:
        """They hear each other."""
        answered = {"outcome": Outcome.ANSWERED, "answered_at": self.now, "waited": self.waited(entry)}
        self.set_entry(entry, state=EntryState.TALKING, **answered)

    def unjoin(self, entry: Row[Any], why: Told | None, **more: Any) -> None:
        """Whoever accepted was gone before they heard each other; `why`: for the agent; None: through no fault of theirs."""
        found = self._in_hand(entry)
        if found is not None:
            doing, generation = found
            self.set_agent(entry.person_id, self._after_ringing(doing, entry.queue_id, why), generation)
        self.to_waiting(entry, **more)

    def talked(self, entry: Row[Any]) -> None:
        """The conversation is over; after-call work begins."""
        if entry.state is EntryState.JOINING:  # they talked, though nobody came to say so
            self.talking(entry)
        self.set_entry(entry, state=EntryState.OVER, talked_until=self.now, ended_at=self.now)
        self._end_place(entry)
        queue = self.setup.queues.get(entry.queue_id)
        found = self._in_hand(entry)
        if found is not None:
            wrap_up = queue.rules.wrap_up_seconds if queue else 0
            self.set_agent(entry.person_id, found[0].talked(wrap_up, self.now), found[1])

    def gone(self, entry: Row[Any]) -> None:
        """The caller has hung up, wherever they were."""
        if entry.state is EntryState.TALKING:
            self.talked(entry)
        else:
            self.leave(entry, Outcome.ABANDONED)

    def _let_go(self, entry: Row[Any]) -> None:
        found = self._in_hand(entry)
        if found is not None:
            self.set_agent(entry.person_id, found[0].freed(self.now), found[1])

    def _in_hand(self, entry: Row[Any]) -> tuple[Doing, int] | None:
        """What whoever has taken the call is doing, and its generation; None when they do not have it in hand any more."""
        found = self.agent(entry.person_id) if entry.person_id else None
        theirs = found is not None and found[0].mode is AgentMode.TALKING and found[0].entry_id == entry.id
        return found if theirs else None

    def cancel_offers(self, entry: str) -> None:
        """Ring nobody for it any more; they are free again."""
        for offer in self.open_offers(entry):
            self._end_ringing(offer, OfferState.CANCELLED, None, None)

    def refuse(self, entry: Row[Any], offer: Row[Any], state: OfferState, why: Told | None) -> None:
        """An agent did not take the call (`why`: for them; None: through no fault of theirs). The caller keeps the place."""
        self._end_ringing(offer, state, entry.queue_id, why)
        if entry.state is EntryState.OFFERED and not self.open_offers(entry.id):
            self.to_waiting(entry)

    def _end_ringing(self, offer: Row[Any], state: OfferState, queue: str | None, why: Told | None) -> None:
        self.end_offer(offer, state)
        found = self.agent(offer.person_id)
        if found is not None and found[0].offer_id == offer.id:
            doing, generation = found
            self.set_agent(offer.person_id, self._after_ringing(doing, queue, why), generation)

    def _after_ringing(self, doing: Doing, queue: str | None, why: Told | None) -> Doing:
        known = self.setup.queues.get(queue) if queue else None
        return doing.freed(self.now) if why is None or known is None else doing.refused(why, known.rules, self.now)
