"""Calling back, as flows have it: what callers in line are asked, and what a patient who is called back hears. No word of it says
what a call is about: whoever answers a patient's telephone hears it.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.calls.call import Call, Utterance
from controller.dialling import NotDialable, costly
from controller.flows.clinic import Clinic
from controller.flows.speech import Speech
from controller.queues.announce import Announcement, Said
from controller.queues.asking import Callback, Question
from controller.queues.called import Told, held_for
from controller.queues.waiting import Standing

_WAIT_FOR_CALL = {
    Said.LESS_THAN: Speech(
        text={"en": "That will be in less than {high:number} minutes.", "es": "Será en menos de {high:number} minutos."}
    ),
    Said.ABOUT: Speech(
        text={
            "en": "That will be in about {low:number} to {high:number} minutes.",
            "es": "Será dentro de {low:number} a {high:number} minutos, aproximadamente.",
        }
    ),
    Said.MORE_THAN: Speech(
        text={
            "en": "That will be in more than {low:number} minutes.",
            "es": "Será dentro de más de {low:number} minutos.",
        }
    ),
}
_OFFERED = Speech(
    text={
        "en": "If you would rather be called back, without losing your place, press {key}.",
        "es": "Si prefiere que le llamemos, sin perder su lugar, oprima {key}.",
    }
)
_ASKED = {
    Question.THIS_NUMBER: Speech(
        text={
            "en": "We will call you at {number:phone}. If that is right, press 1. For another number, press 2. "
            "To stay on the line, press star.",
            "es": "Le llamaremos al {number:phone}. Si es correcto, oprima 1. Para otro número, oprima 2. "
            "Para seguir en la línea, oprima asterisco.",
        }
    ),
    Question.TYPE: Speech(
        text={
            "en": "Type the number at which we can call you, with its area code, and then the pound key.",
            "es": "Marque el número al que podemos llamarle, con su código de área, y después la tecla numeral.",
        }
    ),
    Question.TYPE_AGAIN: Speech(
        text={
            "en": "We cannot call that number. Type it again, with its area code, and then the pound key; "
            "or press star to stay on the line.",
            "es": "No podemos llamar a ese número. Márquelo otra vez, con su código de área, y después la tecla numeral; "
            "o bien oprima asterisco para seguir en la línea.",
        }
    ),
    Question.KEPT: Speech(
        text={
            "en": "We keep a place for you already, and will call you at {number:phone}. To leave it so, press 1. "
            "To cancel it, press 3. To stay on the line, press star.",
            "es": "Ya le guardamos un lugar, y le llamaremos al {number:phone}. Para dejarlo así, oprima 1. "
            "Para cancelarlo, oprima 3. Para seguir en la línea, oprima asterisco.",
        }
    ),
    Question.CANCELLED: Speech(
        text={
            "en": "We will not call you. Please stay on the line.",
            "es": "No le llamaremos. Por favor, siga en la línea.",
        }
    ),
    Question.STAYS: Speech(text={"en": "Please stay on the line.", "es": "Por favor, siga en la línea."}),
}
_KEPT = Speech(
    text={
        "en": "You keep your place in line, and we will call you at {number:phone}.",
        "es": "Usted conserva su lugar en la fila, y le llamaremos al {number:phone}.",
    }
)
_GOODBYE = Speech(text={"en": "Thank you. Goodbye.", "es": "Gracias. Adiós."})
_TOLD = {
    Told.WHO_CALLS: Speech(
        text={
            "en": "This is {clinic}. You asked us to call you. To talk with us now, press 1. To be called later, press 2. "
            "If you no longer want to be called, press 3.",
            "es": "Le llamamos de {clinic}. Usted nos pidió que le llamáramos. Para hablar ahora, oprima 1. "
            "Para que le llamemos más tarde, oprima 2. Si ya no quiere que le llamemos, oprima 3.",
        }
    ),
    Told.MOMENT: Speech(
        text={
            "en": "Thank you. One moment, please: somebody is about to take your call.",
            "es": "Gracias. Un momento, por favor: enseguida le atienden.",
        }
    ),
    Told.LATER: Speech(text={"en": "We will call you later. Goodbye.", "es": "Le llamaremos más tarde. Adiós."}),
    Told.CANCELLED: Speech(text={"en": "We will not call you again. Goodbye.", "es": "No le llamaremos más. Adiós."}),
    Told.TOO_LATE: Speech(
        text={
            "en": "We are sorry, we cannot put you through now. Please call us. Goodbye.",
            "es": "Lo sentimos, ahora no podemos comunicarle. Por favor, llámenos. Adiós.",
        }
    ),
}
_CLINIC = Speech(text={"en": "your clinic", "es": "su clínica"})


class Words:
    """The words, in the language that a call is spoken to in."""

    def __init__(self, call: Call, clinic: Clinic) -> None:
        self._call, self._clinic = call, clinic

    def _said(self, *speeches: Speech, **places: str) -> list[Utterance]:
        return [one for speech in speeches for one in speech.utter(self._call, self._clinic, also=places)]

    def offered(self, key: str) -> Sequence[Utterance]:
        """That they may ask to be called back."""
        return self._said(_OFFERED, key=key)

    def asked(self, question: Question, number: str) -> Sequence[Utterance]:
        """A question about it."""
        return self._said(_ASKED[question], number=number)

    def kept(self, number: str, wait: Announcement | None) -> Sequence[Utterance]:
        """That the place is kept, and when and where they are called: the last that they hear."""
        figures = {"low": str(wait.low), "high": str(wait.high or "")} if wait else {}
        when = [_WAIT_FOR_CALL[wait.said]] if wait else []
        return self._said(_KEPT, *when, _GOODBYE, number=number, **figures)

    def told(self, told: Told) -> Sequence[Utterance]:
        """What a patient hears who is called back."""
        place = self._clinic.location(self._call.location) if self._call.location else None
        name = place.name if place else _CLINIC.text.get(self._call.language, _CLINIC.text["en"])
        return self._said(_TOLD[told], clinic=name)


class ToCallBack(Callback):
    """What callers in line are told of being called back, and where they can be."""

    def __init__(self, call: Call, clinic: Clinic, key: str, after: float) -> None:
        """`after`: seconds of waiting from which it is offered."""
        self._call, self._clinic, self._after = call, clinic, after
        self._words = Words(call, clinic)
        self.key = key

    def offered(self, standing: Standing, waited: float) -> bool:
        expected = standing.wait.mean if standing.wait else 0.0
        return max(expected, waited) >= self._after and self._clinic.queues.callbacks.allowed(standing.queue)

    def offer_said(self) -> Sequence[Utterance]:
        return self._words.offered(self.key)

    def own_number(self) -> str | None:
        return self.dialable(self._call.caller.number or "")

    def dialable(self, typed: str) -> str | None:
        try:
            number = self._clinic.outside_number(typed, self._call.location)
        except NotDialable:
            return None
        return None if costly(number) else number

    def kept(self, number: str) -> str | None:
        entry = self._call.mark.entry
        standing = self._clinic.queues.standing(entry) if entry else None
        place = self._clinic.queues.callbacks.kept(standing.queue, number) if standing else None
        return place if place != entry else None

    def withdraw(self, place: str) -> None:
        self._clinic.queues.callbacks.withdraw(place)

    def asks(self, question: Question, number: str) -> Sequence[Utterance]:
        return self._words.asked(question, number)

    def sealed(self, number: str) -> str:
        return self._call.sealed_for(held_for(number))
