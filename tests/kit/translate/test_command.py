"""The command as its user runs it."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url

from migration_guide.kit import translate
from migration_guide.kit.cli import cli
from tests.kit.conftest import PORT_KIT, Start
from tests.kit.translate.conftest import Places

SCHEMA = json.loads(resources.files(translate).joinpath("translate.schema.json").read_text())
URL = "postgresql://u:p@h/d?application_name=orders&require_auth=scram-sha-256"


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, ["translate", *arguments], input=stdin)


def test_both_ways_and_the_notes() -> None:
    said = run(URL).stdout
    for text in (
        "postgresql+resilient_asyncpg://u:***@h/d?application_name=orders",
        "Taken out, as it does not go with asyncpg: require_auth.",
        "engine = create_async_engine(",
        '"server_settings": {"application_name": "orders"}',
        "Dangerous:",
        "- require_auth: asyncpg cannot honour it",
        "[migration_guide/09-errors.md, migration_guide/reference/error-classes.md]",
    ):
        assert text in said


def test_one_word_is_all_that_changes() -> None:
    said = run("postgresql://u@h/d?sslmode=require&connect_timeout=5").stdout
    assert "The rest of the URL and SQLALCHEMY_ENGINE_OPTIONS stay as they are." in said


def test_servers_without_a_port_keep_their_default() -> None:
    said = run("postgresql://u@nowhere:6000/d?host=a&host=b", "--json", "-").stdout
    url = make_url(json.loads(said)["resilient"]["url"])
    assert url.query["host"] == ("a:5432", "b:5432")
    assert url.get_dialect()().create_connect_args(url)[1]["port"] == [5432, 5432]


def test_the_url_comes_by_a_pipe() -> None:
    assert run("-", stdin=f"{URL}\n").stdout == run(URL).stdout


def test_json_is_as_its_schema_says(tmp_path: Path) -> None:
    file = tmp_path / "translation.json"
    result = run(URL, "--json", str(file))
    written = json.loads(file.read_text())
    jsonschema.validate(written, SCHEMA)
    assert written["stock"]["code"] in result.stdout
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written | {"notes": [{"kind": "other"}]}, SCHEMA)


def test_json_on_stdout_leaves_the_text_to_stderr() -> None:
    result = run(URL, "--json", "-")
    jsonschema.validate(json.loads(result.stdout), SCHEMA)
    assert result.stderr == run(URL).stdout


@pytest.mark.parametrize(("query", "code"), [("", 0), ("?client_encoding=latin1", 1)])
async def test_check(start: Start, places: Places, query: str, code: int) -> None:
    url = "postgresql://{who}@{host}:{port}/{db}".format(**places) + query
    finished = await (await start("translate", url, "--check", "--json", "-")).finish()
    assert finished.code == code, finished.err
    written = json.loads(finished.out)
    jsonschema.validate(written, SCHEMA)
    assert written["check"]["same"] is (code == 0)
    assert ("DIFFERS" in finished.err) is (code == 1)
    assert places["password"] not in finished.out + finished.err


async def test_a_reader_that_leaves_early_is_no_traceback(start: Start) -> None:
    command = ("sh", "-c", f"{' '.join(PORT_KIT)} translate '{URL}' | head -1")
    finished = await (await start(command=command)).finish()
    assert finished.out.startswith("From the argument")
    assert finished.err == ""
