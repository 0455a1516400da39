"""What whoever supervises does with callers and agents: moved, cancelled, paused, listened to. Each is kept, with who did it."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.queues.orders import Failure, ListenMode, What
from controller.queues.states import AgentMode, EntryState
from controller.store.models import Agent, Entry, Order, Person, Phone, Queue
from controller.store.orders import SqlOrders
from controller.store.queues.desk import Desk, NoSuchPerson, NoSuchQueue
from controller.texts import T
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import editor, language, must, visitor
from flow_editor.errors import Conflict, NotFound, Refusal
from flow_editor.wallboard.schemas import ListeningOut, SupervisedOut

KEPT = 200
"""How many of the newest are shown."""

Do = Literal["sign_in", "sign_out", "pause", "ready"]

_TOO_LATE = T("This caller is not waiting any more.")


def move(entry: str, to: str) -> None:
    """Let a caller wait in another queue. Raises NotFound, NotAllowed, Conflict."""
    with editor().database.read() as session:
        found, queue = _entry(session, entry)
        target = session.get(Queue, to)
        if target is None:
            raise NotFound
        must(Permission.SEE_WALLBOARD, target.location_id)
    try:
        moved = Desk(editor().database).move(found.id, to)
    except NoSuchQueue:
        raise NotFound from None
    if not moved:
        raise Conflict(_TOO_LATE)
    details = {"from": queue.name, "to": target.name}
    _orders().note(What.MOVE, visitor().person, entry=entry, **details)


def cancel(entry: str) -> None:
    """Call somebody back no more, who kept a place. Raises NotFound, NotAllowed, Conflict."""
    with editor().database.read() as session:
        _, queue = _entry(session, entry)
    if not Desk(editor().database).cancel(entry, visitor().person):
        raise Conflict(T("They are being called back at this moment, or have been."))
    _orders().note(What.CANCEL, visitor().person, entry=entry, queue=queue.name)


def set_agent(person: str, do: Do, reason: str) -> None:
    """Change what somebody does as an agent. Raises NotFound, NotAllowed."""
    with editor().database.read() as session:
        found = session.get(Person, person)
        if found is None:
            raise NotFound
        must(Permission.SUPERVISE, found.location_id)
    desk = Desk(editor().database)
    try:
        if do == "pause":
            desk.pause(person, reason)
        else:
            {"sign_in": desk.sign_in, "sign_out": desk.sign_out, "ready": desk.ready}[do](person)
    except NoSuchPerson:
        raise NotFound from None
    _orders().note(What.AGENT, visitor().person, person=person, do=do, reason=reason)


# -- listening


def listen(agent: str, mode: ListenMode) -> str:
    """Have one's own phone rung, and listen to what an agent talks; the listening's id. Raises NotFound, NotAllowed, Conflict,
    and Refusal for who has no phone."""
    with editor().database.read() as session:
        talking = select(Entry, Queue).join(Agent, Agent.entry_id == Entry.id).join(Queue, Queue.id == Entry.queue_id)
        row = session.execute(
            talking.where(Agent.person_id == agent, Agent.mode == AgentMode.TALKING, Entry.state == EntryState.TALKING)
        ).one_or_none()
        if row is None:
            raise Conflict(Failure.OVER.words)
        entry, queue = row
        must(Permission.SUPERVISE, queue.location_id)
        if session.scalar(select(Phone.id).where(Phone.person_id == visitor().person)) is None:
            raise Refusal(Failure.NO_PHONE.words)
        if agent == visitor().person:
            raise Refusal(T("This is your own conversation."))
    return _orders().give(
        What.LISTEN, visitor().person, call=entry.call_id, entry=entry.id, person=agent, mode=mode.value
    )


def listen_as(listening: str, mode: ListenMode) -> None:
    """Be in the conversation otherwise. Raises NotFound for what is not one's own, and Conflict when it is over."""
    order = _going_on(listening)
    _orders().give(
        What.LISTEN_AS, visitor().person, call=order.call_id, entry=order.entry_id, person=order.person_id,
        listening=listening, mode=mode.value,
    )  # fmt: skip


def stop_listening(listening: str) -> None:
    """Hang up one's phone. Raises NotFound, Conflict."""
    order = _going_on(listening)
    _orders().give(
        What.STOP_LISTENING, visitor().person, call=order.call_id, entry=order.entry_id, person=order.person_id,
        listening=listening,
    )  # fmt: skip


def state(listening: str) -> ListeningOut:
    """How a listening of one's own stands. Raises NotFound."""
    order = _mine(listening)
    return ListeningOut(
        id=order.id,
        agent=order.person_id or "",
        mode=ListenMode(order.detail["mode"]),
        state=_state(order),
        said=Failure(order.failed).words.render(language()) if order.failed else "",
    )


def _state(order: Order) -> Literal["ringing", "listening", "over"]:
    if order.done_at is None:
        return "ringing"
    return "over" if order.failed or "ended" in order.detail else "listening"


def _mine(listening: str) -> Order:
    with editor().database.read() as session:
        order = session.get(Order, listening)
    if order is None or order.what != What.LISTEN or order.made_by != visitor().person:
        raise NotFound
    return order


def _going_on(listening: str) -> Order:
    order = _mine(listening)
    if _state(order) != "listening":
        raise Conflict(Failure.OVER.words)
    return order


# -- the record


def record() -> list[SupervisedOut]:
    """What supervisors have done, the newest first, where whoever asks may see the history."""
    query = select(Order).where(Order.what.in_(list(What))).order_by(Order.made_at.desc()).limit(KEPT)
    with editor().database.read() as session:
        rows = session.scalars(query).all()
        wanted = {row.made_by for row in rows} | {row.person_id for row in rows}
        people = {
            person.id: person
            for person in session.execute(
                select(Person.id, Person.name, Person.location_id).where(Person.id.in_(wanted))
            )
        }
        where = visitor().where(Permission.SEE_HISTORY)
        seen = []
        for row in rows:
            by, about = people.get(row.made_by), people.get(row.person_id or "")
            location = about.location_id if about else (by.location_id if by else None)
            if where is not None and location not in where:
                continue
            seen.append(
                SupervisedOut(
                    id=row.id,
                    what=What(row.what),
                    at=row.made_at,
                    by=by.name if by else "",
                    about=about.name if about else "",
                    call=row.call_id,
                    mode=row.detail.get("mode"),
                    do=row.detail.get("do"),
                    detail=" → ".join(
                        str(row.detail[key]) for key in ("from", "to", "queue", "reason") if row.detail.get(key)
                    ),
                    until=row.detail.get("ended"),
                    failed=Failure(row.failed).words.render(language()) if row.failed else "",
                )
            )
    return seen


def _entry(session: Session, id: str) -> tuple[Entry, Queue]:
    entry = session.get(Entry, id)
    queue = session.get(Queue, entry.queue_id) if entry else None
    if entry is None or queue is None:
        raise NotFound
    must(Permission.SUPERVISE, queue.location_id)
    return entry, queue


def _orders() -> SqlOrders:
    return SqlOrders(editor().database)
