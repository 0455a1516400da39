"""A SIP phone for tests: registers, calls, is called, presses keys, hears. UDP on loopback, G.711, threads.

Written for tests that say what a person does ("answer", "press 1", "hang up") and wait for what happens.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import socket
import threading
import time
from types import TracebackType
from typing import Self

from tests.freeswitch.sip import Message
from tests.freeswitch.sound import EVENTS, Sound, strongest, tone

_PATIENCE = 5.0


class PhoneCall:
    """One call of a phone, either way. What happens to it is in `status`, `ended` and `sound`."""

    def __init__(self, phone: Softphone, call_id: str, sound: Sound) -> None:
        self._phone = phone
        self.call_id = call_id
        self.sound = sound
        self.status = 0
        """The last SIP status seen or given: 180 ringing, 183 early sound, 200 answered, 486 busy ..."""
        self.answered = False
        self.ended = False
        self.reason = ""
        """The Reason header of what ended it."""
        self.came_at = 0.0
        """When a call to us came: seconds since 1970."""
        self.invite: Message | None = None
        """The INVITE that came, for a call to us."""
        self.final: Message | None = None
        """The last reply to our INVITE, for a call from us."""
        self._target = ""
        self._local = ""
        self._remote = ""
        self._route: list[str] = []
        self._cseq = 1
        self._request = b""
        self._reply = b""

    def wait_ringing(self, timeout: float = _PATIENCE) -> None:
        """Until the other side rings or sends early sound."""
        self._wait(lambda: self.status in (180, 183) or self.answered, timeout, "it does not ring")

    def wait_answered(self, timeout: float = _PATIENCE) -> None:
        """Until it is answered. Raises AssertionError."""
        self._wait(lambda: self.answered or self.ended, timeout, "nobody answers")
        assert self.answered, f"not answered: {self.status}"

    def wait_ended(self, timeout: float = _PATIENCE) -> int:
        """Until it is over; its last status. Raises AssertionError."""
        self._wait(lambda: self.ended, timeout, "it does not end")
        return self.status

    def ring(self) -> None:
        """Say that we ring (180)."""
        self._respond(180, "Ringing")

    def answer(self) -> None:
        """Pick up, and wait until the caller's side knows."""
        assert self.invite is not None
        assert not self.ended, f"the caller has gone: {self.reason}"
        self._phone._start_sound(self, self.invite.body)
        self._respond(200, "OK", self._phone._sdp(self.sound))
        self._wait(lambda: self.answered or self.ended, _PATIENCE, "no ACK")

    def decline(self, status: int = 603, words: str = "Decline") -> None:
        """Refuse the call: 486 for busy, 480 for not there, 603 for no."""
        self._respond(status, words)
        self._phone._end(self)

    def press(self, keys: str) -> None:
        """Press keys, as sound events (RFC 4733)."""
        self.sound.press(keys)

    def press_by_info(self, keys: str) -> None:
        """Press keys, as SIP INFO."""
        for key in keys:
            self._in_dialog("INFO", f"Signal={key}\r\nDuration=160\r\n", "application/dtmf-relay")

    def transfer(self, number: str) -> None:
        """Send the other side on to a number, as the transfer key of a desk phone does (REFER)."""
        to = f"<sip:{number}@{self._phone.server[0]}:{self._phone.server[1]}>"
        self._in_dialog(
            "REFER", "", "", f"Refer-To: {to}\r\nReferred-By: <sip:{self._phone.number}@{self._phone.domain}>\r\n"
        )

    def hang_up(self) -> None:
        """Hang up, or give up while it still rings."""
        if self.ended:
            return
        if self.invite is not None and not self.answered:
            self.decline()
        elif self.answered:
            self._in_dialog("BYE")
            self._phone._end(self)
        elif self.status == 0:
            self._phone._end(self)  # not a word came back: there is nothing to cancel
        else:
            self._phone._cancel(self)

    def _wait(self, true: object, timeout: float, complaint: str) -> None:
        with self._phone._changed:
            if not self._phone._changed.wait_for(true, timeout):  # type: ignore[arg-type]
                raise AssertionError(f"{complaint} within {timeout} s (status {self.status}, ended {self.ended})")

    def _respond(self, status: int, words: str, body: str = "") -> None:
        assert self.invite is not None
        self.status = status
        self._reply = self._phone._reply(self.invite, status, words, body, to=self._local)
        self._phone._send(self._reply)

    def _in_dialog(self, method: str, body: str = "", kind: str = "", headers: str = "") -> None:
        self._cseq += 1
        routes = "".join(f"Route: {route}\r\n" for route in self._route)
        content = f"Content-Type: {kind}\r\n" if body else ""
        self._phone._send_text(
            f"{method} {self._target} SIP/2.0\r\n{self._phone._via()}{routes}Max-Forwards: 70\r\nFrom: {self._local}\r\n"
            f"To: {self._remote}\r\nCall-ID: {self.call_id}\r\nCSeq: {self._cseq} {method}\r\n"
            f"Contact: {self._phone.contact}\r\n{headers}{content}",
            body,
        )


class Softphone:
    """A phone with a number. `secret` None: it never signs in, like a caller from outside."""

    def __init__(
        self,
        server: tuple[str, int],
        number: str,
        secret: str | None = None,
        *,
        domain: str = "careline.local",
        port: int = 0,
    ) -> None:
        self.server = server
        self.number = number
        self.domain = domain
        self._secret = secret
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", port))
        self.port = int(self._sock.getsockname()[1])
        self.contact = f"<sip:{number}@127.0.0.1:{self.port}>"
        self._changed = threading.Condition(threading.RLock())
        self._calls: dict[str, PhoneCall] = {}
        self._incoming: list[PhoneCall] = []
        self._replies: dict[tuple[str, str], Message] = {}
        self.calls_came = 0
        """Calls that came in, whether anybody took them or not."""
        self._registered = False
        self._registration = (secrets.token_hex(8), 0)
        """Call-ID of all our registrations, and the last CSeq: the switch tells one phone's from another's by it."""
        self.messages: list[str] = []
        """The first line of every message received: for a test that failed."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def register(self, expires: int = 300, timeout: float = _PATIENCE) -> int:
        """Sign in (0 signs out); the status: 200, or 403 when the password is wrong."""
        call_id, last = self._registration
        self._registration = (call_id, last + 2)
        tag = secrets.token_hex(4)

        def send(cseq: int, more: str) -> Message:
            self._send_text(
                f"REGISTER sip:{self.domain} SIP/2.0\r\n{self._via()}Max-Forwards: 70\r\n"
                f"From: <sip:{self.number}@{self.domain}>;tag={tag}\r\nTo: <sip:{self.number}@{self.domain}>\r\n"
                f"Call-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\nContact: {self.contact}\r\nExpires: {expires}\r\n{more}"
            )
            return self._await_reply(call_id, f"{cseq} REGISTER", timeout)

        reply = send(last + 1, "")
        if reply.status == 401 and self._secret is not None:
            reply = send(last + 2, self._authorization(reply, "REGISTER", f"sip:{self.domain}"))
        assert reply.status is not None
        self._registered = reply.status == 200 and expires > 0
        return reply.status

    def dial(self, number: str, *, name: str = "", headers: str = "") -> PhoneCall:
        """Call a number; returns at once. `name` is the display name, sent as it stands; `headers` are further lines."""
        uri = f"sip:{number}@{self.server[0]}:{self.server[1]}"
        call = PhoneCall(self, secrets.token_hex(8), Sound())
        shown = f'"{name}" ' if name else ""
        call._local = f"{shown}<sip:{self.number}@{self.domain}>;tag={secrets.token_hex(4)}"
        call._remote = f"<{uri}>"
        call._target = uri
        with self._changed:
            self._calls[call.call_id] = call
        self._invite(call, headers)
        return call

    def next_call(self, timeout: float = _PATIENCE) -> PhoneCall:
        """The next call that comes in, not yet ringing. Raises AssertionError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._incoming, timeout):
                raise AssertionError(f"no call for {self.number} within {timeout} s")
            return self._incoming.pop(0)

    def close(self) -> None:
        """Hang up whatever is up, sign out, and go."""
        for call in list(self._calls.values()):
            call.hang_up()
        if self._registered:
            self.register(expires=0)
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)  # wakes the reader
        self._sock.close()
        self._thread.join(2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- what goes out

    def _via(self) -> str:
        return f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(8)};rport\r\n"

    def _send(self, message: bytes) -> None:
        self._sock.sendto(message, self.server)

    def _send_text(self, head: str, body: str = "") -> bytes:
        message = f"{head}User-Agent: softphone\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}".encode()
        self._send(message)
        return message

    def _sdp(self, sound: Sound) -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {sound.port} RTP/AVP 0 {EVENTS}\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:{EVENTS} telephone-event/8000\r\na=fmtp:{EVENTS} 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        )

    def _invite(self, call: PhoneCall, headers: str) -> None:
        call._request = self._send_text(
            f"INVITE {call._target} SIP/2.0\r\n{self._via()}Max-Forwards: 70\r\nFrom: {call._local}\r\nTo: {call._remote}\r\n"
            f"Call-ID: {call.call_id}\r\nCSeq: {call._cseq} INVITE\r\nContact: {self.contact}\r\n"
            f"Allow: INVITE, ACK, BYE, CANCEL, INFO, UPDATE, REFER, NOTIFY, OPTIONS\r\n{headers}"
            "Content-Type: application/sdp\r\n",
            self._sdp(call.sound),
        )

    def _cancel(self, call: PhoneCall) -> None:
        request = Message(call._request)
        self._send_text(
            f"CANCEL {call._target} SIP/2.0\r\nVia: {request.get('via')}\r\nMax-Forwards: 70\r\nFrom: {call._local}\r\n"
            f"To: {request.get('to')}\r\nCall-ID: {call.call_id}\r\nCSeq: {call._cseq} CANCEL\r\n"
        )
        call.wait_ended()

    def _ack(self, call: PhoneCall, reply: Message, target: str) -> None:
        # For a refusal the ACK belongs to the INVITE's transaction, for an answer it is one of its own.
        refused = reply.status is not None and reply.status >= 300
        via = f"Via: {Message(call._request).get('via')}\r\n" if refused else self._via()
        routes = "" if refused else "".join(f"Route: {route}\r\n" for route in call._route)
        number = reply.get("cseq").split(" ")[0]
        self._send_text(
            f"ACK {target} SIP/2.0\r\n{via}{routes}Max-Forwards: 70\r\nFrom: {call._local}\r\nTo: {reply.get('to')}\r\n"
            f"Call-ID: {call.call_id}\r\nCSeq: {number} ACK\r\n"
        )

    def _reply(self, request: Message, status: int, words: str, body: str = "", to: str = "") -> bytes:
        vias = "".join(f"Via: {via}\r\n" for via in request.all("via"))
        routes = "".join(f"Record-Route: {route}\r\n" for route in request.all("record-route"))
        content = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"SIP/2.0 {status} {words}\r\n{vias}{routes}From: {request.get('from')}\r\nTo: {to or request.get('to')}\r\n"
            f"Call-ID: {request.get('call-id')}\r\nCSeq: {request.get('cseq')}\r\nContact: {self.contact}\r\n{content}"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
        ).encode()

    def _authorization(self, reply: Message, method: str, uri: str) -> str:
        name = "Authorization" if reply.status == 401 else "Proxy-Authorization"
        asked = reply.get("www-authenticate" if reply.status == 401 else "proxy-authenticate")
        realm, nonce = (re.search(rf'{key}="([^"]*)"', asked) for key in ("realm", "nonce"))
        assert realm is not None
        assert nonce is not None

        def md5(*parts: str) -> str:
            return hashlib.md5(":".join(parts).encode()).hexdigest()

        cnonce = secrets.token_hex(4)
        answer = md5(
            md5(self.number, realm[1], self._secret or ""), nonce[1], "00000001", cnonce, "auth", md5(method, uri)
        )
        return (
            f'{name}: Digest username="{self.number}", realm="{realm[1]}", nonce="{nonce[1]}", uri="{uri}", '
            f'response="{answer}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{cnonce}"\r\n'
        )

    # --- what comes in

    def _await_reply(self, call_id: str, cseq: str, timeout: float) -> Message:
        with self._changed:
            if not self._changed.wait_for(lambda: (call_id, cseq) in self._replies, timeout):
                raise AssertionError(f"no reply to {cseq} within {timeout} s")
            return self._replies.pop((call_id, cseq))

    def _read(self) -> None:
        while True:
            try:
                raw, _ = self._sock.recvfrom(65535)
            except OSError:
                return  # closed
            if not raw.strip():
                continue  # a keep-alive
            message = Message(raw)
            with self._changed:
                self.messages.append(message.first)
                if message.status is not None:
                    self._take_reply(message, message.status)
                else:
                    self._take_request(message)
                self._changed.notify_all()

    def _take_reply(self, reply: Message, status: int) -> None:
        call = self._calls.get(reply.get("call-id"))
        if call is None or reply.method != "INVITE":
            if status >= 200:
                self._replies[reply.get("call-id"), reply.get("cseq")] = reply
            return
        if status < 200:
            if not call.answered and not call.ended:
                call.status = max(call.status, status)
                if reply.body:
                    self._start_sound(call, reply.body)
            return
        if status >= 300:
            self._ack(call, reply, call._target)
            if status in (401, 407) and self._secret is not None and call._cseq == 1:
                call._cseq += 1
                self._invite(call, self._authorization(reply, "INVITE", call._target))
                return
            call.status, call.final, call.reason = status, reply, reply.get("reason")
            self._end(call)
            return
        call._target = _uri(reply.get("contact"))
        call._route = reply.all("record-route")[::-1]
        call._remote = reply.get("to")
        self._ack(call, reply, call._target)
        if not call.answered:
            call.status, call.final, call.answered = status, reply, True
            self._start_sound(call, reply.body)

    def _take_request(self, request: Message) -> None:
        call = self._calls.get(request.get("call-id"))
        match request.method:
            case "INVITE" if call is None:
                self._take_invite(request)
            case "INVITE" if call is not None and call.answered and "tag=" in request.get("to"):
                self._start_sound(call, request.body)
                self._send(self._reply(request, 200, "OK", self._sdp(call.sound)))
            case "INVITE" if call is not None and call._reply:
                self._send(call._reply)  # it came again: our reply was late
            case "ACK":
                if call is not None and call.invite is not None and call.status == 200:
                    call.answered = True
            case "CANCEL" if call is not None and call.invite is not None and not call.answered:
                self._send(self._reply(request, 200, "OK"))
                call.reason = request.get("reason")
                call._respond(487, "Request Terminated")
                self._end(call)
            case "BYE":
                self._send(self._reply(request, 200, "OK"))
                if call is not None:
                    call.reason = request.get("reason")
                    self._end(call)
            case _:
                self._send(self._reply(request, 200, "OK"))

    def _take_invite(self, request: Message) -> None:
        call = PhoneCall(self, request.get("call-id"), Sound())
        call.invite = request
        call.came_at = time.time()
        call._local = f"{request.get('to')};tag={secrets.token_hex(4)}"
        call._remote = request.get("from")
        call._target = _uri(request.get("contact"))
        call._route = request.all("record-route")
        self._calls[call.call_id] = call
        self._incoming.append(call)
        self.calls_came += 1
        self._send(self._reply(request, 100, "Trying"))

    def _start_sound(self, call: PhoneCall, sdp: str) -> None:
        host = re.search(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", sdp, re.MULTILINE)
        if host is not None and port is not None and not call.ended:
            call.sound.start(host[1], int(port[1]))

    def _end(self, call: PhoneCall) -> None:
        with self._changed:
            if not call.ended:
                call.ended = True
                threading.Thread(
                    target=call.sound.stop, daemon=True
                ).start()  # it joins a thread that may be waiting for us
            self._changed.notify_all()


def _uri(contact: str) -> str:
    match = re.search(r"<([^>]+)>", contact)
    return match[1] if match else contact.split(";")[0]


def talk(one: PhoneCall, other: PhoneCall) -> None:
    """Both hear each other."""
    for speaker, listener, hertz in ((one, other, 700.0), (other, one, 1100.0)):
        speaker.sound.play(tone(hertz, 2.0))
        listener.sound.wait_for_tone(hertz)
        assert abs(strongest(listener.sound.heard(last=0.2)) - hertz) < 60
