"""What staff have ordered is carried out, by whichever controller has the link to the call's switch. Knows no SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import gevent
import structlog

from controller.calls.call import Phone
from controller.conversations import Conversations
from controller.flows.clinic import PersonAnswer
from controller.freeswitch.connection import Disconnected, NoReply
from controller.freeswitch.listening import Listening, NotListening
from controller.queues.orders import Failure, ListenMode, Order, Orders, What

log = structlog.get_logger(__name__)


class Ordered:
    """One per controller: looks for orders whenever there may be some."""

    def __init__(
        self,
        orders: Orders,
        switches: Sequence[Listening],
        person: Callable[[str], PersonAnswer | None],
        now: Callable[[], datetime],
        conversations: Conversations,
    ) -> None:
        self._orders = orders
        self._switches = switches
        self._person = person
        self._now = now
        self._conversations = conversations

    def look(self) -> None:
        """Take what is there for our switches, each in a greenlet of its own. Raises the database's errors."""
        for order in self._orders.waiting():
            switch = self._switch_of(order)
            if switch is not None and self._orders.take(order.id):
                gevent.spawn(self._carry_out, switch, order)

    def _switch_of(self, order: Order) -> Listening | None:
        if order.call is None:
            return None
        for switch in self._switches:
            try:
                if switch.has(order.call):
                    return switch
            except (Disconnected, NoReply):
                continue
        return None

    def _carry_out(self, switch: Listening, order: Order) -> None:
        try:
            self._do(switch, order)
        except NotListening as refused:
            self._orders.failed(order.id, refused.why)
        except (Disconnected, NoReply):
            self._orders.failed(order.id, Failure.UNREACHABLE)
        except Exception:
            log.exception("order_failed", what=order.what)
            self._orders.failed(order.id, Failure.LOST)

    def _do(self, switch: Listening, order: Order) -> None:
        assert order.call is not None
        if order.what == What.LISTEN:
            mode, about = ListenMode(order.detail["mode"]), self._person(order.person or "")
            phone = self._phone(order.made_by)
            name = about.name if about else ""
            switch.begin(order.id, order.call, phone, mode, name, lambda: self._gone(order.id))
            self._orders.done(order.id, began=self._now().isoformat())
        elif order.what == What.LISTEN_AS:
            switch.change(str(order.detail["listening"]), order.call, ListenMode(order.detail["mode"]))
            self._orders.done(order.id)
            self._orders.also(str(order.detail["listening"]), mode=order.detail["mode"])
        elif order.what == What.STOP_LISTENING:
            switch.end(str(order.detail["listening"]))
            self._orders.done(order.id)
        else:
            self._conversations.carry_out(switch, order)

    def _phone(self, person: str) -> Phone:
        """Where somebody is rung for what they ordered: their first phone."""
        found = self._person(person)
        if found is None or not found.phones:
            raise NotListening(Failure.NO_PHONE)
        return found.phones[0]

    def _gone(self, order: str) -> None:
        gevent.spawn(self._note_end, order)

    def _note_end(self, order: str) -> None:
        ended: dict[str, Any] = {"ended": self._now().isoformat()}
        self._orders.also(order, **ended)
