"""Orders in SQL: given by the flow editor, taken once by a controller, kept as the record of who did what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, select, update

from controller.queues.orders import CARRIED_OUT, Failure, Handling, What
from controller.queues.orders import Order as Given
from controller.store import clock
from controller.store.engine import Database
from controller.store.models import Order, new_id
from controller.store.notices import Notice

TOPIC = Order.__tablename__
_ORDERS = cast("Table", Order.__table__)
STALE = timedelta(seconds=90)
"""An order that has not been carried out after so long was taken by a controller that died, or by nobody."""


class SqlOrders:
    """Implements `queues.orders.Orders`. `controller`: who takes them; the flow editor only gives them."""

    def __init__(self, database: Database, controller: str = "") -> None:
        self._database = database
        self._controller = controller

    def give(
        self,
        what: What | Handling,
        by: str,
        *,
        call: str | None = None,
        entry: str | None = None,
        person: str | None = None,
        **detail: Any,
    ) -> str:
        """Have something done; returns the order's id."""
        row: dict[str, Any] = {
            "id": new_id(), "what": what.value, "call_id": call, "entry_id": entry, "person_id": person,
            "detail": detail, "made_by": by, "failed": "",
        }  # fmt: skip
        with self._database.connect(Notice(TOPIC, row["id"])) as connection:
            connection.execute(_ORDERS.insert(), row | {"made_at": clock.now(connection)})
        return str(row["id"])

    def note(self, what: What, by: str, *, entry: str | None = None, person: str | None = None, **detail: Any) -> None:
        """Keep the record of what has been done already, by whoever said so."""
        row: dict[str, Any] = {
            "id": new_id(), "what": what.value, "entry_id": entry, "person_id": person, "detail": detail, "made_by": by,
            "taken_by": "", "failed": "",
        }  # fmt: skip
        with self._database.connect(Notice(TOPIC, row["id"])) as connection:
            at = clock.now(connection)
            connection.execute(_ORDERS.insert(), row | {"made_at": at, "done_at": at})

    # -- a controller's side

    def waiting(self) -> Sequence[Given]:
        """See Orders."""
        mine = Order.what.in_(CARRIED_OUT)
        open_ = select(Order).where(Order.done_at.is_(None), Order.taken_by.is_(None), mine).order_by(Order.made_at)
        with self._database.read() as session:
            rows = session.scalars(open_).all()
        return [Given(row.id, row.what, row.made_by, row.call_id, row.person_id, row.detail) for row in rows]

    def take(self, order: str) -> bool:
        """See Orders."""
        mine = update(Order).where(Order.id == order, Order.taken_by.is_(None), Order.done_at.is_(None))
        with self._database.connect() as connection:
            return connection.execute(mine.values(taken_by=self._controller)).rowcount == 1

    def done(self, order: str, **detail: Any) -> None:
        """See Orders."""
        self._write(order, detail, over=True)

    def failed(self, order: str, why: Failure) -> None:
        """See Orders."""
        self._write(order, {}, over=True, failed=why.value)

    def also(self, order: str, **detail: Any) -> None:
        """See Orders."""
        self._write(order, detail)

    def sweep(self) -> None:
        """End the orders that nobody will carry out any more."""
        with self._database.read() as session:
            old = clock.now(session.connection()) - STALE
            late = session.scalars(
                select(Order.id).where(Order.done_at.is_(None), Order.made_at < old, Order.what.in_(CARRIED_OUT))
            ).all()
        for order in late:
            self.failed(order, Failure.LOST)

    def _write(self, order: str, detail: Mapping[str, Any], *, over: bool = False, failed: str = "") -> None:
        with self._database.connect(Notice(TOPIC, order)) as connection:
            values: dict[str, Any] = {}
            if detail:
                values["detail"] = {**_detail(connection, order), **detail}
            if over:
                values |= {"done_at": clock.now(connection), "failed": failed}
            change = update(Order).where(Order.id == order)
            connection.execute((change.where(Order.done_at.is_(None)) if over else change).values(**values))


def _detail(connection: Connection, order: str) -> dict[str, Any]:
    found = connection.execute(select(Order.detail).where(Order.id == order)).scalar()
    return dict(found or {})
