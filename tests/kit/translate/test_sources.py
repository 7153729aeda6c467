"""The same configuration, wherever it stands, and what is not run."""

import json
import textwrap
from pathlib import Path

import pytest

from migration_guide.kit.translate.given import Given, InputError
from migration_guide.kit.translate.sources import Place, read_given

URL = "postgresql+psycopg2://u:p%40w@h:5433/d?sslmode=require"
OPTIONS = {"pool_pre_ping": True, "pool_recycle": 300, "connect_args": {"connect_timeout": 5}}
PYTHON = f"""\
    import os
    raise SystemExit("this file is not run")
    URL = "{URL}"
    SQLALCHEMY_DATABASE_URI = os.environ.get("NOT_SET") or URL
    POOL = dict(pool_pre_ping=True, pool_recycle=5 * 60)
    SQLALCHEMY_ENGINE_OPTIONS = {{**POOL, "connect_args": {{"connect_timeout": int("5")}}}}
"""
CLASSES = f"""\
    class Base:
        SQLALCHEMY_ENGINE_OPTIONS = {OPTIONS}

    class Production(Base):
        SQLALCHEMY_DATABASE_URI = "{URL}"

    class Testing(Base):
        SQLALCHEMY_DATABASE_URI = "postgresql://other/d"

    class Small(Base):
        SQLALCHEMY_DATABASE_URI = "postgresql://small/d"
        SQLALCHEMY_ENGINE_OPTIONS = {{**Base.SQLALCHEMY_ENGINE_OPTIONS, "pool_size": 1}}
"""
UPDATE = f"""\
    def create_app():
        app.config.from_mapping(SQLALCHEMY_DATABASE_URI="{URL}")
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {OPTIONS}
"""
UPDATE_WITH_A_DICT = f"""\
    app = Flask("desk")
    app.config.update(
        {{"SQLALCHEMY_DATABASE_URI": "{URL}", "SQLALCHEMY_ENGINE_OPTIONS": {OPTIONS}}}
    )
"""
TOML = f"""\
    SQLALCHEMY_DATABASE_URI = "{URL}"
    [SQLALCHEMY_ENGINE_OPTIONS]
    pool_pre_ping = true
    pool_recycle = 300
    connect_args = {{connect_timeout = 5}}
"""
JSON = json.dumps({"SQLALCHEMY_DATABASE_URI": URL, "SQLALCHEMY_ENGINE_OPTIONS": OPTIONS})
ENV = f"""\
    # of the service
    export DATABASE_URL="{URL}"
    SQLALCHEMY_ENGINE_OPTIONS='{json.dumps(OPTIONS)}'
    OTHER=1
"""
PREFIXED = f"""\
    FLASK_SQLALCHEMY_DATABASE_URI={URL} # why
    FLASK_SQLALCHEMY_ENGINE_OPTIONS__pool_pre_ping=true
    FLASK_SQLALCHEMY_ENGINE_OPTIONS__pool_recycle=300
    FLASK_SQLALCHEMY_ENGINE_OPTIONS__connect_args__connect_timeout=5
"""


def right(given: Given) -> bool:
    return given.url.render_as_string(hide_password=False) == URL and given.options == OPTIONS


@pytest.mark.parametrize(
    ("name", "text", "class_name"),
    [
        ("config.py", PYTHON, None),
        ("config.py", CLASSES, "Production"),
        ("config.py", UPDATE, None),
        ("config.py", UPDATE_WITH_A_DICT, None),
        ("config.py", f"\ufeff{textwrap.dedent(PYTHON)}", None),
        ("config.toml", TOML, None),
        ("config.json", JSON, None),
        (".env", ENV, None),
        ("service.env", PREFIXED, None),
    ],
)
def test_a_file(tmp_path: Path, name: str, text: str, class_name: str | None) -> None:
    file = tmp_path / name
    file.write_text(textwrap.dedent(text))
    assert right(read_given(Place(file=file, class_name=class_name), {}))


@pytest.mark.parametrize(
    "expression",
    [
        '"postgresql+psycopg2://{}:{}@{host}/d".format("u", "p%40w", host=HOST)',
        '"postgresql+psycopg2://%s:%s@%s/d" % ("u", "p%40w", HOST)',
        'f"postgresql+psycopg2://u:{quote_plus(PASSWORD)}@{HOST}/d"',
        '"postgresql+psycopg2://u:p%40w@" + HOST + "/d"',
        'os.environ["OLD"].replace("postgres://", "postgresql+psycopg2://", 1)',
        'URL.create("postgresql+psycopg2", "u", PASSWORD, "h", 5433, "d")',
    ],
)
def test_an_expression_is_read(tmp_path: Path, expression: str) -> None:
    file = tmp_path / "config.py"
    file.write_text(f'HOST = "h:5433"\nPASSWORD = "p@w"\nSQLALCHEMY_DATABASE_URI = {expression}\n')
    environ = {"OLD": "postgres://u:p%40w@h:5433/d"}
    url = read_given(Place(file=file), environ).url
    assert url.render_as_string(hide_password=False) == URL.partition("?")[0]


def test_a_format_that_reaches_into_objects_is_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "config.py"
    file.write_text('SQLALCHEMY_DATABASE_URI = "postgresql://{0.__class__}@h/d".format("u")')
    with pytest.raises(InputError):
        read_given(Place(file=file), {})


def test_another_class_is_another_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.py"
    file.write_text(textwrap.dedent(CLASSES))
    assert not right(read_given(Place(file=file, class_name="Testing"), {}))


def test_what_a_class_takes_from_another_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.py"
    file.write_text(textwrap.dedent(CLASSES))
    given = read_given(Place(file=file, class_name="Small"), {})
    assert given.options == {**OPTIONS, "pool_size": 1}


@pytest.mark.parametrize("text", [repr(OPTIONS), json.dumps(OPTIONS)])
def test_arguments(text: str) -> None:
    assert right(read_given(Place(URL, text), {}))


def test_the_environment() -> None:
    environ = {"DATABASE_URL": URL, "SQLALCHEMY_ENGINE_OPTIONS": json.dumps(OPTIONS)}
    assert right(read_given(Place(), environ))


@pytest.mark.parametrize("factory", [False, True])
def test_an_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, factory: bool) -> None:
    name = f"team_app_{factory}".lower()
    (tmp_path / f"{name}.py").write_text(
        textwrap.dedent(f"""\
            from flask import Flask
            from flask_sqlalchemy import SQLAlchemy

            print("not a part of the answer")
            db = SQLAlchemy(engine_options={{"pool_pre_ping": True}})

            def create_app(recycle=0):
                app = Flask(__name__)
                app.config["SQLALCHEMY_DATABASE_URI"] = "{URL}"
                app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {{
                    "pool_recycle": recycle, "connect_args": {{"connect_timeout": 5}}
                }}
                db.init_app(app)
                return app

            app = create_app(300)
        """)
    )
    monkeypatch.chdir(tmp_path)
    place = f"{name}:create_app(recycle=300)" if factory else f"{name}:app"
    assert right(read_given(Place(app=place), {}))
