"""The clinic's phones as the switch's files: what people wrote cannot mean anything to the switch, and rules are exact."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.freeswitch.phones import (
    CannotWrite,
    DialRules,
    Exchange,
    InsidePhone,
    Location,
    Trunk,
    commands,
    render,
    write,
)

LAKESIDE = Location("lakeside", "Lakeside", "+13125550100", rules=DialRules("US", ("+1",), ("+1900",), "9"))
ANN = InsidePhone("101", "secret", "Ann", "lakeside")


def attributes(text: str) -> list[str]:
    return [value for element in ElementTree.fromstring(text).iter() for value in element.attrib.values()]


def user_variables(exchange: Exchange) -> dict[str, str]:
    root = ElementTree.fromstring(render(exchange)["people.xml"])
    return {variable.attrib["name"]: variable.attrib["value"] for variable in root.iter("variable")}


@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=120))
def test_what_people_wrote_means_nothing_to_the_switch(person: str, place: str, address: str) -> None:
    """The switch reads line by line, expands $${...} before it reads XML, and takes some comments for commands."""
    location = replace(LAKESIDE, name=place, address=address)
    plain = render(Exchange(locations=(LAKESIDE,), phones=(ANN,)))
    texts = render(Exchange(locations=(location,), phones=(replace(ANN, name=person),)))
    for name, text in texts.items():
        ElementTree.fromstring(text)
        assert "$${" not in text
        assert "X-PRE-PROCESS" not in text.upper() or "x-pre-process" in f"{person}{place}{address}".lower()
        assert "<!--#" not in text
        assert text.count("${") == plain[name].count("${")
        assert all(len(value.splitlines()) <= 1 for value in attributes(text))
    assert texts["people.xml"].count("<user") == 1


@given(st.text(min_size=1, max_size=60))
def test_a_secret_never_reaches_the_disk_as_it_is(secret: str) -> None:
    text = render(Exchange(phones=(InsidePhone("101", secret + "-long-enough"),)))["people.xml"]
    assert secret + "-long-enough" not in text
    assert re.search(r'name="a1-hash" value="[0-9a-f]{32}"', text)


def test_names_keep_the_letters_of_every_language() -> None:
    assert (
        user_variables(Exchange(phones=(replace(ANN, name="José Ñandú-O'Neil (Dr.)", location=""),)))[
            "effective_caller_id_name"
        ]
        == "José Ñandú-O Neil (Dr.)"
    )


def test_what_a_phone_shows_and_where_rescuers_call_back() -> None:
    own = replace(ANN, shown="+13125550142")
    place = replace(LAKESIDE, callback="+13125550911", address="1 Shore Road, Lakeside")
    variables = user_variables(Exchange(locations=(place,), phones=(own,)))
    assert variables["outbound_caller_id_number"] == "+13125550142"
    assert variables["careline_emergency_callback"] == "+13125550911"
    assert variables["careline_emergency_address"] == "1 Shore Road, Lakeside"
    assert (
        user_variables(Exchange(locations=(LAKESIDE,), phones=(ANN,)))["careline_emergency_callback"] == LAKESIDE.number
    )


@pytest.mark.parametrize(
    ("exchange", "complaint"),
    [
        (Exchange(phones=(InsidePhone("101/x", "s"),)), "a phone's user cannot be '101/x'"),
        (Exchange(phones=(InsidePhone("911", "s"),)), "emergency number"),
        (Exchange(phones=(InsidePhone("101", ""),)), "has no secret"),
        (Exchange(phones=(InsidePhone("101", "s"), InsidePhone("101", "t"))), "two have the user '101'"),
        (Exchange(phones=(InsidePhone("101", "s", location="nowhere"),)), "no location 'nowhere'"),
        (Exchange(phones=(InsidePhone("101", "s", shown="555 0100"),)), "not a number in E.164"),
        (Exchange(locations=(Location("a b", "A"),)), "a location's id cannot be 'a b'"),
        (
            Exchange(locations=(replace(LAKESIDE, rules=DialRules("US", ("1",))),)),
            "the beginning of numbers cannot be '1'",
        ),
        (Exchange(locations=(replace(LAKESIDE, rules=DialRules("US", (), ("+1|.*",))),)), "the beginning of numbers"),
        (Exchange(locations=(replace(LAKESIDE, rules=DialRules("XX")),)), "no region 'XX'"),
        (Exchange(locations=(replace(LAKESIDE, rules=DialRules(outside_prefix="9)")),)), "outside line"),
        (Exchange(trunks=(Trunk("a/b"),)), "a trunk's gateway cannot be 'a/b'"),
        (Exchange(trunks=(Trunk("a", host="host;x"),)), "the host cannot be"),
        (Exchange(trunks=(Trunk("a", host="h", username="u", secret="${x}"),)), "the secret has signs"),
        (Exchange(trunks=(Trunk("a", host="h", registers=True),)), "needs a user name and a secret"),
        (Exchange(trunks=(Trunk("a", networks=("10.0.0.1/8",)),)), "not a network: '10.0.0.1/8'"),
        (Exchange(numbers=("911",)), "not a number in E.164"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_line(exchange: Exchange, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(CannotWrite) as caught:
        write(exchange, tmp_path)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_only_what_changed_is_written_and_only_what_is_needed_reloaded(tmp_path: Path) -> None:
    exchange = Exchange(locations=(LAKESIDE,), phones=(ANN,))
    first = write(exchange, tmp_path / "new")
    assert sorted(path.name for path in first) == [
        "networks.xml",
        "people.xml",
        "routes.xml",
        "rules.xml",
        "trunks.xml",
    ]
    assert commands(first) == ("reloadxml", "reloadacl", "sofia profile outside rescan")
    assert write(exchange, tmp_path / "new") == ()
    assert commands(()) == ()
    second = write(replace(exchange, phones=(ANN, replace(ANN, user="102"))), tmp_path / "new")
    assert [path.name for path in second] == ["people.xml"]
    assert commands(second) == ("reloadxml",)
    assert {path.stat().st_mode & 0o777 for path in first} == {0o640}
    assert len(list((tmp_path / "new").iterdir())) == 5, "nothing half-written is left"


def test_a_locations_own_trunks_come_first_and_all_are_tried() -> None:
    hilltop = Location("hilltop", "Hilltop")
    trunks = (Trunk("main"), Trunk("hill", location="hilltop", plus=False))
    root = ElementTree.fromstring(render(Exchange(locations=(LAKESIDE, hilltop), trunks=trunks))["routes.xml"])
    tried = {
        extension[0].attrib["expression"]: [action.attrib["data"] for action in extension.iter("action")]
        for extension in root
    }
    assert tried == {
        "^lakeside$": ["sofia/gateway/main/$1", "sofia/gateway/hill/$2"],
        "^hilltop$": ["sofia/gateway/hill/$2", "sofia/gateway/main/$1"],
        "^(?!(?:lakeside|hilltop)$)": ["sofia/gateway/main/$1", "sofia/gateway/hill/$2"],
    }


def dial(rules: DialRules, dialled: str) -> str | None:
    """What becomes of a number: as the switch walks the extensions, in Python's expressions. None: not allowed."""
    location = replace(LAKESIDE, rules=rules)
    root = ElementTree.fromstring(render(Exchange(locations=(location,)))["rules.xml"])
    for extension in root:
        found = None
        for condition in extension:
            value = "lakeside" if condition.attrib["field"] == "${careline_location}" else dialled
            found = re.search(condition.attrib["expression"], value)
            if not found:
                break
        else:
            assert found is not None
            applications = {action.attrib["application"]: action.attrib["data"] for action in extension.iter("action")}
            if "transfer" in applications:
                return dial(rules, applications["transfer"].split(" ")[0].replace("$1", found[1]))
            return dialled if "execute_extension" in applications else None
    return None


@pytest.mark.parametrize(
    ("region", "prefix", "dialled", "becomes"),
    [
        ("US", "9", "93125550100", "+13125550100"),
        ("US", "9", "913125550100", "+13125550100"),
        ("US", "9", "901134915550100", "+34915550100"),
        ("US", "9", "+34915550100", "+34915550100"),
        ("US", "9", "3125550100", None),
        ("US", "", "3125550100", "+13125550100"),
        ("US", "", "13125550100", "+13125550100"),
        ("GB", "", "02079460000", "+442079460000"),
        ("GB", "", "0034915550100", "+34915550100"),
        ("ES", "0", "0915550100", "+34915550100"),
        ("DE", "", "030123456", "+4930123456"),
        ("MX", "", "5555550100", "+525555550100"),
        ("US", "9", "9190055501234", None),  # one digit too many for North America: not a number of any form
        ("US", "9", "919005550123", None),  # denied
        ("US", "", "19005550123", None),
        ("US", "", "01119005550123", None),
        ("US", "", "+19005550123", None),
        ("US", "", "+88216123456", None),  # not among the allowed
        ("US", "", "01188216123456", None),
    ],
)
def test_numbers_as_people_write_them(region: str, prefix: str, dialled: str, becomes: str | None) -> None:
    rules = DialRules(region, ("+1", "+34", "+44", "+49", "+52"), ("+1900",), prefix)
    assert dial(rules, dialled) == becomes


@given(st.from_regex(r"\A\+?[0-9]{1,18}\Z"))
def test_no_way_of_writing_gets_past_a_denied_beginning(dialled: str) -> None:
    went = dial(DialRules("US", ("+1",), ("+1900",), ""), dialled)
    assert went is None or (went.startswith("+1") and not went.startswith("+1900"))
