"""The demo clinic's flows and the templates: sound, laid out, in both languages, and all of their rehearsals pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy.engine import URL

from controller.delivery.webhooks import Webhooks
from controller.flows.checks import check
from controller.flows.document import Document, references
from controller.flows.rehearsals import Rehearsal, rehearse
from controller.flows.samples import lakeside, templates
from controller.flows.speech import Speech
from controller.flows.walker import Version
from controller.store.clinic import SqlClinic
from controller.store.engine import Database
from controller.store.seed import seed
from controller.telephone import E164
from flow_editor.flows import references as matching

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
SAMPLES: Mapping[str, Document] = {**lakeside(), **{f"template-{name}": it for name, it in templates().items()}}
REHEARSALS = [(name, rehearsal) for name, document in SAMPLES.items() for rehearsal in document.rehearsals]


@pytest.fixture(scope="module")
def imported(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[tuple[SqlClinic, dict[str, Version]]]:
    """The demo clinic in SQL, with the templates imported as `--create-missing` does."""
    folder = tmp_path_factory.mktemp("samples")
    path = folder / "careline.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(URL.create("sqlite", database=str(path)))
    seed(database, NOW)
    versions = {}
    with database.write("import") as session:
        for name, document in SAMPLES.items():
            _, missing = matching.match(document, session)
            assert not missing or name.startswith("template-"), missing
            matching.create(missing, session)
            matched, missing = matching.match(document, session)
            assert not missing
            versions[name] = Version.read(name, name, matched)
    yield SqlClinic(database, data_dir=folder, web=Webhooks(())), versions
    database.close()


@pytest.mark.parametrize(
    ("name", "rehearsal"), REHEARSALS, ids=[f"{name}: {rehearsal['title']}" for name, rehearsal in REHEARSALS]
)
def test_every_rehearsal_passes(
    imported: tuple[SqlClinic, dict[str, Version]], name: str, rehearsal: dict[str, object]
) -> None:
    clinic, versions = imported
    result = rehearse(versions[name], Rehearsal.model_validate(rehearsal), clinic)
    assert [str(why) for why in result.why] == []
    assert [(step.node, step.error) for step in result.path if step.error] == []
    assert result.end in ("flow ended", "caller hung up")


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_wrong_with_any_sample(imported: tuple[SqlClinic, dict[str, Version]], name: str) -> None:
    clinic, versions = imported
    flow = {known: id for id, known in clinic.names("flow").items()}.get(SAMPLES[name].name)
    problems = check(versions[name].document, clinic, NOW, flow)
    if name.startswith("template-"):  # what `--create-missing` made is still empty, and that is said
        problems = [problem for problem in problems if problem.code not in ("nobody_on_call", "empty_team")]
    assert [str(problem.text) for problem in problems] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_importable(name: str) -> None:
    document = SAMPLES[name]
    version = Version.read(name, name, document)
    assert version.nodes.keys() == document.nodes.keys()
    assert document.rehearsals
    for node in version.nodes.values():
        for _, ref in references(node):
            assert ref.id == ""
            assert ref.name


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_speaks_both_languages(name: str) -> None:
    def speeches(value: object) -> Iterator[Speech]:
        if isinstance(value, Speech):
            yield value
        elif isinstance(value, BaseModel):
            for field in type(value).model_fields:
                yield from speeches(getattr(value, field))
        elif isinstance(value, tuple):
            for item in value:
                yield from speeches(item)

    for node in Version.read(name, name, SAMPLES[name]).nodes.values():
        for speech in speeches(node):
            if speech:
                assert all(speech.text.get(language, "").strip() for language in ("en", "es")), node


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_laid_out(name: str) -> None:
    """No node lies on another, and a call begins at the left."""
    document = SAMPLES[name]
    places = [(drawn.x, drawn.y) for drawn in document.nodes.values()]
    assert len(set(places)) == len(places)
    assert document.start is not None
    assert document.nodes[document.start].x == min(x for x, _ in places)
    for x, y in places:
        assert not any(x == other_x and 0 < abs(y - other_y) < 150 for other_x, other_y in places)


@pytest.mark.parametrize("name", SAMPLES)
def test_telephone_numbers_are_fictitious(name: str) -> None:
    for found in E164.findall(SAMPLES[name].model_dump_json()):
        assert found.startswith("+160855501")
