"""API commands, as `api` and `bgapi` run them and `${name(argument)}` reads them, answered in the real switch's words."""

from __future__ import annotations

import json
import uuid as uuids
from collections.abc import Callable
from typing import TYPE_CHECKING

from controller.practice.events import Event
from controller.practice.keep import Keep
from controller.practice.wire import Command

if TYPE_CHECKING:
    from controller.practice.channel import Channel
    from controller.practice.listener import Listener
    from controller.practice.switch import PracticeSwitch

NO_CHANNEL = "-ERR No such channel!\n"


class Api:
    """Every command, by name."""

    def __init__(self, switch: PracticeSwitch) -> None:
        self._switch = switch
        self.keep = Keep(switch.clock, self.run)
        self.system_commands: list[str] = []
        """What `system` was asked to run. Nothing is ever run: a test looks here for what should not have come."""
        self._commands: dict[str, Callable[[str], str]] = {
            "status": lambda argument: self._status(),
            "version": lambda argument: "FreeSWITCH Version 1.10.12-practice (practice switch)\n",
            "reloadxml": lambda argument: "+OK [Success]\n",
            "reloadacl": lambda argument: "+OK acl reloaded\n",
            "hash": self.keep.hash,
            "db": self.keep.database,
            "sched_api": self.keep.schedule,
            "sched_del": self.keep.unschedule,
            "originate": switch.ringing.originate,
            "system": self._system,
            "bg_system": self._system,
            "eval": lambda argument: argument,
            "echo": lambda argument: argument,
            "expr": lambda argument: argument,
            "strepoch": lambda argument: str(int(switch.clock.now())),
            "create_uuid": lambda argument: str(uuids.uuid4()),
            "msleep": self._sleep,
            "global_getvar": lambda argument: switch.globals.get(argument, ""),
            "global_setvar": self._set_global,
            "sofia": self._sofia,
            "sofia_contact": self._contact,
            "user_exists": self._user_exists,
            "show": self._show,
            "hupall": self._hang_up_all,
            "uuid_exists": lambda argument: "true" if switch.find(argument.strip()) else "false",
            "uuid_bridge": self._bridge,
            "fsctl": lambda argument: "+OK\n",
            "load": lambda argument: "+OK\n",
        }
        of_a_call: dict[str, Callable[[Channel, str], str]] = {
            "uuid_getvar": self._get_variable,
            "uuid_setvar": self._set_variable,
            "uuid_setvar_multi": self._set_variables,
            "uuid_dump": self._dump,
            "uuid_kill": self._kill,
            "uuid_break": self._break,
            "uuid_transfer": self._transfer,
            "uuid_record": self._record,
            "uuid_broadcast": self._broadcast,
            "uuid_answer": self._answer,
            "uuid_park": self._park,
            "uuid_send_dtmf": self._keys_from_switch,
            "uuid_recv_dtmf": self._keys_from_person,
            "uuid_flush_dtmf": self._flush_keys,
            "uuid_buglist": lambda channel, argument: "<media-bugs></media-bugs>\n",
            "uuid_displace": lambda channel, argument: "+OK Success\n",
            "uuid_audio": lambda channel, argument: "+OK Success\n",
            "uuid_hold": lambda channel, argument: "+OK Success\n",
        }
        for name, command in of_a_call.items():
            self._commands[name] = self._for_call(name, command)

    def run(self, name: str, argument: str) -> str:
        """Run a command from inside the switch; its answer as it stands."""
        headers = [("API-Command", name)]
        if argument:
            headers.append(("API-Command-Argument", argument))
        self._switch.bus.fire("API", headers)
        command = self._commands.get(name)
        return f"-ERR {name} Command not found!\n" if command is None else command(argument)

    def answer(self, name: str, argument: str, listener: Listener) -> str:
        """Run a command that came over an event socket."""
        if name == "bgapi":
            name, _, argument = argument.partition(" ")
        return self.run(name, argument)

    def _for_call(self, name: str, command: Callable[[Channel, str], str]) -> Callable[[str], str]:
        def run(argument: str) -> str:
            identity, _, rest = argument.strip().partition(" ")
            channel = self._switch.find(identity)
            if channel is not None:
                return command(channel, rest)
            match name:
                case "uuid_record":
                    return "-ERR Cannot locate session!\n"
                case "uuid_send_dtmf" | "uuid_recv_dtmf" | "uuid_hold":
                    return "-ERR Cannot locate session!\n"
                case "uuid_broadcast":
                    return "-ERR invalid uuid\n"
                case "uuid_setvar_multi":
                    return NO_CHANNEL + "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
            return NO_CHANNEL

        return run

    # --- one call

    def _get_variable(self, channel: Channel, name: str) -> str:
        return channel.get(name.strip()) or "_undef_"

    def _set_variable(self, channel: Channel, argument: str) -> str:
        name, _, value = argument.partition(" ")
        if not name:
            return "-USAGE: <uuid> <var> [value]\n"
        channel.set(name, value)
        return "+OK\n"

    def _set_variables(self, channel: Channel, argument: str) -> str:
        for pair in argument.split(";"):
            name, equals, value = pair.partition("=")
            # A value that could be expanded later is refused in silence, unlike by uuid_setvar (measured).
            if equals and "${" not in value:
                channel.set(name, value)
        return "+OK\n"

    def _dump(self, channel: Channel, argument: str) -> str:
        lines = self._switch.bus.core("CHANNEL_DATA") + channel.lines("CHANNEL_DATA")
        headers = Event("CHANNEL_DATA", lines, None, channel.uuid, "", "").headers()
        if argument.strip() == "json":
            return json.dumps(dict(headers))
        return "".join(f"{name}: {value}\n" for name, value in headers) + "\n"

    def _kill(self, channel: Channel, argument: str) -> str:
        channel.hang_up(argument.strip() or "NORMAL_CLEARING")
        return "+OK\n"

    def _break(self, channel: Channel, argument: str) -> str:
        if "all" in argument:
            channel.queue.clear()
        if channel.broadcast:
            channel.stop_broadcast()
        else:
            channel.broken = True
            channel.wake()
        return "+OK\n"

    def _transfer(self, channel: Channel, argument: str) -> str:
        words = argument.split(" ")
        if words[0] in ("-bleg", "-both"):
            legs = [channel.partner] if words[0] == "-bleg" else [channel, channel.partner]
            words = words[1:]
        else:
            legs = [channel]
        for leg in legs:
            if leg is not None and not leg.down:
                dialplan = words[1] if len(words) > 1 else "XML"
                leg.transfer(words[0], words[2] if len(words) > 2 else leg.profile.context, dialplan)
        return "+OK\n"

    def _bridge(self, argument: str) -> str:
        words = argument.split(" ")
        if len(words) != 2:
            return "-USAGE: <uuid> <other_uuid>\n"
        caller, other = (self._switch.find(word) for word in words)
        if caller is None or other is None or not self._switch.conversations.join(caller, other):
            return "-ERR Invalid uuid\n"
        return f"+OK {words[1]}\n"

    def _record(self, channel: Channel, argument: str) -> str:
        words = argument.split(" ")
        action, path = words[0], words[1] if len(words) > 1 else ""
        match action:
            case "start":
                if channel.down or not channel.start_recording(path, 2 if channel.true("RECORD_STEREO") else 1):
                    return "-ERR Cannot record session!\n"
            case "stop" if path == "all":
                for each in list(channel.recordings):
                    channel.stop_recording(each)
            case "stop" | "mask" | "unmask":
                recording = channel.recordings.get(path)
                if recording is None:
                    return f"-ERR Cannot {'stop record' if action == 'stop' else f'{action} recording'} session!\n"
                if action == "stop":
                    channel.stop_recording(path)
                elif action == "mask":
                    recording.mask(self._switch.clock.now())
                else:
                    recording.unmask(self._switch.clock.now())
            case _:
                return "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"
        return "+OK Success\n"

    def _broadcast(self, channel: Channel, argument: str) -> str:
        path, _, which = argument.rpartition(" ")
        if which not in ("aleg", "bleg", "both", "holdb"):
            path, which = argument, "aleg"
        legs: list[Channel | None] = [] if which == "bleg" else [channel]
        if which in ("bleg", "both"):
            legs.append(channel.partner)
        application, mark, told = path.partition("::")
        for leg in legs:
            if leg is not None:
                name, data = (application, told) if mark else ("playback", path)
                headers = [("call-command", "execute"), ("execute-app-name", name), ("execute-app-arg", data)]
                leg.command(Command("sendmsg", headers, ""))
        return "+OK Message sent\n"

    def _answer(self, channel: Channel, argument: str) -> str:
        channel.answer()
        return "+OK\n"

    def _park(self, channel: Channel, argument: str) -> str:
        channel.moved = True
        channel.state = "CS_PARK"
        channel.wake()
        return "+OK\n"

    def _keys_from_switch(self, channel: Channel, argument: str) -> str:
        return "+OK\n"

    def _keys_from_person(self, channel: Channel, argument: str) -> str:
        channel.press(argument.strip().split("@")[0])
        return "+OK\n"

    def _flush_keys(self, channel: Channel, argument: str) -> str:
        channel.keys.clear()
        return "+OK\n"

    # --- the switch

    def _system(self, argument: str) -> str:
        self.system_commands.append(argument)
        return ""

    def _sleep(self, argument: str) -> str:
        self._switch.clock.sleep(float(argument or 0) / 1000)
        return "+OK"

    def _set_global(self, argument: str) -> str:
        name, _, value = argument.partition("=")
        self._switch.globals[name] = value
        return "+OK\n"

    def _status(self) -> str:
        now = self._switch.clock.now()
        up = int(now - self._switch.started)
        calls = len(self._switch.channels)
        return (
            f"UP {up // 31536000} years, {up // 86400 % 365} days, {up // 3600 % 24} hours, {up // 60 % 60} minutes, "
            f"{up % 60} seconds, 0 milliseconds, 0 microseconds\n"
            "FreeSWITCH (Version 1.10.12-practice) is ready\n"
            f"{self._switch.sessions} session(s) since startup\n"
            f"{calls} session(s) - peak {self._switch.peak}, last 5min {self._switch.peak} \n"
            f"0 session(s) per Sec out of max {self._switch.most_per_second}, peak 0, last 5min 0 \n"
            f"{self._switch.most_sessions} session(s) max\nmin idle cpu 0.00/100.00\nCurrent Stack Size/Max 240K/8192K\n"
        )

    def _sofia(self, argument: str) -> str:
        if not argument.startswith("status"):
            return "+OK\n"
        line = "=" * 97
        return (
            f"{'Name':>25}\t{'Type':>7}\t{'Data':>42}\tState\n{line}\n"
            f"{'inside':>25}\tprofile\t{'sip:mod_sofia@127.0.0.1:5060':>42}\tRUNNING (0)\n"
            f"{'outside':>25}\tprofile\t{'sip:mod_sofia@127.0.0.1:5080':>42}\tRUNNING ({len(self._switch.channels)})\n"
            f"{'outside::careline':>25}\tgateway\t{'sip:careline@127.0.0.1:9':>42}\tNOREG\n"
            f"{line}\n2 profiles 0 aliases\n"
        )

    def _contact(self, argument: str) -> str:
        user = argument.rpartition("/")[2].split("@")[0]
        if self._switch.phones.registered(user):
            return f"sofia/inside/sip:{user}@127.0.0.1"
        return "error/user_not_registered"

    def _user_exists(self, argument: str) -> str:
        words = argument.split(" ")
        return "true" if len(words) > 1 and self._switch.phones.known(words[1]) else "false"

    def _show(self, argument: str) -> str:
        words = argument.split(" ")
        if words[0] == "registrations":
            rows = self._switch.phones.registrations()
        elif words[0] in ("channels", "calls"):
            rows = [self._row(channel) for channel in self._switch.channels.values() if channel.running != "CS_DESTROY"]
        else:
            return "-USAGE: show channels|calls|registrations [as json]\n"
        if "json" in words:
            return json.dumps(
                {"row_count": len(rows), "rows": rows} if rows else {"row_count": 0}, separators=(",", ":")
            )
        if "count" in words or not rows:
            return f"\n{len(rows)} total.\n"
        head = ",".join(rows[0])
        return f"{head}\n" + "\n".join(",".join(row.values()) for row in rows) + f"\n\n{len(rows)} total.\n"

    def _row(self, channel: Channel) -> dict[str, str]:
        profile = channel.profile
        media = channel.early or channel.answered
        codec = {f"{side}_{what}": value if media else "" for side in ("read", "write") for what, value in _CODEC}
        return {
            "uuid": channel.uuid,
            "direction": profile.direction,
            "created": self._switch.written(profile.created),
            "created_epoch": str(int(profile.created)),
            "name": profile.channel_name,
            "state": channel.running,
            "cid_name": profile.name,
            "cid_num": profile.number,
            "ip_addr": profile.network,
            "dest": profile.destination,
            "application": channel.last_action[0],
            "application_data": channel.last_action[1],
            "dialplan": profile.dialplan,
            "context": profile.context,
            **codec,
            "secure": "",
            "hostname": self._switch.bus.hostname,
            "presence_id": channel.get("presence_id"),
            "presence_data": channel.get("presence_data"),
            "accountcode": channel.get("accountcode"),
            "callstate": channel.callstate,
            "callee_name": profile.callee_name,
            "callee_num": profile.callee_number,
            "callee_direction": "SEND" if channel.get("last_sent_callee_id_number") else "",
            "call_uuid": channel.get("call_uuid", channel.uuid),
            "sent_callee_name": channel.get("last_sent_callee_id_name"),
            "sent_callee_num": channel.get("last_sent_callee_id_number"),
            "initial_cid_name": profile.name,
            "initial_cid_num": profile.number,
            "initial_ip_addr": profile.network,
            "initial_dest": channel.get("sip_req_user", profile.destination),
            "initial_dialplan": profile.dialplan,
            "initial_context": "careline_calls" if profile.direction == "inbound" else profile.context,
        }

    def _hang_up_all(self, argument: str) -> str:
        words = argument.split(" ")
        cause = words[0] or "MANAGER_REQUEST"
        for channel in list(self._switch.channels.values()):
            if len(words) < 3 or channel.get(words[1]) == words[2]:
                channel.hang_up(cause)
        return f"+OK hangup all channels with cause {cause}\n"


_CODEC = (("codec", "PCMU"), ("rate", "8000"), ("bit_rate", "64000"))
