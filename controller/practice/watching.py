"""Who follows a call from outside is told what happens on its legs: what is played to whom, who is rung, answers and goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from controller.practice.people import Person

if TYPE_CHECKING:
    from controller.practice.channel import Channel

Told = Callable[[dict[str, Any]], None]

RUNG_FOR = "careline_offer_of"
"""The variable by which a leg that a controller rings says for which caller."""


class Watchers:
    """Who follows which call. Those told must not wait."""

    def __init__(self) -> None:
        self._of: dict[str, list[Told]] = {}

    def follow(self, call: str, told: Told) -> Callable[[], None]:
        """Have `told` called with all that happens on a call's legs from now on. Returns what ends it."""
        self._of.setdefault(call, []).append(told)

        def end() -> None:
            following = self._of.get(call, [])
            if told in following:
                following.remove(told)
            if not following:
                self._of.pop(call, None)

        return end

    def tell(self, leg: Channel, what: str, **detail: Any) -> None:
        """Something happens on a leg."""
        if not self._of:
            return
        for told in list(self._of.get(leg.get(RUNG_FOR) or leg.uuid, ())):
            told({"event": what, "leg": leg.uuid, **detail})


class Watched(Person):
    """Somebody, and whoever follows the call is told of what reaches them."""

    def __init__(self, person: Person, watchers: Watchers) -> None:
        self.person = person
        self._watchers = watchers

    def rung(self, leg: Channel) -> None:
        self._watchers.tell(leg, "rung", number=leg.profile.callee_number)
        self.person.rung(leg)

    def answered(self, leg: Channel) -> None:
        self._watchers.tell(leg, "answered")
        self.person.answered(leg)

    def hears(self, leg: Channel, sound: str) -> None:
        self._watchers.tell(leg, "sound", sounds=_sounds(sound))
        self.person.hears(leg, sound)

    def quiet(self, leg: Channel) -> None:
        self._watchers.tell(leg, "quiet")
        self.person.quiet(leg)

    def listened_to(self, leg: Channel) -> None:
        self._watchers.tell(leg, "recording")
        self.person.listened_to(leg)

    def joined(self, leg: Channel, other: Channel) -> None:
        self._watchers.tell(leg, "joined", other=other.uuid)
        self.person.joined(leg, other)

    def parted(self, leg: Channel) -> None:
        self._watchers.tell(leg, "parted")
        self.person.parted(leg)

    def ended(self, leg: Channel) -> None:
        self._watchers.tell(leg, "ended", cause=leg.cause, by_person=leg.hung_up_by_person)
        self.person.ended(leg)


def _sounds(name: str) -> list[str]:
    """What is played, file by file."""
    return name.removeprefix("file_string://").split("!") if name.startswith("file_string://") else [name]
