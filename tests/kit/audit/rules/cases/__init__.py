"""For each rule: code in which it finds nothing, and code in which it does.

Each module beside this one has tables of them, by the names of the rules:

- ``NOTHING`` and ``FOUND``: a text is ``app/views.py``, after `HEAD`, beside the models of `checking`;
- ``NOT_IN_TESTS`` and ``IN_TESTS``: a text is ``tests/test_it.py``, after `CLIENT`.

In what is found, a comment ``# found`` marks each line that has a finding, and no other has.
"""

from importlib import import_module
from pkgutil import iter_modules

HEAD = """
from flask import Flask, current_app, flash, make_response, render_template, request, send_file
from sqlalchemy import select

from app.extensions import db
from app.models import Post, User

app = Flask(__name__)

"""
CLIENT = """
import pytest

from app.views import app


@pytest.fixture
def client():
    return app.test_client()

"""


def _all(table: str) -> dict[str, list[str]]:
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return {rule: texts for module in modules for rule, texts in getattr(module, table, {}).items()}


NOTHING = _all("NOTHING")
FOUND = _all("FOUND")
NOT_IN_TESTS = _all("NOT_IN_TESTS")
IN_TESTS = _all("IN_TESTS")
