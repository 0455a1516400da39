"""The practice switch's dialplan: the loop of freeswitch_conf/dialplan/careline_calls.xml, with its names, and the way out.

begin, careline_again (the controllers listed, rotated by the call's id), socket, careline_after, and again, or the backup line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from controller.practice.channel import Channel
    from controller.practice.switch import PracticeSwitch

Action = tuple[str, str]
CALLS = "careline_calls"
OUT = "careline_out"
PLACES = 8
_PLAIN_NAME = re.compile(r"""[^\x00-\x1f\x7f"<>\\$]*""")
_PLAIN_NUMBER = re.compile(r"\+?[0-9A-Za-z*#._-]{0,64}")
_DESTINATION = re.compile(r"\+?[0-9A-Za-z*#._-]{1,64}(?:;[0-9A-Za-z*#._;=+-]{0,160})?")
_CALLED = re.compile(r"(\+?[0-9]{2,20})(?:;.*)?")
_ABROAD = re.compile(r"(?:00|011)([1-9][0-9]{5,14})")
RINGBACK = "%(2000,4000,440,480)"


class Dialplan:
    """Where a call goes, by context and number."""

    def __init__(self, switch: PracticeSwitch, secret: str, backup_line: str = "") -> None:
        self._switch = switch
        self._secret = secret
        self._backup_line = backup_line

    def route(self, channel: Channel) -> list[Action]:
        """The actions for where the call is now; what is set while routing is set by then. None fits: nothing."""
        if channel.profile.dialplan == "inline":
            application, _, argument = channel.profile.destination.partition(":")
            return [(application, argument)]
        return self.extension(channel, channel.profile.destination, channel.profile.context)

    def extension(self, channel: Channel, destination: str, context: str) -> list[Action]:
        """The actions of one extension."""
        if context == OUT:
            return [("bridge", f"sofia/gateway/careline/{destination}")]
        if context != CALLS:
            return []
        match destination:
            case "careline_again":
                return self._again(channel)
            case "careline_after":
                return self._after(channel)
            case "careline_backup":
                return self._backup(channel)
        if destination.startswith("careline_") or not _DESTINATION.fullmatch(destination):
            return []
        self._matched(channel, destination)
        named = (
            []
            if _PLAIN_NAME.fullmatch(unquote(channel.profile.name))
            else [("set_profile_var", "caller_id_name=unknown")]
        )
        if not _PLAIN_NUMBER.fullmatch(channel.profile.number):
            named.append(("set_profile_var", "caller_id_number=unknown"))
        return [
            *named,
            ("set", "app_disable_expand_variables=true"),
            ("unset", "careline_bookmark"),
            ("set", f"careline_number={destination}"),
            ("set", "media_timeout=300000"),
            ("set", "media_hold_timeout=1800000"),
            ("set", "force_transfer_context=careline_phones"),
            ("transfer", f"careline_again XML {CALLS}"),
        ]

    def _again(self, channel: Channel) -> list[Action]:
        channel.execute("unset", "careline_hosts")
        channel.execute("unset", "careline_taken")
        hosts = ""
        for place in range(PLACES):
            host = self._switch.api.run("hash", f"select/careline_controllers/{place}")
            if re.fullmatch(r"[^|/\s]+", host):
                hosts += f"{host}/{self._secret}|"
                channel.execute("set", f"careline_hosts={hosts}")
        if not hosts:
            return [("transfer", f"careline_backup XML {CALLS}")]
        listed = hosts.rstrip("|").split("|")
        # As many are passed over as the call's first hex digit says, and eight tried from there.
        first = int(channel.uuid[0], 16)
        tried = "|".join(listed[(first + turn) % len(listed)] for turn in range(8))
        self._matched(channel, tried)
        return [
            ("set", "socket_resume=true"),
            ("socket", f"{tried} async full"),
            ("transfer", f"careline_after XML {CALLS}"),
        ]

    def _after(self, channel: Channel) -> list[Action]:
        tries = channel.get("careline_tries")
        if channel.get("careline_taken") == "1":
            return [("transfer", f"careline_again XML {CALLS}")]
        if tries not in ("", "x"):
            return [("transfer", f"careline_backup XML {CALLS}")]
        self._matched(channel, tries)
        return [("set", f"careline_tries={tries}x"), ("transfer", f"careline_again XML {CALLS}")]

    def _backup(self, channel: Channel) -> list[Action]:
        called = _CALLED.fullmatch(channel.get("careline_number"))
        if called is not None:
            channel.execute("set", f"careline_called={called[1]}")
            if from_abroad := _ABROAD.fullmatch(called[1]):
                channel.execute("set", f"careline_abroad={from_abroad[1]}")
        number, abroad = channel.get("careline_called"), channel.get("careline_abroad")
        actions = [
            ("unset", "transfer_after_bridge"),
            ("set", "hangup_after_bridge=true"),
            ("set", "continue_on_fail=true"),
            ("set", "call_timeout=40"),
            ("set", f"ringback={RINGBACK}"),
            ("set", f"transfer_ringback={RINGBACK}"),
        ]
        if re.fullmatch(r"\+?[0-9]{5,15}", number):
            actions.append(("set", f"effective_caller_id_number={number}"))
        lines = [
            self._switch.api.run("db", f"select/careline_backup/{key}") for key in (number, f"+{number}", f"+{abroad}")
        ]
        for line in [*lines, self._backup_line]:
            if re.fullmatch(r"\+?[0-9]{2,20}", line):
                actions.append(("execute_extension", f"{line} XML {OUT}"))
        return [*actions, ("answer", ""), ("sleep", "4000"), ("hangup", "NORMAL_TEMPORARY_FAILURE")]

    def _matched(self, channel: Channel, text: str) -> None:
        channel.set("DP_MATCH", f"ARRAY::{text}|:{text}")
