"""Whoever is at the other end of a leg: what they are told of. Callers and staff (callers.py, staff.py) act on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.practice.channel import Channel


class Person:
    """Somebody who does nothing but be there. Nothing here may wait: start a greenlet for what takes time."""

    def rung(self, leg: Channel) -> None:
        """Their phone rings."""

    def answered(self, leg: Channel) -> None:
        """The switch answered them, or they answered the switch."""

    def hears(self, leg: Channel, sound: str) -> None:
        """A sound begins."""

    def quiet(self, leg: Channel) -> None:
        """A sound ended."""

    def listened_to(self, leg: Channel) -> None:
        """The switch records what they say now (a message)."""

    def joined(self, leg: Channel, other: Channel) -> None:
        """They talk with somebody."""

    def parted(self, leg: Channel) -> None:
        """The other one has gone."""

    def ended(self, leg: Channel) -> None:
        """The call is over."""
