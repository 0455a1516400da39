"""What the switch keeps for others: `hash` and `db` (keys in realms), and `sched_api` (commands for later)."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable

import gevent

from controller.practice.clock import Clock


class Keep:
    """Keys and appointments. `run` runs an API command. The database is in memory here: a practice switch forgets it."""

    def __init__(self, clock: Clock, run: Callable[[str, str], str]) -> None:
        self._clock = clock
        self._run = run
        self._hash: dict[str, dict[str, str]] = defaultdict(dict)
        self._database: dict[str, dict[str, str]] = defaultdict(dict)
        self._tasks: dict[int, tuple[str, gevent.Greenlet[..., object]]] = {}
        self._numbers = itertools.count(1)

    def hash(self, argument: str) -> str:
        """`insert|insert_ifempty|delete|delete_ifmatch|select/REALM/KEY[/VALUE]`."""
        return self._keyed(self._hash, argument, "\n")

    def database(self, argument: str) -> str:
        """`insert|delete|exists|count|list|select/REALM/KEY[/VALUE]`."""
        return self._keyed(self._database, argument, "")

    def _keyed(self, kept: dict[str, dict[str, str]], argument: str, end: str) -> str:
        words = argument.split("/", 3)
        words += [""] * (4 - len(words))
        action, realm, key, value = words
        keys = kept[realm]
        match action:
            case "insert":
                keys[key] = value
            case "insert_ifempty":
                if key in keys:
                    return f"-ERR key already exists{end}"
                keys[key] = value
            case "delete":
                if keys.pop(key, None) is None and end:
                    return "-ERR Not found\n"
            case "delete_ifmatch":
                if keys.get(key) != value:
                    return f"-ERR Doesn't match{end}"
                del keys[key]
            case "select":
                return keys.get(key, "")
            case "exists":
                return "true" if key in keys else "false"
            case "count":
                return str(len(keys))
            case "list":
                return ",".join(keys)
            case _:
                return "-USAGE: [insert|delete|select]/<realm>/<key>/<value>\n"
        return f"+OK{end}"

    def schedule(self, argument: str) -> str:
        """`[+@]SECONDS GROUP COMMAND`: `+` in so many seconds, `@` again and again."""
        when, _, rest = argument.strip().partition(" ")
        group, _, command = rest.partition(" ")
        if not command:
            return "-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n"
        number = next(self._numbers)
        again = when.startswith("@")
        relative = when.startswith(("+", "@"))
        seconds = float(when.lstrip("+@")) - (0 if relative else self._clock.now())
        self._arm(number, group, command.removesuffix(" &"), max(0.0, seconds), again)
        return f"+OK Added: {number}\n"

    def _arm(self, number: int, group: str, command: str, seconds: float, again: bool) -> None:
        self._tasks[number] = (group, self._clock.later(seconds, self._due, number, command, seconds, again))

    def _due(self, number: int, command: str, seconds: float, again: bool) -> None:
        group, _ = self._tasks.pop(number)
        name, _, argument = command.partition(" ")
        self._run(name, argument)
        if again:
            self._arm(number, group, command, seconds, again)

    def unschedule(self, argument: str) -> str:
        """By number or by group."""
        wanted = argument.strip()
        found = [number for number, (group, _) in self._tasks.items() if wanted in (str(number), group)]
        for number in found:
            self._tasks.pop(number)[1].kill(block=False)
        return f"+OK Deleted: {len(found)}\n"
