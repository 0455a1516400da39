"""What agents have ordered to be done with the call that they have in hand, carried out on its switch. Knows no SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import gevent
import structlog

from controller.calls.bookmark import Bookmark
from controller.calls.call import Phone
from controller.calls.journal import CallMoved, Journal
from controller.dialling import NotDialable
from controller.flows.clinic import Clinic
from controller.flows.transfers import Sent, met, send
from controller.freeswitch.connection import Disconnected, NoReply
from controller.freeswitch.in_hand import InHand, NotInHand
from controller.freeswitch.listening import Listening, NotListening, leg_of
from controller.queues.orders import Failure, Handling, ListenMode, Order, Orders
from controller.queues.waiting import Queues

log = structlog.get_logger(__name__)

_SAID = {Failure.NOT_ANSWERED: Failure.THEY_DID_NOT_ANSWER, Failure.UNREACHABLE: Failure.NOT_REACHED}
"""What is said of whoever was rung, when that is not who ordered it."""


class Conversations:
    """One per controller."""

    def __init__(
        self,
        orders: Orders,
        clinic: Clinic,
        queues: Queues,
        journal: Journal,
        key: bytes,
        controller: str,
        now: Callable[[], datetime],
    ) -> None:
        self._orders = orders
        self._clinic = clinic
        self._queues = queues
        self._journal = journal
        self._key = key
        self._controller = controller
        self._now = now

    def carry_out(self, switch: Listening, order: Order) -> None:
        """Do it, and say what came of it. Raises NotListening, Disconnected, NoReply where it could not be done."""
        call = str(order.call)
        in_hand = InHand(switch.link, call, self._key, lambda mark, sealed: self._moved(call, mark, sealed))
        try:
            self._do(switch, order, in_hand)
        except NotInHand:
            recording = order.what in (Handling.PAUSE_RECORDING, Handling.RECORD_ON)
            self._orders.failed(order.id, Failure.NOT_RECORDED if recording else Failure.OVER)
        except NotDialable:
            self._orders.failed(order.id, Failure.NOT_ALLOWED)

    def _do(self, switch: Listening, order: Order, in_hand: InHand) -> None:
        match order.what:
            case Handling.HOLD:
                in_hand.hold()
            case Handling.TAKE_BACK:
                in_hand.take_back()
            case Handling.PAUSE_RECORDING | Handling.RECORD_ON:
                in_hand.pause_recording(order.what == Handling.PAUSE_RECORDING)
            case Handling.SEND:
                if not self._send(order, in_hand):
                    self._orders.failed(order.id, Failure.NOT_LIVE)
                    return
            case Handling.CONSULT:
                self._consult(switch, order, in_hand)
                return
            case Handling.BRING_IN:
                phone = self._line(order)
                self._begin(switch, order, phone, ListenMode.BARGE, lambda: self._gone(order.id))
                return
            case Handling.LET_GO:
                switch.end(str(order.detail["which"]))
                in_hand.take_back()
            case Handling.HAND_OVER:
                leg = leg_of(str(order.detail["which"]))
                sent = self._sent(order)
                in_hand.hand_over(leg, lambda mark: met(mark, sent, leg))
                self._queues.talked(str(order.detail["of"]))
            case _:
                self._orders.failed(order.id, Failure.LOST)
                return
        self._orders.done(order.id)

    def _send(self, order: Order, in_hand: InHand) -> bool:
        sent, rank = self._sent(order), order.detail.get("rank")
        flow = self._clinic.live_version(sent.id) if sent.to == "flow" else None
        if sent.to == "flow" and flow is None:
            return False
        in_hand.send(
            lambda mark: send(
                mark,
                sent,
                flow=flow,
                language=str(order.detail.get("language") or ""),
                rank=int(rank) if rank is not None else None,
            )
        )
        # The flow that the call has left does not come back to say so.
        self._queues.talked(str(order.detail["of"]))
        return True

    @staticmethod
    def _sent(order: Order) -> Sent:
        detail = {name: str(order.detail.get(name) or "") for name in ("to", "id", "queue", "since", "note")}
        return Sent(by=order.made_by, **detail)

    def _consult(self, switch: Listening, order: Order, in_hand: InHand) -> None:
        colleague = self._clinic.person(str(order.detail["id"]))
        if colleague is None or not colleague.phones:
            self._orders.failed(order.id, Failure.NOT_REACHED)
            return
        in_hand.hold()
        try:
            # Only our side hears them: the caller, on hold, hears music.
            self._begin(switch, order, colleague.phones[0], ListenMode.WHISPER, lambda: self._left(order, in_hand))
        except BaseException:
            in_hand.take_back()
            raise

    def _begin(self, switch: Listening, order: Order, phone: Phone, mode: ListenMode, gone: Callable[[], None]) -> None:
        self._orders.also(order.id, rings=True)
        try:
            switch.begin(order.id, str(order.call), phone, mode, str(order.detail.get("name") or ""), gone)
        except NotListening as refused:
            raise NotListening(_SAID.get(refused.why, refused.why)) from refused
        self._orders.done(order.id, began=self._now().isoformat())

    def _line(self, order: Order) -> Phone:
        location = order.detail.get("location")
        where = str(location) if location else None
        number = self._clinic.outside_number(str(order.detail["number"]), where)
        return Phone(id=f"third {order.id}", kind="outside", address=number, trunk=self._clinic.trunk(where))

    def _left(self, order: Order, in_hand: InHand) -> None:
        """The colleague has hung up: back to the caller, unless they talk to that colleague by now."""
        gevent.spawn(self._after_word, in_hand)
        self._gone(order.id)

    def _after_word(self, in_hand: InHand) -> None:
        try:
            in_hand.take_back()
        except (NotInHand, Disconnected, NoReply) as error:
            log.info("not_taken_back", why=type(error).__name__)

    def _gone(self, order: str) -> None:
        gevent.spawn(self._orders.also, order, ended=self._now().isoformat())

    def _moved(self, call: str, mark: Bookmark, sealed: str) -> None:
        self._journal.moved(
            CallMoved(call, self._now(), mark.version, mark.node, mark.step, mark.phase.name, sealed, self._controller)
        )
