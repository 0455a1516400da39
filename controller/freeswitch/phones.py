"""The clinic's own phones, trunks and dial rules as the files that freeswitch_conf/ includes.

Rendering is pure: an `Exchange` in, texts out. Everything that goes into a file is checked or cleaned here, because the
switch expands `$${...}` before it reads XML, and `${...}` while it handles a call.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from phonenumbers.phonemetadata import PhoneMetadata

from controller.dialling import ALWAYS_EMERGENCY
from controller.telephone import E164

T = TypeVar("T")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
_SECRET = re.compile(r"[!-~]{1,128}")
_DIGITS = re.compile(r"[0-9]{0,4}")
_PREFIX = re.compile(r"\+[0-9]{1,15}")
_OTHER_TRUNK_CAUSES = (
    "NETWORK_OUT_OF_ORDER,NORMAL_TEMPORARY_FAILURE,NORMAL_CIRCUIT_CONGESTION,SWITCH_CONGESTION,RECOVERY_ON_TIMER_EXPIRE,"
    "GATEWAY_DOWN,INVALID_GATEWAY,DESTINATION_OUT_OF_ORDER,SERVICE_UNAVAILABLE,REQUESTED_CHAN_UNAVAIL"
)
"""A trunk failed, not the call: the next one may carry it. A busy number stays busy on every trunk."""


class CannotWrite(ValueError):
    """Something in the exchange cannot go into the switch's files; the message is one line and says what and where."""


@dataclass(frozen=True)
class DialRules:
    """What the phones of a location may dial outside. Nothing is allowed that is not named; emergency numbers need no rule.

    `allowed`, `denied`: beginnings of numbers in E.164 ("+1", "+1900"); denied wins. `region` (ISO 3166): how people write
    numbers there. `outside_prefix`: what is dialled first for an outside line ("9" or ""). `at_once`: calls at a time, 0
    for any number.
    """

    region: str = "US"
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    outside_prefix: str = ""
    at_once: int = 0


@dataclass(frozen=True)
class Location:
    """A place of the clinic. `number` (E.164): what its calls show; `callback` (E.164): where rescuers reach it, `number` if
    empty; `address`: where rescuers find it."""

    id: str
    name: str
    number: str = ""
    callback: str = ""
    address: str = ""
    rules: DialRules = field(default_factory=DialRules)


@dataclass(frozen=True)
class InsidePhone:
    """A phone that signs in to the switch. `user`: what it signs in as, and its extension when it is 2 to 6 digits.

    `shown` (E.164): what its calls outside show, the location's number if empty. `callback`: likewise for emergencies.
    """

    user: str
    secret: str
    name: str = ""
    location: str = ""
    shown: str = ""
    callback: str = ""


@dataclass(frozen=True)
class Trunk:
    """A line to a provider. `gateway`: its name on the switch; with a `host` it is set up too, otherwise it must be there.

    `location`: whose calls take it first. `networks` (CIDR): where its calls come from. `plus`: whether the provider wants
    numbers with their plus sign.
    """

    gateway: str
    location: str = ""
    host: str = ""
    username: str = ""
    secret: str = ""
    registers: bool = False
    networks: tuple[str, ...] = ()
    plus: bool = True


@dataclass(frozen=True)
class Exchange:
    """All that the switch is told about the clinic. `numbers` (E.164): our own, whose flows our phones can call too.

    `domain`: what phones register in (CARELINE_SIP_DOMAIN); their passwords are written hashed with it.
    """

    domain: str = "careline.local"
    locations: tuple[Location, ...] = ()
    phones: tuple[InsidePhone, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    numbers: tuple[str, ...] = ()


def render(exchange: Exchange) -> dict[str, str]:
    """The files, by name. The same exchange gives the same texts. Raises CannotWrite."""
    locations = {location.id: location for location in exchange.locations}
    for location in exchange.locations:
        _check(_USER, location.id, "a location's id")
    return {
        "people.xml": _file(_user(phone, locations, exchange.domain) for phone in _by(exchange.phones, "user")),
        "trunks.xml": _file(_gateway(trunk) for trunk in _by(exchange.trunks, "gateway") if trunk.host),
        "networks.xml": _file(_networks(exchange.trunks)),
        "routes.xml": _file(_routes(exchange)),
        "rules.xml": _file(_rules(exchange)),
    }


def write(exchange: Exchange, folder: Path) -> tuple[Path, ...]:
    """Write what differs from what is there; the files that changed. Raises CannotWrite before anything is written, OSError.

    Each file is replaced in one step, readable by its owner and group alone: a switch that reads meanwhile sees the old one
    or the new one.
    """
    texts = render(exchange)
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in texts.items():
        path = folder / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        with NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=f".{name}.", delete=False) as file:
            written = Path(file.name)
            try:
                file.write(text)
                file.flush()
                written.chmod(0o640)
                written.replace(path)
            except OSError:
                written.unlink(missing_ok=True)
                raise
        changed.append(path)
    return tuple(changed)


def commands(changed: Iterable[Path]) -> tuple[str, ...]:
    """The API commands after which the switch goes by the changed files, in order; none for none.

    A gateway that is gone or different stays as it was until the profile starts again: that would end calls, so it is left
    to people ("sofia profile outside restart").
    """
    names = {path.name for path in changed}
    wanted = [("reloadxml", bool(names)), ("reloadacl", "networks.xml" in names)]
    wanted.append(("sofia profile outside rescan", "trunks.xml" in names))
    return tuple(command for command, needed in wanted if needed)


def _user(phone: InsidePhone, locations: Mapping[str, Location], domain: str) -> Element:
    where = f"phone {phone.user!r}"
    _check(_USER, phone.user, "a phone's user")
    if phone.user in ALWAYS_EMERGENCY:
        raise CannotWrite(f"{where}: that is an emergency number")
    if phone.location and phone.location not in locations:
        raise CannotWrite(f"{where}: there is no location {phone.location!r}")
    if not phone.secret:
        raise CannotWrite(f"{where}: it has no secret, so anybody could be it")
    location = locations.get(phone.location, Location("", ""))
    shown = phone.shown or location.number
    callback = phone.callback or location.callback or shown
    user = Element("user", id=phone.user)
    # SIP digests are MD5 of user, domain and password; the password itself need not lie on the switch's disk.
    hashed = hashlib.md5(f"{phone.user}:{domain}:{phone.secret}".encode(), usedforsecurity=False).hexdigest()
    SubElement(SubElement(user, "params"), "param", name="a1-hash", value=hashed)
    variables = SubElement(user, "variables")
    for name, value in (
        ("user_context", "careline_phones"),
        ("force_transfer_context", "careline_phones"),
        ("effective_caller_id_number", phone.user),
        ("effective_caller_id_name", _plain(phone.name)),
        ("careline_location", phone.location),
        ("outbound_caller_id_number", _number(shown, where)),
        ("careline_emergency_callback", _number(callback, where)),
        ("careline_emergency_address", _plain(location.address)),
    ):
        if value:
            SubElement(variables, "variable", name=name, value=value)
    return user


def _gateway(trunk: Trunk) -> Element:
    where = f"trunk {trunk.gateway!r}"
    _check(_USER, trunk.gateway, "a trunk's gateway")
    _check(_HOST, trunk.host, f"{where}: the host")
    gateway = Element("gateway", name=trunk.gateway)
    parameters = {"proxy": trunk.host, "realm": trunk.host.partition(":")[0], "register": str(trunk.registers).lower()}
    if trunk.username:
        _check(_USER, trunk.username.lstrip("+"), f"{where}: the user name")
        parameters["username"] = trunk.username
    if trunk.secret:
        if not _SECRET.fullmatch(trunk.secret) or "${" in trunk.secret:
            raise CannotWrite(f"{where}: the secret has signs that the switch would not read as they are")
        parameters["password"] = trunk.secret
    if not (trunk.username and trunk.secret):
        if trunk.registers:
            raise CannotWrite(f"{where}: to register it needs a user name and a secret")
        # The switch insists on both, used or not.
        parameters |= {"username": trunk.username or "careline", "password": trunk.secret or "not-used"}
    parameters["caller-id-in-from"] = "true"
    for name, value in parameters.items():
        SubElement(gateway, "param", name=name, value=value)
    return gateway


def _networks(trunks: Iterable[Trunk]) -> Iterable[Element]:
    networks = set()
    for trunk in trunks:
        for network in trunk.networks:
            try:
                networks.add(str(ipaddress.ip_network(network)))
            except ValueError as error:
                raise CannotWrite(f"trunk {trunk.gateway!r}: not a network: {network!r}") from error
    return [Element("node", type="allow", cidr=network) for network in sorted(networks)]


def _routes(exchange: Exchange) -> Iterable[Element]:
    """For every location all trunks, its own first; for calls without a location, all in their order."""
    if not exchange.trunks:
        return
    for trunk in exchange.trunks:
        _check(_USER, trunk.gateway, "a trunk's gateway")
        if trunk.location and trunk.location not in {location.id for location in exchange.locations}:
            raise CannotWrite(f"trunk {trunk.gateway!r}: there is no location {trunk.location!r}")
    for location in exchange.locations:
        own_first = sorted(exchange.trunks, key=lambda trunk: trunk.location != location.id)
        yield _route(f"trunks of {_plain(location.name)}", f"^{re.escape(location.id)}$", own_first)
    known = "|".join(re.escape(location.id) for location in exchange.locations)
    yield _route("trunks", f"^(?!(?:{known})$)" if known else "^", exchange.trunks)


def _route(name: str, location: str, trunks: Iterable[Trunk]) -> Element:
    extension = Element("extension", {"name": name, "continue": "true"})
    SubElement(extension, "condition", field="${careline_location}", expression=location)
    number = SubElement(extension, "condition", field="destination_number", expression=r"^(\+?([0-9]{2,20}))$")
    for trunk in trunks:
        _action(number, "bridge", f"sofia/gateway/{trunk.gateway}/{'$1' if trunk.plus else '$2'}")
    return extension


def _rules(exchange: Exchange) -> Iterable[Element]:
    """Written numbers become E.164, our own go to their flows, then denied before allowed."""
    for location in exchange.locations:
        yield from _written_forms(location)
    numbers = sorted({_number(number, "our number") for number in exchange.numbers} - {""})
    if numbers:
        ours = Element("extension", name="our own numbers")
        either = "|".join(re.escape(number) for number in numbers)
        number = SubElement(ours, "condition", field="destination_number", expression=f"^({either})$")
        _action(number, "transfer", "$1 XML careline_calls")
        yield ours
    for location in exchange.locations:
        yield from _permissions(location)


def _written_forms(location: Location) -> Iterable[Element]:
    """Numbers as people of the location's region write them, to E.164; each form sends the call through once more."""
    rules = location.rules
    where = f"location {location.name!r}"
    region = PhoneMetadata.metadata_for_region(rules.region, None)
    if region is None or region.general_desc is None:
        raise CannotWrite(f"{where}: there is no region {rules.region!r}")
    _check(_DIGITS, rules.outside_prefix, f"{where}: the prefix for an outside line")
    first = re.escape(rules.outside_prefix)
    abroad = region.preferred_international_prefix or region.international_prefix
    code, trunk = str(region.country_code), region.national_prefix or ""
    lengths = "|".join(f"[0-9]{{{length}}}" for length in region.general_desc.possible_length if length >= 7)
    # Where the national prefix is the country code (North America), people leave it out; elsewhere it is the sign that
    # the area code comes next, and without it nobody knows.
    national = f"(?:{trunk})?" if trunk == code else trunk
    for form, expression, becomes in (
        ("abroad", f"^{first}(?:\\+|{abroad})([1-9][0-9]{{6,14}})$", "+$1"),
        ("national", f"^{first}{national}((?:{lengths}))$", f"+{code}$1"),
    ):
        extension = Element("extension", name=f"{_plain(location.name)}: {form}")
        _of(extension, location)
        if not first:  # a number in E.164 has its form already, and would go round for ever
            SubElement(extension, "condition", field="destination_number", expression=r"^[^+]")
        number = SubElement(extension, "condition", field="destination_number", expression=expression)
        _action(number, "transfer", f"{becomes} XML careline_phones")
        yield extension


def _permissions(location: Location) -> Iterable[Element]:
    rules = location.rules
    where = f"location {location.name!r}"
    for prefix in (*rules.allowed, *rules.denied):
        _check(_PREFIX, prefix, f"{where}: the beginning of numbers")
    if rules.denied:
        denied = Element("extension", name=f"{_plain(location.name)}: denied")
        _of(denied, location)
        number = SubElement(denied, "condition", field="destination_number", expression=f"^(?:{_either(rules.denied)})")
        _action(number, "hangup", "OUTGOING_CALL_BARRED")
        yield denied
    if rules.allowed:
        allowed = Element("extension", name=f"{_plain(location.name)}: allowed")
        _of(allowed, location)
        number = SubElement(
            allowed,
            "condition",
            field="destination_number",
            expression=f"^((?:{_either(rules.allowed)})[0-9]{{1,14}})$",
        )
        if rules.at_once:
            _action(number, "limit", f"hash careline_out {location.id} {int(rules.at_once)} !NORMAL_CIRCUIT_CONGESTION")
        _action(number, "set", "hangup_after_bridge=true")
        _action(number, "set", f"continue_on_fail={_OTHER_TRUNK_CAUSES}")
        _action(number, "set", "effective_caller_id_number=${outbound_caller_id_number}")
        _action(number, "set", f"effective_caller_id_name={_plain(location.name)}")
        _action(number, "execute_extension", "$1 XML careline_out")
        _action(number, "hangup", "NETWORK_OUT_OF_ORDER")
        yield allowed


def _of(extension: Element, location: Location) -> None:
    SubElement(extension, "condition", field="${careline_location}", expression=f"^{re.escape(location.id)}$")


def _either(prefixes: Iterable[str]) -> str:
    return "|".join(re.escape(prefix) for prefix in prefixes)


def _action(condition: Element, application: str, argument: str) -> None:
    SubElement(condition, "action", application=application, data=argument)


def _by(rows: Iterable[T], attribute: str) -> list[T]:
    """Rows in the order of an attribute that must be different in each. Raises CannotWrite."""
    ordered = sorted(rows, key=lambda row: str(getattr(row, attribute)))
    for one, next_one in pairwise(ordered):
        if getattr(one, attribute) == getattr(next_one, attribute):
            raise CannotWrite(f"two have the {attribute} {getattr(one, attribute)!r}")
    return ordered


def _number(number: str, where: str) -> str:
    if number and not E164.fullmatch(number):
        raise CannotWrite(f"{where}: not a number in E.164: {number!r}")
    return number


def _check(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise CannotWrite(f"{what} cannot be {value!r}")


def _plain(text: str) -> str:
    """Text that people wrote, without any sign that means something to the switch; letters of every language stay."""
    kept = "".join(sign if sign.isalnum() or sign in " .,-()" else " " for sign in text)
    return " ".join(kept.split())[:80]


def _file(elements: Iterable[Element]) -> str:
    root = Element("include")
    root.extend(list(elements))
    indent(root)
    # The switch reads line by line and drops those with <include>: one must stand alone on its line, also when empty.
    text = tostring(root, encoding="unicode") if len(root) else "<include>\n</include>"
    return f"<!-- Written by careline; changes here are lost. -->\n{text}\n"
