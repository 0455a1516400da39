"""One controller process, wired: the only place that knows every room. See docs/architecture.md."""

from __future__ import annotations

import contextlib
import gc
import signal
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import ClassVar

import gevent
import structlog
from gevent.event import Event
from sqlalchemy.exc import SQLAlchemyError

import migrations
from controller import exchange, heartbeat, logs
from controller.arrivals import Arrivals
from controller.callbacks import CallingBack, Preparing
from controller.calls.call import Speaker, Utterance
from controller.calls.departed import Departed, LeftCall
from controller.config import Config, ConfigError
from controller.conversations import Conversations
from controller.delivery.webhooks import Webhooks
from controller.flows.speech import speeches
from controller.flows.walker import Version, Walker
from controller.freeswitch import arguments, backup_lines, phones
from controller.freeswitch.callbacks import CallingLink
from controller.freeswitch.channel import Arrival, Carrier, Channel, take
from controller.freeswitch.connection import Connection, Disconnected, NoReply, Refused
from controller.freeswitch.link import Link
from controller.freeswitch.listening import Listening
from controller.freeswitch.presence import NoPlace, Presence
from controller.freeswitch.registrations import calling, signed_in
from controller.freeswitch.server import AddressTaken, Rules, Server
from controller.freeswitch.session import Session
from controller.jobs.loop import Jobs
from controller.joinings import Joinings
from controller.ordered import Ordered
from controller.own_calls import OwnCalls
from controller.store import registrations
from controller.store.acknowledgements import BEAT, Attendance
from controller.store.bus import Bus
from controller.store.clinic import SqlClinic
from controller.store.engine import Database, DatabaseBusy
from controller.store.joinings import joining
from controller.store.journal import SqlJournal
from controller.store.live import SqlLiveCalls
from controller.store.models import HeldPlace
from controller.store.notices import Notice
from controller.store.orders import TOPIC as ORDERS
from controller.store.orders import SqlOrders
from controller.store.own_calls import at_desks
from controller.store.queues import Desk, SqlQueues
from controller.telephone import without_parameters
from controller.unattended import Unattended
from controller.voice.reading import has_places
from controller.voice.speaker import RecordingSpeaker
from controller.voice.speech import Speech

log = structlog.get_logger(__name__)

LISTED = 1.0
"""Seconds between two beats to each switch, which takes us off its list after three."""
SWEEP = 10.0
"""Seconds between two looks for calls that ended unseen, and at which phones are signed in."""

CALLBACKS = 1.0
"""Seconds between two looks at who is to be called back, when nothing is heard of it."""
OWN_CALLS = 2.0
"""Seconds between two looks at which agents are on the telephone outside the queues."""

FILES_QUIET = 0.5
"""Seconds that are waited for more changes before the files of the clinic's phones are written."""

_LINK_DOWN = (Disconnected, NoReply, Refused)


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Switchboard:
    """One switch, as this controller works with it: its link, our place in its list, and its calls that nobody holds."""

    def __init__(
        self,
        link: Link,
        address: str,
        journal: SqlJournal,
        live: SqlLiveCalls,
        speaker: Speaker,
        settle: Callable[[LeftCall], None],
        queues: SqlQueues,
        database: Database,
    ) -> None:
        self.link = link
        self.presence = Presence(link.api, address)
        self.listening = Listening(link)
        self.unattended = Unattended(link.name, link.api, journal, live, now, settle, gevent.sleep, queues.gone)
        self.joinings = Joinings(link.api, lambda: joining(database, link.name), queues.talking)
        self.carrier = Carrier(link, speaker, ended=self.unattended.hung_up)
        self.core = ""
        """The switch's own id, which each of its calls brings along; new whenever it starts."""
        self.backup_lines: dict[str, str] | None = None
        """What the switch was last told; None: it may know nothing, or what was so before."""

    def greet(self) -> None:
        """The link is up: learn who it is."""
        self.backup_lines = None
        self.core = self.link.api("global_getvar core_uuid").strip()


@dataclass(frozen=True)
class Scene:
    """What a call is walked in: the clinic's flows as they are live, or (testcalls/) a draft."""

    arrival: Arrival
    arrivals: Arrivals
    walker: Walker
    channel: Callable[..., Channel] = Channel
    test: bool = False


class Controller:
    """Everything of one controller. `start`, then `stop`."""

    LISTEN: ClassVar = "CARELINE_ESL_LISTEN"
    """The setting that says where it listens."""

    def __init__(self, config: Config) -> None:
        password, secret = config.need("switch_password", "socket_secret")
        try:
            arguments.file(config.data_dir.resolve())
        except arguments.ArgumentRefused as refused:
            raise ConfigError(f"CARELINE_DATA_DIR: the switch could not be told of files there: {refused}") from None
        self.config = config
        self.database = Database(config.database)
        self.bus = Bus(self.database)
        self.attendance = Attendance(self.database, config.controller, str(config.advertised))
        self.queues = SqlQueues(self.database, config.controller)
        self.clinic = SqlClinic(
            self.database,
            queues=self.queues,
            data_dir=config.data_dir,
            web=Webhooks(config.webhook_hosts),
            country=config.country,
            taken_up=self._taken_up,
        )
        self.journal = SqlJournal(self.database)
        self.jobs = Jobs(self.database, self.bus)
        self.speech = Speech(config.data_dir.resolve() / "speech")
        self.speaker = RecordingSpeaker(self.speech)
        self.walker = Walker(self.clinic, self.journal)
        self.key = config.key()
        self.arrivals = Arrivals(self.clinic, self.journal, self.key, config.controller, now)
        live = SqlLiveCalls(self.database)
        self.switches = [
            Switchboard(
                Link(where.host, where.port, password),
                str(config.advertised),
                self.journal,
                live,
                self.speaker,
                self._settle,
                self.queues,
                self.database,
            )
            for where in config.switches
        ]
        self.orders = SqlOrders(self.database, config.controller)
        conversations = Conversations(
            self.orders, self.clinic, self.queues, self.journal, self.key, config.controller, now
        )
        listening = [switch.listening for switch in self.switches]
        self.ordered = Ordered(self.orders, listening, self.clinic.person, now, conversations)
        self._orders_due = Event()
        self.server = Server(
            config.esl_listen, self.take, Rules(config.allowed_networks, secret, capacity=config.max_calls)
        )
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._spoken: set[str] = set()
        self._files_due = Event()
        """Something has changed that is in the files of the clinic's phones."""
        self._files_due.set()
        self.calling_back = CallingBack(
            self.queues.callbacks,
            [CallingLink(switch.link) for switch in self.switches],
            Preparing(self.clinic, self.key),
        )
        self._callbacks_due = Event()
        """A place is kept for somebody, or an attempt to call them back has begun or ended."""

    # -- its life

    def start(self) -> None:
        """Take calls. Raises ConfigError, server.AddressTaken, and the database's errors."""
        found, needed = migrations.current(self.config.database), migrations.newest()
        if found != needed:
            raise ConfigError("the database is not at this program's form: run `careline db upgrade`")
        self.bus.start()
        self.clinic.start(self.bus)
        self.journal.start()
        self.queues.start(self.bus)
        self.bus.subscribe(self._heard)
        self.bus.subscribe(lambda notice: self._orders_due.set(), ORDERS)
        self.prepare_speech()
        self.server.start()
        self._attend()
        for switch in self.switches:
            switch.link.on_up(lambda switch=switch: self._greet(switch))  # type: ignore[misc]
            switch.link.open()
            self._every(LISTED, lambda switch=switch: self._list(switch))  # type: ignore[misc]
            self._every(SWEEP, lambda switch=switch: self._sweep(switch))  # type: ignore[misc]
        log.info("controller_up", controller=self.config.controller, address=str(self.config.esl_listen))

    def _attend(self) -> None:
        """Be counted among the controllers that take calls, and do what is due."""
        self.attendance.begin()
        self._every(BEAT, self.attendance.beat)
        self.jobs.start()
        self._greenlets.append(gevent.spawn(self._carry_out_orders))
        self._every(SWEEP, self.orders.sweep)
        own_calls = OwnCalls(lambda: at_desks(self.database), self._calling, Desk(self.database, self.queues.acting))
        self._every(OWN_CALLS, own_calls.look)
        for switch in self.switches:
            self._every(SWEEP, lambda switch=switch: self._look_at_phones(switch))  # type: ignore[misc]
        self._greenlets.append(gevent.spawn(self._call_back))
        if self.config.phones_dir is not None:
            self._greenlets.append(gevent.spawn(self._keep_files, self.config.phones_dir))

    def stop(self, seconds: float = 10.0) -> None:
        """Take no new calls; let those here go on with another controller, or, if there is none, end by themselves for a
        while. What has been journalled is written."""
        for greenlet in self._greenlets:
            greenlet.kill()
        self.jobs.stop()
        alone = not any(self._others(switch) for switch in self.switches)
        self.attendance.end()
        for switch in self.switches:
            with contextlib.suppress(*_LINK_DOWN):
                switch.presence.leave()
        if alone:
            self.server.drain(seconds)
        self.server.stop()
        for switch in self.switches:
            switch.link.close_for_good()
        lost = self.journal.close()
        if lost:
            log.error("journal_not_written", entries=lost)
        self.queues.stop()
        self.clinic.stop()
        self.bus.stop()
        self.speech.close()
        self.database.close()
        log.info("controller_down", controller=self.config.controller)

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        def repeat() -> None:
            while True:
                try:
                    work()
                except Exception:
                    log.exception("periodic_work_failed")
                gevent.sleep(seconds)

        self._greenlets.append(gevent.spawn(repeat))

    def say_state(self) -> None:
        """Write to the log how things stand (SIGUSR1)."""
        log.info(
            "state",
            calls=self.server.counts.open,
            round_trip=median(Connection.round_trips) if Connection.round_trips else None,
            greenlets=sum(isinstance(found, gevent.Greenlet) and not found.dead for found in gc.get_objects()),
            journal_waiting=self.journal.waiting,
            counts=asdict(self.server.counts),
            switches=[asdict(switch.link.health()) for switch in self.switches],
        )

    # -- a call

    def take(self, session: Session) -> None:
        """Walk one call, from where it stands to the end of this stretch."""
        arrival = take(session, self.config.country)
        switch = self._switch_of(session.connect().get("Core-UUID", ""))
        switch.unattended.hold(arrival.id)
        try:
            scene = self._scene(arrival)
            arrival = scene.arrival
            standing = scene.arrivals.place(
                arrival.id,
                arrival.caller,
                arrival.dialled,
                switch=switch.link.name,
                sealed=arrival.bookmark,
                recovered=arrival.recovered,
                test=scene.test,
            )
            # The form in which the trunk sent the number is in the journal; flows have it as the clinic writes it.
            called = standing.number.number if standing.number else without_parameters(arrival.dialled)
            arrival = replace(arrival, dialled=called)
            channel = scene.channel(
                session,
                switch.carrier,
                arrival,
                bookmark=standing.mark,
                journal=self.journal,
                key=self.key,
                now=now,
                controller=self.config.controller,
                number=standing.number.id if standing.number else None,
                location=standing.number.location if standing.number else None,
                test=scene.test,
            )
            scene.walker.walk(channel)
        finally:
            switch.unattended.release(arrival.id)

    def _scene(self, arrival: Arrival) -> Scene:
        """What this call is walked in."""
        return Scene(arrival, self.arrivals, self.walker)

    def _settle(self, left: LeftCall) -> None:
        """Do what is owed a caller whom no controller saw go. Raises BookmarkRefused."""
        self.walker.settle(Departed(left, journal=self.journal, key=self.key, controller=self.config.controller))

    def _switch_of(self, core: str) -> Switchboard:
        """Which switch a call is on. With one switch there is nothing to ask."""
        if len(self.switches) == 1:
            return self.switches[0]
        for switch in self.switches:
            if switch.core == core:
                return switch
        raise LookupError("a call from a switch that CARELINE_SWITCHES does not name, or whose link is down")

    # -- the switches

    def _greet(self, switch: Switchboard) -> None:
        with contextlib.suppress(*_LINK_DOWN):
            switch.greet()
            self._list(switch)
            # Calls that the switch had when it crashed come back, now that there is somebody to take them; when it did
            # not crash, or another controller has asked already, there are none.
            switch.link.api("sofia recover")
            self._keep_backup_lines(switch)
            switch.unattended.sweep()

    def _list(self, switch: Switchboard) -> None:
        """Take calls from a switch: only once we can command it, and while we have room."""
        if not switch.link.up.is_set() or not self.server.listening:
            return
        try:
            switch.presence.beat()
        except NoPlace as full:
            log.error("not_listed", switch=switch.link.name, why=str(full))
        except NoReply:
            # Nothing closes a connection whose other end has vanished: a switch that owes an answer for so long has.
            log.warning("link_dead", switch=switch.link.name)
            switch.link.close()
        except _LINK_DOWN as error:
            log.warning("not_listed", switch=switch.link.name, why=type(error).__name__)

    def _sweep(self, switch: Switchboard) -> None:
        if switch.link.up.is_set():
            with contextlib.suppress(*_LINK_DOWN):
                switch.unattended.sweep()
                switch.joinings.look()

    def _calling(self) -> dict[str, str] | None:
        """The legs of phones inside that are in a call, on every switch; None when one cannot be asked."""
        legs: dict[str, str] = {}
        for switch in self.switches:
            try:
                legs |= calling(switch.link.api)
            except _LINK_DOWN:
                return None
        return legs

    def _look_at_phones(self, switch: Switchboard) -> None:
        if switch.link.up.is_set():
            with contextlib.suppress(*_LINK_DOWN):
                registrations.seen(self.database, switch.link.name, signed_in(switch.link.api), now())

    def _others(self, switch: Switchboard) -> bool:
        with contextlib.suppress(*_LINK_DOWN):
            return switch.presence.others()
        return False

    def _keep_backup_lines(self, switch: Switchboard) -> None:
        lines = {number.number: number.backup for number in self.clinic.numbers() if number.backup}
        if lines == switch.backup_lines:
            return
        with contextlib.suppress(*_LINK_DOWN):
            backup_lines.keep(switch.link.api, lines)
            switch.backup_lines = lines

    # -- what staff change

    def _keep_files(self, folder: Path) -> None:
        """Keep the files of the clinic's phones as SQL has them, and have the switches read them again."""
        while True:
            self._files_due.wait()
            gevent.sleep(FILES_QUIET)  # several changes in a row are one
            self._files_due.clear()
            try:
                changed = phones.write(exchange.exchange(self.database, self.config.country), folder)
            except (phones.CannotWrite, OSError, SQLAlchemyError) as error:
                log.error("phones_not_written", why=str(error))
                continue
            for switch in self.switches if changed else ():
                for command in phones.commands(changed):
                    with contextlib.suppress(*_LINK_DOWN):  # it reads them when it starts
                        switch.link.api(command)
            if changed:
                log.info("phones_written", files=[path.name for path in changed])

    def _call_back(self) -> None:
        """Call whoever kept a place, when it is their turn."""
        while True:
            self._callbacks_due.wait(CALLBACKS)
            self._callbacks_due.clear()
            try:
                self.calling_back.look()
            except Exception:
                log.exception("nobody_called_back")

    def _carry_out_orders(self) -> None:
        """What staff have ordered is done as soon as it is heard of."""
        while True:
            self._orders_due.wait()
            self._orders_due.clear()
            try:
                self.ordered.look()
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("orders_not_read", error=type(error).__name__)
            except Exception:
                log.exception("orders_not_read")

    def _heard(self, notice: Notice) -> None:
        if notice.topic in ("", HeldPlace.__tablename__):
            self._callbacks_due.set()
        if notice.topic in exchange.TOPICS:
            self._files_due.set()
        if notice.topic in ("", "numbers"):
            for switch in self.switches:
                if switch.link.up.is_set():
                    gevent.spawn(self._keep_backup_lines, switch)

    def _taken_up(self, live: Mapping[str, str]) -> None:
        """New calls take these versions from now on (by flow): say so, and have what they say spoken before anybody calls."""
        try:
            self.attendance.take_up(live)
        finally:
            gevent.spawn(self.prepare_speech)

    def prepare_speech(self) -> None:
        """Have what live flows say spoken, each version once."""
        for number in self.clinic.numbers():
            version = self.clinic.live_version(number.flow) if number.flow else None
            if version is None or version.id in self._spoken:
                continue
            self._spoken.add(version.id)
            self.prepare_version(version)

    def prepare_version(self, version: Version) -> None:
        """Have what a version says spoken, in the background."""
        texts = {
            (language, text)
            for node in version.nodes.values()
            for speech in speeches(node)
            for language, text in speech.text.items()
            if text.strip() and not has_places(text)
        }
        self.speaker.prepare(Utterance(language, text) for language, text in sorted(texts))


def run(config: Config, kind: Callable[[Config], Controller] = Controller) -> int:
    """`careline controller`: until SIGTERM or SIGINT. Returns an exit status. Raises ConfigError."""
    logs.configure(config, "controller")
    controller = kind(config)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stopping.set)
    gevent.signal_handler(signal.SIGUSR1, controller.say_state)
    try:
        controller.start()
    except AddressTaken as taken:
        raise ConfigError(f"{controller.LISTEN}: {taken}") from taken
    heartbeat.start()
    # What is there by now stays. Were it looked through again and again for garbage, every call would pay for it.
    gc.collect()
    gc.freeze()
    stopping.wait()
    controller.stop()
    return 0
