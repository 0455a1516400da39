"""A controller's place in the dead-man list, against a switch's hash and scheduler in memory."""

import pytest

from controller.freeswitch.presence import LIFETIME, PLACES, REALM, NoPlace, Presence


class Switch:
    """`hash`, `sched_api` and `sched_del` as mod_hash and mod_commands answer them, with a clock that is moved."""

    def __init__(self) -> None:
        self.hash: dict[str, str] = {}
        self.tasks: list[tuple[float, str, str]] = []
        self.now = 0.0

    def api(self, command: str) -> str:
        name, _, rest = command.partition(" ")
        if name == "hash":
            verb, realm, key, *value = rest.split("/")
            assert realm == REALM
            held = self.hash.get(key)
            if verb == "select":
                return held or "-ERR no reply\n"
            if verb == "insert_ifempty" and held is None:
                self.hash[key] = value[0]
                return "+OK\n"
            if verb == "delete_ifmatch" and held == value[0]:
                del self.hash[key]
                return "+OK\n"
            return "-ERR Not found\n"
        if name == "sched_api":
            delay, group, todo = rest.split(" ", 2)
            self.tasks.append((self.now + int(delay), group, todo))
            return f"+OK Added: {len(self.tasks)}\n"
        assert name == "sched_del"
        before = len(self.tasks)
        self.tasks = [task for task in self.tasks if task[1] != rest]
        return f"+OK Deleted: {before - len(self.tasks)}\n"

    def advance(self, seconds: float) -> None:
        self.now += seconds
        due = [task for task in self.tasks if task[0] <= self.now]
        self.tasks = [task for task in self.tasks if task[0] > self.now]
        for _, _, todo in due:
            self.api(todo)


@pytest.fixture
def switch() -> Switch:
    return Switch()


def test_stays_listed_while_it_beats_and_drops_out_when_it_does_not(switch: Switch) -> None:
    presence = Presence(switch.api, "127.0.0.1:8084")
    for _ in range(10):
        presence.beat()
        assert len(switch.tasks) == 1
        switch.advance(1)
        assert switch.hash == {"0": "127.0.0.1:8084"}
    switch.advance(LIFETIME)
    assert switch.hash == {}


def test_comes_back_after_it_was_dropped(switch: Switch) -> None:
    presence = Presence(switch.api, "127.0.0.1:8084")
    presence.beat()
    switch.advance(LIFETIME)
    assert switch.hash == {}
    presence.beat()
    assert switch.hash == {"0": "127.0.0.1:8084"}


def test_takes_another_place_when_its_own_was_taken_meanwhile(switch: Switch) -> None:
    slow, quick = Presence(switch.api, "127.0.0.1:1"), Presence(switch.api, "127.0.0.1:2")
    slow.beat()
    switch.advance(LIFETIME)
    quick.beat()
    slow.beat()
    assert switch.hash == {"0": "127.0.0.1:2", "1": "127.0.0.1:1"}


def test_a_restarted_controller_takes_its_old_place(switch: Switch) -> None:
    Presence(switch.api, "127.0.0.1:1").beat()
    Presence(switch.api, "127.0.0.1:1").beat()
    assert switch.hash == {"0": "127.0.0.1:1"}


def test_leaving_is_at_once_and_leaves_others_alone(switch: Switch) -> None:
    one, two = Presence(switch.api, "127.0.0.1:1"), Presence(switch.api, "127.0.0.1:2")
    one.beat()
    two.beat()
    one.leave()
    assert switch.hash == {"1": "127.0.0.1:2"}


def test_knows_whether_it_is_alone(switch: Switch) -> None:
    one, two = Presence(switch.api, "127.0.0.1:1"), Presence(switch.api, "127.0.0.1:2")
    one.beat()
    assert not one.others()
    two.beat()
    assert one.others()


def test_says_so_when_every_place_is_taken(switch: Switch) -> None:
    for number in range(PLACES):
        Presence(switch.api, f"127.0.0.1:{number}").beat()
    with pytest.raises(NoPlace):
        Presence(switch.api, "127.0.0.1:99").beat()
