"""What an agent may be doing, and what moves them from one to the next. Pure: the time is passed in.

| from | by | to |
|---|---|---|
| signed out | `sign_in` | available |
| available | `offered` | offered |
| offered | `accepted` | talking |
| | `missed`, `declined`, `unreachable` | available, or set aside when it was one too many in a row |
| | `busy` | busy |
| | `freed` (the caller went, another accepted) | available |
| talking | `talked` | wrap-up; without one, what they chose for after the call, or available |
| | `freed` (they never heard each other) | available |
| wrap-up | `more_time` | wrap-up still, with a later deadline |
| wrap-up, set aside, busy | `over` (the deadline), `ready` | what they chose for after the call, or available |
| any but talking | `sign_out`, `pause` | signed out, paused; whoever is being rung is rung no more |
| talking | `sign_out`, `pause` | talking still: it is what they go to after the call and its wrap-up |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from controller.queues.rules import QueueRules
from controller.queues.states import AgentMode, Told

BETWEEN = frozenset({AgentMode.WRAP_UP, AgentMode.SET_ASIDE, AgentMode.BUSY})
"""Modes that are over by themselves at their deadline."""
LONGEST_WRAP_UP = timedelta(hours=1)
"""However often more time is asked for."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What an agent is doing (store.models.Agent has the words for each). Every method returns what they do next."""

    mode: AgentMode
    since: datetime
    idle_since: datetime
    deadline_at: datetime | None = None
    reason: str = ""
    then: AgentMode | None = None
    then_reason: str = ""
    told: Told | None = None
    phone_id: str | None = None
    offer_id: str | None = None
    entry_id: str | None = None
    calls: int = 0
    day: date | None = None
    misses: int = 0

    @classmethod
    def signed_out(cls, now: datetime) -> Doing:
        """Somebody who has never signed in."""
        return cls(AgentMode.SIGNED_OUT, since=now, idle_since=now)

    def calls_on(self, today: date) -> int:
        """How many they have taken today."""
        return self.calls if self.day == today else 0

    # -- what agents say themselves, or a supervisor for them

    def sign_in(self, now: datetime) -> Doing:
        """Take calls from now on. Whoever was to be signed out after the call stays."""
        if self.mode is AgentMode.SIGNED_OUT:
            return self._in(AgentMode.AVAILABLE, now, idle_since=now, misses=0)
        return replace(self, then=None, then_reason="") if self.then is AgentMode.SIGNED_OUT else self

    def sign_out(self, now: datetime) -> Doing:
        """Take no more calls: at once, or after the one in hand."""
        return self._away(AgentMode.SIGNED_OUT, "", now)

    def pause(self, reason: str, now: datetime) -> Doing:
        """No calls for a while: from now, or after the one in hand. Nothing for whoever is signed out."""
        return self if self.mode is AgentMode.SIGNED_OUT else self._away(AgentMode.PAUSED, reason, now)

    def ready(self, now: datetime) -> Doing:
        """Take calls again, before the pause, the wrap-up or the time set aside is over."""
        if self.mode in BETWEEN or self.mode is AgentMode.PAUSED:
            return self._in(AgentMode.AVAILABLE, now, idle_since=now, misses=0)
        if self.mode is AgentMode.TALKING and self.then is not None:
            return replace(self, then=None, then_reason="")
        return self

    def using(self, phone: str | None) -> Doing:
        """Where they want to be rung; None: on their phones, in order."""
        return replace(self, phone_id=phone)

    # -- what calls do to them

    def offered(self, offer: str, entry: str, until: datetime, now: datetime) -> Doing:
        """They are being rung."""
        return self._in(AgentMode.OFFERED, now, deadline_at=until, offer_id=offer, entry_id=entry)

    def accepted(self, now: datetime, today: date) -> Doing:
        """They take the call that they are being rung for. `today`: where the clinic is."""
        calls = self.calls_on(today) + 1
        return replace(self, mode=AgentMode.TALKING, since=now, deadline_at=None, misses=0, calls=calls, day=today)

    def refused(self, why: Told, rules: QueueRules, now: datetime) -> Doing:
        """They did not take it. Whoever was one too many times in a row not there is set aside, and told why; anybody else goes
        behind those who have waited for a call. A busy phone is nobody's fault."""
        if why is Told.BUSY:
            until = now + timedelta(seconds=rules.set_aside_seconds)
            return self._in(AgentMode.BUSY, now, deadline_at=until, told=why)
        misses = self.misses + 1
        if misses >= rules.misses:
            until = now + timedelta(seconds=rules.set_aside_seconds)
            return self._in(AgentMode.SET_ASIDE, now, deadline_at=until, told=why, misses=misses)
        return self._in(AgentMode.AVAILABLE, now, idle_since=now, told=why, misses=misses)

    def freed(self, now: datetime) -> Doing:
        """Through no fault of theirs the call is none: they are where they were, as long idle as they were."""
        return self._settled(now) if self.then is not None else self._in(AgentMode.AVAILABLE, now)

    def talked(self, wrap_up: int, now: datetime) -> Doing:
        """The conversation is over. `wrap_up`: seconds of after-call work."""
        if wrap_up <= 0:
            return self._settled(now)
        until = now + timedelta(seconds=wrap_up)
        return self._in(
            AgentMode.WRAP_UP,
            now,
            deadline_at=until,
            then=self.then,
            then_reason=self.then_reason,
            entry_id=self.entry_id,
        )

    def more_time(self, seconds: int, now: datetime) -> Doing:
        """After-call work takes longer: so many seconds more than there are left, up to an hour in all."""
        if self.mode is not AgentMode.WRAP_UP:
            return self
        until = max(self.deadline_at or now, now) + timedelta(seconds=seconds)
        return replace(self, deadline_at=min(until, self.since + LONGEST_WRAP_UP))

    def over(self, now: datetime) -> Doing:
        """The deadline has passed of what is over by itself."""
        return self._settled(now) if self.mode in BETWEEN else self

    # -- a call of their own, outside the queues

    def own_call(self, until: datetime, now: datetime) -> Doing:
        """They are on the telephone: no calls are offered, `until` at the latest. Nothing for whoever is not available."""
        return self._in(AgentMode.BUSY, now, deadline_at=until) if self.mode is AgentMode.AVAILABLE else self

    # --

    @property
    def rung(self) -> bool:
        """Whether their phone is ringing for a caller in line."""
        return self.mode is AgentMode.OFFERED

    def _away(self, where: AgentMode, reason: str, now: datetime) -> Doing:
        if self.mode is AgentMode.TALKING:
            return replace(self, then=where, then_reason=reason)
        if self.mode is where and self.reason == reason:
            return self
        return self._in(where, now, reason=reason)

    def _settled(self, now: datetime) -> Doing:
        """After a call: what they chose, or available."""
        if self.then is None:
            return self._in(AgentMode.AVAILABLE, now, idle_since=now)
        return self._in(self.then, now, reason=self.then_reason)

    def _in(
        self,
        mode: AgentMode,
        now: datetime,
        *,
        deadline_at: datetime | None = None,
        idle_since: datetime | None = None,
        reason: str = "",
        then: AgentMode | None = None,
        then_reason: str = "",
        told: Told | None = None,
        offer_id: str | None = None,
        entry_id: str | None = None,
        misses: int | None = None,
    ) -> Doing:
        return replace(
            self,
            mode=mode,
            since=now,
            idle_since=self.idle_since if idle_since is None else idle_since,
            deadline_at=deadline_at,
            reason=reason,
            then=then,
            then_reason=then_reason,
            told=told,
            offer_id=offer_id,
            entry_id=entry_id,
            misses=self.misses if misses is None else misses,
        )
