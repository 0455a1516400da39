"""Let the caller leave a message in a mailbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from controller.calls.bookmark import Phase
from controller.calls.call import Call, CallerGone, CarrierFailed, Recorded, Utterance
from controller.flows.clinic import Clinic, MailboxAnswer
from controller.flows.document import Mailbox, Ref
from controller.flows.registry import FAILED, CheckContext, Exit, Family, Node, NodeFailed, Problem, Result, Undrawn
from controller.flows.speech import Speech
from controller.texts import T, Text
from controller.voice.messages import inspect

RECORDING, REVIEW, RECORDED = "recording", "review", "recorded"
"""The phases: a take is being recorded; the caller is asked what to do with it; it is to be put in the mailbox."""

TRIES = 3
"""How often a caller is asked to speak before "No message"; and takes they may have."""

_GREETING = Speech(
    text={"en": "Please leave a message after the tone.", "es": "Por favor, deje su mensaje después del tono."}
)
_AGAIN = Speech(
    text={
        "en": "We were interrupted. Please say your message again after the tone.",
        "es": "Se interrumpió la grabación. Por favor, repita su mensaje después del tono.",
    }
)


def _too_short() -> Speech:
    return Speech(text={"en": "We did not hear a message.", "es": "No hemos oído ningún mensaje."})


def _review() -> Speech:
    return Speech(
        text={
            "en": "To send your message, press 1. To record it again, press 2. If it is urgent, press 3.",
            "es": "Para enviar su mensaje, oprima el uno. Para grabarlo de nuevo, oprima el dos. Si es urgente, oprima el tres.",
        }
    )


def _thanks() -> Speech:
    return Speech(text={"en": "Thank you. We have your message.", "es": "Gracias. Hemos recibido su mensaje."})


@dataclass
class _Takes:
    """What has been recorded so far: the phase's detail. `kept`: number and seconds of the take worth keeping."""

    number: int = 0
    kept: int | None = None
    seconds: float = 0.0
    tries: int = 0
    urgent: bool = False

    def detail(self) -> dict[str, Any]:
        return asdict(self)


class Voicemail(Node):
    """Let the caller leave a message.

    Callers hear the greeting (the mailbox's own, unless you give one here) and a tone, and end with the # key, by hanging up
    or by falling silent. A message is kept however it ends, also when the caller hangs up; what is shorter than the least
    is not. With "Callers may check it" they can record it again or mark it urgent.
    """

    kind: ClassVar = "voicemail"
    family: ClassVar = Family.TALK
    title: ClassVar = T("Voicemail")
    purpose: ClassVar = T("Callers leave a message.")
    icon: ClassVar = "microphone"
    everyday: ClassVar = True
    waits_for_caller: ClassVar = True

    mailbox: Ref[Mailbox] = Field(default_factory=Ref[Mailbox], title="Mailbox")
    greeting: Speech = Field(
        default_factory=Speech, title="Greeting", description="When empty, callers hear the mailbox's own."
    )
    least_seconds: float = Field(default=2, ge=0, le=30, title="Shortest message, in seconds")
    most_seconds: int | None = Field(
        default=None,
        ge=10,
        le=1800,
        title="Longest message, in seconds",
        description="When empty, as the mailbox says.",
    )
    silence_seconds: float = Field(
        default=5, ge=2, le=30, title="Seconds of silence that end it", description="Rather more for slow speakers."
    )
    review: bool = Field(default=False, title="Callers may check it", description="Send, record again, mark as urgent.")
    too_short: Speech = Field(default_factory=_too_short, title="When nothing is heard")
    review_text: Speech = Field(default_factory=_review, title="When callers may check it")
    thanks: Speech = Field(default_factory=_thanks, title="At the end")

    def opening(self) -> Speech | None:
        return self.greeting or None  # the mailbox's own otherwise

    def exits(self) -> Sequence[Exit]:
        urgent = [Exit("urgent", T("Marked as urgent"), Undrawn.HANG_UP)] if self.review else []
        return [
            Exit("left", T("Message left"), Undrawn.HANG_UP),
            *urgent,
            Exit("no_message", T("No message"), Undrawn.HANG_UP),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        box = self._box(clinic)
        call.play(self._greeting(call, clinic, box))
        return self._to_the_end(call, clinic, box, _Takes(), RECORDING)

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        box, takes = self._box(clinic), _Takes(**phase.detail)
        if phase.name == RECORDING:
            # The take was cut when the other controller went. What there is of it is kept in case nothing better comes.
            cut = inspect(_path(call, clinic, takes.number))
            if cut.seconds >= self.least_seconds and not cut.empty:
                takes.kept, takes.seconds = takes.number, cut.seconds
            takes.number += 1
            call.note("recording interrupted", seconds=round(cut.seconds, 1))
        return self._to_the_end(call, clinic, box, takes, phase.name, interrupted=phase.name == RECORDING)

    def _to_the_end(
        self, call: Call, clinic: Clinic, box: MailboxAnswer, takes: _Takes, phase: str, interrupted: bool = False
    ) -> Result:
        """From a phase on. A caller who hangs up leaves what has been kept so far."""
        try:
            if interrupted:
                call.play(_AGAIN.utter(call, clinic))
            while phase != RECORDED:
                if phase == RECORDING:
                    self._record(call, clinic, box, takes)
                    if takes.kept is None:
                        return "no_message"
                phase = self._ask(call, clinic, takes) if self.review else RECORDED
            call.phase(RECORDED, **takes.detail())
        except (CallerGone, CarrierFailed):
            if takes.kept is not None:
                self._leave(call, clinic, box, takes)
            raise
        self._leave(call, clinic, box, takes)
        said = self.thanks.utter(call, clinic)
        if said:
            call.play(said)
        return "urgent" if takes.urgent and self.review else "left"

    def _record(self, call: Call, clinic: Clinic, box: MailboxAnswer, takes: _Takes) -> None:
        """Record until there is something worth keeping, or the caller has been asked often enough.

        Raises CallerGone when the caller hung up, with what they said until then kept.
        """
        while True:
            call.phase(RECORDING, **takes.detail())
            call.play([Utterance(call.language, "", clinic.beep())])
            recorded = call.record(
                _path(call, clinic, takes.number),
                most_seconds=self.most_seconds or box.most_seconds,
                silence_seconds=self.silence_seconds,
            )
            call.note("recorded", seconds=round(recorded.seconds, 1), ended=recorded.ended)
            worth = self._worth_keeping(recorded)
            if worth:
                takes.kept, takes.seconds = takes.number, recorded.seconds
            takes.number += 1
            takes.tries += 1
            if recorded.ended == "hang-up":
                raise CallerGone("hung up while leaving a message")
            if worth or takes.tries >= TRIES:
                return
            said = self.too_short.utter(call, clinic)
            call.play([*said, *_GREETING.utter(call, clinic)])

    def _worth_keeping(self, recorded: Recorded) -> bool:
        if recorded.seconds < self.least_seconds:
            return False
        only_silence = recorded.ended == "silence" and recorded.seconds < self.silence_seconds + self.least_seconds
        # Where the switch's files cannot be seen from here, the length is all there is to go by.
        return not (only_silence and recorded.path.is_file() and inspect(recorded.path).silent)

    def _ask(self, call: Call, clinic: Clinic, takes: _Takes) -> str:
        """What the caller wants done with the message: the phase to go on with."""
        call.phase(REVIEW, **takes.detail())
        pressed = call.collect(self.review_text.utter(call, clinic), most=1, first_seconds=6, terminators="")
        call.note("review", key=pressed.keys)
        if pressed.keys == "2" and takes.tries < TRIES:
            call.play(_GREETING.utter(call, clinic))
            return RECORDING
        takes.urgent = pressed.keys == "3"
        return RECORDED

    def _leave(self, call: Call, clinic: Clinic, box: MailboxAnswer, takes: _Takes) -> None:
        assert takes.kept is not None
        clinic.leave_message(
            mailbox=box.id,
            call=call.id,
            step=call.mark.step,
            path=_path(call, clinic, takes.kept),
            seconds=takes.seconds,
            at=call.now(),
            caller=call.caller.number,
            caller_name=call.caller.name,
            language=call.language,
            urgent=takes.urgent,
        )
        call.note("message left", mailbox=box.id, seconds=round(takes.seconds, 1), urgent=takes.urgent)

    def _box(self, clinic: Clinic) -> MailboxAnswer:
        box = clinic.mailbox(self.mailbox.id) if self.mailbox else None
        if box is None:
            raise NodeFailed(T("The mailbox is gone, or none has been chosen."))
        return box

    def _greeting(self, call: Call, clinic: Clinic, box: MailboxAnswer) -> list[Utterance]:
        """The node's own, the mailbox's in the caller's language or another, or the plain one."""
        own = self.greeting.utter(call, clinic)
        if own:
            return own
        language = call.language
        if language not in box.greeting and language not in box.recordings:
            language = next(iter([*box.greeting, *box.recordings]), "")
        text, recording = box.greeting.get(language, ""), box.recordings.get(language)
        if text.strip() or recording:
            return [Utterance(language, text, recording)]
        return _GREETING.utter(call, clinic)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        name = names.get("mailbox", {}).get(self.mailbox.id, self.mailbox.name)
        return T("Message for {mailbox}", mailbox=name) if name else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if not self.mailbox:
            yield Problem("no_mailbox", T("Choose the mailbox."), context.node, setting="mailbox")


def _path(call: Call, clinic: Clinic, take: int) -> Path:
    """Where a take is recorded; a later one never overwrites what an earlier one has kept."""
    path = clinic.message_path(call.id, call.mark.step)
    return path if take == 0 else path.with_stem(f"{path.stem}-{take}")
