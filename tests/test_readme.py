"""The README's commands are those that are run."""

from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_readmes_commands_are_the_ones_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text()
    ci = (ROOT / ".ci" / "run").read_text()
    commands = [
        line.strip() for line in readme.splitlines() if line.strip().startswith("python3 -m venv")
    ]
    assert len(commands) == 2
    assert "port-kit compare" in commands[0]
    assert commands[1].endswith(".venv/bin/pytest")
    for command in commands:
        assert command in ci
