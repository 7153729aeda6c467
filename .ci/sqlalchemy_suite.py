#!/usr/bin/env python3
"""Run SQLAlchemy's own tests on two dialects, on one server, and compare them test by test.

Two parts, each run with the stock dialect and with the one under test:
- compliance: SQLAlchemy's suite for third-party dialects, from the installed package.
- own tests: those of SQLAlchemy for PostgreSQL, from the source archive of the installed version
  (pip fetches it), run against the installed package with its compiled extensions.

The server is a throw-away one, run from the system's PostgreSQL: the tests create the extensions
hstore and citext, which the kit's wheel does not have.

Exit code: 0 no test does worse than on stock; 1 one does; 2 usage or environment; 130 or 143
interrupted.
"""

import argparse
import asyncio
import json
import os
import secrets
import sys
import tarfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from migration_guide.kit import interrupts
from migration_guide.kit.lab.binaries import find_packaged
from migration_guide.kit.lab.leftovers import temporary_folder
from migration_guide.kit.lab.postgres import EmbeddedPostgres, PostgresError
from migration_guide.kit.lab.processes import end_group, launch
from migration_guide.kit.lab.waiting import finish

_OWN_TESTS = "test/dialect/test_suite.py test/engine/test_reconnect.py test/dialect/postgresql"
_DEADLINE_S = 1800.0  # of one run: a dialect that hangs is to be told, not waited for
_SHOWN = 40
_COLUMNS = ("passed", "skipped", "failed", "error")
# Tests of how the stock dialect does what this one does otherwise, by design.
_BY_DESIGN = {
    "DialectTest::test_asyncpg_terminate_catch": "a connection ends without anyone waiting for it",
    "::test_asyncpg_transactional_ping[False]": "the ping is one round trip, without a transaction",
    "::test_detect_stale_ddl_cache_raise_recover": "an outdated plan is renewed, nothing is raised",
}
_BADNESS = {"passed": 0, "skipped": 1, "failed": 2, "error": 2, "not run": 2}
_TAGS = {"error": "error", "failure": "failed", "skipped": "skipped"}

# What SQLAlchemy's own test.requirements:DefaultRequirements opens for PostgreSQL: the defaults of
# SuiteRequirements describe a minimal database, and tests fail because PostgreSQL can do more.
# Without computed_columns: the suite makes them in a way that SQLAlchemy warns of before 18.
_CAPABILITIES = """\
aggregate_order_by array_type async_dialect autocommit boolean_col_expressions
cast_precision_numerics_many_significant_digits check_constraint_reflection
column_collation_reflection comment_reflection comment_reflection_full_unicode
constraint_comment_reflection create_or_replace_view create_table_as create_temp_table_as
cross_schema_fk_reflection ctes ctes_on_dml ctes_with_update_delete ctes_with_values date_historic
datetime_historic datetime_interval datetime_literals datetime_timezone datetime_timezone_historic
default_schema_name_switch deferrable_fks except_ expression_server_defaults fetch_expression
fetch_first fetch_no_order_by fetch_offset_with_options fetch_ties
fk_constraint_option_reflection_ondelete_noaction fk_constraint_option_reflection_ondelete_restrict
fk_constraint_option_reflection_onupdate_restrict float_or_double_precision_behaves_generically
foreign_key_constraint_name_reflection foreign_key_constraint_option_reflection_ondelete
foreign_key_constraint_option_reflection_onupdate has_temp_table identity_columns
identity_columns_standard implicit_default_schema index_ddl_if_exists
index_reflects_included_columns indexes_check_column_order indexes_with_expressions infinity_floats
inline_check_constraint_reflection intersect isolation_level json_array_indexes json_type
legacy_unconditional_json_extract materialized_views nullsordering order_by_collation
percent_schema_names precision_numerics_enotation_small precision_numerics_many_significant_digits
precision_numerics_retains_significant_digits reflect_indexes_with_expressions reflect_table_options
reflect_tables_no_columns reflects_pk_names regexp_match regexp_replace repeated_column_foreign_keys
savepoints schema_create_delete server_defaults skip_autocommit_rollback supports_bitwise_and
supports_bitwise_not supports_bitwise_or supports_bitwise_shift supports_bitwise_xor
supports_distinct_on table_ddl_if_exists table_value_constructor temp_table_comment_reflection
temp_table_names temporary_views time_timezone tuple_in tuple_in_w_empty two_phase_transactions
unicode_ddl unique_constraints_reflect_as_index update_from uuid_data_type view_column_reflection
view_reflection views window_functions window_range window_range_non_numeric window_range_numeric
"""

# As in SQLAlchemy's README.dialects.rst. Without pytest's handling of warnings, SQLAlchemy's own
# applies: its warnings are errors.
_COMPLIANCE = {
    "setup.cfg": """\
[tool:pytest]
addopts = --tb native -v -r fxX --maxfail=250 -p no:warnings
python_files = test/test_*.py
[sqla_testing]
requirement_cls = requirements:Requirements
profile_file = test/profiles.txt
""",
    "requirements.py": f"""\
from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements as Requirements
Requirements.get_order_by_collation = lambda self, config: "POSIX"
for name in {_CAPABILITIES.split()!r}:
    setattr(Requirements, name, property(lambda self: exclusions.open()))
""",
    "test/__init__.py": "",
    "test/conftest.py": """\
import pytest
pytest.register_assert_rewrite("sqlalchemy.testing.assertions")
from sqlalchemy.testing.plugin.pytestplugin import *
""",
    "test/test_suite.py": "from sqlalchemy.testing.suite import *\n",
}


class SuiteError(Exception):
    """The comparison cannot be made; the message says why."""


class Result(NamedTuple):
    outcome: str
    message: str = ""

    @property
    def badness(self) -> int:
        return _BADNESS[self.outcome]


class Run(NamedTuple):
    """What one dialect did in one part."""

    results: dict[str, Result]
    seconds: float

    @property
    def figures(self) -> dict[str, int]:
        counted = Counter(result.outcome for result in self.results.values())
        return {name: counted[name] for name in _COLUMNS} | {"seconds": round(self.seconds)}


class PackagedPostgres(EmbeddedPostgres):
    """The kit's throw-away server, run from the programs of an installed PostgreSQL."""

    def __init__(self, programs: Path) -> None:
        super().__init__(programs)
        # Lower case: one of SQLAlchemy's tests makes URLs by replacing single capital letters.
        self.password = secrets.token_hex(16)

    async def configure(self) -> None:
        """Allow the prepared transactions that the tests of two-phase commits need."""
        connection = await self.connect()
        await connection.execute("ALTER SYSTEM SET max_prepared_transactions = 10")
        await connection.close()
        await self.restart()

    async def create_test_database(self, name: str) -> None:
        """Make an empty database as SQLAlchemy's README.unittests.rst asks for."""
        await self.create_database(name)
        connection = await self.connect(name)
        # Two tests need en_US, which a new server has where the system has that locale.
        await connection.execute(f"""
            CREATE SCHEMA test_schema;
            CREATE SCHEMA test_schema_2;
            ALTER DATABASE {name} SET default_text_search_config = 'pg_catalog.english';
            CREATE COLLATION IF NOT EXISTS "en_US" (provider = icu, locale = 'en-US')""")
        await connection.close()


def _find_programs() -> Path:
    found = find_packaged()
    if found is None:
        raise SuiteError(
            "There is no packaged PostgreSQL: install the package `postgresql`, or name the folder"
            " of its programs with --programs."
        )
    return found


async def _execute(*arguments: str, folder: Path, log: Path) -> int:
    """Run this Python with `arguments` to its end; it is gone when this returns or raises."""
    # What would point the tests to another server, or change what pytest does, stays out.
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PYTEST_"))}
    with log.open("wb") as output:
        process = await launch(
            *(sys.executable, *arguments),
            cwd=folder,
            env=kept | {"PYTHONHASHSEED": "0"},  # the same order of sets on both sides
            stdout=output,
            stderr=output,
        )
    try:
        async with asyncio.timeout(_DEADLINE_S):
            return await process.wait()
    except TimeoutError:
        raise SuiteError(f"It hangs, {_DEADLINE_S:g} s after its start:\n{_tail(log)}") from None
    finally:
        await finish(end_group(process, patience_s=0))


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


def _write_compliance(folder: Path) -> Path:
    (folder / "test").mkdir(parents=True)
    for name, text in _COMPLIANCE.items():
        (folder / name).write_text(text)
    return folder


async def _fetch_source(folder: Path) -> Path:
    """Unpack the source archive of the installed SQLAlchemy and return its top folder."""
    log = folder / "pip.log"
    wanted = f"sqlalchemy=={version('sqlalchemy')}"
    options = ("--no-deps", "--no-binary", "sqlalchemy", "--dest", str(folder))
    if await _execute("-m", "pip", "download", *options, wanted, folder=folder, log=log):
        raise SuiteError(f"pip could not fetch the source archive of {wanted}:\n{_tail(log)}")
    return _unpack(folder)


def _unpack(folder: Path) -> Path:
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return next(path.parent for path in folder.glob("sqlalchemy-*/setup.cfg"))


async def _run(url: str, folder: Path, tests: str) -> Run:
    report, log = folder / "report.xml", folder / "pytest.log"
    report.unlink(missing_ok=True)
    begin = time.monotonic()
    # -s: SQLAlchemy's conftest.py then leaves the archive's lib folder out of sys.path.
    options = ("-s", "-m", "pytest", "--dburi", url, f"--junitxml={report}")
    code = await _execute(*options, *tests.split(), folder=folder, log=log)
    seconds = time.monotonic() - begin
    if code not in (0, 1) or not report.exists():
        raise SuiteError(f"pytest could not run the tests (code {code}):\n{_tail(log)}")
    return Run(_read(report, make_url(url).drivername), seconds)


def _read(report: Path, dialect: str) -> dict[str, Result]:
    # Tests are named after the dialect, as in its URL or by backend and driver.
    found = make_url(f"{dialect}://").get_dialect()
    results: dict[str, Result] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - written by our own pytest
        test = f"{case.get('classname')}::{case.get('name')}"
        test = test.replace(dialect, "DIALECT").replace(f"{found.name}+{found.driver}", "DIALECT")
        result = _result(case)
        # A failure in the teardown is reported in addition: the worse one counts.
        if test not in results or result.badness > results[test].badness:
            results[test] = result
    return results


def _result(case: ET.Element) -> Result:
    for tag, outcome in _TAGS.items():
        if (found := case.find(tag)) is not None:
            return Result(outcome, (found.get("message") or "").split("\n")[0][:200])
    return Result("passed")


def _part(name: str, stock: Run, tested: Run) -> dict[str, Any]:
    """Describe both runs, and the tests that did worse than on stock."""
    worse, by_design = {}, {}
    for test, before in stock.results.items():
        after = tested.results.get(test, Result("not run"))
        if after.badness > before.badness:
            reason = next((why for end, why in _BY_DESIGN.items() if test.endswith(end)), None)
            if reason and after.outcome == "failed":
                by_design[test] = reason
            else:
                worse[test] = f"{before.outcome} -> {after.outcome} {after.message}".rstrip()
    figures = {"stock": stock.figures, "dialect": tested.figures}
    enough = 0 < figures["stock"]["passed"] <= figures["dialect"]["passed"] + len(by_design)
    ok = enough and not worse
    return {"name": name, "ok": ok, **figures, "worse": worse, "by_design": by_design}


async def _compare(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    plan = [("compliance", _write_compliance(work / "compliance"), "test/test_suite.py")]
    if not arguments.quick:
        plan.append(("own tests", await _fetch_source(work), _OWN_TESTS))
    dialects = {"stock": arguments.stock, "dialect": arguments.dialect}
    parts = []
    async with PackagedPostgres(arguments.programs or _find_programs()) as server:
        await server.configure()
        for number, (name, folder, tests) in enumerate(plan):
            runs = []
            for side, dialect in dialects.items():
                _say(f"{name} with {dialect} ...")
                await server.create_test_database(f"{side}_{number}")
                url = make_url(server.url(f"{side}_{number}")).set(drivername=dialect)
                runs.append(await _run(url.render_as_string(hide_password=False), folder, tests))
            parts.append(_part(name, *runs))
        versions = {"sqlalchemy": version("sqlalchemy"), "postgresql": server.version}
    return {**versions, **dialects, "ok": all(part["ok"] for part in parts), "parts": parts}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _print(document: dict[str, Any]) -> None:
    width = max(len(document["stock"]), len(document["dialect"]))
    _say("\n" + " " * (12 + width) + "".join(f"{name:>9}" for name in (*_COLUMNS, "seconds")))
    for part in document["parts"]:
        for side in ("stock", "dialect"):
            figures = "".join(f"{figure:>9}" for figure in part[side].values())
            _say(f"{part['name']:<12}{document[side]:<{width}}{figures}")
    for part in document["parts"]:
        for test, reason in part["by_design"].items():
            _say(f"\n{test}\n    fails by design: {reason}")
        for test, change in list(part["worse"].items())[:_SHOWN]:
            _say(f"\n{test}\n    {change}")
        if (more := len(part["worse"]) - _SHOWN) > 0:
            _say(f"\n... and {more} more tests of this part did worse.")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stock", default="postgresql+asyncpg", metavar="NAME")
    parser.add_argument("--dialect", default="postgresql+resilient_asyncpg", metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="run the compliance part only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the counts there")
    parser.add_argument("--programs", type=Path, metavar="FOLDER", help="PostgreSQL's programs")
    arguments = parser.parse_args()
    for dialect in (arguments.stock, arguments.dialect):
        try:
            make_url(f"{dialect}://").get_dialect()
        except (ArgumentError, ImportError) as error:
            parser.error(f"SQLAlchemy cannot load the dialect {dialect}: {error}")
    if arguments.json and not (folder := arguments.json.absolute().parent).is_dir():
        parser.error(f"there is no folder {folder}")
    return arguments


async def _run_both(arguments: argparse.Namespace) -> dict[str, Any]:
    async with temporary_folder("sqlalchemy-suite-") as work:
        return await _compare(arguments, work)


def main() -> int:
    arguments = _parse()
    try:
        document = interrupts.run(_run_both(arguments))
    except interrupts.InterruptedRunError as interruption:
        return interruption.exit_code
    except (SuiteError, PostgresError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _print(document)
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0 if document["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
