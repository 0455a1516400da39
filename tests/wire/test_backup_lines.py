"""Backup lines on the switch follow SQL, against mod_db in memory."""

import pytest

from controller.freeswitch.backup_lines import REALM, keep


class Database:
    """`db` as mod_db answers it; a nested table, and what was commanded."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.written: list[str] = []

    def api(self, command: str) -> str:
        verb, realm, *rest = command.removeprefix("db ").split("/")
        assert realm == REALM
        if verb == "list":
            return ",".join(self.rows) or "-ERR no reply\n"
        if verb == "select":
            return self.rows.get(rest[0]) or "-ERR no reply\n"
        self.written.append(command)
        if verb == "insert":
            self.rows[rest[0]] = rest[1]
        else:
            self.rows.pop(rest[0], None)
        return "+OK\n"


def test_adds_changes_and_takes_away_only_what_differs() -> None:
    switch = Database()
    switch.rows = {"+13125550100": "+13125550190", "+13125550101": "+13125550191", "+13125550102": "+13125550192"}
    wanted = {"+13125550100": "+13125550190", "+13125550101": "+13125550199", "+13125550103": "+13125550193"}
    assert keep(switch.api, wanted) == 6  # one gone, one changed, one new; and all three as within their country
    assert switch.rows == wanted | {number.removeprefix("+1"): line for number, line in wanted.items()}
    assert keep(switch.api, wanted) == 0
    assert len(switch.written) == 6


def test_a_number_as_it_is_dialled_within_its_country() -> None:
    switch = Database()
    keep(switch.api, {"+442079460018": "+442079460019"})
    assert switch.rows.keys() == {"+442079460018", "2079460018", "02079460018"}


def test_an_empty_switch_and_an_empty_clinic() -> None:
    switch = Database()
    assert keep(switch.api, {}) == 0
    assert keep(switch.api, {"+13125550100": "+13125550190"}) == 2


@pytest.mark.parametrize("hostile", ["100", "+1312555/0100", "${system(x)}", "+13125550100\n\napi x", ""])
def test_nothing_but_telephone_numbers_goes_to_the_switch(hostile: str) -> None:
    switch = Database()
    with pytest.raises(ValueError, match=r"E\.164"):
        keep(switch.api, {"+13125550100": hostile})
    with pytest.raises(ValueError, match=r"E\.164"):
        keep(switch.api, {hostile: "+13125550100"})
    assert not switch.written
