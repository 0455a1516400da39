"""`careline flow`: import, publish, export, check, diff, rehearse, list, schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import func, select

from controller.store.engine import Database
from controller.store.models import Flow, FlowVersion, Hours, Team
from migrations import upgrade
from tests.cli.conftest import Ran, process

Careline = Callable[..., Ran]
MAIN = "Lakeside main line"


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A document with a change, beside the one it is made from."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    made = path.with_name(f"changed-{path.name}")
    made.write_text(json.dumps(document), encoding="utf-8")
    return made


def broken(path: Path) -> Path:
    """The document with an exit of its menu that leads nowhere."""

    def cut(document: dict[str, Any]) -> None:
        menu = next(id for id, node in document["nodes"].items() if node["kind"] == "menu")
        document["edges"][menu].pop("1")

    return changed(path, cut)


def failing(path: Path) -> Path:
    """The document with a rehearsal that cannot pass."""
    return changed(
        path, lambda document: document["rehearsals"][0].update(title="By way of the moon", path=["Billing"])
    )


def counts(database: Database) -> Mapping[str, int | None]:
    with database.read() as session:
        return {
            kind.__tablename__: session.scalar(select(func.count()).select_from(kind))
            for kind in (Flow, FlowVersion, Hours, Team)
        }


def test_without_any_flow_the_list_says_what_to_do(careline: Careline) -> None:
    ran = careline("flow", "list")
    assert ran.status == 0
    assert "careline flow import FILE --name NAME --publish --create-missing" in ran.out
    assert careline("flow", "list", "--json").json == []


def test_what_is_missing_is_listed_and_nothing_is_changed(careline: Careline, dental: Path, database: Database) -> None:
    before = counts(database)
    ran = careline("flow", "import", str(dental), "--name", "Dental", "--publish")
    assert ran.status == 2
    for name in ("'Opening hours' (at Are we open?)", "team 'Billing' (at Billing)", "'Dentist on call'"):
        assert name in ran.err
    assert "--create-missing" in ran.err
    assert counts(database) == before


def test_what_is_missing_is_made(careline: Careline, dental: Path, database: Database) -> None:
    ran = careline("flow", "import", str(dental), "--name", "Dental", "--publish", "--create-missing", "--who", "Ana")
    assert ran.status == 0, ran
    assert "made team 'Billing': fill it in" in ran.out
    assert "'Dental' version 1 is live" in ran.out
    (row,) = careline("flow", "list", "--json").json
    assert (row["name"], row["live"], row["newest"], row["published_by"]) == ("Dental", 1, 1, "Ana")
    with database.read() as session:
        version = session.scalars(select(FlowVersion)).one()
        team = session.scalars(select(Team).where(Team.name == "Billing")).one()
    assert version.document["nodes"]["billing"]["settings"]["steps"][0]["teams"] == [{"id": team.id, "name": "Billing"}]
    listed = careline("flow", "list").out.splitlines()
    assert listed[0].split() == ["flow", "live", "newest", "since", "by"]
    assert listed[1].startswith("Dental  v1    v1")


def test_a_second_import_is_the_next_version_and_needs_nothing_made(careline: Careline, dental: Path) -> None:
    careline("flow", "import", str(dental), "--publish", "--create-missing")
    other = changed(dental, lambda document: document.update(description="Another"))
    ran = careline("flow", "import", str(other))
    assert ran.status == 0
    assert ran.out.endswith("'Dental practice' version 2 is kept; it is not live\n")
    assert "made " not in ran.out
    (row,) = careline("flow", "list", "--json").json
    assert (row["live"], row["newest"]) == (1, 2)


def test_references_are_matched_by_id_before_name(
    careline: Careline, dental: Path, tmp_path: Path, database: Database
) -> None:
    careline("flow", "import", str(dental), "--publish", "--create-missing")
    careline("flow", "export", "Dental practice", "--output", "out.json")
    with database.write() as session:
        session.scalars(select(Team).where(Team.name == "Billing")).one().name = "Accounts"
        session.add(Team(name="Billing"))
    assert careline("flow", "import", "out.json").status == 0
    exported = json.loads(careline("flow", "export", "Dental practice", "--version", "2").out)
    assert exported["nodes"]["billing"]["settings"]["steps"][0]["teams"][0]["name"] == "Accounts"


def test_a_document_with_problems_is_kept_and_not_published(careline: Careline, dental: Path) -> None:
    careline("flow", "import", str(dental), "--publish", "--create-missing")
    ran = careline("flow", "import", str(broken(dental)), "--publish")
    assert ran.status == 1
    assert "error: Main menu: " in ran.out
    assert "version 2 is kept, and was not published" in ran.err
    (row,) = careline("flow", "list", "--json").json
    assert (row["live"], row["newest"]) == (1, 2)


def test_a_failing_rehearsal_keeps_a_document_from_being_published(careline: Careline, dental: Path) -> None:
    ran = careline("flow", "import", str(failing(dental)), "--publish", "--create-missing")
    assert ran.status == 1
    assert "rehearsal 'By way of the moon': " in ran.out
    assert careline("flow", "list", "--json").json[0]["live"] is None


def test_an_export_is_an_import_elsewhere(
    careline: Careline, clinic: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a pipe into another database, whose things have other ids."""
    exported = careline("flow", "export", MAIN).out
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    upgrade(f"sqlite:///{elsewhere / 'data' / 'careline.db'}")
    done = process(
        "flow", "import", "-", "--name", "Copied", "--create-missing", cwd=elsewhere, given=exported.encode()
    )
    assert b"'Copied' version 1 is kept" in done.stdout
    assert not done.stderr
    monkeypatch.setenv("CARELINE_DATABASE_URL", f"sqlite:///{elsewhere / 'data' / 'careline.db'}")
    again = careline("flow", "export", "Copied").out
    without_ids = [_without_ids(json.loads(text)) for text in (exported, again)]
    assert without_ids[0] == {**without_ids[1], "name": MAIN}
    assert exported != again


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items() if not (key == "id" and "name" in value)}
    return [_without_ids(item) for item in value] if isinstance(value, list) else value


def test_export_gives_the_live_version_or_the_one_asked_for(careline: Careline, dental: Path) -> None:
    careline("flow", "import", str(dental), "--publish", "--create-missing")
    careline("flow", "import", str(changed(dental, lambda document: document.update(description="Second"))))
    assert json.loads(careline("flow", "export", "Dental practice").out)["description"] != "Second"
    assert json.loads(careline("flow", "export", "Dental practice", "--version", "2").out)["description"] == "Second"
    refused = careline("flow", "export", "Dental practice", "--version", "3")
    assert (refused.status, refused.err) == (2, "careline: flow 'Dental practice' has no version 3\n")
    unknown = careline("flow", "export", "Dentist")
    assert unknown.err == "careline: there is no flow named 'Dentist'; there is 'Dental practice'\n"


def test_check(careline: Careline, clinic: Database, dental: Path) -> None:
    sound = careline("flow", "check", MAIN)
    assert (sound.status, sound.out) == (0, "nothing is wrong with it\n")
    assert careline("flow", "check", MAIN, "--json").json == []
    wrong = careline("flow", "check", str(broken(dental)))
    assert wrong.status == 1
    assert "error: Main menu: " in wrong.out
    problems = careline("flow", "check", str(broken(dental)), "--json").json
    assert any(problem["node"] == "menu" and problem["severity"] == "error" for problem in problems)
    assert all(problem["text"] for problem in problems)
    assert careline("flow", "check", str(broken(dental)), "--language", "es").out != wrong.out


def test_diff_of_two_files(careline: Careline, dental: Path) -> None:
    other = changed(dental, lambda document: document["edges"]["menu"].update({"1": "front_desk"}))
    ran = careline("flow", "diff", str(dental), str(other))
    assert ran.status == 1
    assert "Main menu" in ran.out
    assert "Front desk" in ran.out
    same = careline("flow", "diff", str(dental), str(dental))
    assert (same.status, same.out) == (0, "callers get the same\n")
    assert careline("flow", "diff", str(dental), str(dental), "--json").json == []


def test_diff_of_a_flow_with_one_of_its_versions_and_a_file(careline: Careline, dental: Path) -> None:
    careline("flow", "import", str(dental), "--publish", "--create-missing")
    other = changed(dental, lambda document: document["edges"]["menu"].update({"1": "front_desk"}))
    careline("flow", "import", str(other))
    by_number = careline("flow", "diff", "Dental practice", "2", "--json")
    assert by_number.status == 1
    assert any(one["node"] == "menu" and "Front desk" in one["text"] for one in by_number.json)
    by_file = careline("flow", "diff", "Dental practice", str(other), "--json")
    assert [one["text"] for one in by_file.json] == [one["text"] for one in by_number.json]
    assert careline("flow", "diff", "Dental practice", "9").err == "careline: flow 'Dental practice' has no version 9\n"


def test_rehearse(careline: Careline, clinic: Database, dental: Path) -> None:
    ran = careline("flow", "rehearse", MAIN)
    assert ran.status == 0
    assert "passed  Sunday 3 a.m., press 1: the provider on call" in ran.out
    careline("flow", "import", str(dental), "--create-missing")
    failed = careline("flow", "rehearse", str(failing(dental)))
    assert failed.status == 1
    assert "FAILED  By way of the moon\n        " in failed.out
    told = careline("flow", "rehearse", str(failing(dental)), "--json").json
    assert [result["passed"] for result in told].count(False) == 1
    assert told[0]["why"]


def test_schema_is_a_schema_that_takes_what_is_exported(careline: Careline, clinic: Database) -> None:
    schema = careline("flow", "schema").json
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(careline("flow", "export", MAIN).out))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("flow", "import", "nowhere.json"), "'nowhere.json': No such file or directory"),
        (("flow", "check", "nowhere.json"), "careline flow check: 'nowhere.json' is not a file"),
        (("flow", "check", "."), "'.' is not a file"),
        (("flow", "import", "torn.json"), "torn.json: This is not JSON: line 2, column 12."),
        (("flow", "check", "torn.json"), "torn.json: This is not JSON: line 2, column 12."),
        (("flow", "import", "list.json"), "list.json: A flow is a JSON object"),
        (("flow", "import", "nameless.json"), "the document has no name: give one with --name"),
        (("flow", "import", "nameless.json", "--name", "x" * 201), "200 letters at most"),
        (("flow", "import", "nameless.json", "--published"), "No such option '--published'"),
        (("flow", "check", "nameless.json", "--version", "2"), "'nameless.json' is a file"),
        (("flow", "export", "Main", "--version", "0"), "Invalid value for '--version': 0 is not in the range"),
        (("flow", "export", "Main", "--version", "9" * 30), "Invalid value for '--version'"),
        (("flow", "export", "Main"), "there is no flow named 'Main'; there is none yet"),
        (("flow", "diff", "one"), "Missing argument"),
        (("flow", "publish"), "No such command 'publish'"),
    ],
)
def test_wrong_use_is_one_line(careline: Careline, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "torn.json").write_text('{"nodes":\n {"hello": }}')
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "nameless.json").write_text("{}")
    ran = careline(*arguments)
    assert ran.status == 2
    assert said in ran.err


def test_an_export_that_cannot_be_written_is_one_line(careline: Careline, clinic: Database) -> None:
    ran = careline("flow", "export", MAIN, "--output", "not/there.json")
    assert (ran.status, ran.err) == (2, "careline: not/there.json: No such file or directory\n")
