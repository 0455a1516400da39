"""The `socket` application: a call handed to the first controller that accepts, and what becomes of it when that one lets go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gevent
from gevent import socket as sockets

from controller.practice.listener import Listener

if TYPE_CHECKING:
    from controller.practice.channel import Channel
    from controller.practice.switch import PracticeSwitch

CONNECT_SECONDS = 130.0
"""How long the kernel tries a host that answers nothing."""


class Outbound:
    """Hands calls out."""

    def __init__(self, switch: PracticeSwitch) -> None:
        self._switch = switch

    def run(self, channel: Channel, argument: str) -> None:
        """`socket HOST:PORT/PATH|HOST:PORT/PATH async full`. Returns when the call goes on in the dialplan, or elsewhere."""
        words = argument.split(" ")
        sock = self._connect(channel, words[0])
        if sock is None:
            return
        listener = Listener(self._switch, sock, channel)
        listener.full = "full" in words
        listener.asynchronous = "async" in words
        channel.sockets.append(listener)
        ended = gevent.spawn(self._serve, listener, channel)
        channel.rest(float("inf"), ended=lambda: listener.connected or ended.ready(), breakable=False, commands=False)
        if not ended.ready():
            channel.park()
        elif not channel.down:
            channel.controlled = False
        channel.run_commands()
        if (
            not channel.moved
            and channel.state != "CS_HIBERNATE"
            and not channel.down
            and self._resumes(listener, channel)
        ):
            channel.state = "CS_EXECUTE"

    def _resumes(self, listener: Listener, channel: Channel) -> bool:
        return listener.resume or channel.true("socket_resume")

    def _serve(self, listener: Listener, channel: Channel) -> None:
        """The listener's life. When it ends the call is let go: taken back by the dialplan if it is to resume."""
        try:
            listener.serve()
        finally:
            channel.sockets.remove(listener)
            if (
                not channel.down
                and not channel.moved
                and channel.state != "CS_HIBERNATE"
                and self._resumes(listener, channel)
            ):
                channel.state = "CS_RESET"
            channel.controlled = False
            if not channel.sockets:
                channel.let_go.set()
            channel.wake()

    def _connect(self, channel: Channel, hosts: str) -> sockets.socket | None:
        port = 8084
        for written in hosts.split("|"):
            if not written:
                continue
            address, slash, path = written.partition("/")
            host, colon, number = address.rpartition(":")
            if colon:
                port = int(number)
            else:
                host = address
            if slash:
                channel.set("socket_path", path)
            channel.set("socket_host", host)
            try:
                sock = sockets.create_connection((host, port), timeout=CONNECT_SECONDS)
            except OSError:
                continue
            return sock
        return None
