"""The example of the page on adding a fault is one."""

import re
from pathlib import Path
from typing import Any

import pytest

from migration_guide.kit.lab import faults
from migration_guide.kit.lab.faults.base import Fault

from .conftest import Show

pytestmark = pytest.mark.once


async def test_the_fault_of_the_page_shows_what_it_claims(show: Show) -> None:
    page = Path(faults.__file__).with_name("README.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    module: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), module)  # noqa: S102 -- of this repository
    fault: Fault[Any] = module["FAULT"]
    for profile in ("bare", "hardened"):
        for cell in (await show(fault, profile)).values():
            assert cell.held, cell


def test_the_page_names_every_topology() -> None:
    page = Path(faults.__file__).with_name("README.md").read_text()
    for fault in faults.FAULTS.values():
        assert f"| `{fault.topology.name.upper()}` |" in page
