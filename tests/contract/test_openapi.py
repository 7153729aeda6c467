"""The OpenAPI document is true: generated requests get the answers that it tells of."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from migration_guide.kit.lab.rig import Rig
from migration_guide.kit.lab.runner import Lab
from migration_guide.kit.lab.server import Server

from .conftest import Both

pytestmark = pytest.mark.once

EXAMPLES = 30
SETTINGS = """
[auth.openapi.session]
api_key = "${SESSION}"

[[operations]]
include-name = "POST /orders"
# A product that does not exist, and a key that was used with another body, are 422 by design.
checks.positive_data_acceptance.enabled = false
"""


@pytest.fixture(scope="module")
async def own_rigs(server: Server) -> AsyncIterator[tuple[Rig, Rig]]:
    """Generated orders differ from run to run, and so from stack to stack."""
    async with Lab(server) as lab:
        yield await lab.rig("flask", "same-settings"), await lab.rig("quart", "hardened")


@pytest.fixture
async def customer(own_rigs: tuple[Rig, Rig]) -> AsyncIterator[Both]:
    it = Both(*own_rigs)
    assert (await it.log_in()).status == 200
    yield it
    await it.close()


async def schemathesis(both: Both, rig: Rig, document: Any, folder: Path) -> tuple[int, str]:
    """Its exit code, 1 if an answer was not as the document tells, and its output."""
    settings, file = folder / "schemathesis.toml", folder / "openapi.json"
    await asyncio.to_thread(settings.write_text, SETTINGS)
    await asyncio.to_thread(file.write_text, json.dumps(document))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run", file),
        *("--url", rig.service.url, "--max-examples", str(EXAMPLES), "--no-color"),
        cwd=folder,
        env=os.environ | {"SESSION": both.session_cookie(rig)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_both_stacks_serve_the_same_document(both: Both) -> None:
    document = (await both.request("GET", "/openapi.json")).json
    assert document["openapi"].startswith("3.1")
    assert "/orders/export" in document["paths"]


@pytest.mark.parametrize("stack", ["flask", "quart"])
async def test_no_answer_is_undocumented(customer: Both, tmp_path: Path, stack: str) -> None:
    rig: Rig = getattr(customer, stack)
    document = (await customer.ask(rig, "GET", "/openapi.json")).json
    code, output = await schemathesis(customer, rig, document, tmp_path)
    assert code == 0, output


async def test_a_document_that_is_not_true_is_found_out(customer: Both, tmp_path: Path) -> None:
    """The control."""
    document = (await customer.request("GET", "/openapi.json")).json
    del document["paths"]["/products/{product_id}"]["get"]["responses"]["404"]
    document["paths"] = {"/products/{product_id}": document["paths"]["/products/{product_id}"]}
    code, output = await schemathesis(customer, customer.quart, document, tmp_path)
    assert code == 1
    assert "Undocumented" in output
