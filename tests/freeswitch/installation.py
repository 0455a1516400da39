"""Careline on a real switch: a small clinic in SQLite, and controllers as processes that can be killed, stopped and hung."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import migrations
from controller.exchange import exchange
from controller.flows.document import Document
from controller.flows.rotas import Member, Plan, Step
from controller.store import models
from controller.store.engine import Database
from controller.store.models.people import PhoneKind
from flow_editor.calls import service as calls
from flow_editor.calls.service import CallRow
from flow_editor.flows import service as flows
from tests.freeswitch.softphone import Softphone
from tests.freeswitch.switch import SECRET, Switch, free_port, wait_until

NUMBER = "+13125550100"
BACKUP = "+13125550199"
MOBILE = "+13125550170"


@dataclass
class Controller:
    """One `careline controller`."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        """Make it neither answer nor end."""
        self.process.send_signal(signal.SIGSTOP)

    def stop(self) -> int:
        """End it in order; its exit status."""
        self.process.terminate()
        return self.process.wait(20)

    def state(self) -> dict[str, Any]:
        """What it says of itself on SIGUSR1."""
        before = self.log.read_text().count('"event": "state"')
        self.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: self.log.read_text().count('"event": "state"') > before, 5, "the controller did not say")
        found: dict[str, Any] = [json.loads(line) for line in self.log.read_text().splitlines() if '"state"' in line][
            -1
        ]
        return found


@dataclass
class Installation:
    """The clinic, and what runs for it. Use as a context manager: it ends its controllers and phones."""

    switch: Switch
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    controllers: list[Controller] = field(default_factory=list)
    phones: dict[str, Softphone] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """Name of a person, team, rota, mailbox to its id."""

    def __enter__(self) -> Self:
        self.environment = {
            **os.environ,
            "CARELINE_DATA_DIR": str(self.folder / "data"),
            "CARELINE_SWITCHES": f"127.0.0.1:{self.switch.port}",
            "CARELINE_SWITCH_PASSWORD": self.switch.password,
            "CARELINE_SOCKET_SECRET": SECRET,
            "CARELINE_LOG_FORMAT": "json",
        }
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{self.folder / 'data' / 'careline.db'}"
        migrations.upgrade(url)
        self.database = Database(url)
        with self.database.write("test") as session:
            place = models.Location(name="Here", zone="America/Chicago", number=NUMBER)
            session.add(place)
            session.flush()
            people = {
                "Ana": [("desk", "1001")],
                "Ben": [("desk", "1002")],
                "Cai": [("mobile", MOBILE)],
            }
            for name, phones in people.items():
                person = models.Person(name=name, location_id=place.id, languages=["en"])
                session.add(person)
                session.flush()
                self.ids[name] = person.id
                for position, (kind, address) in enumerate(phones):
                    where = {"number": address} if kind == "mobile" else {"sip_user": address}
                    session.add(
                        models.Phone(
                            person_id=person.id,
                            kind=PhoneKind(kind),
                            position=position,
                            label=name,
                            location_id=place.id,
                            **where,
                        )
                    )
            team = models.Team(name="Desk")
            mailbox = models.Mailbox(name="Messages", greeting={"en": "Please leave a message."})
            rota = models.Rota(
                name="Night",
                location_id=place.id,
                plan=Plan(
                    steps=(
                        Step(always=(Member(person=self.ids["Ana"]),)),
                        Step(always=(Member(person=self.ids["Cai"]),)),
                    )
                ),
            )
            session.add_all([team, mailbox, rota])
            session.flush()
            for position, name in enumerate(["Ana", "Ben"]):
                session.add(models.TeamMember(team_id=team.id, person_id=self.ids[name], position=position))
            self.ids |= {"Desk": team.id, "Messages": mailbox.id, "Night": rota.id}
            flow = models.Flow(name="Main")
            session.add(flow)
            session.flush()
            session.add(models.Number(number=NUMBER, flow_id=flow.id, location_id=place.id, backup=BACKUP))
        self._exchange_before = self.switch.exchange
        self.switch.write_phones(exchange(self.database, "US"))
        return self

    def __exit__(self, *_: object) -> None:
        for controller in self.controllers:
            if controller.process.poll() is None:
                controller.process.send_signal(signal.SIGCONT)
                controller.kill()
        for phone in self.phones.values():
            phone.close()
        self.database.close()
        # The switch is other tests' too.
        self.switch.api(f"db delete/careline_backup/{NUMBER}")
        self.switch.write_phones(self._exchange_before)

    # -- the clinic

    def ref(self, name: str) -> dict[str, str]:
        """A reference to something by its name."""
        return {"id": self.ids[name], "name": name}

    def live(self, nodes: dict[str, Any], edges: dict[str, dict[str, str]], catch_all: str | None = None) -> None:
        """Put a flow live. `nodes`: name to (kind, settings); the first one is the start."""
        document = Document(
            name="Main",
            start=next(iter(nodes)),
            catch_all=catch_all,
            nodes={
                name: {"kind": kind, "title": name, "settings": settings} for name, (kind, settings) in nodes.items()
            },  # type: ignore[misc]
            edges=edges,
        )
        saved = flows.save(
            self.database, document, "Main", create_missing=False, note="", who="test", now=datetime.now(UTC)
        )
        flows.publish(self.database, saved.version, who="test")

    # -- what runs

    def start_controller(self) -> Controller:
        """Start one more, and return when the switch has it on its list."""
        port = free_port(1)
        address = f"127.0.0.1:{port}"
        log = self.folder / f"controller-{len(self.controllers)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "flow_editor.cli", "controller"],
                env={**self.environment, "CARELINE_ESL_LISTEN": address},
                stdout=out,
                stderr=out,
            )
        controller = Controller(process, address, log)
        self.controllers.append(controller)
        wait_until(lambda: address in self.listed(), 20, f"the controller was not listed: {log}")
        return controller

    def listed(self) -> list[str]:
        """The controllers on the switch's list."""
        return [self.switch.api(f"hash select/careline_controllers/{place}").strip() for place in range(8)]

    def phone(self, user: str) -> Softphone:
        """A desk phone of the clinic, signed in."""
        if user not in self.phones:
            with self.database.read() as session:
                secret = session.query(models.Phone).filter_by(sip_user=user).one().secret
            phone = Softphone(self.switch.inside, user, secret)
            assert phone.register() == 200
            self.phones[user] = phone
        return self.phones[user]

    def carrier(self) -> Softphone:
        """The network outside: every call that leaves by the trunk."""
        if "carrier" not in self.phones:
            self.phones["carrier"] = Softphone(self.switch.outside, "carrier", port=self.switch.trunk_port)
        return self.phones["carrier"]

    def caller(self) -> Softphone:
        """A patient's phone."""
        if "caller" not in self.phones:
            self.phones["caller"] = Softphone(self.switch.outside, "+13125550142")
        return self.phones["caller"]

    # -- what happened

    def call(self) -> CallRow:
        """The newest call, with its steps."""
        newest = calls.newest(self.database, limit=1)
        assert newest, "no call has been journalled"
        row = calls.trace(self.database, newest[0].id)
        assert row is not None
        return row

    def until(self, true: Callable[[CallRow], object], complaint: str, seconds: float = 20) -> CallRow:
        """Wait until something is true of the newest call."""
        deadline = time.monotonic() + seconds
        while True:
            newest = calls.newest(self.database, limit=1)
            row = calls.trace(self.database, newest[0].id) if newest else None
            if row is not None and true(row):
                return row
            assert time.monotonic() < deadline, f"{complaint}: {_told(row)}"
            time.sleep(0.02)

    def ended(self) -> CallRow:
        """The newest call, once it has ended, with nothing left behind on the switch or in SQL."""
        row = self.until(lambda call: call.ended_at is not None, "the call does not end")
        wait_until(lambda: self.switch.api("show channels count").strip().startswith("0 "), 10, "a channel stays")
        assert not calls.newest(self.database, live=True), "a call stays live"
        return row


def _told(row: CallRow | None) -> str:
    """A call in a line, for a test that failed."""
    if row is None:
        return "there is no call"
    way = ", ".join(f"{step.node} -> {step.exit}{f' ({step.error})' if step.error else ''}" for step in row.steps)
    return f"{way}; now at {row.now_at} {row.phase!r}; {row.ending or 'live'} on {row.controller}"
