"""Asking web services, against a real server on the loopback address."""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from gevent.pywsgi import WSGIServer
from gevent.server import StreamServer
from hypothesis import given
from hypothesis import strategies as st

from controller.delivery import webhooks
from controller.delivery.webhooks import MOST_BYTES, MOST_FIELDS, Webhooks, fields
from controller.flows.clinic import WebRequest

Answer = tuple[int, dict[str, str], bytes]


class Service:
    """A web service that keeps what it was asked and answers from a list, the last answer for ever."""

    def __init__(self, port: int = 0, **tls: Any) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Answer | Callable[[], Answer]] = [(200, {}, b"{}")]
        self._server = WSGIServer(("127.0.0.1", port), self._answer, log=None, error_log=None, **tls)
        self._server.start()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.asked.append(
            {
                "method": environ["REQUEST_METHOD"],
                "path": environ["PATH_INFO"],
                "query": environ["QUERY_STRING"],
                "host": environ["HTTP_HOST"],
                "key": environ.get("HTTP_IDEMPOTENCY_KEY"),
                "body": environ["wsgi.input"].read(),
            }
        )
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        status, headers, content = answer() if callable(answer) else answer
        start_response(f"{status} Said", list(headers.items()))
        return [content]

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "PAUSE", 0.001)


@pytest.fixture
def sender() -> Webhooks:
    return Webhooks(["127.0.0.1"])


def test_posts_fields_and_reads_the_answer(service: Service, sender: Webhooks) -> None:
    service.answers = [(200, {"Content-Type": "application/json"}, b'{"name": "Ana", "due": 12.50, "new": false}')]
    answer = sender.send(
        WebRequest(f"{service.url}/patients?v=2", body={"phone": "+13125550100"}, idempotency_key="c1-4")
    )
    assert (answer.status, answer.error) == (200, "")
    assert answer.fields == {"name": "Ana", "due": "12.50", "new": "false"}
    (asked,) = service.asked
    assert (asked["method"], asked["path"], asked["query"]) == ("POST", "/patients", "v=2")
    assert json.loads(asked["body"]) == {"phone": "+13125550100"}
    assert asked["key"] == "c1-4"
    assert asked["host"] == f"127.0.0.1:{service.port}"


def test_a_get_sends_its_fields_in_the_query(service: Service, sender: Webhooks) -> None:
    sender.send(WebRequest(f"{service.url}/find?v=2", method="GET", body={"name": "a&b=c d/ü"}))
    (asked,) = service.asked
    assert asked["query"] == "v=2&name=a%26b%3Dc+d%2F%C3%BC"
    assert asked["body"] == b""


@pytest.mark.parametrize("hostile", ["a\r\nX-Evil: 1", "\udcff", "${system(id)}", "\0"])
def test_values_that_callers_sent_stay_values(service: Service, sender: Webhooks, hostile: str) -> None:
    assert sender.send(WebRequest(service.url, body={"name": hostile})).status == 200
    assert json.loads(service.asked[0]["body"]) == {"name": hostile}
    assert sender.send(WebRequest(service.url, method="GET", body={"name": hostile})).status == 200


def test_a_broken_service_is_asked_again_with_the_same_key(service: Service, sender: Webhooks) -> None:
    service.answers = [(503, {}, b""), (500, {}, b""), (200, {}, b'{"ok": true}')]
    answer = sender.send(WebRequest(service.url, retries=2, idempotency_key="c1-4"))
    assert answer.fields == {"ok": "true"}
    assert [asked["key"] for asked in service.asked] == ["c1-4"] * 3


def test_it_gives_up_after_its_retries(service: Service, sender: Webhooks) -> None:
    service.answers = [(503, {}, b"")]
    assert sender.send(WebRequest(service.url, retries=1)).status == 503
    assert len(service.asked) == 2


@pytest.mark.parametrize("status", [400, 404, 409, 429])
def test_a_service_that_refuses_is_not_asked_again(service: Service, sender: Webhooks, status: int) -> None:
    service.answers = [(status, {}, b'{"why": "no"}')]
    answer = sender.send(WebRequest(service.url))
    assert (answer.status, answer.fields) == (status, {"why": "no"})
    assert len(service.asked) == 1


def test_no_connection_is_tried_again_and_then_said(sender: Webhooks) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = sender.send(WebRequest(f"http://127.0.0.1:{port}/", retries=2))
    assert (answer.status, answer.error) == (0, "The service could not be reached.")


def test_a_service_that_comes_up_between_tries_answers(monkeypatch: pytest.MonkeyPatch, sender: Webhooks) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    started: list[Service] = []

    def pause(seconds: float) -> None:
        if not started:
            started.append(Service(port))

    monkeypatch.setattr(webhooks.gevent, "sleep", pause)
    answer = sender.send(WebRequest(f"http://127.0.0.1:{port}/", retries=2))
    monkeypatch.undo()
    started[0].stop()
    assert answer.status == 200


def test_once_asked_a_broken_connection_is_not_asked_again(sender: Webhooks) -> None:
    asked: list[bytes] = []

    def cut(peer: socket.socket, _: Any) -> None:
        asked.append(peer.recv(65536))
        peer.close()

    server = StreamServer(("127.0.0.1", 0), cut)
    server.start()
    answer = sender.send(WebRequest(f"http://127.0.0.1:{server.server_port}/", retries=3))
    server.stop()
    assert (answer.status, answer.error) == (0, "The connection broke off.")
    assert len(asked) == 1


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n{"])
def test_a_service_that_trickles_is_given_up_in_time(sender: Webhooks, beginning: bytes) -> None:
    def trickle(peer: socket.socket, _: Any) -> None:
        try:
            peer.sendall(beginning)
            while beginning:
                peer.sendall(b"a")
                gevent.sleep(0.01)
            peer.recv(65536)
            peer.recv(65536)
        except OSError:
            pass

    server = StreamServer(("127.0.0.1", 0), trickle)
    server.start()
    began = time.monotonic()
    answer = sender.send(WebRequest(f"http://127.0.0.1:{server.server_port}/", seconds=0.2, retries=5))
    took = time.monotonic() - began
    server.stop(timeout=1)
    assert (answer.status, answer.error) == (0, "No answer within 0.2 s.")
    assert took < 2


def test_tries_and_pauses_together_keep_the_time(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    monkeypatch.setattr(webhooks, "PAUSE", 30)
    service.answers = [(503, {}, b"")]
    answer = Webhooks(["127.0.0.1"]).send(WebRequest(service.url, seconds=0.2, retries=5))
    assert answer.error == "No answer within 0.2 s."
    assert len(service.asked) == 1


def test_an_answer_without_end_is_not_read(service: Service, sender: Webhooks) -> None:
    service.answers = [(200, {}, b'{"a": "' + b"a" * MOST_BYTES + b'"}')]
    assert sender.send(WebRequest(service.url)).error == "The answer was longer than 64 kB."


# -- where it may go


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere.example/",
        "http://127.0.0.1.elsewhere.example/",
        "http://127.0.0.1@elsewhere.example/",
        "http://user:word@127.0.0.1/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nHost: x",
        "http://[::1",
        "http://127.1/",
        "",
    ],
)
def test_only_allowed_hosts_are_asked(sender: Webhooks, url: str) -> None:
    assert not sender.may_ask(url)
    assert sender.send(WebRequest(url)).status == 0


def test_without_a_list_nothing_is_asked(service: Service) -> None:
    assert "may ask" in Webhooks([]).send(WebRequest(service.url)).error
    assert service.asked == []


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "ff02::1", "::"),
    ],
)
def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(None, None, None, "", (address, port))]

    monkeypatch.setattr(webhooks.socket, "getaddrinfo", resolve)
    answer = Webhooks(["ehr.example"]).send(WebRequest("http://ehr.example/"))
    assert "private address" in answer.error


def test_a_name_allowed_with_its_port_may_lead_inside(service: Service) -> None:
    allowed = Webhooks([f"localhost:{service.port}"])
    assert allowed.send(WebRequest(f"http://localhost:{service.port}/")).status == 200
    assert not allowed.may_ask("http://localhost:1/")
    assert "private" in Webhooks(["localhost"]).send(WebRequest(f"http://localhost:{service.port}/")).error


def test_the_address_judged_is_the_address_asked(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **kinds: Any) -> Any:
        looked_up.append(host)
        return real("127.0.0.1", port, *args, **kinds)

    monkeypatch.setattr(webhooks.socket, "getaddrinfo", resolve)
    url = f"http://ehr.example:{service.port}/"
    assert Webhooks([f"ehr.example:{service.port}"]).send(WebRequest(url)).status == 200
    assert looked_up.count("ehr.example") == 1
    assert service.asked[0]["host"] == f"ehr.example:{service.port}"


def test_redirects_are_followed_among_allowed_hosts_only(service: Service, sender: Webhooks) -> None:
    service.answers = [
        (307, {"Location": "/new"}, b""),
        (303, {"Location": f"{service.url}/see"}, b""),
        (200, {}, b"{}"),
    ]
    assert sender.send(WebRequest(service.url, body={"a": "1"})).status == 200
    assert [(asked["method"], asked["path"]) for asked in service.asked] == [
        ("POST", "/"),
        ("POST", "/new"),
        ("GET", "/see"),
    ]
    service.asked.clear()
    service.answers = [(302, {"Location": f"http://localhost:{service.port}/"}, b"")]
    assert "may ask" in sender.send(WebRequest(service.url)).error
    assert len(service.asked) == 1


def test_redirects_in_circles_end(service: Service, sender: Webhooks) -> None:
    service.answers = [(302, {"Location": "/"}, b"")]
    assert sender.send(WebRequest(service.url)).error == "The service sent us round in circles."


# -- encrypted


def _certificate(path: Path) -> Path:
    """A certificate for ehr.example, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ehr.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("ehr.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_a_service_must_prove_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _certificate(tmp_path / "service.pem")
    proving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    proving.load_cert_chain(path)
    service = Service(ssl_context=proving)
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **kinds: Any) -> Any:
        return real("127.0.0.1", port, *args, **kinds)

    monkeypatch.setattr(webhooks.socket, "getaddrinfo", resolve)
    trusting = ssl.create_default_context(cafile=str(path))
    sender = Webhooks([f"ehr.example:{service.port}", f"other.example:{service.port}"])
    try:
        unproven = sender.send(WebRequest(f"https://ehr.example:{service.port}/"))
        assert unproven.error == "The service could not prove who it is (TLS)."
        monkeypatch.setattr(webhooks, "_tls", lambda: trusting)
        assert sender.send(WebRequest(f"https://ehr.example:{service.port}/")).status == 200
        other = sender.send(WebRequest(f"https://other.example:{service.port}/"))
        assert other.error == "The service could not prove who it is (TLS)."
        service.answers = [(307, {"Location": f"http://ehr.example:{service.port}/"}, b"")]
        downgraded = sender.send(WebRequest(f"https://ehr.example:{service.port}/"))
        assert downgraded.error == "The service sent us to an address that is not encrypted."
    finally:
        service.stop()


# -- answers


def test_scalars_inside_are_named_by_the_way_to_them() -> None:
    answer = {"patient": {"name": "Ana", "pcp": None}, "visits": [{"day": "2026-11-23"}, 7], "deep": [[[1]]]}
    assert fields(json.dumps(answer).encode()) == {
        "patient.name": "Ana",
        "patient.pcp": "",
        "visits.0.day": "2026-11-23",
        "visits.1": "7",
        "deep.0.0.0": "1",
    }


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1]", b'"text"', b"12", b"{", b"\xff{}", b"[" * 50_000])
def test_what_is_no_json_object_has_no_fields(content: bytes) -> None:
    assert fields(content) == {}


def test_fields_are_limited() -> None:
    assert len(fields(json.dumps({str(i): i for i in range(5000)}).encode())) == MOST_FIELDS
    assert fields(b'{"a": ' + b'{"a": ' * 500 + b"1" + b"}" * 501) == {}
    assert fields(b'{"n": ' + b"9" * 6000 + b"}") == {"n": "9" * 6000}


@given(st.binary(max_size=200))
def test_no_answer_breaks_the_reading(content: bytes) -> None:
    assert all(isinstance(value, str) for value in fields(content).values())


def test_private_addresses_given_as_such_are_meant() -> None:
    assert ipaddress.ip_address("10.0.0.8").is_private
    assert Webhooks(["10.0.0.8"]).may_ask("http://10.0.0.8/") is True
    assert Webhooks(["10.0.0.8"]).may_ask("http://10.0.0.9/") is False
