"""A `Call` on FreeSWITCH: what a flow can do with a caller, in the switch's commands. What is where on the switch and why is
measured in docs; the order of things in `join` is what lets a conversation outlive its controller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import gevent
import structlog

from controller.calls.call import (
    Answer,
    Call,
    Caller,
    CallerGone,
    CarrierFailed,
    Conversation,
    Digits,
    HandedOn,
    Offer,
    Recorded,
    RecordingState,
    RingResult,
    Speaker,
    Talking,
    Utterance,
)
from controller.calls.waiting import Waiting
from controller.freeswitch import arguments, protocol
from controller.freeswitch.arguments import Argument, ArgumentRefused
from controller.freeswitch.connection import Disconnected, Execution, Inbox, NoReply, Refused
from controller.freeswitch.link import Link
from controller.freeswitch.protocol import Headers, Message
from controller.freeswitch.session import Session
from controller.freeswitch.staff import RUNG, Staff, hang_up
from controller.freeswitch.waiting import ChannelWaiting
from controller.telephone import NotATelephoneNumber, e164

log = structlog.get_logger(__name__)

NUMBER, BOOKMARK, TAKEN = "careline_number", "careline_bookmark", "careline_taken"
PATIENT = "careline_patient"
"""Of a call that the clinic makes: the patient's number. They are the caller, as the flow sees it."""
JOINED = "careline_joined"
"""When the caller and staff were joined, by the switch's clock in microseconds; 0 when they were only about to be."""
HELD = "careline_held"
"""1 on a caller whom staff have on hold: they hear music over the conversation, and are not heard."""
CONTEXT = "careline_calls"
AGAIN = f"careline_again:XML:{CONTEXT}"
MUSIC = "local_stream://careline_music"
KEYS = "careline_keys"

LONGEST_PLAY = 1800.0
"""Seconds after which an application that has not completed is taken for stuck."""
SOON = 5.0
"""Seconds that what the switch does at once may take."""
MUSIC_LOOPS = 1000
BREAKS, BREAK_SECONDS = 8, 0.5
"""How often, and after how long, an application that goes on is told again to end."""


@dataclass(frozen=True)
class Arrival:
    """What a connection brings: whose call it is, and where it stands."""

    id: str
    caller: Caller
    dialled: str
    bookmark: str | None
    """Sealed; None for a call that begins."""
    conversation: Conversation | None
    recovered: bool
    """The switch has crashed and got the call back: its bookmark is as old as its answer, the journal's is newer."""

    @classmethod
    def read(cls, channel: Headers, country: str) -> Arrival:
        """From the channel's data. `country` (ISO 3166) reads a caller's number written without a country code."""
        called = channel.get(f"variable_{PATIENT}")
        try:
            number: str | None = e164(called or channel.get("Caller-Caller-ID-Number", ""), country)
        except NotATelephoneNumber:
            number = None
        shown = "" if called else channel.get("Caller-Caller-ID-Name", "")
        name = "".join(sign for sign in shown if sign.isprintable())
        return cls(
            id=channel.get("Unique-ID", ""),
            caller=Caller(number, name[:80]),
            dialled=channel.get(f"variable_{NUMBER}") or channel.get("Caller-Destination-Number", ""),
            bookmark=channel.get(f"variable_{BOOKMARK}") or None,
            conversation=_conversation(channel),
            recovered=channel.get("variable_recovered") == "true",
        )


def _conversation(channel: Headers) -> Conversation | None:
    offer, joined = channel.get("variable_careline_offer", ""), channel.get(f"variable_{JOINED}", "")
    if not offer:
        return None
    began = int(joined) if joined.isdecimal() else 0
    if not began and channel.get("variable_last_bridge_to") == offer:
        # So says the switch by itself once they hear each other, and in whole seconds when it joined them: the controller
        # that was to write it down exactly died first.
        found = re.search(rf"(\d+):[0-9a-f-]+:uuid_br:{re.escape(offer)}", channel.get("variable_transfer_history", ""))
        began = int(found[1]) * 1_000_000 if found else 0
    now = channel.get("Event-Date-Timestamp", "")
    cause = channel.get("variable_last_bridge_hangup_cause") or channel.get("variable_bridge_hangup_cause", "")
    return Conversation(offer, max(0, int(now) - began) / 1e6 if began and now.isdecimal() else 0.0, cause)


def take(session: Session, country: str) -> Arrival:
    """The first thing done with a call that has come: hear its events, mark it as ours, and read what it brings.

    From here on the switch hands it to the next controller if this one dies. Raises CallerGone, HandedOn, NoReply.
    """
    assert session.session_data is not None
    arrival = Arrival.read(session.session_data, country)
    mine = arguments.settings(
        {
            TAKEN: "1",
            "socket_resume": "true",
            "app_disable_expand_variables": "true",
            "playback_terminators": "none",
        }
    )
    session.listen(first=[protocol.api(f"uuid_setvar_multi {arguments.leg(arrival.id)} {mine}")])
    if session.session_data.get(f"variable_{HELD}") == "1":
        for command in let_hear(arguments.leg(arrival.id)):  # whoever had them on hold is gone
            session.api(command)
    return arrival


def let_hear(leg: Argument) -> list[str]:
    """The commands that end a caller's hold; nothing for one who is not held."""
    return [
        f"uuid_displace {leg} stop {arguments.stream(MUSIC)}",
        f"uuid_audio {leg} stop",
        f"uuid_setvar {leg} {HELD} 0",
    ]


@dataclass(frozen=True)
class Carrier:
    """What every call of a switch shares: the link, what makes speech, and who is told of what a channel cannot tell."""

    link: Link
    speaker: Speaker
    gateway: str = "careline"
    """The trunk of phones that name none."""
    ended: Callable[[str, str], None] = field(default=lambda call, cause: None)
    """Told (call, cause) of a caller who hung up in a conversation, when no connection is there to tell it."""


class Channel(Call):
    """A call whose connection this is. `answered`: whether it has been answered before this stretch began."""

    def __init__(self, session: Session, carrier: Carrier, arrival: Arrival, **rest: Any) -> None:
        """`rest`: what `Call` takes beside what the arrival says."""
        super().__init__(id=arrival.id, caller=arrival.caller, dialled=arrival.dialled, **rest)
        assert session.session_data is not None
        self.conversation = arrival.conversation
        self._session = session
        self._carrier = carrier
        self._leg = arguments.leg(arrival.id)
        self._answered = session.session_data.get("Answer-State") == "answered"
        self._rung = session.session_data.get(f"variable_{RUNG}", "").split(".")
        self._answering: Execution | None = None
        self._music: Execution | None = None
        self._saying: Execution | None = None
        """What is played over the music, last."""

    # -- the bookmark, answering, sound

    def _put_bookmark(self, sealed: str) -> None:
        command = f"uuid_setvar {self._leg} {BOOKMARK} {arguments.value(sealed)}"
        with _failures():
            if self.mark.phase.name:
                self._expect_ok(self._session.api(command), "the bookmark")
            else:
                # A node has begun and done nothing yet: it is enough that the bookmark is there before its first command
                # is, and it travels with it. Before an effect elsewhere a node says its phase.
                self._session.defer(protocol.api(command))

    def answer(self, wait: bool = True) -> None:
        """Answer the call; nothing when it is answered already."""
        if not self._answered:
            with _failures():
                if self._answering is None:
                    self._answering = self._session.execute("answer")
                if wait:
                    self._answering.wait(SOON)
                    self._answered = True

    def play(self, utterances: Sequence[Utterance]) -> None:
        """Let the caller hear something, to its end."""
        files = self._files(utterances)
        if files:
            self.answer()
            with _failures():
                done = self._session.execute("playback", arguments.sound(files)).wait(LONGEST_PLAY)
            response = done.get("Application-Response")
            if response == "FILE NOT FOUND":
                raise CarrierFailed("the switch cannot play a file")

    def _files(self, utterances: Sequence[Utterance]) -> list[Path]:
        def missing(recording: Path) -> None:
            self.note("recording missing", file=recording.name)

        return [path.absolute() for path in self._carrier.speaker.files(utterances, missing)]

    def _files_for_staff(self, utterances: Sequence[Utterance]) -> list[Path]:
        """Of what not the caller hears, but whoever is rung for them."""
        return self._files(utterances)

    def collect(
        self,
        utterances: Sequence[Utterance],
        *,
        least: int = 1,
        most: int = 1,
        first_seconds: float = 5.0,
        between_seconds: float = 3.0,
        terminators: str = "#",
        sensitive: bool = False,
    ) -> Digits:
        """Let the caller hear something and press keys, which cut it short."""
        files = self._files(utterances)
        self.answer()
        self.stop_music()
        sound, ends = arguments.sound(files), arguments.keys(terminators)
        if sensitive:
            return self._collect_unseen(sound, most, first_seconds, between_seconds, ends)
        first, between = (
            arguments.number(seconds * 1000, 100, 600_000) for seconds in (first_seconds, between_seconds)
        )
        argument = (
            f"1 {arguments.number(most, 1, 100)} 1 {first} {ends or 'none'} {sound} "
            f"{arguments.silence(1)} {KEYS} [0-9*#A-D]+ {between}"
        )
        with _failures():
            done = self._session.execute("play_and_get_digits", argument).wait(LONGEST_PLAY)
        keys = done.get(f"variable_{KEYS}")
        if done.get("variable_read_terminator_used"):
            return Digits(keys, "terminator")
        if len(keys) >= most:
            return Digits(keys, "length")
        return Digits(keys, "time" if keys else "nothing")

    def _collect_unseen(self, sound: Argument, most: int, first: float, between: float, ends: str) -> Digits:
        """Keys as they come, put together here: nowhere on the switch is there a variable or an argument that holds them."""
        recording = self.mark.recording_state == RecordingState.ON
        if recording:
            self._record_command("mask")
        try:
            with self._hearing("DTMF") as inbox, _failures():
                prompt = self._session.execute("playback", sound)
                prompt.tell(inbox)
                return self._gather(inbox, prompt, most, first, between, ends)
        finally:
            if recording and not self._session.hung_up:
                self._record_command("unmask")

    def _gather(self, inbox: Inbox, prompt: Execution, most: int, first: float, between: float, ends: str) -> Digits:
        keys, playing, seconds = "", True, first
        while True:
            event = inbox.get(LONGEST_PLAY if playing and not keys else seconds)
            if event is None:
                return Digits(keys, "time" if keys else "nothing")
            if event.name != "DTMF":
                playing = playing and event.get("Application-UUID") != prompt.id
                continue
            if playing:
                playing = False
                self._session.api(f"uuid_break {self._leg} all")
            key, seconds = event.get("DTMF-Digit"), between
            if key in ends:
                return Digits(keys, "terminator")
            keys += key
            if len(keys) >= most:
                return Digits(keys, "length")

    @contextmanager
    def _hearing(self, *events: str) -> Iterator[Inbox]:
        inbox = Inbox()
        for name in events:
            self._session.on(name, inbox.put)
        self._session.attach(inbox)
        try:
            yield inbox
        finally:
            self._session.detach(inbox)
            for name in events:
                self._session.off(name, inbox.put)

    def start_music(self, music: Path | None = None) -> None:
        """Music until something else needs the line; None is the switch's own. Returns at once."""
        self.answer()
        self.stop_music()
        source = arguments.stream(MUSIC) if music is None else arguments.file(music.absolute())
        with _failures():
            # Unlocked, so that what is played meanwhile nests inside it, and it goes on by itself.
            self._music = self._session.execute("playback", source, loops=MUSIC_LOOPS)

    def stop_music(self) -> None:
        """End the music, if it is on."""
        music, self._music = self._music, None
        saying, self._saying = self._saying, None
        if music is not None and not music.completed:
            self._break(music, saying)

    def _break(self, running: Execution, inside: Execution | None) -> None:
        """End an application, and first what runs `inside` it: the switch ends the innermost, and drops what has not begun."""
        ended = Inbox()
        running.tell(ended)
        if inside is not None:
            inside.tell(ended)
        self._session.attach(ended)
        try:
            with _failures():
                for _ in range(BREAKS):
                    self._session.api(f"uuid_break {self._leg} all")
                    ended.get(BREAK_SECONDS)
                    if running.completed or self._dropped(running):
                        return
                raise NoReply(f"{running.application} does not stop")
        finally:
            self._session.detach(ended)

    def _dropped(self, running: Execution) -> bool:
        """Whether an application was ended before it had begun: then nothing says so."""
        if self._session.api(f"uuid_getvar {self._leg} current_application") == running.application:
            return False
        running.forget()
        return True

    # -- ringing and joining

    def ring(
        self,
        offers: Sequence[Offer],
        *,
        answered: Callable[[Offer, Answer], None] = lambda offer, answer: None,
        leave_keys: str = "",
    ) -> RingResult:
        """Ring phones at once until one accepts, all have refused, or each one's time is over; cancel the others then."""
        music_was_on = self._music is not None and not self._music.completed
        if not music_was_on:
            self.start_music()
        key = ""
        with self._hearing("DTMF") as inbox, _failures():
            staff = Staff(
                self._carrier.link,
                self._files_for_staff,
                self._carrier.gateway,
                self._rung,
                inbox=inbox,
                answered=answered,
            )
            try:
                with staff:
                    staff.call(offers, self.id)
                    while staff.ringing and staff.accepted is None and not key:
                        item = inbox.get(staff.patience())
                        if item is None:
                            staff.overdue()
                        elif isinstance(item, Message) and item.name == "DTMF" and item.get("Unique-ID") == self.id:
                            pressed = item.get("DTMF-Digit")
                            key = pressed if pressed in leave_keys else ""
                        else:
                            staff.take(item)
                    accepted = staff.accepted
                    staff.cancel("LOSE_RACE" if accepted else "ORIGINATOR_CANCEL")
            except CallerGone:
                staff.cancel("ORIGINATOR_CANCEL")
                staff.hang_up(
                    [leg for leg, answer in staff.answers().items() if answer is Answer.ACCEPTED], "NORMAL_CLEARING"
                )
                raise
        if accepted is None and not music_was_on:
            self.stop_music()
        return RingResult(accepted.offer if accepted else None, staff.answers(), key)

    def cancel(self, offers: Sequence[Offer]) -> None:
        """End the legs that still ring for these offers, if there are any."""
        for offer in offers:
            gevent.spawn(hang_up, self._carrier.link, offer.id, "LOSE_RACE")

    @contextmanager
    def waiting(self, music: Path | None = None) -> Iterator[Waiting]:
        """Let the caller wait, with music, until it is left."""

        def keep_music() -> None:
            if self._music is None or self._music.completed:
                self.start_music(music)

        def play(files: Sequence[Path]) -> Execution:
            self._saying = self._session.execute("playback", arguments.sound(files))
            return self._saying

        # Music begins with the first wait: phones that are to ring at once do so before.
        with self._hearing("DTMF") as inbox, _failures():
            with Staff(
                self._carrier.link, self._files_for_staff, self._carrier.gateway, self._rung, inbox=inbox
            ) as staff:
                try:
                    yield ChannelWaiting(self.id, inbox, staff, files=self._files, play=play, music=keep_music)
                except (Talking, HandedOn):
                    raise  # what rings now goes on
                except BaseException:
                    self._end_ringing(staff)
                    raise
                self._end_ringing(staff)
            self.stop_music()
            # What was pressed meanwhile is not the answer to the next question.
            self._session.api(f"uuid_flush_dtmf {self._leg}")

    @staticmethod
    def _end_ringing(staff: Staff) -> None:
        staff.call_off([leg.offer for leg in staff.legs.values()], "ORIGINATOR_CANCEL")

    def join(self, offer: Offer, met: Callable[[], None] = lambda: None) -> None:
        """Join the caller with the leg that accepted. Raises `Talking` as soon as the switch is about to."""
        try:
            self._join(offer, met)
        except CallerGone:
            gevent.spawn(hang_up, self._carrier.link, offer.id, "NORMAL_CLEARING")
            raise

    def _join(self, offer: Offer, met: Callable[[], None]) -> None:
        link, staff = self._carrier.link, arguments.leg(offer.id)
        self.answer()
        with self._hearing() as inbox, _failures():
            with link.watching(offer.id, inbox):
                if link.api(f"uuid_exists {staff}") != "true" or not self._whisper(offer, inbox):
                    return
            self.phase("talking", **{**self.mark.phase.detail, "offer": offer.id})
            self.stop_music()
            follower = _Follower(self.id, offer.id, self._carrier, met)
            link.watch(self.id, follower.take)
            try:
                self._set(
                    socket_resume="false",
                    hangup_after_bridge="false",
                    uuid_bridge_continue_on_cancel="true",
                    transfer_after_bridge=AGAIN,
                    careline_offer=offer.id,
                    **{JOINED: "0"},
                )
                said = self._session.api(f"uuid_bridge {self._leg} {staff}")
                if not said.startswith("+OK"):
                    self._set(socket_resume="true", careline_offer="")
            except BaseException:
                link.unwatch(self.id, follower.take)
                raise
            if not said.startswith("+OK"):
                link.unwatch(self.id, follower.take)
                return
            # Let the connection go at once, before they hear each other: the conversation needs no controller, whichever way
            # it goes the call comes back as a new connection, and this one, if it ended after that, would yank the call.
            self._session.hand_on()
            raise Talking

    def _whisper(self, offer: Offer, inbox: Inbox) -> bool:
        """Say to whoever accepted what they should know; whether they are still there afterwards."""
        if not offer.whisper:
            return True
        sound = arguments.sound(self._files_for_staff(offer.whisper))
        try:
            saying = self._carrier.link.execute("playback", sound, leg=arguments.leg(offer.id)).taken()
        except Refused:
            return False
        while True:
            event = inbox.get(60.0)
            if event is None:
                return True
            if event.get("Unique-ID") != offer.id:
                continue
            if event.name == "CHANNEL_HANGUP":
                return False
            if event.get("Application-UUID") == saying.id and event.name == "CHANNEL_EXECUTE_COMPLETE":
                return True

    def _set(self, **variables: str) -> None:
        self._expect_ok(
            self._session.api(f"uuid_setvar_multi {self._leg} {arguments.settings(variables)}"), "variables"
        )

    # -- recording

    def record(
        self, path: Path, *, most_seconds: float, silence_seconds: float = 5.0, terminators: str = "#"
    ) -> Recorded:
        """Record what the caller says, into a WAV file. A caller who hangs up ends it too."""
        self.answer()
        self.stop_music()
        path.parent.mkdir(parents=True, exist_ok=True)
        where, most = arguments.file(path.absolute()), arguments.number(most_seconds, 1, 7200)
        with _failures():
            # The switch hangs up a caller whose `record` is cut by a controller's death (measured; mod_dptools takes the
            # reset for a failure). So it is not cut: it runs to its end, which is near, and then the next dialplan action
            # brings the call to another controller.
            self._set(playback_terminators=arguments.keys(terminators) or "none", socket_resume="false")
            recording = self._session.execute(
                "record", f"{where} {most} 200 {arguments.number(silence_seconds, 1, 600)}", lasting=True
            )
            done = recording.wait(most_seconds + SOON)
            if not self._session.hung_up:
                self._set(playback_terminators="none", socket_resume="true")
        return self._recorded(path, done, most_seconds)

    def _recorded(self, path: Path, done: Message, most_seconds: float) -> Recorded:
        length = done.get("variable_record_ms")
        seconds = int(length) / 1000 if length.isdecimal() else 0.0
        if self._session.hung_up:
            return Recorded(path, seconds, "hang-up")
        key = done.get("variable_playback_terminator_used")
        if key:
            return Recorded(path, seconds, "key", key)
        return Recorded(path, seconds, "length" if seconds >= most_seconds - 0.5 else "silence")

    def set_recording(self, state: RecordingState, path: Path | None = None) -> None:
        """Record the whole call from here on (both sides), pause (silence, the timeline keeps), or stop."""
        mark = self.mark
        now = RecordingState(mark.recording_state)
        with _failures():
            if now is RecordingState.OFF and state is not RecordingState.OFF:
                if path is None:
                    raise CarrierFailed("no file to record to")
                path.parent.mkdir(parents=True, exist_ok=True)
                self.answer()
                mark.recording = arguments.file(path.absolute())
                self._set(RECORD_STEREO="true")
                self._record_command("start")
                now = RecordingState.ON
            for command in _RECORDING[now, state]:
                self._record_command(command)
        mark.recording_state = str(state)
        if state is RecordingState.OFF:
            mark.recording = None
        self.write_bookmark()

    def _record_command(self, command: str) -> None:
        # Masking needs exactly the path that recording began with.
        path = arguments.file(Path(self.mark.recording or ""))
        self._expect_ok(self._session.api(f"uuid_record {self._leg} {command} {path}"), "recording")

    @staticmethod
    def _expect_ok(said: str, what: str) -> None:
        if not said.startswith("+OK"):
            raise CarrierFailed(f"{what}: {said[:100]}")

    # -- the end

    def hang_up(self, reason: Literal["finished", "busy", "rejected"] = "finished") -> None:
        """End the call."""
        with _failures():
            try:
                with self._hearing() as inbox:
                    self._session.command(protocol.hangup(_CAUSES[reason]))
                    inbox.get(SOON)
            except CallerGone:
                pass  # as asked

    def to_backup_line(self) -> None:
        """Hand the caller to the backup line that the switch keeps for the number: the last resort."""
        place = arguments.extension("careline_backup", CONTEXT)
        with _failures():
            # Without this the switch would bring the call back to a controller as this connection ends.
            self._set(socket_resume="false")
            self._expect_ok(self._session.api(f"uuid_transfer {self._leg} {place}"), "the backup line")
        self._session.hand_on()


_CAUSES = {"finished": "NORMAL_CLEARING", "busy": "USER_BUSY", "rejected": "CALL_REJECTED"}

_RECORDING: dict[tuple[RecordingState, RecordingState], tuple[str, ...]] = {
    (RecordingState.OFF, RecordingState.OFF): (),
    (RecordingState.ON, RecordingState.ON): (),
    (RecordingState.ON, RecordingState.PAUSED): ("mask",),
    (RecordingState.ON, RecordingState.OFF): ("stop",),
    (RecordingState.PAUSED, RecordingState.ON): ("unmask",),
    (RecordingState.PAUSED, RecordingState.PAUSED): (),
    (RecordingState.PAUSED, RecordingState.OFF): ("stop",),
}


class _Follower:
    """Hears, on the link, when a conversation begins, and of a caller who hangs up in it, or just before."""

    def __init__(self, call: str, staff: str, carrier: Carrier, met: Callable[[], None] = lambda: None) -> None:
        self._call = call
        self._staff = staff
        self._carrier = carrier
        self._met = met
        self._begun = False

    def take(self, event: Message) -> None:
        if event.name == "CHANNEL_BRIDGE":
            self._begun = True
            gevent.spawn(self._joined, event.get("Event-Date-Timestamp"))
            gevent.spawn(self._met)
        elif event.name == "CHANNEL_HANGUP":
            self._carrier.link.unwatch(self._call, self.take)
            # True again: a controller has the call, and tells its end itself.
            if event.get("variable_socket_resume") != "true":
                gevent.spawn(self._carrier.ended, self._call, event.get("Hangup-Cause"))
                if not self._begun:
                    # Nobody else ends a leg that waits for somebody who never comes.
                    gevent.spawn(hang_up, self._carrier.link, self._staff, "NORMAL_CLEARING")

    def _joined(self, at: str) -> None:
        try:
            self._carrier.link.api(
                f"uuid_setvar {arguments.leg(self._call)} {JOINED} {arguments.number(int(at), 0, 1 << 62)}"
            )
        except (Disconnected, NoReply, ArgumentRefused, ValueError) as error:
            # The switch knows it to the second.
            log.warning("joining_not_noted", call=self._call, why=type(error).__name__)


@contextmanager
def _failures() -> Iterator[None]:
    """What the switch did not do, in a flow's words."""
    try:
        yield
    except (Refused, NoReply, Disconnected, ArgumentRefused, protocol.CommandRefused) as error:
        raise CarrierFailed(f"{type(error).__name__}: {error}") from error
