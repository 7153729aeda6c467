"""``port-kit explain``, and the page that says the same of every fault."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from migration_guide.kit.cli import cli
from migration_guide.kit.explain import reference
from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.runner import PAGE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", FAULTS)
def test_it_tells_what_is_done_and_what_is_expected_of_every_cell(name: str) -> None:
    done = CliRunner().invoke(cli, ["explain", name])
    assert done.exit_code == 0, done.output
    fault = FAULTS[name]
    assert f"{name}: {fault.summary}." in done.output
    assert fault.models in done.output
    for stack, profile in fault.claims:
        assert any(
            line.startswith(f"{profile}, ") and stack in line for line in done.output.splitlines()
        )
    assert f"port-kit compare --only {name}" in done.output


def test_a_fault_that_there_is_not_is_named_with_the_nearest() -> None:
    done = CliRunner().invoke(cli, ["explain", "black-hole-idel"])
    assert done.exit_code == 2
    assert "Did you mean black-hole-idle?" in done.stderr


def test_the_page_is_made_from_the_faults(request: pytest.FixtureRequest) -> None:
    page = ROOT / PAGE
    if request.config.getoption("--write-reference"):
        page.write_text(reference() + "\n")
    text = page.read_text()
    assert text == reference() + "\n", "run pytest --write-reference and look at the difference"
    assert all(f"\n## {name}\n" in text for name in FAULTS), "the reports lead to these headings"
