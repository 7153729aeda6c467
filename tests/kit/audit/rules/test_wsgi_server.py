import pytest

from tests.kit.audit.rules.checking import check_found, check_noop

RULE = "wsgi-server"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Procfile", "web: hypercorn app:app\n"),
        ("Dockerfile", "# gunicorn is gone\nCMD hypercorn app:app\n"),
        ("requirements.txt", "flask==3.1\ngunicorn-like==1\n"),
        ("setup.sh", "cp /etc/gunicorn.conf /tmp\n"),
        ("notes.md", "We run gunicorn.\n"),
        ("serve.py", "def serve(app): ...\n\nserve(1)\n"),
        ("conf.py", "workers = 4\n"),
    ],
)
def test_noop(name: str, text: str) -> None:
    check_noop(RULE, {name: text})


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("Procfile", "web: gunicorn app:app\n", "gunicorn"),
        ("Dockerfile", 'FROM python\nCMD ["gunicorn", "app:app"]\n', "gunicorn"),
        ("requirements.txt", "flask\ngunicorn>=20\n", "gunicorn"),
        ("start.sh", "exec flask run --port 80\n", "flask run"),
        ("uwsgi.ini", "[uwsgi]\nmaster = true\n", "uwsgi"),
        ("my_uwsgi.ini", "[a]\nmodule = app\nmaster = true\n", "module"),
        ("supervisor/app.conf", "command=/venv/bin/gunicorn app:app\n", "gunicorn"),
        ("serve.py", "from waitress import serve\n\nserve(None)\n", "serve(None)"),
        ("a.py", "from werkzeug import serving as s\n\ns.run_simple('', 1, 1)\n", "run_simple"),
        ("gunicorn.conf.py", "import os\n\nworkers = 4\nbind = ''\n", "workers"),
    ],
)
def test_it_is_found(name: str, text: str, line: str) -> None:
    check_found(RULE, {name: text}, f"{name}: {line}")
