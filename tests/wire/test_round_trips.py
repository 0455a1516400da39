"""How long the switch takes to reply: known for the newest commands of the process."""

from __future__ import annotations

import gevent
import pytest

from controller.freeswitch.connection import Connection, NoReply
from controller.freeswitch.session import Session
from tests.wire.peer import api_response, pair


def test_replies_are_counted_and_silence_is_not() -> None:
    Connection.round_trips.clear()
    with pair() as (peer, sock):
        session = Session(("127.0.0.1", 1), sock)
        asking = gevent.spawn(session.api, "status")
        assert peer.command()[0] == b"api status"
        peer.write(api_response(b"UP"))
        assert asking.get(timeout=5) == "UP"
        assert len(Connection.round_trips) == 1
        with pytest.raises(NoReply):
            session.api("status", seconds=0.01)
        assert len(Connection.round_trips) == 1
        session.close()
