"""What a channel says of itself in its events: the caller's profile and the variables that SIP would have brought."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from controller.practice.wire import Headers, header_lines

_TIMES = (
    "Created",
    "Answered",
    "Progress",
    "Progress-Media",
    "Hangup",
    "Transfer",
    "Resurrect",
    "Bridged",
)


@dataclass
class Profile:
    """Who calls whom. Times are seconds since 1970, 0 when it has not happened."""

    uuid: str
    channel_name: str
    direction: str
    number: str
    destination: str
    created: float
    name: str = ""
    dialplan: str = ""
    context: str = "default"
    source: str = "mod_sofia"
    rdnis: str = ""
    transfer_source: str = ""
    callee_name: str = ""
    callee_number: str = ""
    username: str = ""
    network: str = ""
    logical: str = ""
    ani: str = ""
    original_name: str = ""
    index: int = 1
    profile_created: float = 0.0
    times: dict[str, float] = field(default_factory=dict)

    def next(self, now: float) -> Profile:
        """A copy for what comes next: a transfer, or a bridge."""
        times = {**self.times, "Bridged": 0.0}
        return replace(self, index=self.index + 1, profile_created=now, transfer_source="", times=times)

    def lines(self, prefix: str) -> str:
        """Header lines, as `Caller-...`, `Channel-...` or `Other-Leg-...`."""
        other = prefix == "Other-Leg"
        headers: Headers = [("Direction", self.direction), ("Logical-Direction", self.logical or self.direction)]
        headers += [
            (name, value)
            for name, value in (
                ("Username", self.username),
                ("Dialplan", self.dialplan),
                ("Caller-ID-Name", self.name),
                ("Caller-ID-Number", self.number),
                ("Orig-Caller-ID-Name", self.original_name),
                ("Orig-Caller-ID-Number", self.ani or self.number),
                ("Callee-ID-Name", self.callee_name),
                ("Callee-ID-Number", self.callee_number),
                ("Network-Addr", self.network),
                ("ANI", self.ani or self.number),
                ("Destination-Number", self.destination),
                ("Unique-ID", self.uuid),
                ("Source", self.source),
                ("Transfer-Source", "" if other else self.transfer_source),
                ("Context", self.context),
                ("RDNIS", self.rdnis),
                ("Channel-Name", self.channel_name),
            )
            if value
        ]
        if not other:
            headers.append(("Profile-Index", str(self.index)))
        headers.append(("Profile-Created-Time", _micro(self.profile_created or self.created)))
        for name in _TIMES:
            at = self.created if name == "Created" else self.times.get(name, 0.0)
            headers.append((f"Channel-{name}-Time", _micro(at)))
        headers += [("Channel-Last-Hold", "0"), ("Channel-Hold-Accum", "0"), ("Screen-Bit", "true")]
        headers += [("Privacy-Hide-Name", "false"), ("Privacy-Hide-Number", "false")]
        return header_lines([(f"{prefix}-{name}", value) for name, value in headers])


def _micro(at: float) -> str:
    return str(int(at * 1e6))


SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
)
"""How a phone describes the sound it sends and takes."""


def inbound_variables(
    uuid: str, name: str, number: str, shown: str, dialled: str, profile: str, session: int
) -> dict[str, str]:
    """What a SIP call from outside brings. `name` is the channel's, `shown` the caller's display name."""
    here = "127.0.0.1"
    return {
        "direction": "inbound",
        "uuid": uuid,
        "session_id": str(session),
        "sip_from_user": number,
        "sip_from_uri": f"{number}@{here}",
        "sip_from_host": here,
        "video_media_flow": "disabled",
        "audio_media_flow": "disabled",
        "text_media_flow": "disabled",
        "channel_name": name,
        "sip_call_id": uuid,
        "sip_local_network_addr": here,
        "sip_network_ip": here,
        "sip_network_port": "5060",
        "sip_invite_stamp": "0",
        "sip_received_ip": here,
        "sip_received_port": "5060",
        "sip_via_protocol": "udp",
        "sip_from_user_stripped": number.lstrip("+"),
        "sip_from_tag": uuid[:8],
        "sofia_profile_name": profile,
        "sofia_profile_url": f"sip:mod_sofia@{here}:5080",
        "recovery_profile_name": profile,
        "sip_full_via": f"SIP/2.0/UDP {here}:5060;branch=z9hG4bK{uuid[:13]};rport=5060",
        "sip_from_display": shown,
        "sip_full_from": (f'"{shown}" ' if shown else "") + f"<sip:{number}@{here}>;tag={uuid[:8]}",
        "sip_full_to": f"<sip:{dialled}@{here}:5080>",
        "sip_allow": "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, REFER, NOTIFY, OPTIONS",
        "sip_req_user": dialled,
        "sip_req_port": "5080",
        "sip_req_uri": f"{dialled}@{here}:5080",
        "sip_req_host": here,
        "sip_to_user": dialled,
        "sip_to_port": "5080",
        "sip_to_uri": f"{dialled}@{here}:5080",
        "sip_to_host": here,
        "sip_contact_user": number,
        "sip_contact_port": "5060",
        "sip_contact_uri": f"{number}@{here}:5060",
        "sip_contact_host": here,
        "rtp_use_codec_string": "PCMU,PCMA",
        "sip_user_agent": "practice",
        "sip_via_host": here,
        "sip_via_port": "5060",
        "sip_via_rport": "5060",
        "switch_r_sdp": SDP,
        "ep_codec_string": "CORE_PCM_MODULE.PCMU@8000h@20i@64000b",
        "endpoint_disposition": "DELAYED NEGOTIATION",
        "call_uuid": uuid,
        "max_forwards": "70",
    }


def outbound_variables(uuid: str, name: str, destination: str, session: int) -> dict[str, str]:
    """What a leg that the switch rings carries before anybody answers."""
    here = "127.0.0.1"
    sdp = (
        f"v=0\r\no=FreeSWITCH 1 2 IN IP4 {here}\r\ns=FreeSWITCH\r\nc=IN IP4 {here}\r\nt=0 0\r\n"
        "m=audio 12000 RTP/AVP 0 8 101 13\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:13 CN/8000\r\na=ptime:20\r\na=sendrecv\r\n"
    )
    return {
        "direction": "outbound",
        "is_outbound": "true",
        "uuid": uuid,
        "call_uuid": uuid,
        "session_id": str(session),
        "sip_local_network_addr": here,
        "sip_profile_name": "outside",
        "video_media_flow": "disabled",
        "text_media_flow": "disabled",
        "channel_name": name,
        "sip_destination_url": f"sip:{destination}@{here}",
        "originate_early_media": "true",
        "originate_endpoint": "sofia",
        "rtp_use_codec_string": "PCMU,PCMA",
        "local_media_ip": here,
        "local_media_port": "12000",
        "advertised_media_ip": here,
        "audio_media_flow": "sendrecv",
        "rtp_local_sdp_str": sdp,
        "sip_outgoing_contact_uri": f"<sip:mod_sofia@{here}:5080>",
        "sip_req_uri": f"{destination}@{here}",
        "sip_to_host": here,
        "sip_from_host": here,
        "sofia_profile_name": "outside",
        "recovery_profile_name": "outside",
        "sofia_profile_url": f"sip:mod_sofia@{here}:5080",
    }


def reply_variables(uuid: str, destination: str) -> dict[str, str]:
    """What the first reply of a phone that is rung brings."""
    here = "127.0.0.1"
    return {
        "sip_to_user": destination,
        "sip_to_uri": f"{destination}@{here}:5060",
        "sip_to_port": "5060",
        "sip_to_tag": uuid[:8],
        "sip_from_user": "0000000000",
        "sip_from_uri": f"0000000000@{here}",
        "sip_from_tag": uuid[9:13],
        "sip_call_id": uuid,
        "sip_cseq": "1",
        "sip_reply_host": here,
        "sip_reply_port": "5060",
        "sip_network_ip": here,
        "sip_network_port": "5060",
        "sip_full_via": f"SIP/2.0/UDP {here}:5080;rport=5080;branch=z9hG4bK{uuid[:13]}",
        "sip_recover_via": f"SIP/2.0/UDP {here}:5080;rport=5080;branch=z9hG4bK{uuid[:13]}",
        "sip_full_from": f"<sip:0000000000@{here}>;tag={uuid[9:13]}",
        "sip_full_to": f"<sip:{destination}@{here}:5060>;tag={uuid[:8]}",
        "sip_contact_user": destination,
        "sip_contact_port": "5060",
        "sip_contact_uri": f"{destination}@{here}:5060",
        "sip_contact_host": here,
        "sip_recover_contact": f"<sip:{destination}@{here}:5060>",
    }


_MEDIA = {
    "remote_video_media_flow": "inactive",
    "remote_text_media_flow": "inactive",
    "remote_audio_media_flow": "sendrecv",
    "audio_media_flow": "sendrecv",
    "rtp_audio_recv_pt": "0",
    "rtp_use_codec_name": "PCMU",
    "rtp_use_codec_rate": "8000",
    "rtp_use_codec_ptime": "20",
    "rtp_use_codec_channels": "1",
    "rtp_last_audio_codec_string": "PCMU@8000h@20i@1c",
    "read_codec": "PCMU",
    "original_read_codec": "PCMU",
    "read_rate": "8000",
    "original_read_rate": "8000",
    "write_codec": "PCMU",
    "write_rate": "8000",
    "dtmf_type": "rfc2833",
    "local_media_ip": "127.0.0.1",
    "local_media_port": "12002",
    "advertised_media_ip": "127.0.0.1",
    "rtp_use_timer_name": "soft",
    "rtp_use_pt": "0",
    "rtp_use_ssrc": "1",
    "rtp_2833_send_payload": "101",
    "rtp_2833_recv_payload": "101",
    "remote_media_ip": "127.0.0.1",
    "remote_media_port": "40000",
}


def media_variables() -> dict[str, str]:
    """What both kinds of leg carry once there is sound."""
    return _MEDIA


_STATISTICS = """
    raw_bytes media_bytes packet_count media_packet_count skip_packet_count jitter_packet_count
    dtmf_packet_count cng_packet_count flush_packet_count largest_jb_size jitter_min_variance
    jitter_max_variance jitter_loss_rate jitter_burst_rate mean_interval flaw_total quality_percentage mos
    """.split()  # noqa: SIM905 (a list to be read)
_SENT = """
    raw_bytes media_bytes packet_count media_packet_count skip_packet_count dtmf_packet_count cng_packet_count
    """.split()  # noqa: SIM905 (a list to be read)


def final_variables(profile: Profile, stamps: dict[str, float], now: float, media: bool) -> dict[str, str]:
    """What CHANNEL_HANGUP_COMPLETE adds: times, lengths, and counts of packets (none are sent here)."""
    made: dict[str, str] = {}
    times = {name: stamps.get(name, 0.0) for name in ("start", "profile_start", "answer", "bridge")}
    times |= {name: stamps.get(name, 0.0) for name in ("last_hold", "resurrect", "progress", "progress_media")}
    times["end"] = now
    for name, at in times.items():
        if at:
            made[f"{name}_stamp"] = datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ006 (local)
        made[f"{name}_epoch"] = str(int(at))
        made[f"{name}_uepoch"] = _micro(at)
    made |= {"hold_accum_seconds": "0", "hold_accum_usec": "0", "hold_accum_ms": "0"}
    made["caller_id"] = f'"{profile.name}" <{profile.number}>'

    def since(name: str, start: float) -> float:
        return max(0.0, times[name] - start) if times[name] else 0.0

    start = times["start"]
    lengths = {
        "duration": now - start,
        "bill": now - times["answer"] if times["answer"] else 0.0,
        "progress": since("progress", start),
        "answer": since("answer", start),
        "wait": since("bridge", start),
        "progress_media": since("progress_media", start),
        "flow_bill": now - start,
    }
    for name, seconds in lengths.items():
        whole, milli, micro = (
            ("duration", "mduration", "uduration")
            if name == "duration"
            else (f"{name}sec", f"{name}msec", f"{name}usec")
        )
        made[whole] = str(int(seconds))
        made[milli] = str(int(seconds * 1e3))
        made[micro] = _micro(seconds)
    if media:
        made |= {f"rtp_audio_in_{name}": "0" for name in _STATISTICS}
        made |= {f"rtp_audio_out_{name}": "0" for name in _SENT}
        made |= {"rtp_audio_rtcp_packet_count": "0", "rtp_audio_rtcp_octet_count": "0"}
    return made
