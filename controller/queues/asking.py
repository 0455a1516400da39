"""Asking a caller in line where they want to be called back: what each key means. Pure: says what is to be said next.

They stay in line, with music, while they are asked: whoever is free meanwhile is rung for them as ever.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from controller.calls.call import Utterance
from controller.queues.waiting import Standing

KEYS = "0123456789*#"
"""What a caller who is being asked may press."""
YES, ANOTHER, CANCEL, STAY = "1", "2", "3", "*"
FIRST_SECONDS = 25.0
"""Seconds after something was said, a part of which it takes to say it, until it is said again; and then they stay in line."""
BETWEEN_SECONDS = 5.0
"""Seconds after a digit after which the number is taken to be complete."""
SHORTEST, LONGEST = 7, 20
"""Digits of a number as it is typed."""
TYPED_WRONG = 3
"""So often a number may be typed that cannot be called."""


class Callback(ABC):
    """What whoever lets a call wait says of calling back. `key`: by which callers ask for it."""

    key: str = ""

    @abstractmethod
    def offered(self, standing: Standing, waited: float) -> bool:
        """Whether somebody who stands there, and has waited so many seconds, is offered it now."""

    @abstractmethod
    def offer_said(self) -> Sequence[Utterance]:
        """That they may press the key."""

    @abstractmethod
    def own_number(self) -> str | None:
        """The number they call from, in E.164, when it can be called."""

    @abstractmethod
    def dialable(self, typed: str) -> str | None:
        """What they typed in E.164, when it can be called."""

    @abstractmethod
    def kept(self, number: str) -> str | None:
        """The place that is kept already for a number."""

    @abstractmethod
    def withdraw(self, place: str) -> None:
        """They do not want to be called for it any more."""

    @abstractmethod
    def asks(self, question: Question, number: str) -> Sequence[Utterance]:
        """The words of a question."""

    @abstractmethod
    def sealed(self, number: str) -> str:
        """Where the call stands in its flow, for whoever calls back at this number."""


class Question(Enum):
    """What a caller is asked or told."""

    THIS_NUMBER = auto()
    """Whether this is the number."""
    TYPE = auto()
    """To type a number, and # after it."""
    TYPE_AGAIN = auto()
    """The same, since the one typed cannot be called."""
    KEPT = auto()
    """A place is kept already: leave it so, or cancel it."""
    CANCELLED = auto()
    """It is cancelled; they are in line still."""
    STAYS = auto()
    """They stay in line."""


@dataclass(frozen=True)
class Step:
    """What comes next. `asked`: what is to be said; `over`: they are not being asked any more; `number`: where they are to be
    called back, which they have confirmed."""

    asked: Question | None = None
    over: bool = False
    number: str = ""


class Asking:
    """One caller being asked. `number`: the one that it is about now. `place`: kept for it already."""

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self.number = callback.own_number() or ""
        self._place = callback.kept(self.number) if self.number else None
        self._typed = ""
        self._wrong = 0
        self._again = False
        """What was asked last has been said twice."""
        self.asked = Question.KEPT if self._place else Question.THIS_NUMBER if self.number else Question.TYPE

    def begin(self) -> Step:
        """The first question."""
        return Step(self.asked)

    @property
    def patience(self) -> float:
        """Seconds after which `idle` is to be asked, if no key comes."""
        return BETWEEN_SECONDS if self._typed else FIRST_SECONDS

    def press(self, key: str) -> Step:
        """They have pressed a key."""
        self._again = False
        if key == STAY:
            return self._stay()
        if self.asked in (Question.TYPE, Question.TYPE_AGAIN):
            return self._type(key)
        if self.asked is Question.KEPT and key == CANCEL and self._place:
            self._callback.withdraw(self._place)
            return Step(Question.CANCELLED, over=True)
        if key == YES:
            return Step(over=True, number=self.number)
        if key == ANOTHER:
            return self._ask(Question.TYPE)
        return Step(self.asked)

    def idle(self) -> Step:
        """No key has come."""
        if self._typed:
            return self._complete()
        if self._again:
            return self._stay()
        self._again = True
        return Step(self.asked)

    def _type(self, key: str) -> Step:
        if key == "#":
            return self._complete()
        self._typed += key
        return self._complete() if len(self._typed) >= LONGEST else Step()

    def _complete(self) -> Step:
        typed, self._typed = self._typed, ""
        number = self._callback.dialable(typed) if len(typed) >= SHORTEST else None
        if number is None:
            self._wrong += 1
            return self._stay() if self._wrong >= TYPED_WRONG else self._ask(Question.TYPE_AGAIN)
        self.number = number
        self._place = self._callback.kept(number)
        return self._ask(Question.KEPT if self._place else Question.THIS_NUMBER)

    def _ask(self, question: Question) -> Step:
        self.asked = question
        return Step(question)

    @staticmethod
    def _stay() -> Step:
        return Step(Question.STAYS, over=True)
