"""The environment, read once: what is wrong is said in a line each."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from controller.config import Address, Config, ConfigError
from controller.telephone import NotATelephoneNumber, e164


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CARELINE_")]:
        monkeypatch.delenv(name)


def test_works_as_it_is() -> None:
    config = Config.load()
    assert config.database == "sqlite:///data/careline.db"
    assert config.esl_listen == ("127.0.0.1", 8084)
    assert str(config.advertised) == "127.0.0.1:8084"
    assert config.controller.endswith(":8084")


def test_everything_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {
        "DATA_DIR": str(tmp_path),
        "SWITCHES": "10.0.0.1:8021, [fd00::1]:8022",
        "ESL_LISTEN": "0.0.0.0:9000",
        "ESL_ADVERTISE": "10.0.0.9:9000",
        "ALLOWED_NETWORKS": "10.0.0.0/8",
        "WEBHOOK_HOSTS": "ehr.example,localhost:8080",
        "SOCKET_SECRET": "abcdefgh-1234",
        "SWITCH_PASSWORD": "xyz",
        "MAX_CALLS": "20",
        "CONTROLLER_ID": "one",
        "LOG_FORMAT": "json",
        "SIP_DOMAIN": "the switch's own: not ours to judge",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"CARELINE_{name}", value)
    config = Config.load()
    assert config.switches == (Address("10.0.0.1", 8021), Address("fd00::1", 8022))
    assert [str(switch) for switch in config.switches] == ["10.0.0.1:8021", "[fd00::1]:8022"]
    assert config.advertised == ("10.0.0.9", 9000)
    assert config.allowed_networks == (ip_network("10.0.0.0/8"),)
    assert config.webhook_hosts == ("ehr.example", "localhost:8080")
    assert config.need("socket_secret", "switch_password") == ("abcdefgh-1234", "xyz")
    assert (config.max_calls, config.controller, config.log_format) == (20, "one", "json")
    assert config.database == f"sqlite:///{tmp_path}/careline.db"
    assert "abcdefgh" not in repr(config)
    assert "xyz" not in repr(config)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESL_LISTEN", "8084"),
        ("ESL_LISTEN", "host:99999"),
        ("SWITCHES", "a:1,b"),
        ("SOCKET_SECRET", "short"),
        ("SOCKET_SECRET", "with a space|and a pipe"),
        ("MAX_CALLS", "many"),
        ("MAX_CALLS", "0"),
        ("ALLOWED_NETWORKS", "10.0.0.300/8"),
        ("DATABASE_URL", "mysql://x"),
        ("INSTALLATION_KEY", "not base64!"),
        ("INSTALLATION_KEY", base64.b64encode(b"short").decode()),
        ("WEBHOOK_HOSTS", "https://ehr.example/"),
        ("LOG_FORMAT", "xml"),
        ("CONTROLLER_ID", "two words"),
        ("COUNTRY", "usa"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CARELINE_{name}", value)
    with pytest.raises(ConfigError) as refused:
        Config.load()
    assert str(refused.value).startswith(f"CARELINE_{name}: ")
    assert "\n" not in str(refused.value)
    if "SECRET" in name or "KEY" in name:
        assert value not in str(refused.value)


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(ConfigError, match="CARELINE_SOCKET_SECRET: is not set\nCARELINE_SWITCH_PASSWORD: is not set"):
        Config.load().need("socket_secret", "switch_password")


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    config = Config.load(data_dir=tmp_path / "new")
    key = config.key()
    path = tmp_path / "new" / "installation.key"
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Config.load(data_dir=tmp_path / "new").key() == key
    assert [file.name for file in path.parent.iterdir()] == ["installation.key"]
    path.chmod(0o644)
    assert config.key() == key  # read once
    with pytest.raises(ConfigError, match="readable by its owner only"):
        Config.load(data_dir=tmp_path / "new").key()
    path.chmod(0o600)
    path.write_text("damaged")
    with pytest.raises(ConfigError, match=r"installation\.key"):
        Config.load(data_dir=tmp_path / "new").key()


def test_a_key_that_is_given(tmp_path: Path) -> None:
    given = base64.b64encode(bytes(range(32))).decode()
    assert Config.load(data_dir=tmp_path, installation_key=given).key() == bytes(range(32))
    assert list(tmp_path.iterdir()) == []


def test_programs_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    program = "from controller.config import Config; print(Config.load().key().hex())"
    environment = os.environ | {"CARELINE_DATA_DIR": str(tmp_path)}
    started = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({child.communicate(timeout=30)[0] for child in started}) == 1


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+13125550100", "+13125550100"),
        ("(312) 555-0100", "+13125550100"),
        ("1 312 555 0100", "+13125550100"),
        ("+34 912 34 56 78", "+34912345678"),
        ("tel:+1-312-555-0100", "+13125550100"),
    ],
)
def test_telephone_numbers(given: str, number: str) -> None:
    assert e164(given, "US") == number


@pytest.mark.parametrize("given", ["", "anonymous", "911", "+1", "12345678901234567890", "101", "x" * 500])
def test_what_is_no_telephone_number(given: str) -> None:
    with pytest.raises(NotATelephoneNumber):
        e164(given, "US")
