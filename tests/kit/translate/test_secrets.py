"""No secret is printed, unless it is asked for."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from migration_guide.kit.cli import cli

SECRET = "hunter22"
URL = f"postgresql://u:{SECRET}@127.0.0.1:1/d"
PLAIN = "postgresql://u@127.0.0.1:1/d"
TLS = "sslmode=verify-full&sslrootcert=/a&sslcert=/b&sslkey=/c"


@pytest.mark.parametrize(
    "arguments",
    [
        [URL],
        [f"postgresql://u:p%40{SECRET}@h/d"],
        [f"postgresql://u:p/{SECRET}@h/d"],
        [f"{PLAIN}?password={SECRET}"],
        [f"{PLAIN}?{TLS}&sslpassword={SECRET}"],
        [f"{PLAIN}?options=-c%20app.api_key%3D{SECRET}"],
        [PLAIN, "--options", f'{{"connect_args": {{"password": "{SECRET}"}}}}'],
        [PLAIN, "--options", f'{{"connect_args": {{"dsn": "password={SECRET}"}}}}'],
        [PLAIN, "--options", f'{{"connect_args": {{"options": "-c my.token={SECRET}"}}}}'],
        [PLAIN, "--options", f'{{"creator": lambda: psycopg2.connect(password="{SECRET}")}}'],
        [PLAIN, "--options", f'{{"creator": lambda: connect("password={SECRET} host=h")}}'],
        [PLAIN, "--options", f'{{"creator": lambda: connect("{URL}")}}'],
    ],
)
def test_masked_in_text_and_json_and_shown_on_demand(arguments: list[str]) -> None:
    runner = CliRunner()
    hidden = runner.invoke(cli, ["translate", *arguments, "--json", "-"])
    assert hidden.exit_code == 0, hidden.output
    assert "***" in hidden.stdout
    assert "***" in hidden.stderr
    assert SECRET not in hidden.output
    assert json.loads(hidden.stdout)["revealed"] is False
    shown = runner.invoke(cli, ["translate", *arguments, "--reveal", "--json", "-"])
    assert SECRET in shown.stdout
    assert SECRET in shown.stderr


def test_a_service_files_password_is_masked(tmp_path: Path) -> None:
    file = tmp_path / "services"
    file.write_text(f"[orders]\nhost=h\nuser=u\npassword={SECRET}\n")
    arguments = ["translate", "postgresql://?service=orders"]
    runner = CliRunner(env={"PGSERVICEFILE": str(file)})
    hidden, shown = runner.invoke(cli, arguments), runner.invoke(cli, [*arguments, "--reveal"])
    assert SECRET not in hidden.output
    assert SECRET in shown.output


def test_a_driver_that_cannot_connect_tells_no_secret() -> None:
    result = CliRunner().invoke(cli, ["translate", URL, "--check"])
    assert result.exit_code == 2
    assert "--check: psycopg2 cannot connect" in result.stderr
    assert SECRET not in result.output
