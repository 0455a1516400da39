"""Two legs that hear each other: `uuid_bridge`, and the `bridge` application."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from controller.practice.sound import FOR_EVER

if TYPE_CHECKING:
    from controller.practice.channel import Channel
    from controller.practice.switch import PracticeSwitch

FRAME = 0.02
"""Seconds of sound in a packet: a leg notices what is wanted of it that late."""


class Conversations:
    """Everybody who talks on this switch."""

    def __init__(self, switch: PracticeSwitch) -> None:
        self._switch = switch
        self._wanted: dict[str, str] = {}
        """A leg's id, and that of the leg it is to meet."""

    def join(self, caller: Channel, other: Channel) -> bool:
        """`uuid_bridge`: take both out of whatever they do, and let them meet. False if neither has sound, or one is gone."""
        if caller.down:
            return False
        if not (caller.answered or caller.early):
            if not (other.answered or other.early):
                return False
            caller, other = other, caller
        now = self._switch.clock.now()
        caller.acknowledged()
        for leg, partner, role in ((caller, other, "originator"), (other, caller, "originatee")):
            leg.set("bridge_channel", partner.profile.channel_name)
            leg.set("bridge_uuid", partner.uuid)
            leg.set("signal_bond", partner.uuid)
            leg.set("original_destination_number", leg.profile.destination)
            leg.set("original_caller_id_name", leg.profile.name or None)
            leg.set("original_caller_id_number", leg.profile.number)
            leg.stop_broadcast()
            leg.bridge_role = role
            self._wanted[leg.uuid] = partner.uuid
        caller.set("uuid_bridge", other.uuid)
        theirs = other.profile
        mine = caller.profile.next(now)
        theirs = theirs.next(now)
        caller.other_profile = ("originatee", theirs)
        other.other_profile = ("originator", mine)
        told = replace(mine, callee_number=theirs.callee_number, callee_name=theirs.callee_name)
        caller.profile, other.profile = told, replace(theirs, name=mine.name, number=mine.number)
        for leg, partner in ((caller, other), (other, caller)):
            source = f"{int(now)}:{uuid.uuid4()}:uuid_br:{partner.uuid}"
            leg.profile.transfer_source = source
            leg.remember_transfer(source)
            leg.stamps["profile_start"] = now
            leg.moved = True
            leg.state = "CS_HIBERNATE"
            leg.wake()
        return True

    def meet(self, leg: Channel) -> None:
        """A leg's own greenlet goes to the meeting that uuid_bridge arranged."""
        role = leg.bridge_role
        other = self._switch.channels.get(self._wanted.pop(leg.uuid, ""))
        leg.moved = False
        if role == "originatee":
            self._switch.clock.sleep(FRAME)  # until the next packet
        for state in ("CS_HIBERNATE", "CS_RESET", "CS_SOFT_EXECUTE"):
            if leg.down:
                return
            leg.enter(state)
        leg.bridge_role = ""
        if role == "originatee":
            # It sleeps until the other one talks to it, or has it hung up.
            leg.rest(FOR_EVER, ended=lambda: leg.partner is not None or self._left(other, leg), breakable=False)
            if leg.partner is not None:
                self._listen(leg)
            elif leg.ready and leg.state == "CS_SOFT_EXECUTE":
                leg.hang_up("NORMAL_CLEARING")
            return
        self._switch.clock.sleep(2 * FRAME)
        while other is not None and not other.down and not leg.down and other.running != "CS_SOFT_EXECUTE":
            self._switch.clock.sleep(FRAME)
        leg.set("uuid_bridge", None)
        if leg.down:
            return
        if other is None:
            self._alone(leg)
        elif other.down:
            if leg.true("uuid_bridge_continue_on_cancel"):
                leg.state = "CS_EXECUTE"
            else:
                leg.hang_up("ORIGINATOR_CANCEL")
        else:
            for one, partner in ((leg, other), (other, leg)):
                one.fire("CHANNEL_EXECUTE", [("Application", "uuid_bridge"), ("Application-Data", partner.uuid)])
            self.talk(leg, other)
            if leg.ready or leg.state == "CS_RESET":
                leg.state = "CS_EXECUTE"

    def _left(self, other: Channel | None, leg: Channel) -> bool:
        return other is None or other.down or (other.partner is not leg and other.running == "CS_EXECUTE")

    def _alone(self, leg: Channel) -> None:
        """Whoever we should have met does not exist any more."""
        onward = leg.get("transfer_after_bridge")
        if onward:
            self._transfer_after(leg, onward)
        else:
            leg.hang_up("DESTINATION_OUT_OF_ORDER")

    def talk(self, leg: Channel, other: Channel) -> None:
        """Two legs talk until one goes; called in `leg`'s greenlet. What becomes of each one afterwards, their variables say."""
        legs = [("Bridge-A-Unique-ID", leg.uuid), ("Bridge-B-Unique-ID", other.uuid)]
        other.set("call_uuid", leg.uuid)
        for one in (leg, other):
            one.mark("Bridged")
        leg.fire("CHANNEL_BRIDGE", before=legs)
        for one, partner in ((leg, other), (other, leg)):
            one.set("bridge_to", partner.uuid)
            one.set("last_bridge_to", partner.uuid)
        if not leg.answered:
            leg.answer()
        leg.partner, other.partner = other, leg
        leg.talk_role, other.talk_role = "originator", "originatee"
        other.enter("CS_EXCHANGE_MEDIA")
        for one, partner in ((other, leg), (leg, other)):
            one.set("last_sent_callee_id_name", partner.profile.name or partner.profile.number)
            one.set("last_sent_callee_id_number", partner.profile.number)
            told = [("Direction", "SEND"), ("Sent-Callee-ID-Name", partner.profile.name or partner.profile.number)]
            told += [("Sent-Callee-ID-Number", partner.profile.number), ("Bridged-To", partner.uuid)]
            one.fire("CALL_UPDATE", before=told)
        leg.person.joined(leg, other)
        other.person.joined(other, leg)
        other.wake()
        leg.rest(FOR_EVER, lambda key: False, ended=lambda: other.down or leg.partner is not other, breakable=False)
        self._part(leg, other, legs)

    def _part(self, leg: Channel, other: Channel, legs: list[tuple[str, str]]) -> None:
        if leg.partner is other:
            leg.partner = None
        if other.partner is leg:
            other.partner = None
        other.wake()
        if leg.down:
            other.set("bridge_hangup_cause", leg.cause)
        if other.down:
            leg.set("last_bridge_hangup_cause", other.cause)
            leg.set("last_bridge_proto_specific_hangup_cause", "sip:200")
            leg.set("bridge_hangup_cause", other.cause)
            leg.set("sip_hangup_phrase", "OK")
            other.gone.wait()
        for one in (leg, other):
            one.set("bridge_to", None)
        other.set("call_uuid", other.uuid)
        leg.profile.times["Bridged"] = 0.0
        leg.other_profile = None if leg.down else leg.other_profile
        leg.profile_changed()
        leg.fire("CHANNEL_UNBRIDGE", before=legs)
        if leg.down:
            return
        leg.person.parted(leg)
        if leg.moved or leg.state == "CS_RESET":
            return
        onward = leg.get("transfer_after_bridge")
        if onward:
            self._transfer_after(leg, onward)
        elif leg.true("hangup_after_bridge"):
            leg.hang_up(other.cause or "NORMAL_CLEARING")

    def _transfer_after(self, leg: Channel, onward: str) -> None:
        leg.set("transfer_after_bridge", None)
        words = onward.split(":")
        leg.transfer(words[0], words[2] if len(words) > 2 else leg.profile.context)

    def _listen(self, leg: Channel) -> None:
        """The other side of `talk`: in its own greenlet until the conversation is over."""
        leg.rest(FOR_EVER, lambda key: False, ended=lambda: leg.partner is None, breakable=False)
        if leg.down or leg.moved or leg.bridge_role:
            return
        onward = leg.get("transfer_after_bridge")
        if onward:
            self._transfer_after(leg, onward)
        else:
            leg.hang_up("NORMAL_CLEARING")

    def await_talk(self, leg: Channel) -> None:
        """A leg that `bridge` rang and that was answered: its greenlet until the conversation is over."""
        leg.rest(FOR_EVER, ended=lambda: leg.partner is not None, breakable=False, commands=False)
        if leg.partner is not None:
            self._listen(leg)

    def left(self, leg: Channel) -> None:
        """A leg is over: whoever talked with it is told by being woken."""
        self._wanted.pop(leg.uuid, None)
        if leg.partner is not None:
            leg.partner.wake()

    def bridge(self, leg: Channel, dial_string: str) -> None:
        """The `bridge` application: ring, and talk with whoever answers first."""
        other, cause = self._switch.ringing.ring(dial_string, leg)
        if other is None:
            leg.set("originate_disposition", cause)
            leg.set("DIALSTATUS", cause)
            if (not leg.down and not leg.true("continue_on_fail") and leg.get("hangup_after_bridge")) or (
                not leg.down and not leg.true("continue_on_fail") and not leg.controlled
            ):
                leg.hang_up(cause)
            return
        leg.set("originate_disposition", "SUCCESS")
        leg.set("DIALSTATUS", "SUCCESS")
        leg.other_profile = ("originatee", other.profile)
        other.other_profile = ("originator", leg.profile)
        for one in (leg, other):
            one.profile_changed()
        leg.set("bridge_channel", other.profile.channel_name)
        leg.set("bridge_uuid", other.uuid)
        leg.set("signal_bond", other.uuid)
        other.begin(lambda: self.await_talk(other))
        self.talk(leg, other)
