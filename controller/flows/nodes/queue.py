"""Let the caller wait in line until an agent answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.bookmark import Phase
from controller.calls.call import Call, CallerGone, Offer, Phone, Utterance
from controller.flows import document, providers
from controller.flows.calling_back import ToCallBack, Words
from controller.flows.clinic import Clinic
from controller.flows.document import Prompt, Ref
from controller.flows.languages import language_name
from controller.flows.registry import (
    FAILED,
    CheckContext,
    Ended,
    Exit,
    Family,
    Node,
    NodeFailed,
    Problem,
    Result,
    Severity,
    Undrawn,
)
from controller.flows.speech import Speech
from controller.flows.staff import Key, ShowCaller, Showing, Shown
from controller.flows.transfers import Sent
from controller.queues.announce import Announcement, Said
from controller.queues.called import CALLED, CalledBack
from controller.queues.line import NUMBER, Host, Leaving, Left, Line
from controller.queues.waiting import Outlook, Standing, Wish
from controller.texts import T, Text

USUAL_SECONDS = 180.0
"""How long an agent is taken to need for a call, where nothing is known of a queue's waits."""

_ELSEWHERE = (Leaving.CLOSED, Leaving.FULL, Leaving.NOBODY, Leaving.GONE)
"""Where a caller was not let into a queue: the next best is tried."""

_NEXT = Speech(text={"en": "You are next in line.", "es": "Usted es la siguiente persona en la fila."})
_PLACE = Speech(
    text={
        "en": "You are number {position:number} in line.",
        "es": "Usted es la persona número {position:number} en la fila.",
    }
)
_WAIT = {
    Said.LESS_THAN: Speech(
        text={
            "en": "You will wait less than {high:number} minutes.",
            "es": "Esperará menos de {high:number} minutos.",
        }
    ),
    Said.ABOUT: Speech(
        text={
            "en": "You will wait about {low:number} to {high:number} minutes.",
            "es": "Esperará de {low:number} a {high:number} minutos, aproximadamente.",
        }
    ),
    Said.MORE_THAN: Speech(
        text={
            "en": "You will wait more than {low:number} minutes.",
            "es": "Esperará más de {low:number} minutos.",
        }
    ),
}
_LONGER = Speech(
    text={
        "en": "We are sorry: it takes longer than we told you.",
        "es": "Lo sentimos: tardará más de lo que le dijimos.",
    }
)


def _comfort() -> tuple[Speech, ...]:
    return (
        Speech(
            text={
                "en": "Thank you for waiting. We will be with you as soon as we can.",
                "es": "Gracias por esperar. Le atenderemos lo antes posible.",
            }
        ),
    )


def _about() -> Speech:
    return Speech(
        text={
            "en": "{queue.name}. Waited {queue.waited:duration}. {queue.language}.",
            "es": "{queue.name}. Esperó {queue.waited:duration}. {queue.language}.",
        }
    )


class LeaveKey(BaseModel):
    """A key by which a caller stops waiting, and what it stands for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key = Field(default="", title="Key")
    label: str = Field(default="", max_length=60, title="What it is for", description="Shown to staff, not spoken.")


class Queue(Node):
    """Let the caller wait in line until an agent answers.

    With several queues, callers wait where they are answered soonest. Callers hear music, their place in line and how long they
    will wait, as far as that is known, and what you want them to hear in between. They may stop waiting by a key: say it in
    the texts. What whoever takes the call must be able to do, and how urgent it is, is set before (“Set”). Whoever answers hears
    what the call is about before they are put through; texts for them may say {queue.name}, {queue.waited:duration} and
    {queue.language}. After the conversation the call ends, unless “After the conversation” leads on.
    """

    kind: ClassVar = "queue"
    family: ClassVar = Family.CONNECT
    title: ClassVar = T("Queue")
    purpose: ClassVar = T("Callers wait in line until somebody is free.")
    icon: ClassVar = "users-group"
    everyday: ClassVar = True
    waits_for_caller: ClassVar = True
    said_to_staff: ClassVar[frozenset[str]] = frozenset({"about"})

    queues: tuple[Ref[document.Queue], ...] = Field(
        default=(), max_length=10, title="Queues", description="With several, callers wait where it is shortest."
    )
    care_team: bool = Field(
        default=False,
        title="The provider's care team",
        description="Whoever asked for a provider before (“Provider”) waits for the care team; the others in these queues.",
    )
    music: Ref[Prompt] = Field(
        default_factory=Ref[Prompt], title="Music", description="A recorded prompt; otherwise the usual music."
    )
    announce: bool = Field(
        default=True,
        title="Say place and wait",
        description="The place in line and how long it takes, as far as that is known.",
    )
    announce_every: int = Field(
        default=60, ge=20, le=600, title="Seconds until it is said again", description="Good news is said at once."
    )
    comfort: tuple[Speech, ...] = Field(
        default_factory=_comfort, max_length=10, title="Said in between", description="By turns, over the music."
    )
    comfort_every: int = Field(
        default=45, ge=15, le=600, title="Seconds of music", description="Until something is said in between."
    )
    callback: bool = Field(
        default=False,
        title="Offer to call back",
        description="Callers hang up, keep their place in line, and are called when it is their turn.",
    )
    callback_key: Key = Field(default="1", title="Key to be called back", description="It is said by itself.")
    callback_after: int = Field(
        default=180,
        ge=0,
        le=7200,
        title="Seconds of waiting from which it is offered",
        description="As far as the wait is known; otherwise to whoever has waited so long.",
    )
    keys: tuple[LeaveKey, ...] = Field(
        default=(),
        max_length=12,
        title="Keys to stop waiting",
        description="To leave a message, or for another choice. Say them in the texts.",
    )
    about: Speech = Field(
        default_factory=_about, title="What staff hear", description="Said to whoever answers: what the call is about."
    )
    show_caller: Showing = ShowCaller.INSIDE

    def opening(self) -> Speech | None:
        return None  # callers hear music first, and what is said then depends on the queue

    def exits(self) -> Sequence[Exit]:
        drawn = {choice.key: choice for choice in self.keys if choice.key}
        return [
            Exit("answered", T("After the conversation"), Undrawn.HANG_UP),
            Exit("nobody", T("Nobody there to answer"), Undrawn.CATCH_ALL),
            Exit("closed", T("Closed"), Undrawn.CATCH_ALL),
            Exit("full", T("Too many waiting"), Undrawn.CATCH_ALL),
            Exit("too_long", T("Waited too long"), Undrawn.CATCH_ALL),
            *([Exit("callback", T("To be called back"), Undrawn.HANG_UP)] if self.callback else []),
            *(Exit(key, _label(choice), words=_words(choice)) for key, choice in drawn.items()),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        left = Left(Leaving.GONE)
        for queue in self._best_first(call, clinic):
            left = self._line(call, clinic).run(queue)
            if left.why not in _ELSEWHERE:
                break
        return self._leave(call, clinic, left)

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        if phase.name == CALLED:
            return self._called_back(call, clinic, phase)
        return self._leave(call, clinic, self._line(call, clinic).resume(phase))

    def _called_back(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        """We have called a patient who kept a place: they are in line from when they want to talk."""
        words = Words(call, clinic)
        try:
            talks = CalledBack(call, clinic.queues.callbacks, words.told).ask(phase)
        except CallerGone:
            clinic.queues.gone(call.id)
            raise
        if not talks:
            call.hang_up()
            return Ended()
        standing = clinic.queues.standing(phase.detail["place"])
        if standing is None:
            raise LookupError("the place is gone")
        return self._leave(call, clinic, self._line(call, clinic).run(standing.queue))

    def _line(self, call: Call, clinic: Clinic) -> Line:
        return Line(call, clinic.queues, _Desk(self, call, clinic))

    def _leave(self, call: Call, clinic: Clinic, left: Left) -> str:
        if left.why is Leaving.CALLBACK:
            call.play(Words(call, clinic).kept(call.variables.get(NUMBER, ""), left.wait))
        if left.why is Leaving.GONE:
            raise NodeFailed(T("The queue is gone, none has been chosen, or the call was taken out of it."))
        return left.key if left.why is Leaving.KEY else left.why.value

    def _best_first(self, call: Call, clinic: Clinic) -> list[str]:
        """The queues by how soon an agent would answer; those that nobody answers now last."""
        wanted = call.variables.get(providers.QUEUE) if self.care_team else None
        ids = [wanted] if wanted else [ref.id for ref in self.queues if ref.id]
        if len(ids) < 2:
            return ids
        mark = call.mark
        outlooks = {
            id: clinic.queues.outlook(id, rank=mark.priority, required=mark.skills, preferred=mark.preferred)
            for id in ids
        }
        return sorted((id for id in ids if outlooks[id]), key=lambda id: _soonest(outlooks[id]))

    def variables(self) -> Iterable[str]:
        return ("queue.name", "queue.waited", "queue.language")

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        if self.care_team and not any(self.queues):
            return T("Wait for the provider's care team")
        called = [names.get("queue", {}).get(ref.id, ref.name) for ref in self.queues if ref]
        if len(called) > 1:
            return T("Wait where it is shortest: {queues}", queues=", ".join(called))
        return T("Wait in “{queue}”", queue=called[0]) if called else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node, clinic = context.node, context.clinic
        if not any(self.queues) and not self.care_team:
            yield Problem("no_queue", T("Choose the queue in which callers wait."), node, setting="queues")
        if self.care_team and not any(other.kind == "provider" for other in context.nodes.values()):
            text = T("No step asks for a provider. Draw a step “Provider” before, or switch this off.")
            yield Problem("no_provider_step", text, node, setting="care_team", severity=Severity.WARNING)
        for ref in self.queues:
            queue = clinic.queue(ref.id)
            if queue is None:
                continue  # said elsewhere
            teams = [clinic.team(team.team) or () for team in queue.teams]
            if not teams:
                text = T("No team answers the queue “{queue}”. Give it one.", queue=queue.name)
                yield Problem("queue_without_team", text, node, setting="queues")
            elif not any(person.phones for members in teams for person in members):
                text = T("Nobody in the teams of the queue “{queue}” has a phone. Add people to them.",
                         queue=queue.name)  # fmt: skip
                yield Problem("queue_without_people", text, node, setting="queues", severity=Severity.WARNING)
        for key, times in Counter(choice.key for choice in self.keys).items():
            if not key:
                text = T("A choice has no key. Give it one, or take it away.")
                yield Problem("choice_without_key", text, node, setting="keys")
            elif times > 1:
                text = T("Key {key} is given twice. Give one of the choices another key.", key=key)
                yield Problem("key_twice", text, node, exit=key, setting="keys")
        if self.callback and any(choice.key == self.callback_key for choice in self.keys):
            text = T("Key {key} is the one to be called back. Give the choice another key.", key=self.callback_key)
            yield Problem("callback_key_twice", text, node, exit=self.callback_key, setting="keys")
        if self.callback and not self.callback_key:
            text = T("Choose the key by which callers ask to be called back.")
            yield Problem("callback_without_key", text, node, setting="callback_key")
        if any(choice.key for choice in self.keys) and not any(self.comfort):
            text = T("Nothing tells callers which keys they may press. Say it in what they hear in between.")
            yield Problem("keys_unsaid", text, node, setting="comfort", severity=Severity.WARNING)


class _Desk(Host):
    """What the queue node says of a caller's wait."""

    def __init__(self, node: Queue, call: Call, clinic: Clinic) -> None:
        self._node, self._call, self._clinic = node, call, clinic
        self.keys = "".join(choice.key for choice in node.keys)
        self.announces = node.announce
        self.announces_every = float(node.announce_every)
        self.comforts_every = float(node.comfort_every)
        if node.callback and node.callback_key:
            self.callback = ToCallBack(call, clinic, node.callback_key, node.callback_after)
        prompt = clinic.prompt(node.music.id) if node.music else None
        if prompt is not None:
            recordings = prompt.recordings
            self.music = recordings.get(call.language) or next(iter(recordings.values()), None)

    def wish(self, queue: str) -> Wish:
        call, mark = self._call, self._call.mark
        known = self._clinic.queue(queue)
        call.variables["queue.name"] = known.name if known else ""
        sent = Sent.of(mark)
        return Wish(
            queue=queue,
            call=call.id,
            step=mark.step,
            caller=call.caller.number,
            caller_name=call.caller.name,
            language=call.language,
            location=call.location,
            rank=mark.priority,
            required=dict(mark.skills),
            preferred=dict(mark.preferred),
            test=call.test,
            **(sent.wish(mark) if sent else {}),
        )

    def phones(self, person: str) -> Sequence[Phone]:
        known = self._clinic.person(person)
        return known.phones if known else ()

    def offer(self, id: str, phone: Phone, seconds: float, standing: Standing) -> Offer:
        call = self._call
        waited = max(0.0, (call.now() - standing.joined_at).total_seconds())
        call.variables["queue.waited"] = str(round(waited))
        shown = Shown(call, self._clinic, self._node.about, self._node.show_caller)
        said_in = shown.language(phone)
        shown = replace(shown, also={"queue.language": language_name(call.language).render(said_in)})
        return shown.offer(id, phone, seconds, press_1=phone.kind == "outside")

    def wait_said(self, position: int | None, wait: Announcement | None) -> Sequence[Utterance]:
        also: dict[str, str] = {}
        said: list[Speech] = []
        if position is not None:
            said.append(_NEXT if position == 1 else _PLACE)
            also["position"] = str(position)
        if wait is not None:
            said += [_LONGER] if wait.longer_than_announced else []
            said.append(_WAIT[wait.said])
            also |= {"low": str(wait.low), "high": str(wait.high or "")}
        return [one for speech in said for one in speech.utter(self._call, self._clinic, also=also)]

    def comfort(self, turn: int) -> Sequence[Utterance]:
        texts = [speech for speech in self._node.comfort if speech]
        return texts[turn % len(texts)].utter(self._call, self._clinic) if texts else ()

    def accepted(self, person: str) -> None:
        self._clinic.answered(person, self._call.now())


def _soonest(outlook: Outlook | None) -> tuple[bool, float]:
    """To sort by: whether nobody answers now, then seconds of waiting."""
    if outlook is None or not outlook.open or not outlook.agents:
        return True, 0.0
    if outlook.free:
        return False, 0.0
    if outlook.wait is not None:
        return False, outlook.wait.mean
    return False, (outlook.waiting + 1) * USUAL_SECONDS / outlook.agents


def _words(choice: LeaveKey) -> Text:
    return (
        T("key {key} ({label})", key=choice.key, label=choice.label) if choice.label else T("key {key}", key=choice.key)
    )


def _label(choice: LeaveKey) -> Text:
    return T("{key}: {label}", key=choice.key, label=choice.label) if choice.label else T("Key {key}", key=choice.key)
