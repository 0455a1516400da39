"""A conversation of a caller with staff, acted on over the link: held and taken back, sent on, its recording paused.

However far any of this comes, the caller stays joined with somebody, or comes back to a controller by the bookmark: it says
where the call goes before the conversation is ended, and the conversation ends as if staff had hung up.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from controller.calls.bookmark import Bookmark, BookmarkRefused, BookmarkTooLarge
from controller.calls.call import RecordingState
from controller.freeswitch import arguments
from controller.freeswitch.arguments import Argument, ArgumentRefused
from controller.freeswitch.channel import BOOKMARK, HELD, JOINED, MUSIC, let_hear
from controller.freeswitch.link import Link

YES = "+OK"


class NotInHand(Exception):
    """There is no such conversation any more, or what it needs is not there."""


class InHand:
    """One call that talks with staff. Every method raises NotInHand, Disconnected, NoReply."""

    def __init__(
        self, link: Link, call: str, key: bytes, moved: Callable[[Bookmark, str], None] = lambda mark, sealed: None
    ) -> None:
        """`moved`: told of each bookmark that is put on the call, and of it sealed."""
        self._link = link
        self._moved = moved
        self._call = call
        self._key = key
        try:
            self._leg = arguments.leg(call)
        except ArgumentRefused as refused:
            raise NotInHand from refused

    def staff(self) -> Argument:
        """The leg that the caller talks to."""
        try:
            return arguments.leg(self._get(self._leg, "signal_bond"))
        except ArgumentRefused:
            raise NotInHand from None

    def hold(self) -> None:
        """The caller hears music and is not heard. They stay joined, so that nothing else changes."""
        self.staff()
        self._set(self._leg, **{HELD: "1"})
        self._must(f"uuid_displace {self._leg} start {arguments.stream(MUSIC)} 0 l")
        self._must(f"uuid_audio {self._leg} start read mute 1")

    def take_back(self) -> None:
        """They hear each other again."""
        self.staff()
        for command in let_hear(self._leg):
            self._link.api(command)

    def pause_recording(self, on: bool) -> None:
        """Record silence for a while (`on`), or go on recording. NotInHand when the call is not recorded."""
        mark = self._mark()
        before, after = (RecordingState.ON, RecordingState.PAUSED) if on else (RecordingState.PAUSED, RecordingState.ON)
        if mark.recording is None or mark.recording_state not in (before, after):
            raise NotInHand
        path = arguments.file(Path(mark.recording))
        self._must(f"uuid_record {self._leg} {'mask' if on else 'unmask'} {path}")
        mark.recording_state = str(after)
        self._put(mark)

    def send(self, change: Callable[[Bookmark], None]) -> None:
        """End the conversation, so that the caller goes on where `change` has the bookmark say."""
        staff = self.staff()
        mark = self._mark()
        change(mark)
        self._put(mark)
        self.take_back()
        self._link.api(f"uuid_kill {staff} {arguments.cause('NORMAL_CLEARING')}")

    def hand_over(self, to: str, change: Callable[[Bookmark], None]) -> None:
        """Join the caller with another leg that staff have talked to, and let staff's own go. Should that one be gone just then,
        the caller comes back to a controller, as after any conversation."""
        other = arguments.leg(to)
        self.staff()
        if self._link.api(f"uuid_exists {other}") != "true":
            raise NotInHand
        mark = self._mark()
        change(mark)
        self._put(mark)
        self._set(other, hangup_after_bridge="true", park_timeout="60")
        self._set(self._leg, careline_offer=to, **{JOINED: "0"})
        self.take_back()
        self._must(f"uuid_bridge {self._leg} {other}")

    # --

    def _mark(self) -> Bookmark:
        try:
            return Bookmark.unseal(self._get(self._leg, BOOKMARK), self._key, self._call)
        except BookmarkRefused as refused:
            raise NotInHand from refused

    def _put(self, mark: Bookmark) -> None:
        try:
            sealed = arguments.value(mark.seal(self._key, self._call))
        except BookmarkTooLarge as large:
            raise NotInHand from large
        self._must(f"uuid_setvar {self._leg} {BOOKMARK} {sealed}")
        self._moved(mark, sealed)

    def _get(self, leg: Argument, name: str) -> str:
        return self._link.api(f"uuid_getvar {leg} {arguments.variable(name)}")

    def _set(self, leg: Argument, **variables: str) -> None:
        self._must(f"uuid_setvar_multi {leg} {arguments.settings(variables)}")

    def _must(self, command: str) -> None:
        if not self._link.api(command).startswith(YES):
            raise NotInHand
