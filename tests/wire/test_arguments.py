"""Nothing that staff typed or a caller sent means anything to the switch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controller.freeswitch import arguments
from controller.freeswitch.arguments import ArgumentRefused

EVIL = [
    "${system(touch f)}",
    "$${domain}",
    "a,b",
    "a'b",
    'a"b',
    "a[b]",
    "a{b}",
    "a|b",
    "a:_:b",
    "^^,a",
    "a\nb",
    "a\rb",
    "a b",
    "a;b",
    "a&b",
    "a!b",
    "a\\b",
    "<a>",
]
DANGEROUS = re.compile(r"[$\n\r\0,'\"\[\]{}|!;&\\<>`() ^]|:_:")

REFUSING = {
    "leg": arguments.leg,
    "file": lambda text: arguments.file(Path(f"/a/{text}")),
    "stream": arguments.stream,
    "keys": arguments.keys,
    "cause": arguments.cause,
    "variable": arguments.variable,
    "value": arguments.value,
    "extension": lambda text: arguments.extension(text, "context"),
    "context": lambda text: arguments.extension("a", text),
    "user": arguments.user,
    "gateway": lambda text: arguments.trunk(text, "+13125550100"),
    "number": lambda text: arguments.trunk("careline", f"+1312555{text}"),
    "setting": lambda text: arguments.settings({"a": text}),
    "setting's name": lambda text: arguments.settings({text: "a"}),
    "originate": lambda text: arguments.originate(arguments.user("100"), variables={"a": text}),
}


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("place", REFUSING)
def test_refuses_what_means_something(place: str, evil: str) -> None:
    with pytest.raises(ArgumentRefused) as refused:
        REFUSING[place](evil)
    assert evil not in str(refused.value)


@given(st.text(max_size=60))
@example("a:_:b")
@example("/etc/../x")
def test_what_passes_holds_nothing_dangerous(text: str) -> None:
    for place, build in REFUSING.items():
        try:
            made = str(build(text))
        except ArgumentRefused:
            continue
        if place in ("extension", "context"):
            made = made.replace(" XML ", "")
        elif place == "originate":
            made = made.removeprefix("originate {a=").removesuffix("}user/100 &park()")
        elif place == "stream":
            made = re.sub(r"%\([0-9.,]+\)", "", made)
        assert not DANGEROUS.search(made), place


@given(st.text(max_size=100))
@example("O'Brien, \\' ${x} ^^:_:|")
@example("e\u0301\u202e")
def test_a_name_quotes_and_expands_nothing(text: str) -> None:
    name = arguments.name(text)
    assert len(name) <= arguments.LONGEST_NAME
    assert all(sign.isalnum() or sign in " .+_’-" for sign in name)
    command = arguments.originate(arguments.user("100"), variables={"a": "b"}, names={"c": text})
    inside = command.removeprefix("originate {a=b").removesuffix("}user/100 &park()")
    assert inside == (f",c='{name}'" if name else "")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("O'Brien", "O’Brien"),
        ("Núñez, María", "Núñez María"),
        ("Lakeside – Billing", "Lakeside Billing"),
        ("Nu\u0301n\u0303ez", "Núñez"),
        ("李雷", "李雷"),
    ],
)
def test_names_stay_readable(written: str, shown: str) -> None:
    assert arguments.name(written) == shown


def test_what_is_fit_passes() -> None:
    assert arguments.file(Path("/var/lib/careline/x_1.wav")) == "/var/lib/careline/x_1.wav"
    assert arguments.sound([Path("/a/b.wav"), Path("/a/c.wav")]) == "file_string:///a/b.wav!/a/c.wav"
    assert arguments.sound([]) == "silence_stream://1"
    assert arguments.trunk("careline", "+13125550100") == "sofia/gateway/careline/+13125550100"
    assert arguments.settings({"a": "b", "transfer_after_bridge": "x:XML:y"}) == "a=b;transfer_after_bridge=x:XML:y"
    assert arguments.number(2.6, 1, 3) == "3"
    with pytest.raises(ArgumentRefused):
        arguments.number(float("nan"), 1, 3)
    for path in ("relative.wav", "/a/../b", "/a/.hidden", "/a//b", "/a/b@@5.wav"):
        with pytest.raises(ArgumentRefused):
            arguments.file(Path(path)) if path != "/a//b" else arguments.file(Path("/a/ b"))
