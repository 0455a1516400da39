"""What a process is told by its environment (CARELINE_*): one typed class, the only place that reads it.

What staff set is not here but in SQL (preferences).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import socket
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CARELINE_"
KEY_BYTES = 32


class ConfigError(Exception):
    """A setting that is missing or wrong. The message has a line for each, naming it as it is set."""


class Address(NamedTuple):
    """A TCP address."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def read(cls, given: Any) -> Address:
        """From "host:port" or "[IPv6]:port"."""
        if isinstance(given, tuple):
            return cls(str(given[0]), int(given[1]))
        found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\s/|]+)):([0-9]{1,5})", str(given).strip())
        if not found or int(found[3]) > 65535:
            raise ValueError(f"{given!r} is not host:port")
        return cls(found[1] or found[2], int(found[3]))


def _listed(given: Any) -> Any:
    return [item.strip() for item in given.split(",") if item.strip()] if isinstance(given, str) else given


Where = Annotated[Address, BeforeValidator(Address.read)]
Listed = BeforeValidator(_listed)  # "a, b" as in every other program's environment, not JSON
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(ip_network)]
Hostname = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?$")]


class Config(BaseSettings):
    """Each field is CARELINE_ and its name in capitals. Lists are separated by commas."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, enable_decoding=False, frozen=True, extra="ignore")

    data_dir: Path = Path("data")
    """Where the embedded database, recordings, messages and prompts are kept; created when missing."""
    database_url: str = ""
    """sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME; empty: careline.db in the data folder."""
    esl_listen: Where = Address("127.0.0.1", 8084)
    """Where switches hand calls to this controller."""
    esl_advertise: Where | None = None
    """The same address as the switches reach it, when it is another one; never one that means "any"."""
    switches: Annotated[tuple[Where, ...], Listed] = (Address("127.0.0.1", 8021),)
    """Event sockets of the switches that this controller commands."""
    switch_password: SecretStr | None = None
    """The event sockets' password."""
    socket_secret: Annotated[SecretStr, Field(min_length=8)] | None = None
    """What a call that a switch hands over must bring: letters, digits, - and _ only, since it travels in a dialplan."""
    installation_key: SecretStr | None = None
    """32 bytes in base64 that seal what must not be read or forged; empty: made once, in the data folder."""
    allowed_networks: Annotated[tuple[Network, ...], Listed] = (ip_network("127.0.0.0/8"), ip_network("::1"))
    """Where switches may hand calls over from."""
    max_calls: int = Field(default=1500, ge=1, le=100_000)
    """Calls at once, beyond which new ones are left to another controller, or to the backup line."""
    controller_id: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_.:-]{1,100})?$")] = ""
    """This controller's name, different from every other's; empty: host name and port."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "US"
    """How numbers without a country code are read (ISO 3166)."""
    phones_dir: Path | None = None
    """Where the switch finds the clinic's phones: kept up to date; empty: `careline phones write` does it when it is run."""
    webhook_hosts: Annotated[tuple[Hostname, ...], Listed] = ()
    """Hosts that flows may ask (host, or host:port); no others."""
    editor_listen: Where = Address("127.0.0.1", 8080)
    """Where the flow editor serves browsers."""
    editor_url: Annotated[str, StringConstraints(pattern=r"^(https?://[^/\s]+)?$")] = ""
    """The address that browsers know it by, such as https://careline.clinic.example; empty: where it listens."""
    editor_proxies: int = Field(default=0, ge=0, le=5)
    """How many proxies stand before it, whose X-Forwarded headers count."""
    session_idle_minutes: int = Field(default=30, ge=1, le=1440)
    """Minutes without doing anything after which somebody is signed out."""
    session_hours: int = Field(default=12, ge=1, le=168)
    """Hours after which somebody is signed out whatever they do."""
    test_listen: Where = Address("127.0.0.1", 8024)
    """Where the practice switch for test calls hands them to the controller that walks drafts."""
    test_switch: Where = Address("127.0.0.1", 8022)
    """The event socket of the practice switch for test calls."""
    test_control: Where = Address("127.0.0.1", 8023)
    """Where the flow editor makes test calls: that switch's own port. Whoever reaches it can make them."""
    log_format: Literal["console", "json"] = "console"
    """For people, or a JSON object a line for programs."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged; debug names callers, so not where patients call."""

    _key_read: bytes | None = PrivateAttr(default=None)

    @field_validator("socket_secret")
    @classmethod
    def _fit_for_a_dialplan(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", secret.get_secret_value()):
            raise ValueError("letters, digits, - and _ only")
        return secret

    @field_validator("installation_key")
    @classmethod
    def _of_32_bytes(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            _key(key.get_secret_value())
        return key

    @field_validator("database_url")
    @classmethod
    def _of_a_database_we_know(cls, url: str) -> str:
        if url and not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://", url):
            raise ValueError("begins with sqlite:/// or postgresql://")
        return url

    @classmethod
    def load(cls, **given: Any) -> Config:
        """From the environment, and what is given here instead. Raises ConfigError."""
        try:
            return cls(**given)
        except ValidationError as error:
            # The value given is not repeated: it may be a secret.
            lines = {f"{PREFIX}{str(e['loc'][0]).upper()}: {_plainly(e['msg'])}": None for e in error.errors()}
            raise ConfigError("\n".join(lines)) from None

    @property
    def database(self) -> str:
        """The database's URL, also when none was given."""
        return self.database_url or f"sqlite:///{self.data_dir / 'careline.db'}"

    @property
    def advertised(self) -> Address:
        """Where switches are told to find this controller."""
        return self.esl_advertise or self.esl_listen

    @property
    def editor_address(self) -> str:
        """Where browsers find the flow editor, without a slash at the end."""
        return self.editor_url or f"http://{self.editor_listen}"

    @property
    def controller(self) -> str:
        """This controller's name."""
        return self.controller_id or f"{socket.gethostname()}:{self.esl_listen.port}"

    def need(self, *names: str) -> tuple[str, ...]:
        """Values of secrets that a command cannot do without. Raises ConfigError, with a line for each that is missing."""
        values = {name: getattr(self, name) for name in names}
        if missing := [name for name, value in values.items() if value is None]:
            raise ConfigError("\n".join(f"{PREFIX}{name.upper()}: is not set" for name in missing))
        return tuple(value.get_secret_value() for value in values.values())

    def key(self) -> bytes:
        """The installation's key, read once. Made on first use, readable by its owner only; all controllers need the same.

        Raises ConfigError when the file is damaged, or open to others.
        """
        if self._key_read is None:
            given = self.installation_key
            self._key_read = self._key_in_file() if given is None else _key(given.get_secret_value())
        return self._key_read

    def _key_in_file(self) -> bytes:
        path = self.data_dir / "installation.key"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(made, path)  # whoever is second takes the first one's key
            except FileExistsError:
                pass
            finally:
                made.unlink()
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others may read it; it must be readable by its owner only (chmod 600)")
        try:
            return _key(path.read_text(encoding="ascii").strip())
        except (ValueError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from error


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in base64")
    return key


def _plainly(message: str) -> str:
    """pydantic's message without its prefixes, in the middle of a line."""
    message = message.removeprefix("Value error, ").splitlines()[0]
    return message[:1].lower() + message[1:]
