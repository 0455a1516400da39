"""The practice switch's own port: calls made, people told what to do, and what became of it. One JSON object a line, each way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gevent
from gevent import socket as sockets
from gevent.lock import Semaphore
from gevent.queue import SimpleQueue
from gevent.server import StreamServer
from pydantic import TypeAdapter, ValidationError

from controller.practice.callers import Caller, Step
from controller.practice.staff import Habit, Manner

if TYPE_CHECKING:
    from controller.practice.channel import Channel
    from controller.practice.switch import PracticeSwitch

_STEPS = TypeAdapter(list[Step])


class Refused(Exception):
    """What was asked cannot be done."""


class Control:
    """Answers each line with one: `{"ok": ...}` or `{"error": "..."}`. Between them come lines `{"event": ...}` about calls that
    are followed, until these are over (watching.py); one who followed and goes away has hung up.

    | do | with | answers |
    |---|---|---|
    | call | number, caller, name, script (steps of callers.Step), follow | id of the leg |
    | press, speak, hang up | call, keys or seconds | |
    | answer, decline | call: a phone that `waits` | |
    | phone | number, manner, after, presses, thinks, talks | |
    | wait | call, for (a moment of callers.Moment, or "ringing", "gone"), within | whether it came |
    | legs | | every leg: id, direction, number, state, sounds |
    """

    def __init__(self, switch: PracticeSwitch, host: str = "127.0.0.1", port: int = 0) -> None:
        self._switch = switch
        self._people: dict[str, Caller] = {}
        self._server = StreamServer((host, port), self._serve)
        self._doings: dict[str, Callable[[dict[str, Any]], Any]] = {
            "call": self._call,
            "press": lambda asked: self._leg(asked).press(asked["keys"]),
            "speak": lambda asked: self._leg(asked).speak(float(asked["seconds"])),
            "hang up": lambda asked: self._leg(asked).hang_up(by_person=True),
            "answer": lambda asked: self._leg(asked).pick_up(),
            "decline": lambda asked: self._leg(asked).refuse(asked.get("cause", "CALL_REJECTED")),
            "phone": self._phone,
            "wait": self._wait,
            "legs": lambda asked: [self._told(leg) for leg in self._switch.channels.values()],
            "system commands": lambda asked: self._switch.api.system_commands,
        }

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, once started."""
        return str(self._server.server_host), int(self._server.server_port or 0)

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server.start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.stop()

    def _serve(self, sock: sockets.socket, address: Any) -> None:
        with sock.makefile("rwb") as file:
            peer = _Peer(file)
            try:
                for line in file:
                    peer.say(self._answer(line, peer))
            except OSError:
                pass  # gone without a word
            finally:
                peer.leave()

    def _answer(self, line: bytes, peer: _Peer) -> dict[str, Any]:
        try:
            asked = json.loads(line)
            if asked["do"] == "call" and asked.get("follow"):
                return {"ok": self._follow(asked, peer)}
            return {"ok": self._doings[asked["do"]](asked)}
        except (Refused, KeyError, ValueError, TypeError, ValidationError) as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def _follow(self, asked: dict[str, Any], peer: _Peer) -> str:
        call = self._call(asked)
        # The call's life begins when we next wait: nothing of it is missed.
        peer.follow(self._switch, call)
        return call

    def _leg(self, asked: dict[str, Any]) -> Channel:
        leg = self._switch.channels.get(asked["call"])
        if leg is None:
            raise Refused(f"there is no leg {asked['call']}")
        return leg

    def _call(self, asked: dict[str, Any]) -> str:
        script = _STEPS.validate_python(asked.get("script", []))
        caller = asked.get("caller", "+13125550111")
        leg, person = self._switch.call(asked["number"], caller, name=asked.get("name", ""), script=script)
        self._people[leg.uuid] = person
        for old in self._people.keys() - self._switch.channels.keys():
            del self._people[old]
        return leg.uuid

    def _phone(self, asked: dict[str, Any]) -> None:
        fields = {name: asked[name] for name in ("after", "presses", "thinks", "talks") if name in asked}
        self._switch.phones.put(asked["number"], Habit(Manner(asked.get("manner", "answers")), **fields))

    def _wait(self, asked: dict[str, Any]) -> bool:
        seconds = float(asked.get("within", 10))
        if asked["for"] == "gone":
            leg = self._switch.channels.get(asked["call"])
            return leg is None or leg.gone.wait(self._switch.clock.wall(seconds))
        person = self._people.get(asked["call"])
        if person is None:
            raise Refused(f"no caller made the call {asked['call']}")
        return person.await_moment(asked["for"], seconds)

    def _told(self, leg: Channel) -> dict[str, Any]:
        return {
            "call": leg.uuid,
            "direction": leg.profile.direction,
            "number": leg.profile.callee_number if leg.profile.direction == "outbound" else leg.profile.number,
            "state": leg.running,
            "answered": leg.answered,
            "talking_with": leg.partner.uuid if leg.partner is not None else None,
            "sounds": leg.sounds,
        }


class _Peer:
    """Whoever is connected: what is said to them, line by line, and the calls they follow."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._turn = Semaphore()
        self._leaving: list[Callable[[], None]] = []
        self._telling: gevent.Greenlet[..., None] | None = None
        self._events: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def say(self, what: dict[str, Any]) -> None:
        """Raises OSError when they are gone."""
        with self._turn:
            self._file.write(json.dumps(what).encode() + b"\n")
            self._file.flush()

    def follow(self, switch: PracticeSwitch, call: str) -> None:
        """Tell them what happens on a call; hang it up when they go."""

        def leave() -> None:
            end()
            leg = switch.find(call)
            if leg is not None:
                leg.hang_up(by_person=True)

        end = switch.watchers.follow(call, self._events.put)
        self._leaving.append(leave)
        if self._telling is None:
            self._telling = gevent.spawn(self._tell)

    def leave(self) -> None:
        """They are gone."""
        for leave in self._leaving:
            leave()
        if self._telling is not None:
            self._telling.kill()

    def _tell(self) -> None:
        while True:
            event = self._events.get()
            try:
                self.say(event)
            except OSError:
                return
