"""The file of ``port-kit compare --services``, and what is shown of it."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from migration_guide.kit.cli import cli
from migration_guide.kit.lab.own.config import Config, ConfigError, Service, load
from migration_guide.kit.lab.own.faults import FAULTS
from migration_guide.kit.lab.own.placeholders import PlaceholderError, fill, hide_words, values

NOTES = Path(__file__).parents[1] / "services" / "notes.toml"


PAGE = Path(__file__).parents[2] / "migration_guide" / "your-own-services.md"


def test_a_dry_run_tells_what_would_be_done_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # Nothing listens there: had it been asked, that would be an error.
    monkeypatch.setenv("NOTES_SERVER", "postgresql://me:geheim@127.0.0.1:9/notes")
    done = CliRunner().invoke(cli, ["compare", "--services", str(NOTES), "--dry-run"])
    assert done.exit_code == 0, done.output
    for text in (
        "before: a proxy on 127.0.0.1:PORT before its database on 127.0.0.1:9",
        "python -m hypercorn --bind 127.0.0.1:PORT notes_quart:app",
        "NOTES_DB=postgresql+psycopg2://USER:***@127.0.0.1:PROXY/notes",
        "20 requests a second, in turn: GET /notes (2xx), POST /notes (204)",
        "reset-peer: TCP RST on every idle connection: no request fails or hangs",
        "Only with --allow-faults: idle-terminated, server-restart, server-crash",
    ):
        assert text in done.output
    assert "geheim" not in done.output
    assert list(tmp_path.iterdir()) == []


SERVICE = '[services.a]\ncommand = "run {database_url}"\nhealth = "/"\nprobes = ["/"]\n'


DATABASE = '[database]\nurl = "postgresql://u:geheim@127.0.0.1/x"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[services", "is not TOML: Expected ']'"),
        ("", "services: Field required"),
        (SERVICE, "services.a: there is no [database], and it has none either"),
        (
            DATABASE + SERVICE.replace("health", "helth"),
            "line 5: services.a.helth: Extra inputs are not permitted",
        ),
        (DATABASE + SERVICE + 'url = "http://127.0.0.1:1"\n', "needs either command or url"),
        (
            DATABASE
            + SERVICE.replace('command = "run {database_url}"', 'url = "http://127.0.0.1"'),
            "url and listen go together",
        ),
        (DATABASE + SERVICE.replace('["/"]', "[]"), "line 6: services.a.probes"),
        (DATABASE + SERVICE.replace('["/"]', '["GO /"]'), "line 6: services.a.probes.0.method"),
        (
            DATABASE.replace("postgresql", "mysql") + SERVICE,
            "line 2: database.url: must be a postgresql:// URL",
        ),
        (
            DATABASE.replace("/x", "/x?host=10.0.0.5&port=5433") + SERVICE,
            "line 2: database.url: has host, port behind the ?, which would lead past the proxy",
        ),
        (
            DATABASE.replace("127.0.0.1", "db.example") + SERVICE,
            "on db.example, which is not this machine: if it may be disturbed, name it: allow_h",
        ),
        (
            DATABASE + SERVICE.replace("{database_url}", "${NO_SUCH_VARIABLE}"),
            "services.a.command names the variable NO_SUCH_VARIABLE, which is not set",
        ),
        (
            DATABASE + SERVICE.replace("{database_url}", "{database_uri}"),
            "services.a: {database_uri} is no placeholder; there are {port}, {database_url}",
        ),
        (DATABASE + SERVICE.replace("{database_url}", "it"), "nothing tells it where its database"),
        ('faults = ["reset-peeer"]\n' + DATABASE + SERVICE, "Did you mean reset-peer?"),
        ("rate = 1\n" + DATABASE + SERVICE, "line 1: rate: Input should be greater than or equal"),
        (
            DATABASE
            + SERVICE.replace(
                'command = "run {database_url}"', 'url = "http://127.0.0.1:1/api"\nlisten = "x"'
            ),
            "line 4: services.a.url: is the service's address alone: paths go into health and",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "services.toml"
    file.write_text(text)
    done = CliRunner().invoke(cli, ["compare", "--services", str(file), "--dry-run"])
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert str(file) in done.stderr or "services.a: " in done.stderr
    assert "geheim" not in done.output


def test_the_pages_example_is_one_and_it_names_every_key_and_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    file = tmp_path / "services.toml"
    file.write_text(example)
    monkeypatch.setenv("STAGING_DATABASE_URL", "postgresql://u:p@127.0.0.1/app")
    done = CliRunner().invoke(cli, ["compare", "--services", str(file), "--dry-run"])
    assert done.exit_code == 0, done.output
    keys = {*Config.model_fields, *Service.model_fields} - {"services"}
    assert [key for key in keys if f"`{key}`" not in page and f"{key}`" not in page] == []
    assert [name for name in FAULTS if f"`{name}`" not in page] == []


def test_a_host_that_is_named_may_be_reached(tmp_path: Path) -> None:
    file = tmp_path / "services.toml"
    text = DATABASE.replace("127.0.0.1", "db.example") + SERVICE
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"db\.example"):
        load(file)
    file.write_text('allow_hosts = ["db.example"]\n' + text)
    assert load(file)[0].database_of("a").address == ("db.example", 5432)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--services", "no-such.toml"), "does not exist"),
        (("--dry-run",), "--dry-run goes with --services"),
        (("--services", str(NOTES), "--all"), "only --only goes with --services"),
        (("--services", str(NOTES), "--stack", "quart"), "only --only goes with --services"),
    ],
)
def test_a_wrong_call_is_explained_and_ends_with_2(
    arguments: tuple[str, ...], message: str
) -> None:
    done = CliRunner().invoke(cli, ["compare", *arguments])
    assert done.exit_code == 2
    assert message in done.stderr


def test_placeholders_are_filled_in_and_other_braces_left_alone() -> None:
    from sqlalchemy import make_url

    known = values(8000, make_url("postgresql://u:p%40w@127.0.0.1:5433/x"))
    assert fill("{port} {database_port} {database_password}", known) == "8000 5433 p@w"
    assert fill("{database_url:postgresql+asyncpg}", known).startswith(
        "postgresql+asyncpg://u:p%40w@"
    )
    assert fill('{"a": 1} {} ${X}', known) == '{"a": 1} {} ${X}'
    assert fill("${port}", known) == "${port}", "a variable, as it is written in the file"
    with pytest.raises(PlaceholderError, match="no placeholder"):
        fill("{port:x}", known)


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("run postgresql://u:p@ss@host/x", "run postgresql://u:***@host/x"),
        ("run 'http://h/?a=1&password=p&b=2'", "run http://h/?a=1&password=***&b=2"),
        ("run --api-token abc --port 80", "run --api-token *** --port 80"),
        ("run --secret=abc", "run --secret=***"),
        ("run http://127.0.0.1:8000/@me", "run http://127.0.0.1:8000/@me"),
        ("run --workers 2 app:create", "run --workers 2 app:create"),
    ],
)
def test_what_a_command_is_called_with_in_secret_is_not_shown(command: str, shown: str) -> None:
    assert " ".join(hide_words(shlex.split(command))) == shown
