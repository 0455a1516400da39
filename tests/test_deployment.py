"""docker/ and what it says of everything else: no engine runs here, so what can be read is held to be true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from controller.config import PREFIX, Config
from flow_editor.commands import careline

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
SERVICES = COMPOSE["services"]
EDITOR = SERVICES["editor"]
CONTROLLERS = [service for name, service in SERVICES.items() if name.startswith("controller")]


def test_every_setting_of_a_controller_exists_and_can_be_read() -> None:
    known = {PREFIX + name.upper() for name in Config.model_fields} | {"CARELINE_SIP_DOMAIN"}
    for service in (*CONTROLLERS, EDITOR):
        assert set(service["environment"]) <= known
        given = {
            name.removeprefix(PREFIX).lower(): "a-long-secret" if value.startswith("${") else value
            for name, value in service["environment"].items()
            if value is not None and name != "CARELINE_DATABASE_URL"
        }
        Config.load(**given).need("switch_password", "socket_secret")


def test_controllers_listen_apart_and_share_all_else() -> None:
    listening = [service["environment"]["CARELINE_ESL_LISTEN"] for service in CONTROLLERS]
    assert len(set(listening)) == len(listening) == 2
    first, second = ({**service["environment"], "CARELINE_ESL_LISTEN": ""} for service in CONTROLLERS)
    assert first == second
    assert all(service["command"][-1] == "--no-editor" for service in CONTROLLERS), (
        "one editor, as a service of its own"
    )


def test_every_setting_of_the_switch_is_one_that_its_configuration_reads() -> None:
    reads = set(re.findall(r"CARELINE_[A-Z_]+", (ROOT / "freeswitch_conf" / "vars.xml").read_text(encoding="utf-8")))
    environment = SERVICES["freeswitch"]["environment"]
    assert set(environment) <= reads
    # The switch takes an empty value for a value.
    assert not [name for name, value in environment.items() if value is not None and (not value or ":-" in value)]


def test_the_switch_finds_files_where_controllers_say_they_are() -> None:
    (folder,) = re.findall(r"CARELINE_DATA_DIR=(\S+)", DOCKERFILE)
    shared = f"careline:{folder}"
    assert all(shared in service["volumes"] for service in (*CONTROLLERS, EDITOR, SERVICES["freeswitch"]))
    assert SERVICES["freeswitch"]["environment"]["CARELINE_PHONES_DIR"].startswith(folder)


def test_volumes_and_services_that_are_named_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / "docker" / source).resolve().is_dir(), volume
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_secrets_are_asked_for_and_images_are_named() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    for name in (
        "CARELINE_DATABASE_PASSWORD",
        "CARELINE_SWITCH_PASSWORD",
        "CARELINE_SOCKET_SECRET",
        "FREESWITCH_IMAGE",
    ):
        assert set(re.findall(rf"\${{{name}[^}}]*}}", text)) <= set(re.findall(rf"\${{{name}:\?[^}}]+}}", text))
        assert f"${{{name}:?" in text


def test_the_image_is_made_of_files_that_are_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"}
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source
            path = Path(source)
            assert {str(path), *map(str, path.parents)} & let_in, source
    assert "setuptools==" in (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    assert DOCKERFILE.rindex("USER careline") > DOCKERFILE.rindex("FROM ")


def test_the_image_runs_commands_that_exist() -> None:
    (health,) = re.findall(r'HEALTHCHECK .* CMD \["careline", "([\w-]+)"\]', DOCKERFILE)
    (run,) = re.findall(r'^CMD \["careline", "([\w-]+)"\]', DOCKERFILE, re.MULTILINE)
    assert {health, run} <= set(careline.commands)
