"""What a call can be told to do: the applications, by name. Each runs in its channel's greenlet and returns when it is over."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from controller.practice.channel import Channel, Rest
from controller.practice.expansion import expand
from controller.practice.sound import FOR_EVER, Recording, seconds_of

if TYPE_CHECKING:
    pass

Run = Callable[[Channel, str], None]


@dataclass(frozen=True)
class Application:
    """`needs_sound`: opens early media first. `works_after_hang_up`: does something on a call that is over."""

    run: Run
    needs_sound: bool = False
    works_after_hang_up: bool = False


# --- sound


def play(channel: Channel, name: str, on_key: Callable[[str], bool] | None) -> Rest | None:
    """Play a sound; why it ended, or None if there is no such file. Tells whoever listens."""
    seconds = seconds_of(name)
    if seconds is None:
        return None
    kind, path = ("tone_stream", name) if "://" in name and not name.startswith("/") else ("file", name)
    if "://" in name:
        kind = name.split("://", 1)[0]
    clock = channel.switch.clock
    began = clock.now()
    channel.fire("PLAYBACK_START", [("Playback-File-Type", kind), ("Playback-File-Path", path)])
    channel.sounds.append(name)
    channel.person.hears(channel, name)
    ended = channel.rest(seconds, on_key)
    channel.sounds.pop()
    channel.person.quiet(channel)
    played = min(clock.now() - began, seconds)
    channel.set("playback_last_offset_pos", str(int(played * 8000)))
    channel.set("playback_seconds", str(int(played)))
    channel.set("playback_ms", str(int(played * 1000)))
    channel.set("playback_samples", str(int(played * 8000)))
    status = "done" if ended is Rest.TIME else "break"
    channel.fire(
        "PLAYBACK_STOP", [("Playback-File-Type", kind), ("Playback-File-Path", path), ("Playback-Status", status)]
    )
    return ended


def _terminators(channel: Channel) -> Callable[[str], bool]:
    """Keys that end a playback or a recording: `playback_terminators`, "*" when it does not say."""
    wanted = channel.get("playback_terminators", "*")
    if wanted.lower() == "none":
        return lambda key: False

    def on_key(key: str) -> bool:
        if wanted.lower() == "any" or key in wanted:
            channel.set("playback_terminator_used", key)
            return True
        return False

    return on_key


def playback(channel: Channel, argument: str) -> None:
    """`playback FILE`."""
    channel.set("playback_terminator_used", "")
    name = argument.split("@@", 1)[0]
    ended = play(channel, name, _terminators(channel))
    responses = {None: "FILE NOT FOUND", Rest.GONE: "PLAYBACK ERROR"}
    channel.set("current_application_response", responses.get(ended, "FILE PLAYED"))


def endless_playback(channel: Channel, argument: str) -> None:
    """Over and over, until the call is broken or taken elsewhere. Keys are left where they are."""
    while channel.ready:
        ended = play(channel, argument, None)
        if ended is not Rest.TIME or not seconds_of(argument):
            break


def sleep(channel: Channel, argument: str) -> None:
    """`sleep MILLISECONDS`."""
    milliseconds = int(argument or 0)
    channel.rest(FOR_EVER if milliseconds < 0 else milliseconds / 1000)


def gentones(channel: Channel, argument: str) -> None:
    """Tones, as `tone_stream://` plays them."""
    tones, _, loops = argument.partition("|")
    play(channel, f"tone_stream://{tones}" + (f";loops={loops}" if loops else ""), _terminators(channel))


def echo(channel: Channel, argument: str) -> None:
    """The caller hears themselves until something else happens."""
    channel.rest(FOR_EVER, lambda key: False)


# --- keys


def _read(
    channel: Channel, least: int, most: int, prompt: str, variable: str, first: float, terminators: str, between: float
) -> tuple[str, str]:
    """Play and collect, once: the keys, and "success", "timeout" or "failure"."""
    channel.set("read_result", None)
    if variable:
        channel.set(variable, None)
    keys: list[str] = []
    terminator = ""

    def on_prompt_key(key: str) -> bool:
        keys.append(key)
        return True

    if prompt and prompt.lower() != "silence":
        ended = play(channel, prompt, on_prompt_key)
        if ended is None:
            return "", "failure"
        if ended is Rest.GONE:
            return "".join(keys), "failure"
    if keys and keys[0] in terminators and not (most == 1 and least <= 1):
        terminator = keys.pop()
    result = "success"

    def on_key(key: str) -> bool:
        nonlocal terminator
        if key in terminators:
            terminator = key
            return True
        keys.append(key)
        return True

    while not terminator and len(keys) < max(least, most):
        ended = channel.rest(between if keys else first, on_key)
        if ended is Rest.TIME:
            result = "timeout"
            break
        if ended is not Rest.KEY:
            result = "failure"
            break
    if terminator:
        channel.set("read_terminator_used", terminator)
    if least and len(keys) < least:
        result = "failure"
    channel.set("read_result", result)
    if most == 1 and len(keys) == 1 and keys[0] in terminators:
        keys.clear()
    if variable and keys:
        channel.set(variable, "".join(keys))
    return "".join(keys), result


def play_and_get_digits(channel: Channel, argument: str) -> None:
    """`LEAST MOST TRIES TIMEOUT TERMINATORS PROMPT WRONG VARIABLE PATTERN BETWEEN`, times in ms."""
    words = split_words(argument)
    words += [""] * (10 - len(words))
    least, most, tries = (max(0, _integer(word)) for word in words[:3])
    most = max(least, most)
    first = max(1000, _integer(words[3], 1000)) / 1000
    terminators = words[4] or "#"
    prompt, wrong, variable, pattern = words[5:9]
    between = _integer(words[9]) / 1000 or first
    if pattern and variable:
        channel.set(f"{variable}_invalid", None)
    for _ in range(tries):
        if not channel.ready:
            return
        keys, result = _read(channel, least, most, prompt, variable, first, terminators, between)
        if not least and not keys and channel.get("read_terminator_used"):
            return
        if result == "timeout" and len(keys) >= least:
            result = "success"
        if result == "success" and keys:
            if not pattern or re.search(pattern, keys):
                return
            channel.set(variable, None)
            channel.set(f"{variable}_invalid", keys)
        if wrong and not channel.down:
            play(channel, wrong, None)


def read(channel: Channel, argument: str) -> None:
    """`LEAST MOST PROMPT VARIABLE TIMEOUT TERMINATORS`, time in ms."""
    words = split_words(argument)
    words += [""] * (6 - len(words))
    least, most, timeout = _integer(words[0]), _integer(words[1]), max(1000, _integer(words[4], 1000)) / 1000
    _read(channel, least, max(least, most), words[2], words[3], timeout, words[5] or "#", timeout)


# --- recording


def record(channel: Channel, argument: str) -> None:
    """`record PATH LIMIT THRESHOLD SILENCE`, seconds: what the caller says, until a key, silence, the limit or hang-up."""
    words = split_words(argument)
    words += [""] * (4 - len(words))
    path, limit, hits = words[0], _integer(words[1]), _integer(words[3])
    channel.set("playback_terminator_used", "")
    clock = channel.switch.clock
    recording = Recording(path, clock.now())
    try:
        recording.open()
    except OSError:
        channel.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    channel.set("silence_hits_exhausted", "false")
    channel.fire("RECORD_START", [("Record-File-Path", path)])
    channel.recordings[path] = recording
    channel.person.listened_to(channel)
    last = recording.began + limit if limit else FOR_EVER
    on_key = _terminators(channel)
    while True:
        silent_at = max(channel.voice_until, recording.began) + hits if hits else FOR_EVER
        left = min(last, silent_at) - clock.now()
        if left <= 0:
            channel.set("silence_hits_exhausted", "true" if silent_at <= last else "false")
            break
        heard = channel.voice_until

        def spoken_again(heard: float = heard) -> bool:
            return channel.voice_until != heard

        ended = channel.rest(left, on_key, ended=spoken_again)
        if ended in (Rest.KEY, Rest.GONE, Rest.BROKEN):
            break
    if path in channel.recordings:
        channel.stop_recording(path, message=True)


def record_session(channel: Channel, argument: str) -> None:
    """Record the whole call from here on."""
    channel.start_recording(split_words(argument)[0])


def stop_record_session(channel: Channel, argument: str) -> None:
    """Stop it; `all` stops every one."""
    for path in list(channel.recordings):
        if argument in (path, "all"):
            channel.stop_recording(path)


# --- variables


def _assign(channel: Channel, argument: str) -> str:
    """`NAME=VALUE`; the value is expanded here, whatever the channel says about arguments."""
    name, _, value = argument.partition("=") if "=" in argument else argument.partition(",")
    value = expand(value, channel.get, channel.switch.api.run)
    channel.set(name, None if value in ("", "_undef_") else value)
    return name


def set_(channel: Channel, argument: str) -> None:
    """`set NAME=VALUE`."""
    _assign(channel, argument)


def unset(channel: Channel, argument: str) -> None:
    """`unset NAME`."""
    channel.set(argument, None)


def multiset(channel: Channel, argument: str) -> None:
    """Several, separated by blanks, or by what stands between two `^`."""
    separator, pairs = (argument[2], argument[3:]) if argument.startswith("^^") else (" ", argument)
    for pair in pairs.split(separator):
        if pair:
            _assign(channel, pair)


def multiunset(channel: Channel, argument: str) -> None:
    """Several, as `multiset`."""
    separator, names = (argument[2], argument[3:]) if argument.startswith("^^") else (" ", argument)
    for name in names.split(separator):
        channel.set(name, None)


def export(channel: Channel, argument: str) -> None:
    """Set it here, and on legs that this call rings."""
    name = _assign(channel, argument.removeprefix("nolocal:"))
    exported = [each for each in channel.get("export_vars").split(",") if each]
    if name not in exported:
        channel.set("export_vars", ",".join([*exported, name]))


def set_profile_var(channel: Channel, argument: str) -> None:
    """`set_profile_var caller_id_name=...` or `caller_id_number=...`."""
    name, _, value = argument.partition("=")
    if name == "caller_id_name":
        channel.profile.name = value
    elif name == "caller_id_number":
        channel.profile.number = value
    channel.profile_changed()


# --- where the call goes


def hangup(channel: Channel, argument: str) -> None:
    """`hangup CAUSE`."""
    channel.hang_up(argument or "NORMAL_CLEARING")


def park(channel: Channel, argument: str) -> None:
    """Wait for commands."""
    if not channel.controlled:
        channel.park()


def eavesdrop(channel: Channel, argument: str) -> None:
    """Listen to another leg until it is over."""
    other = channel.switch.find(argument.strip())
    while other is not None and not other.down and channel.rest(0.1) is Rest.TIME:
        pass


def transfer(channel: Channel, argument: str) -> None:
    """`transfer EXTENSION [XML [CONTEXT]]`."""
    words = split_words(argument)
    channel.transfer(words[0] if words else "service", words[2] if len(words) > 2 else channel.profile.context)


def execute_extension(channel: Channel, argument: str) -> None:
    """Run another extension's actions, then go on."""
    words = split_words(argument)
    context = words[2] if len(words) > 2 else channel.profile.context
    for name, action in channel.switch.dialplan.extension(channel, words[0], context):
        if not channel.ready:
            return
        channel.execute(name, action)


def bridge(channel: Channel, argument: str) -> None:
    """Ring somebody, and talk."""
    channel.switch.conversations.bridge(channel, argument)


def socket(channel: Channel, argument: str) -> None:
    """Hand the call to a controller."""
    channel.switch.outbound.run(channel, argument)


def sched_hangup(channel: Channel, argument: str) -> None:
    """`sched_hangup +SECONDS CAUSE`."""
    words = split_words(argument)
    channel.switch.clock.later(float(words[0].lstrip("+")), channel.hang_up, *(words[1:2]))


def event(channel: Channel, argument: str) -> None:
    """Fire an event: `Event-Name=CUSTOM,Event-Subclass=a::b,...`."""
    fields = dict(pair.split("=", 1) for pair in argument.split(",") if "=" in pair)
    name, subclass = fields.pop("Event-Name", "CHANNEL_APPLICATION"), fields.pop("Event-Subclass", "")
    channel.switch.bus.fire(name, [("Unique-ID", channel.uuid), *fields.items()], subclass=subclass)


def nothing(channel: Channel, argument: str) -> None:
    """Of no consequence here."""


def applications() -> dict[str, Application]:
    """All of them, by name."""
    table = {
        "answer": Application(lambda channel, argument: channel.answer()),
        "pre_answer": Application(lambda channel, argument: channel.early_media()),
        "ring_ready": Application(nothing),
        "socket": Application(socket),
        "sched_hangup": Application(sched_hangup),
    }
    for run in (playback, endless_playback, gentones, echo, play_and_get_digits, read, record, record_session):
        table[run.__name__] = Application(run, needs_sound=True)
    for run in (sleep, stop_record_session, hangup, park, eavesdrop, transfer, execute_extension, bridge):
        table[run.__name__] = Application(run)
    for name, run in {
        "set": set_,
        "unset": unset,
        "multiset": multiset,
        "multiunset": multiunset,
        "export": export,
    }.items():
        table[name] = Application(run, works_after_hang_up=True)
    table["set_profile_var"] = Application(set_profile_var)
    table["event"] = Application(event, works_after_hang_up=True)
    for name in (
        "log",
        "info",
        "start_dtmf",
        "stop_dtmf",
        "sched_cancel",
        "send_display",
        "presence",
        "verbose_events",
    ):
        table[name] = Application(nothing, works_after_hang_up=True)
    return table


def split_words(text: str) -> list[str]:
    """By blanks, keeping what stands in single quotes together, as FreeSWITCH separates arguments."""
    words = re.findall(r"(?:[^\s']|'[^']*')+", text)
    return [word[1:-1] if len(word) > 1 and word[0] == word[-1] == "'" else word for word in words]


def _integer(text: str, default: int = 0) -> int:
    """As C's atoi: what digits there are."""
    match = re.match(r"\s*([+-]?\d+)", text)
    return int(match[1]) if match else default
