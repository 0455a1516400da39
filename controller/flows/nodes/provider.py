"""Bring the caller to a provider's care team: by what is known of them, by a menu of names, or by the letters they dial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from controller.calls.bookmark import Phase
from controller.calls.call import Call, Offer, Phone, Utterance
from controller.calls.ringing import Outcome, Plan, Ringing, Round
from controller.choices import Choices
from controller.flows import document, providers
from controller.flows.clinic import Clinic, ProviderAnswer
from controller.flows.document import Ref
from controller.flows.providers import COVER, ID, NAME, QUEUE
from controller.flows.registry import (
    FAILED,
    CheckContext,
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
from controller.flows.staff import ShowCaller, Showing, Shown
from controller.texts import T, Text

MENU_KEYS = "123456789"
OFFERED = 6
"""Providers whose names begin with what a caller dialled that are offered, one after another; more are too many to listen to."""
LONGEST_NAME = 12
"""Keys that may be dialled of a name."""

_CHOICE = Speech(
    text={"en": "For {provider.name}, press {key}.", "es": "Para {provider.name}, oprima el {key}."},
)
_RIGHT = Speech(
    text={
        "en": "{provider.name}. If that is right, press 1. For another one, press 2.",
        "es": "{provider.name}. Si es correcto, oprima el uno. Para otra persona, oprima el dos.",
    }
)


class By(Choices):
    """How the provider is found."""

    KNOWN = "known", T("by what is known of the caller")
    MENU = "menu", T("by a menu of names")
    LETTERS = "letters", T("by the letters of a name that the caller dials")


def _prompt() -> Speech:
    return Speech(
        text={
            "en": "Please dial the first letters of the last name, then the pound key.",
            "es": "Por favor, marque las primeras letras del apellido y después la tecla numeral.",
        }
    )


def _not_found() -> Speech:
    return Speech(
        text={
            "en": "Sorry, we did not find that name.",
            "es": "Disculpe, no encontramos ese nombre.",
        }
    )


def _found() -> Speech:
    return Speech(
        text={
            "en": "The care team of {provider.name} will help you.",
            "es": "Le atenderá el equipo de {provider.name}.",
        }
    )


def _covered() -> Speech:
    return Speech(
        text={
            "en": "{provider.name} is away. The care team of {provider.cover} will help you.",
            "es": "{provider.name} no está. Le atenderá el equipo de {provider.cover}.",
        }
    )


def _about() -> Speech:
    return Speech(
        text={"en": "The call that you expect.", "es": "La llamada que espera."},
    )


class Provider(Node):
    """Find out which provider the caller wants, and go on to the care team.

    Lead "Care team" to a step "Queue" in which "The provider's care team" is switched on: callers wait in the queue of the
    provider's care team, or while the provider is away in that of whoever covers. Nobody's own mobile is ever rung for callers.
    Only whom a provider expects ("put the hospital through to me until 3", on the provider's page or at Home) is put through
    to the provider's own phones, and reaches the care team when nobody answers there; whoever answers outside presses 1.
    With letters, callers dial a name as on a telephone's keys (2 is A, B or C); of several that fit, each is offered in turn.
    """

    kind: ClassVar = "provider"
    family: ClassVar = Family.CONNECT
    title: ClassVar = T("Provider")
    purpose: ClassVar = T("Callers reach the care team of the doctor or therapist they ask for.")
    icon: ClassVar = "stethoscope"
    waits_for_caller: ClassVar = True
    said_to_staff: ClassVar[frozenset[str]] = frozenset({"about"})

    by: By = Field(default=By.LETTERS, title="Found")
    providers: tuple[Ref[document.Provider], ...] = Field(
        default=(),
        max_length=200,
        title="Providers",
        description="For a menu, in the order of its keys. Otherwise only these, or, if empty, all.",
    )
    detail: Annotated[str, StringConstraints(pattern=r"^([A-Za-z_][A-Za-z0-9_.\-]{0,79})?$")] = Field(
        default="doctor",
        title="Where the name is found",
        description="A detail of the contact who calls, or something kept before.",
    )
    prompt: Speech = Field(
        default_factory=_prompt, title="What callers hear", description="To dial letters. Before a menu's names: below."
    )
    intro: Speech = Field(default_factory=Speech, title="Before the names of the menu")
    not_found: Speech = Field(default_factory=_not_found, title="When nobody is found")
    attempts: int = Field(default=2, ge=1, le=10, title="Attempts")
    first_seconds: float = Field(
        default=10, ge=2, le=120, title="Seconds to begin", description="From the end of the text to the first key."
    )
    between_seconds: float = Field(
        default=4, ge=1, le=60, title="Seconds between keys", description="Relay callers are slow: rather more."
    )
    found: Speech = Field(default_factory=_found, title="Before the care team")
    covered: Speech = Field(default_factory=_covered, title="Before the care team of whoever covers")
    about: Speech = Field(
        default_factory=_about, title="What the provider hears", description="Said when an expected call is answered."
    )
    ring_seconds: int = Field(
        default=20, ge=5, le=120, title="Seconds each phone rings", description="Of a provider who expects the call."
    )
    show_caller: Showing = ShowCaller.INSIDE

    def opening(self) -> Speech | None:
        if self.by is By.LETTERS:
            return self.prompt
        return self.intro if self.by is By.MENU and self.intro else None

    def exits(self) -> Sequence[Exit]:
        return [
            Exit("care_team", T("Care team")),
            Exit("nobody", T("Nobody found")),
            Exit("answered", T("After the conversation"), Undrawn.HANG_UP),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        for name in (ID, NAME, COVER, QUEUE):
            call.variables.pop(name, None)
        found = self._find(call, clinic)
        if found is None:
            return "nobody"
        call.variables[ID], call.variables[NAME] = found.id, _said(found)
        expected = providers.expects(found, call.caller.number, clinic, call.now())
        call.note("provider", provider=found.id, expected=expected.label if expected else None)
        if expected is None:
            return self._care_team(found, call, clinic)
        return self._put_through(found, call, clinic, None)

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        found = clinic.provider(call.variables.get(ID, ""))
        return self.run(call, clinic) if found is None else self._put_through(found, call, clinic, phase)

    def _put_through(self, found: ProviderAnswer, call: Call, clinic: Clinic, phase: Phase | None) -> Result:
        ringing = Ringing(call, _Phones(self, found, call, clinic))
        rung = ringing.run() if phase is None else ringing.resume(phase)
        return "answered" if rung.outcome is Outcome.TALKED else self._care_team(found, call, clinic)

    def _care_team(self, found: ProviderAnswer, call: Call, clinic: Clinic) -> Result:
        takes = providers.taken_by(found, clinic, call.now())
        if takes.queue is None:
            raise NodeFailed(T("{provider} has no care team's queue.", provider=takes.name))
        call.variables[QUEUE] = takes.queue
        call.variables[COVER] = _said(takes) if takes.id != found.id else ""
        said = self.found if takes.id == found.id else self.covered
        if utterances := said.utter(call, clinic):
            call.play(utterances)
        return "care_team"

    # -- finding

    def _choosable(self, clinic: Clinic) -> list[ProviderAnswer]:
        """The providers chosen here, or all."""
        ids = [ref.id for ref in self.providers if ref.id] or list(clinic.names("provider"))
        return [found for id in dict.fromkeys(ids) if (found := clinic.provider(id))]

    def _find(self, call: Call, clinic: Clinic) -> ProviderAnswer | None:
        choosable = self._choosable(clinic)
        if self.by is By.KNOWN:
            return self._known(choosable, call, clinic)
        ask = self._by_menu if self.by is By.MENU else self._by_letters
        before: list[Utterance] = []
        for _ in range(self.attempts):
            found = ask(choosable, before, call, clinic)
            if found is not None:
                return found
            before = self.not_found.utter(call, clinic)
        return None

    def _known(self, choosable: Sequence[ProviderAnswer], call: Call, clinic: Clinic) -> ProviderAnswer | None:
        contact = clinic.contact(call.caller.number)
        wanted = call.values().get(self.detail) or (contact.attributes.get(self.detail, "") if contact else "")
        return providers.named(wanted, choosable)

    def _by_menu(
        self, choosable: Sequence[ProviderAnswer], before: Sequence[Utterance], call: Call, clinic: Clinic
    ) -> ProviderAnswer | None:
        keys = dict(zip(MENU_KEYS, choosable, strict=False))
        said = [*before, *self.intro.utter(call, clinic)]
        for key, one in keys.items():
            said += _CHOICE.utter(call, clinic, also={NAME: _said(one), "key": key})
        pressed = call.collect(said, most=1, first_seconds=self.first_seconds, terminators="").keys
        return keys.get(pressed)

    def _by_letters(
        self, choosable: Sequence[ProviderAnswer], before: Sequence[Utterance], call: Call, clinic: Clinic
    ) -> ProviderAnswer | None:
        pressed = call.collect(
            [*before, *self.prompt.utter(call, clinic)],
            most=LONGEST_NAME,
            first_seconds=self.first_seconds,
            between_seconds=self.between_seconds,
            terminators="#",
        )
        fitting = providers.matches(pressed.keys, choosable)
        if len(fitting) <= 1:
            return fitting[0] if fitting else None
        for one in fitting[:OFFERED]:
            said = _RIGHT.utter(call, clinic, also={NAME: _said(one)})
            if call.collect(said, most=1, first_seconds=self.first_seconds, terminators="").keys == "1":
                return one
        return None

    # -- what is told of it

    def variables(self) -> Iterable[str]:
        return (NAME, COVER)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        chosen = [names.get("provider", {}).get(ref.id, ref.name) for ref in self.providers if ref]
        if self.by is By.MENU and chosen:
            keyed = [f"{key}: {name}" for key, name in zip(MENU_KEYS, chosen, strict=False)]
            return T("Press {choices}", choices=" · ".join(keyed))
        return T("Found {how}", how=self.by.words)

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node, clinic = context.node, context.clinic
        if self.by is By.MENU and not any(self.providers):
            text = T("The menu has no names. Choose the providers that callers may choose from.")
            yield Problem("no_providers", text, node, setting="providers")
        if self.by is By.MENU and len(self.providers) > len(MENU_KEYS):
            text = T("A menu can have nine names at most. Let callers dial letters instead, or make two menus.")
            yield Problem("too_many_providers", text, node, setting="providers")
        if self.by is By.KNOWN and not self.detail:
            text = T("Say where the provider's name is found.")
            yield Problem("no_detail", text, node, setting="detail")
        choosable = self._choosable(clinic)
        if not choosable and not any(self.providers):
            text = T("There are no providers yet. Add them on the page “Providers”.")
            yield Problem("no_providers", text, node, setting="providers")
        without = [one.name for one in choosable if one.queue is None]
        if without:
            text = T("No care team's queue, so callers who ask for them fail: {names}. Choose one on their page.",
                     names=", ".join(without))  # fmt: skip
            yield Problem("provider_without_queue", text, node, setting="providers", severity=Severity.WARNING)


def _said(provider: ProviderAnswer) -> str:
    return provider.spoken or provider.name


class _Phones(Plan):
    """A provider's own phones, one after another, while they expect the call."""

    def __init__(self, node: Provider, provider: ProviderAnswer, call: Call, clinic: Clinic) -> None:
        self._call, self._clinic = call, clinic
        self._seconds = float(node.ring_seconds)
        self._shown = Shown(call, clinic, node.about, node.show_caller)
        self._person = clinic.person(provider.person) if provider.person else None

    def rounds(self, cycle: int) -> Sequence[Round]:
        if self._person is None or not self._person.available:
            return []
        return [Round((phone,), self._seconds) for phone in self._person.phones]

    def phones(self) -> Iterable[Phone]:
        return self._person.phones if self._person else ()

    def offer(self, id: str, phone: Phone, seconds: float) -> Offer:
        return self._shown.offer(id, phone, seconds, press_1=phone.kind == "outside")

    def accepted(self, phone: Phone) -> None:
        if phone.person:
            self._clinic.answered(phone.person, self._call.now())
