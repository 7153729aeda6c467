"""What psycopg2 would not take is told in one line that names the key."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from migration_guide.kit.cli import cli

SECRET = "hunter22"
URL = f"postgresql://u:{SECRET}@h/d"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_ENGINE_OPTIONS"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["translate", *arguments])


def error(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    assert SECRET not in result.output
    (line,) = result.output.strip().splitlines()
    return line


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("nonsense", "URL"),
        (f"mysql://u:{SECRET}@h/d", "mysql"),
        (f"postgresql+asyncpg://u:{SECRET}@h/d", "postgresql+asyncpg"),
        (f"postgresql://u:{SECRET}@h:port/d", "URL"),
        (f"postgresql://u:{SECRET}@h:99999/d", "'port'"),
        (f"postgresql://u:x@{SECRET}@h/d", "%40"),
        (f"postgresql://u:x@y/{SECRET}@h/d", "%40"),
        (f"postgresql://u:x@y?{SECRET}@h/d=1", "%40"),
        (f"postgresql://u:{SECRET}@[::1/d", "URL"),
        (f"{URL}?host=%00", "URL"),
        (f"{URL}?sslmod=require", "Did you mean 'sslmode'?"),
        (f"{URL}?sslmode=requir", "sslmode=requir"),
        (f"{URL}?connect_timeout=soon", "'connect_timeout'"),
        (f"{URL}?connect_timeout=1.5", "'connect_timeout'"),
        (f"{URL}?keepalives_idle=99999999999", "'keepalives_idle'"),
        (f"{URL}?target_session_attrs=primry", "target_session_attrs=primry"),
        (f"{URL}?ssl_min_protocol_version=TLSv9", "'ssl_min_protocol_version'"),
        (f"{URL}?sslnegotiation=direct", "'sslnegotiation'"),
        (f"{URL}?application_name=a&application_name=b", "'application_name'"),
        (f"{URL}?ssl=require", "'ssl'"),
        (f"{URL}?pool_size=5", "'pool_size'"),
        (f"{URL}?port=abc", "'port'"),
        (f"{URL}?host=a,b&port=1,2,3", "'host'"),
        (f"{URL}?service=nope&servicefile=/nowhere", "service=nope"),
    ],
)
def test_a_url(url: str, named: str) -> None:
    assert named in error(url)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("{", "--options, line 1"),
        ("[]", "--options"),
        ("make()", "--options"),
        ("(" * 5000, "--options"),
        ("{1: 2}", "SQLALCHEMY_ENGINE_OPTIONS"),
        ('{"pool_sise": 5}', "Did you mean 'pool_size'?"),
        ('{"pool_size": "5"}', "'pool_size'"),
        ('{"pool_size": -1}', "'pool_size'"),
        ('{"pool_timeout": None}', "'pool_timeout'"),
        ('{"pool_recycle": True}', "'pool_recycle'"),
        ('{"pool_pre_ping": "yes"}', "'pool_pre_ping'"),
        ('{"isolation_level": "X"}', "'isolation_level'"),
        ('{"echo": "loud"}', "'echo'"),
        ('{"execution_options": 1}', "'execution_options'"),
        ('{"json_serializer": 5}', "'json_serializer'"),
        ('{"poolclass": "1x"}', "'poolclass'"),
        ('{"poolclass": NullPool, "pool_size": 1}', "'pool_size'"),
        ('{"ping_timeout": 1}', "'ping_timeout'"),
        ('{"sslmode": "require"}', "'sslmode'"),
        ('{"connect_args": 5}', "connect_args"),
        ('{"connect_args": {"sslmod": 1}}', "connect_args: 'sslmod'"),
        ('{"connect_args": {"timeout": 1}}', "connect_args: 'timeout'"),
        ('{"connect_args": {"connect_timeout": [1]}}', "connect_args: 'connect_timeout'"),
        ('{"connect_args": {"keepalives_idle": KEEP}}', "connect_args: 'keepalives_idle'"),
        (f'{{"connect_args": {{"dsn": "password={SECRET} x"}}}}', "connect_args: dsn"),
    ],
)
def test_engine_options(options: str, named: str) -> None:
    assert named in error(URL, "--options", options)


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("a.py", "", "SQLALCHEMY_DATABASE_URI"),
        ("a.py", "\nx = (\n", "line 2"),
        (
            "a.py",
            f"DATABASE_URL = '{URL}'\nSQLALCHEMY_ENGINE_OPTIONS = {{'pool_sise': 1}}",
            "line 2",
        ),
        ("a.py", f"SQLALCHEMY_DATABASE_URI = f'postgresql://u:{SECRET}@{{HOST}}/d'", "line 1"),
        ("a.py", "class A:\n  DATABASE_URL = 'a'\nclass B:\n  DATABASE_URL = 'b'", "A, B"),
        ("a.json", '{\n "a": ,}', "line 2"),
        ("a.json", "[1]", "a.json"),
        ("a.toml", "a = = 1", "line 1"),
        (
            "a.toml",
            f'DATABASE_URL = "{URL}"\n[SQLALCHEMY_ENGINE_OPTIONS]\npool_size = "5"',
            "line 3: The engine option 'pool_size'",
        ),
        *(
            ("a.py", f"DATABASE_URL = '{URL}'\nSQLALCHEMY_ENGINE_OPTIONS = {{}}\n{text}", "line 3")
            for text in (
                "SQLALCHEMY_ENGINE_OPTIONS['connect_args'] = {'sslmode': 'verify-full'}",
                "SQLALCHEMY_ENGINE_OPTIONS.update(pool_recycle=300)",
                "DATABASE_URL += '?sslmode=require'",
                "DATABASE_URL = 'postgresql://other/d'",
                "app.config['SQLALCHEMY_ENGINE_OPTIONS']['pool_recycle'] = 300",
            )
        ),
        ("a.py", f"DATABASE_URL = '{URL}'\nif x:\n  DATABASE_URL = 'a'", "line 3"),
        (".env", "DATABASE_URL=postgresql://u:${PASSWORD}@h/d\n", "another variable"),
        (".env", f"PASSWORD {SECRET}\n", "line 1"),
        ("a.env", "A=1\n", "SQLALCHEMY_DATABASE_URI"),
        ("a.env", "SQLALCHEMY_ENGINE_OPTIONS=[1]\n", "SQLALCHEMY_ENGINE_OPTIONS"),
    ],
)
def test_a_file(tmp_path: Path, name: str, text: str, named: str) -> None:
    (tmp_path / name).write_text(text)
    said = error("--file", str(tmp_path / name))
    assert named in said
    assert name in said


@pytest.mark.parametrize(
    "app", ["x", "nope_module:app", "os:nope", "os:path", "os:getcwd(x)", "os:_exit(1)x"]
)
def test_an_application(app: str) -> None:
    assert "--from-app" in error("--from-app", app)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--class", "A", URL],
        ["--options", "{}", "--from-app", "a:b"],
        ["--file", "/nowhere.py"],
        [URL, "--json", "/nowhere/x.json"],
    ],
)
def test_arguments_that_do_not_go_together(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.output


def test_no_url_at_all() -> None:
    assert "There is no URL" in error()


def test_what_is_good_is_no_error() -> None:
    assert run(URL, "--options", '{"pool_size": 5}').exit_code == 0


@pytest.mark.parametrize("kind", ["ValueError", "TypeError", "ImportError", "AttributeError"])
def test_a_failing_application_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (tmp_path / f"failing_{kind}.py").write_text(f"raise {kind}('{URL}')")
    monkeypatch.chdir(tmp_path)
    said = error("--from-app", f"failing_{kind}:app")
    assert f"failed with {kind}" in said
    assert SECRET not in said
