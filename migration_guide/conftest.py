"""Collects the guide's pages: each of their code blocks is a test."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sybil import Sybil

from migration_guide.kit.lab.own.service import free_port
from migration_guide.kit.lab.server import Server, embedded
from tests.guide.checking.blocks import parse
from tests.guide.checking.workspace import Workspace

PAGES = ["*.md", "reference/*.md"]


@pytest.fixture(scope="session")
def guide_server() -> Iterator[Server]:
    with asyncio.Runner() as runner:
        cleanup = contextlib.AsyncExitStack()
        try:
            yield runner.run(cleanup.enter_async_context(embedded()))
        finally:
            runner.run(cleanup.aclose())


@pytest.fixture(scope="module")
def workspace(
    guide_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """Of the page, which is a module to pytest."""
    with asyncio.Runner() as runner:
        cleanup = contextlib.AsyncExitStack()
        try:
            name = f"guide_{secrets.token_hex(4)}"
            runner.run(cleanup.enter_async_context(guide_server.database(name)))
            folder: Path = tmp_path_factory.mktemp("page")
            url = make_url(guide_server.url(name)).set(query={})  # as one would write it
            made = Workspace(folder, url.render_as_string(hide_password=False), free_port())
            try:
                yield made
            finally:
                made.close()
        finally:
            runner.run(cleanup.aclose())


pytest_collect_file = Sybil(
    parsers=[parse],
    patterns=PAGES,
    excludes=[
        "reference/rules/*.md",  # their examples are tried by the tests of the rules
        "commands/*.md",  # outputs of runs of many minutes
    ],
    fixtures=["workspace"],
).pytest()
